"""Numbered sheets: made, printed again, found by number and letters, annulled."""

import secrets
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.checked import checked_reason
from participa.budgets import events
from participa.budgets.models import Cause, Sheet, SheetStatus
from participa.budgets.queries import casting
from participa.budgets.queries import sheets as queries
from participa.budgets.services.points import begin, counted
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Actor
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

MOST_AT_ONCE = 200
MOST_SHEETS = 200_000
"""Of one vote."""
LETTERS = "BCDFGHJKLMNPRSTVXZ"
"""For the letters beside the number: no vowels, which make words, and no look-alikes."""
CHECK_LENGTH = 3


def make(
    session: Session, actor: Actor, component: ComponentView, point_id: int, number: str
) -> tuple[int, int]:
    """Make numbered sheets for a point. Returns the first number and the last.

    ``number`` is what was typed, up to :data:`MOST_AT_ONCE`. Raises ``Denied``, ``Missing``,
    ``Invalid``, and ``Conflict`` before the rules are firm, without a roll, or once the act of the
    point was made.
    """
    vote, point = begin(session, actor, component, point_id)
    if vote is None or vote.locked_at is None:
        raise Conflict(
            _l("Primero deje en firme la votación: la hoja lleva sus proyectos y su regla.")
        )
    if casting.roll(session, component) is None:
        raise Conflict(_l("En papel solo se vota con un padrón, y esta votación no usa ninguno."))
    wanted = counted(number, MOST_AT_ONCE)
    if not wanted:
        raise Invalid.of(
            path="number",
            message=_l("Escriba cuántas hojas, entre 1 y %(most)s.", most=MOST_AT_ONCE),
        )
    queries.hold_numbers(session, component)
    first = queries.last_number(session, component.id) + 1
    last = first + wanted - 1
    if last > MOST_SHEETS:
        raise Invalid.of(
            path="number", message=_l("Esta votación ya tiene todas las hojas que puede tener.")
        )
    session.add_all(
        Sheet(
            component_id=component.id,
            point_id=point.id,
            number=each,
            check="".join(secrets.choice(LETTERS) for _letter in range(CHECK_LENGTH)),
        )
        for each in range(first, last + 1)
    )
    session.flush()
    record_in(session, actor, component, events.SheetsPrinted(point.name, point.id, first, last))
    return first, last


def print_again(
    session: Session,
    actor: Actor,
    component: ComponentView,
    point_id: int,
    first: str,
    last: str,
    reason: str,
) -> tuple[int, int]:
    """Note that sheets are printed again. Returns the first number and the last.

    Raises ``Denied``, ``Missing``, ``Conflict``, and ``Invalid`` for numbers that the point does
    not have or too many of them, or without a reason.
    """
    _vote, point = begin(session, actor, component, point_id)
    problems = []
    begins, ends = counted(first, MOST_SHEETS), counted(last, MOST_SHEETS)
    if begins is None or ends is None or not begins <= ends:
        problems.append(
            Problem("first", _l("Escriba de qué número a qué número, de menor a mayor."))
        )
    elif ends - begins >= MOST_AT_ONCE:
        problems.append(
            Problem("last", _l("Se imprimen hasta %(most)s hojas a la vez.", most=MOST_AT_ONCE))
        )
    elif not queries.between(session, point.id, begins, ends):
        problems.append(Problem("first", _l("Este punto no tiene hojas con esos números.")))
    try:
        reason = checked_reason(reason)
    except Invalid as error:
        problems += error.problems
    if problems or begins is None or ends is None:
        raise Invalid(problems)
    record_in(
        session,
        actor,
        component,
        events.SheetsReprinted(point.name, point.id, begins, ends, reason),
    )
    return begins, ends


def find(session: Session, component: ComponentView, number: str, check: str) -> Any:
    """Return number and point of a sheet, as a plain row, by what is printed on it.

    The letters may also stand in ``number``, as a reader of the printed code types them. Raises
    :class:`Invalid` on ``number`` or ``check``.
    """
    head, _blank, tail = number.strip().replace("-", " ").partition(" ")
    wanted = counted(head, MOST_SHEETS)
    if wanted is None:
        raise Invalid.of(path="number", message=_l("Escriba el número de la hoja, con cifras."))
    letters = (check.strip() or tail.strip()).upper()
    if not letters:
        raise Invalid.of(path="check", message=_l("Escriba las letras que van después del número."))
    found = queries.place_of(session, component.id, wanted)
    if found is None:
        raise Invalid.of(path="number", message=_l("No hay una hoja con ese número."))
    if found.check != letters:
        raise Invalid.of(
            path="check",
            message=_l("Esas no son las letras de esa hoja. Revise el número y las letras."),
        )
    return found


def unused(
    session: Session, component: ComponentView, point_id: int, number: str, check: str
) -> Sheet:
    """Return a sheet of a point that may come back, locked, by what is printed on it.

    Raises :class:`Invalid` for a sheet that is not of the point, or that somebody typed.
    """
    found = find(session, component, number, check)
    row = queries.for_update(session, component.id, found.number)
    if row is None or row.point_id != point_id:
        raise Invalid.of(path="number", message=_l("Esa hoja no es de este punto."))
    if row.status != SheetStatus.PRINTED:
        raise Invalid.of(path="number", message=_l("Esa hoja ya no se puede devolver."))
    return row


def annul(session: Session, actor: Actor, row: Sheet) -> None:
    """Annul a sheet that came back unused. For whoever undoes that it was handed out."""
    row.status, row.cause = SheetStatus.VOID, Cause.RETURNED.value
    row.by_ids = [actor.person_id]
    session.flush()
