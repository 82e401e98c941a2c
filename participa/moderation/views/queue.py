"""The queue: what waits for a moderator, in one process or in all that somebody moderates."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import g, request, session, url_for
from flask_babel import gettext as _

from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict
from participa.core.policy import Denied, authorize, can
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy, queries
from participa.moderation.queries import Filters
from participa.moderation.services import cases
from participa.moderation.views import blueprint
from participa.moderation.views.rows import rows_of
from participa.moderation.views.undoing import SENT_KEY, offer
from participa.processes import queries as processes
from participa.processes.snapshot import ProcessView

PREFIX = "/gestion/procesos/<process>/moderacion"

STATES: Mapping[str, str] = {
    "por-decidir": "pending",
    "en-estudio": "studying",
    "mias": "mine",
    "apelaciones": "appeals",
    "urgentes": "urgent",
    "decididas": "decided",
}
"""Words of the address → the filter's."""
ORDERS: Mapping[str, str] = {"gravedad": "severity", "antiguedad": "age"}
FIELDS = ("estado", "motivo", "componente", "publicacion", "plazo", "orden")
TICKED = frozenset({"por-decidir", "en-estudio", "mias"})
"""Lists of cases that can be decided together."""
MOST_LOOKED_AT = 3
"""Pages that are gone through to find the next case."""


def typed_filters(source: Mapping[str, str]) -> dict[str, str]:
    """Return the filters as the address (or a form) says them; what is not known is left out."""
    typed = {name: source.get(name, "").strip() for name in FIELDS}
    if typed["estado"] not in STATES:
        typed["estado"] = "por-decidir"
    return typed


def filters_of(typed: Mapping[str, str], process: ProcessView | None) -> Filters:
    """Return what to look for."""
    component = process.component(typed["componente"]) if process else None
    return Filters(
        state=STATES[typed["estado"]],
        ground_id=whole_number(typed["motivo"]),
        component_id=component.id if component else None,
        before={"antes": True, "despues": False}.get(typed["publicacion"]),
        late=typed["plazo"] == "vencidas",
        order=ORDERS.get(typed["orden"], "due"),
    )


def kept_fields(typed: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Return the filters that differ from the plain queue, as fields or as part of an address."""
    return [
        (name, typed[name])
        for name in FIELDS
        if typed[name] and (name, typed[name]) != ("estado", "por-decidir")
    ]


def queue_url(typed: Mapping[str, str], **more: Any) -> str:
    """Return the address of the queue with these filters, of this process or of all."""
    endpoint = "moderation.queue" if "process" in g else "moderation.queues"
    return url_for(endpoint, **dict(kept_fields(typed)), **more)


def moderated() -> list[ProcessView]:
    """Return the processes in which the reader moderates."""
    who, at = actor(), clock.now()
    found = (
        processes.visible(db.session(), drafts_of=None)
        if who.organization_roles
        else processes.by_ids(db.session(), sorted(who.process_roles, reverse=True))
    )
    return [each for each in found if can(policy.QUEUE, who, each, at=at)]


@blueprint.get(PREFIX)
@page(policy.QUEUE)
def queue() -> Any:
    """Show the cases of one process."""
    return _page([g.process], g.process)


@blueprint.get("/gestion/moderacion")
@page(policy.QUEUES)
def queues() -> Any:
    """Show the cases of every process that one moderates."""
    authorize(policy.QUEUES, actor(), g.organization, at=clock.now())
    return _page(moderated(), None)


def _page(shown: Sequence[ProcessView], process: ProcessView | None) -> Any:
    database, now, me = db.session(), clock.now(), actor().person_id or 0
    typed = typed_filters(request.args)
    wanted = filters_of(typed, process)
    ids = [each.id for each in shown]
    found = queries.queue(database, ids, wanted, request.args.get("pagina"), actor_id=me, at=now)
    tallies = queries.tallies(database, ids, wanted, actor_id=me, at=now)
    grounds = queries.grounds(database, active=True)
    return render(
        "moderation/staff/queue.html",
        process=process,
        several=len(actor().process_roles) > 1 or bool(actor().organization_roles),
        tabs=_tabs(typed, tallies),
        filters=typed,
        filtered=any(name not in {"estado", "orden"} for name, _value in kept_fields(typed)),
        kept=kept_fields(typed),
        clear_url=queue_url({**dict.fromkeys(FIELDS, ""), "estado": typed["estado"]}),
        ticks=typed["estado"] in TICKED,
        grounds=[("", _("Todos")), *((each.id, each.name) for each in grounds)],
        removing=[each for each in grounds if not each.merges],
        components=[
            ("", _("Todo")),
            *((each.key, each.title) for each in (process.components if process else ())),
        ],
        publication=[
            ("", _("Todo")),
            ("antes", _("Sin publicar todavía")),
            ("despues", _("Ya publicado")),
        ],
        lateness=[
            ("", _("Todos")),
            ("vencidas", _("Vencidos (%(number)s)", number=tallies.get("late", 0))),
        ],
        orders=[
            ("", _("Por plazo")),
            ("gravedad", _("Por gravedad")),
            ("antiguedad", _("Por antigüedad")),
        ],
        rows=rows_of(found.rows, {each.id: each for each in shown}),
        undo=offer(),
        draft_clear=session.pop(SENT_KEY, None),
        next_url=queue_url(typed, pagina=found.next) if found.next else None,
        prev_url=queue_url(typed, pagina=found.previous) if found.previous else None,
    )


def _tabs(typed: Mapping[str, str], tallies: Mapping[str, int]) -> list[dict[str, Any]]:
    labels = {
        "por-decidir": _("Por decidir"),
        "en-estudio": _("En estudio"),
        "mias": _("Los que tengo"),
        "apelaciones": _("Apelaciones"),
        "urgentes": _("Urgentes"),
        "decididas": _("Decididos"),
    }
    return [
        {
            "label": label,
            "url": queue_url({**typed, "estado": name}),
            "current": typed["estado"] == name,
            "count": tallies.get(STATES[name]),
        }
        for name, label in labels.items()
    ]


@blueprint.post(f"{PREFIX}/siguiente")
@page(policy.QUEUE)
def next_case() -> Any:
    """Claim the next case of the list one was looking at, and open it."""
    return go_to_next(whole_number(request.form.get("desde")))


def go_to_next(current: int | None) -> Any:
    """Send the browser to the next case that nobody has, claimed; else back to the list."""
    typed = typed_filters(request.form)
    if typed["estado"] not in {"apelaciones", "urgentes"}:
        typed["estado"] = "por-decidir"
    found = _claimed(typed, current)
    if found is None:
        return see_other(queue_url(typed))
    return see_other(url_for("moderation.case", case_id=found, **dict(kept_fields(typed))))


def _claimed(typed: Mapping[str, str], current: int | None) -> int | None:
    database, now, me = db.session(), clock.now(), actor().person_id or 0
    wanted, cursor = filters_of(typed, g.process), None
    for _turn in range(MOST_LOOKED_AT):
        found = queries.queue(database, [g.process.id], wanted, cursor, actor_id=me, at=now)
        for case in found.rows:
            if case.id == current or policy.holder(case, now) not in {None, me}:
                continue
            if wanted.state == "urgent":  # looked at once, in a moment: nobody claims it
                if me not in {case.decided_by_id, case.author_id}:
                    return int(case.id)
                continue
            try:
                cases.claim(database, actor(), case.id)
            except (Conflict, Denied):
                continue
            return int(case.id)
        cursor = found.next
        if cursor is None:
            break
    return None
