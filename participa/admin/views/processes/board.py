"""The board of a process: what is open, what opens next, what waits and for whom."""

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from participa.admin import editing, queries
from participa.admin.queries import FactFilter
from participa.admin.shell import blueprint, room_entries
from participa.admin.views.audit import written
from participa.admin.views.processes.listing import STATUS_LABELS
from participa.admin.views.processes.texts import languages
from participa.core import clock
from participa.core.db import db
from participa.core.policy import ROLE_LABELS, can
from participa.core.web import actor, page, render
from participa.processes import policy
from participa.processes.models import ProcessStatus
from participa.processes.presentation import STATE_LABELS
from participa.processes.snapshot import ProcessView, staff_roles

NEXT, RECENT = 8, 5


@blueprint.get("/procesos/<process>")
@page(policy.SEE_BOARD)
def board() -> Any:
    """Show what is open now, what opens next, what waits, and what was done last."""
    process: ProcessView = g.process
    at = clock.now()
    roles = staff_roles(actor(), process)
    recent = queries.facts(db.session(), FactFilter(process_id=process.id), size=RECENT)
    today = at.astimezone(process.zone).date()
    return render(
        "admin/board.html",
        process=process,
        drawing=editing.drawn(process, at),
        status_label=STATUS_LABELS[process.status](),
        state_label=STATE_LABELS[process.state(at)],
        roles=[label for role, label in ROLE_LABELS.items() if role in roles],
        open_now=_open_now(process, at),
        opening=_opening(process, at)[:NEXT],
        waiting=room_entries([process])[process.id],
        gaps=_gaps(process) if can(policy.EDIT, actor(), process, at=at) else [],
        recent=written(recent.rows),
        today=today.isoformat(),
        can_publish=can(policy.PUBLISH, actor(), process, at=at),
        can_edit=can(policy.EDIT, actor(), process, at=at),
        can_create=can(policy.CREATE, actor(), g.organization, at=at),
        can_preview=can(policy.PREVIEW, actor(), process, at=at),
        is_draft=process.status is ProcessStatus.DRAFT,
        is_archived=process.status is ProcessStatus.ARCHIVED,
    )


def _open_now(process: ProcessView, at: Any) -> list[tuple[Any, Any, Any]]:
    """Return ``(component, capability, until)`` of everything that is open."""
    return [
        (component, capability, component.closes_at(capability.name, at))
        for component in process.components
        for capability in component.type.capabilities
        if component.rule(capability.name, at).state.is_open
    ]


def _opening(process: ProcessView, at: Any) -> list[tuple[Any, Any, Any]]:
    """Return ``(moment, component, capability)`` of what opens next, the nearest first."""
    found = [
        (opening, component, capability)
        for component in process.components
        for capability in component.type.capabilities
        if not component.rule(capability.name, at).state.is_open
        and (opening := component.next_opening(capability.name, at)) is not None
    ]
    return sorted(found, key=lambda each: each[0])


def _gaps(process: ProcessView) -> list[tuple[str, str]]:
    """Return what is missing for the process to work, each with where to mend it."""
    found = []
    if not process.phases:
        found.append((_("No tiene fases: sin ellas nada se abre."), url_for("admin.phases")))
    if not process.components:
        found.append(
            (_("No tiene componentes: la gente no podrá hacer nada."), url_for("admin.components"))
        )
    found += [
        (
            _("Ninguna fase abre «%(title)s».", title=component.title),
            url_for("admin.permissions", componente=component.key),
        )
        for component in process.components
        if not any(
            rule.state.is_open for each in component.openings for rule in each.rules.values()
        )
    ]
    missing = [
        code for code in languages() if code not in process.title or code not in process.summary
    ]
    if missing:
        found.append(
            (
                _("Faltan textos en: %(languages)s.", languages=", ".join(missing)),
                url_for("admin.texts", idioma=missing[0]),
            )
        )
    return found


@blueprint.get("/procesos/<process>/actividad")
@page(policy.SEE_BOARD)
def activity() -> Any:
    """Show everything that happened in the process, newest first."""
    found = queries.facts(
        db.session(), FactFilter(process_id=g.process.id), request.args.get("pagina")
    )
    return render(
        "admin/activity.html",
        process=g.process,
        rows=written(found.rows),
        next_url=url_for("admin.activity", pagina=found.next) if found.next else None,
        prev_url=url_for("admin.activity", pagina=found.previous) if found.previous else None,
    )
