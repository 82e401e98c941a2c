"""What waits for this person."""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, url_for
from flask_babel import gettext as _

from participa.admin import policy
from participa.admin.shell import blueprint, enter, room_entries
from participa.core import clock, heartbeat, mail
from participa.core.db import db
from participa.core.policy import PROCESS_STAFF, ROLE_LABELS, Actor, can
from participa.core.web import actor, page, render
from participa.moderation import policy as moderation_policy
from participa.moderation import queries as moderation
from participa.organizations import policy as organizations
from participa.processes import policy as processes_policy
from participa.processes import queries as processes
from participa.processes.presentation import STATE_LABELS, Drawing, drawing
from participa.processes.snapshot import ProcessView, staff_roles

ON_HOME = 12
"""How many processes the first page shows."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One process on somebody's desk."""

    process: ProcessView
    drawing: Drawing
    state: str
    state_label: Any
    roles: tuple[Any, ...]
    waiting: tuple[dict[str, Any], ...]
    url: str


def processes_of(who: Actor) -> list[ProcessView]:
    """Return the processes that somebody works in, drafts included, newest start first."""
    if who.organization_roles & PROCESS_STAFF:
        return processes.visible(db.session(), drafts_of=None)
    return processes.by_ids(db.session(), sorted(who.process_roles, reverse=True))


@blueprint.get("")
@page(policy.ENTER)
def home() -> Any:
    """Show the person's processes with what is open and what waits in each."""
    enter()
    at = clock.moment()
    mine = [each for each in processes_of(actor()) if each.state(at) != "past"]
    shown = mine[:ON_HOME]
    waiting = room_entries(shown)
    return render(
        "admin/home.html",
        desks=[_desk(each, waiting[each.id]) for each in shown],
        more=len(mine) > len(shown),
        tasks=_tasks(),
        odd_reversals=len(moderation.unusual(db.session(), g.organization.id, clock.now()))
        if can(moderation_policy.REVERSALS, actor(), g.organization, at=at)
        else 0,
        is_working=not can(organizations.SEND_MAIL_AGAIN, actor(), g.organization, at=at)
        or heartbeat.is_working(db.session()),
        mails_ended=mail.number_ended(db.session(), g.organization.id)
        if can(organizations.SEND_MAIL_AGAIN, actor(), g.organization, at=at)
        else 0,
        can_create=can(processes_policy.CREATE, actor(), g.organization, at=at),
    )


def _desk(process: ProcessView, waiting: list[dict[str, Any]]) -> Desk:
    at = clock.moment()
    state = process.state(at)
    roles = staff_roles(actor(), process)
    return Desk(
        process,
        drawing(process, at, lambda _phase: ""),
        state,
        STATE_LABELS[state],
        tuple(ROLE_LABELS[role] for role in ROLE_LABELS if role in roles),
        tuple(each for each in waiting if each["count"]),
        url_for("admin.board", process=process.slug)
        if "admin.board" in current_app.view_functions
        else url_for("processes.show", process=process.slug),
    )


def _tasks() -> list[tuple[str, str]]:
    """Return what an administrator has left to set up: a sentence and where to do it."""
    organization = g.organization
    if not can(organizations.EDIT, actor(), organization, at=clock.moment()):
        return []
    tasks = []
    if not organization.consent_text:
        tasks.append((_("Escriba el texto de tratamiento de datos."), url_for("admin.entity")))
    if not organization.territories:
        tasks.append(
            (_("Cargue los territorios: barrios, veredas, comunas."), url_for("admin.territories"))
        )
    if not organization.themes:
        tasks.append((_("Anote los temas con los que se clasifica."), url_for("admin.themes")))
    if not organization.staff_second_factor:
        tasks.append(
            (
                _("Pida un segundo paso de seguridad a quienes tienen un rol."),
                url_for("admin.entity"),
            )
        )
    return tasks
