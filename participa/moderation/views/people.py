"""People, not texts: who has something removed or a measure about them, and what may be done.

The same pages twice: of a process, for its moderators; of the whole organization, for those who
administer it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.accounts import policy as accounts
from participa.accounts.models import Person, SanctionKind, SanctionRecord
from participa.accounts.queries import names
from participa.accounts.queries import people as persons
from participa.accounts.queries import sanctions as measures
from participa.accounts.services import sanctions as services
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.policy import authorize, denial
from participa.core.web import actor, page, render, see_other
from participa.moderation.queries import contributors as queries
from participa.moderation.views import blueprint
from participa.moderation.views.words import STATE_LABELS
from participa.processes import queries as processes
from participa.ui.sure import ask, is_sure

IN_PROCESS = "/gestion/procesos/<process>/moderacion/personas"
IN_ORGANIZATION = "/gestion/moderacion/personas"
EVERYWHERE = "_everywhere"
"""How the endpoints of the organization's pages end."""
MOST_APPEALS = 50
MOST_CASES = 20

KINDS = {
    "advertencia": SanctionKind.WARNING,
    "limite": SanctionKind.LIMIT,
    "suspension": SanctionKind.SUSPENSION,
}
"""Words of the address → the kind of measure."""

View = Callable[..., Any]


def both(path: str, name: str, *methods: str) -> Callable[[View], View]:
    """Put a view at an address of each process and at one of the organization."""

    def decorate(view: View) -> View:
        for prefix, ending in ((IN_PROCESS, ""), (IN_ORGANIZATION, EVERYWHERE)):
            blueprint.add_url_rule(
                f"{prefix}{path}", f"{name}{ending}", view, methods=methods or ("GET",)
            )
        return view

    return decorate


def here(name: str, **values: Any) -> str:
    """Return the address of one of these pages: of the process being shown, or of them all."""
    return url_for(f"moderation.{name}{'' if 'process' in g else EVERYWHERE}", **values)


def found(person_id: int) -> Person:
    """Return a person who is this place's business. Raises :class:`Missing` for anybody else."""
    process_id = g.scope.process_id
    if process_id is not None and not queries.is_known_in(db.session(), person_id, process_id):
        message = f"person {person_id} has nothing to do with this process"
        raise Missing(message)
    return persons.get(db.session(), person_id)


def appeals_waiting(
    session: Any, scopes: Sequence[Any], _actor: Any, _at: Any
) -> Mapping[int, int]:
    """Return how many appeals of measures wait in each process, or in the organization, by id."""
    waiting = measures.appeals_waiting(session)
    return {scope.id: waiting.get(scope.process_id, 0) for scope in scopes}


def crumbs(*steps: tuple[str, str | None]) -> list[dict[str, Any]]:
    """Return the way from the list to a page."""
    return [
        {"label": _("Personas"), "url": here("people")},
        *({"label": label, "url": url} for label, url in steps),
    ]


def crumbs_of(person: Person, label: str) -> list[dict[str, Any]]:
    """Return the way from the list to something about a person."""
    return crumbs((person.name, here("person", person_id=person.id)), (label, None))


@both("", "people")
@page(accounts.SANCTION)
def people() -> Any:
    """Look for people with something removed or a measure about them; appeals that wait first."""
    session, process_id, at = db.session(), g.scope.process_id, clock.now()
    words = request.args.get("q", "").strip()[:100]
    listed = queries.of_concern(session, process_id, words, request.args.get("pagina"))
    waiting = measures.appeals(session, process_id, MOST_APPEALS)
    ids = [each.id for each in listed.rows]
    kept: dict[str, Any] = {"q": words} if words else {}
    return render(
        "moderation/people/list.html",
        process=g.get("process"),
        rows=listed.rows,
        q=words,
        standings=queries.standings(session, ids, process_id),
        running=measures.running(session, ids, process_id, at),
        appeals=waiting,
        names=names(session, [each.person_id for each in waiting]),
        removed=Standing.REMOVED,
        published=Standing.PUBLISHED,
        here=here,
        next_url=here("people", **kept, pagina=listed.next) if listed.next else None,
        prev_url=here("people", **kept, pagina=listed.previous) if listed.previous else None,
    )


@both("/<int:person_id>", "person")
@page(accounts.SANCTION)
def person(person_id: int) -> Any:
    """Show what moderation knows of a person here, and what may be done about it."""
    session, scope, at = db.session(), g.scope, clock.now()
    row = found(person_id)
    rows = (
        measures.of_person(session, person_id)
        if scope.process_id is None
        else measures.holding_in(session, person_id, scope.process_id)
    )
    item = services.imposing(session, person_id, scope)
    counts = queries.standings(session, [person_id], scope.process_id).get(person_id, {})
    return render(
        "moderation/people/person.html",
        process=g.get("process"),
        person=row,
        counts=counts,
        standing=Standing,
        measures=[_shown(each) for each in rows],
        names=names(session, [each.by_id for each in rows if each.by_id is not None]),
        places={
            each.id: each
            for each in processes.by_ids(
                session, sorted({each.process_id for each in rows if each.process_id is not None})
            )
        },
        refused=denial(accounts.SANCTION, actor(), scope, item, at=at),
        cases=queries.decided(session, person_id, scope.process_id, MOST_CASES),
        state_labels=STATE_LABELS,
        here=here,
        at=at,
        crumbs=crumbs((row.name, None)),
    )


def _shown(row: SanctionRecord) -> dict[str, Any]:
    """Return a measure with what may be done to it on this page."""
    at, is_of_here = clock.now(), row.process_id == g.scope.process_id
    return {
        "row": row,
        "is_of_here": is_of_here,
        "may_lift": is_of_here
        and denial(accounts.LIFT_SANCTION, actor(), g.scope, row, at=at) is None,
        "refused_answer": denial(accounts.DECIDE_SANCTION_APPEAL, actor(), g.scope, row, at=at),
    }


def measure_of(person_id: int, sanction_id: int) -> SanctionRecord:
    """Return a measure about a person that was taken here. Raises :class:`Missing`."""
    row = measures.get(db.session(), sanction_id)
    if row.person_id != person_id or row.process_id != g.scope.process_id:
        message = f"no sanction {sanction_id} of {person_id} here"
        raise Missing(message)
    return row


@both("/<int:person_id>/medidas/<int:sanction_id>/levantar", "lift_measure", "POST")
@page(accounts.LIFT_SANCTION)
def lift(person_id: int, sanction_id: int) -> Any:
    """End a measure now, after asking."""
    row = measure_of(person_id, sanction_id)
    back = here("person", person_id=person_id)
    authorize(accounts.LIFT_SANCTION, actor(), g.scope, row, at=clock.now())
    if not is_sure():
        name = persons.get(db.session(), person_id).name
        return ask(
            _("¿Retirarle la advertencia a %(name)s?", name=name)
            if row.kind is SanctionKind.WARNING
            else _("¿Levantarle la medida a %(name)s?", name=name),
            _("Sí, levantarla"),
            back,
            _("Deja de valer desde ahora mismo, y se le avisa."),
        )
    services.lift(db.session(), actor(), g.scope, sanction_id)
    flash(_("La medida quedó sin efecto. Ya se le avisó."), "ok")
    return see_other(back)
