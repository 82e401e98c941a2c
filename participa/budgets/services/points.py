"""Polling points: made, given into somebody's charge, reconciled; each act once."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from participa.accounts.checked import checked_reason
from participa.accounts.queries import people
from participa.budgets import events, policy
from participa.budgets.models import ADDRESS_LENGTH, POINT_NAME_LENGTH, Point, Promoter
from participa.budgets.queries import casting
from participa.budgets.queries import points as queries
from participa.budgets.services import box
from participa.budgets.services.votes import facing
from participa.contributions import texts
from participa.core import clock, words
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Action, Actor, authorize
from participa.core.sanitize import normalize
from participa.organizations.queries import OrganizationView
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

MOST_PER_HOUR = 500
MOST_SIGNED = 1_000_000

RECONCILED = _l(
    "El acta de este punto ya está cerrada: nada de él se cambia. Para corregir algo, primero "
    "reábrala con un motivo."
)


def begin(
    session: Session,
    actor: Actor,
    component: ComponentView,
    point_id: int,
    action: Action = policy.MANAGE_POINTS,
    *,
    whole: bool = False,
    opens: bool = False,
    **known: Any,
) -> tuple[Any, Point]:
    """Hold the vote and a point, and ask the policy. Returns the vote's plain row and the point.

    ``whole``: nobody works at the point meanwhile; ``opens``: a ballot may go into the box;
    ``known``: what else the policy should know.
    Raises ``Denied``, ``Missing``, and ``Conflict`` once the point's act was made.
    """
    vote = (
        box.open_box(session, component) if opens else casting.vote(session, component, hold=True)
    )
    row = queries.held(session, component.id, point_id, whole=whole)
    authorize(action, actor, component, facing(vote, **known), at=clock.now())
    if row.reconciled_at is not None:
        raise Conflict(RECONCILED)
    return vote, row


@dataclass(frozen=True, slots=True)
class PointDraft:
    """A point as staff typed it."""

    name: str
    address: str = ""
    territory_id: int | None = None


def save(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    draft: PointDraft,
    point_id: int | None = None,
) -> int:
    """Add or change a point and return its id.

    Raises ``Denied``, ``Invalid``, ``Missing``, and ``Conflict`` once its act was made.
    """
    if point_id is None:
        vote = casting.vote(session, component, hold=True)
        authorize(policy.MANAGE_POINTS, actor, component, facing(vote), at=clock.now())
        row = Point(component_id=component.id, address="", remarks="")
    else:
        _vote, row = begin(session, actor, component, point_id, whole=True)
    name, address = normalize(draft.name), normalize(draft.address)
    problems = texts.problems(
        "name", name, *POINT_NAME_LENGTH, missing=_l("Diga cómo se llama el punto.")
    )
    problems += texts.problems("address", address, 0, ADDRESS_LENGTH, missing="")
    wanted = words.normalize(name)
    if not problems and any(
        words.normalize(each.name) == wanted and each.id != point_id
        for each in queries.listed(session, component)
    ):
        problems.append(Problem("name", _l("Ya hay un punto con ese nombre.")))
    if draft.territory_id is not None and draft.territory_id not in organization.territories:
        problems.append(Problem("territory_id", _l("Ese territorio no existe.")))
    if problems:
        raise Invalid(problems)
    row.name, row.address, row.territory_id = name, address, draft.territory_id
    session.add(row)
    session.flush()
    record_in(session, actor, component, events.PointSaved(row.name))
    return row.id


def remove(session: Session, actor: Actor, component: ComponentView, point_id: int) -> None:
    """Remove a point that has neither sheets nor votes. Raises ``Conflict`` where it has."""
    _vote, row = begin(session, actor, component, point_id, whole=True)
    if queries.is_used(session, row.id):
        raise Conflict(_l("Este punto ya tiene hojas o votos: no se puede quitar."))
    session.delete(row)
    session.flush()
    record_in(session, actor, component, events.PointRemoved(row.name))


# --- promoters


def give(
    session: Session,
    actor: Actor,
    component: ComponentView,
    point_id: int,
    person_id: int,
    per_hour: str,
) -> None:
    """Put somebody in charge of a point, or change their limit.

    ``per_hour`` is what was typed: ballots and sheets an hour past which the staff are told. Raises
    ``Denied``, ``Invalid``, ``Missing`` for the person, ``Conflict`` once the point's act was made.
    """
    _vote, point = begin(session, actor, component, point_id)
    person = people.get(session, person_id)
    limit = counted(per_hour, MOST_PER_HOUR)
    if not limit:
        raise Invalid.of(
            path="per_hour", message=_l("Escriba un número entre 1 y %(most)s.", most=MOST_PER_HOUR)
        )
    row = queries.promoter(session, point.id, person.id)
    if row is None:
        row = Promoter(point_id=point.id, person_id=person.id)
        session.add(row)
    elif row.ended_at is not None:
        row.given_at = clock.now()
    row.per_hour, row.ended_at = limit, None
    session.flush()
    record_in(
        session,
        actor,
        component,
        events.PromoterGiven(
            point.name, limit, component.process.slug, component.key, point.id, [person.id]
        ),
    )


def end(
    session: Session, actor: Actor, component: ComponentView, point_id: int, person_id: int
) -> None:
    """End somebody's charge of a point, the same moment. Twice is as once."""
    _vote, point = begin(session, actor, component, point_id)
    row = queries.promoter(session, point.id, person_id)
    if row is None or row.ended_at is not None:
        return
    row.ended_at = clock.now()
    session.flush()
    record_in(session, actor, component, events.PromoterEnded(point.name, [person_id]))


# --- the act


def reconcile(
    session: Session,
    actor: Actor,
    component: ComponentView,
    point_id: int,
    signed: str,
    remarks: str = "",
) -> None:
    """Make the act of a point: from then on nothing of it changes.

    ``signed`` is what was typed: the signatures on the list, counted by hand. Raises ``Denied``,
    ``Missing``, ``Conflict`` where it was made already, and ``Invalid`` as :func:`checked_act`:
    while sheets wait to be typed, and where the figures differ and no remark says why.
    """
    _vote, point = begin(session, actor, component, point_id, whole=True)
    act, text = checked_act(session, component, point, signed, remarks)
    point.signed, point.remarks = act.signed, text
    point.reconciled_at, point.reconciled_by_id = clock.now(), actor.person_id
    session.flush()
    record_in(
        session,
        actor,
        component,
        events.PointReconciled(
            point.name,
            point.id,
            act.signed or 0,
            act.figures.counted,
            act.figures.left_out,
            act.figures.marks,
            text,
        ),
    )


def checked_act(
    session: Session, component: ComponentView, point: Point, signed: str, remarks: str
) -> tuple[queries.Act, str]:
    """Return the act that a point would have, and its remarks, from what was typed.

    Raises :class:`Invalid` on ``signed`` or ``remarks``, and on no field while sheets wait.
    """
    number = counted(signed, MOST_SIGNED)
    problems = []
    if number is None:
        problems.append(
            Problem("signed", _l("Escriba cuántas firmas hay en la lista, con cifras."))
        )
    act = queries.act(session, component, point, number or 0)
    if act.figures.waiting:
        problems.append(
            Problem(
                "",
                _ln(
                    "Falta decidir una hoja que ya se empezó a digitar.",
                    "Falta decidir %(num)s hojas que ya se empezaron a digitar.",
                    act.figures.waiting,
                ),
            )
        )
    text = " ".join(normalize(remarks).split())
    if number is not None and not act.adds_up and not text:
        problems.append(
            Problem("remarks", _l("Los números no coinciden: escriba qué pasó, para el acta."))
        )
    elif text:
        try:
            text = checked_reason(text, "remarks")
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems)
    return act, text


def reopen(
    session: Session, actor: Actor, component: ComponentView, point_id: int, reason: str
) -> None:
    """Open a point's act again. Raises ``Denied``, ``Missing``, ``Invalid`` for the reason."""
    vote = casting.vote(session, component, hold=True)
    point = queries.held(session, component.id, point_id, whole=True)
    authorize(policy.MANAGE_POINTS, actor, component, facing(vote), at=clock.now())
    text = checked_reason(reason)
    if point.reconciled_at is None:
        return
    point.reconciled_at = point.reconciled_by_id = None
    session.flush()
    record_in(session, actor, component, events.PointReopened(point.name, point.id, text))


def counted(text: str, most: int) -> int | None:
    """Return a number of things that somebody typed, as in "1.000", or ``None``."""
    return whole_number(text.replace(".", ""), most)
