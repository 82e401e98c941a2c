"""Deciding several cases together: what would happen, doing it, and taking it back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import queries as accounts
from participa.contributions.contract import written
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.policy import Action, Actor, Denied, denial
from participa.moderation import policy, queries
from participa.moderation.models import Case, Move
from participa.moderation.services import decisions, door
from participa.processes import queries as processes

MOST = 100
"""Cases that are decided together."""

ACTIONS: Mapping[Move, Action] = {Move.KEEP: policy.KEEP, Move.REMOVE: policy.REMOVE}
"""What can be decided of several cases at once; all else needs to be looked at one by one."""

GONE = _l("Ese caso ya no está.")
EDITED = _l("Quien lo escribió cambió el texto: tómelo y léalo antes de decidir.")


@dataclass(slots=True)
class BulkResult:
    """What was done, and why the rest was left."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, Any] = field(default_factory=dict)
    """Sentence by case id."""


def preview(
    session: Session, actor: Actor, case_ids: Iterable[int], move: Move, ground_id: int | None
) -> list[tuple[Case, Any]]:
    """Return each case with the sentence of why it would be left out, or ``None``. Writes nothing.

    Raises :class:`Invalid` for a decision that is not made of several cases, or a wrong ground.
    """
    action = _action(session, move, ground_id)
    cases = queries.by_ids(session, case_ids)
    items = written(session, [case.ref for case in cases])
    at = clock.now()
    places = processes.components(session, {case.component_id for case in cases})
    holders = [held_by for case in cases if (held_by := policy.holder(case, at)) is not None]
    names = accounts.names(session, holders)
    found: list[tuple[Case, Any]] = []
    for case in cases:
        item = items.get(case.ref)
        if item is None:
            found.append((case, GONE))
            continue
        faced = policy.facing(
            case, item.status, holder_name=names.get(policy.holder(case, at) or 0, "")
        )
        refused = denial(action, actor, places[case.component_id], faced, at=at)
        edited = EDITED if item.edited_at != case.edited_at else None
        found.append((case, refused.message if refused is not None else edited))
    return found


def decide(
    session: Session,
    actor: Actor,
    cases: Mapping[int, int],
    move: Move,
    ground_id: int | None,
    reply: str,
) -> BulkResult:
    """Decide each case (``{id: revision}``) as if alone; what is refused stays out.

    Raises :class:`Invalid` where ground or reply are wrong for all, and past :data:`MOST` cases.
    """
    _action(session, move, ground_id)
    if len(cases) > MOST:
        raise Invalid.of(
            path="", message=_l("Son demasiados: decida hasta %(most)s a la vez.", most=MOST)
        )
    if move is Move.REMOVE:
        door.typed("reply", reply, required=decisions.WHY)

    def one(case_id: int) -> None:
        if move is Move.KEEP:
            decisions.keep(session, actor, case_id, cases[case_id], reply)
        else:
            decisions.remove(session, actor, case_id, cases[case_id], ground_id, reply)

    return _each(session, sorted(cases), one)


def undo(session: Session, actor: Actor, case_ids: Iterable[int]) -> BulkResult:
    """Take own decisions back, each within its time."""
    wanted = sorted(set(case_ids))[:MOST]
    return _each(session, wanted, lambda case_id: decisions.undo(session, actor, case_id, None))


def _each(session: Session, case_ids: Sequence[int], one: Callable[[int], None]) -> BulkResult:
    queries.lock_all(session, case_ids)
    result = BulkResult()
    for case_id in case_ids:
        try:
            with session.begin_nested():
                one(case_id)
        except Denied as error:
            result.refused[case_id] = error.denial.message
        except Conflict as error:
            result.refused[case_id] = error.message
        except Missing:
            result.refused[case_id] = GONE
        else:
            result.done.append(case_id)
    return result


def _action(session: Session, move: Move, ground_id: int | None) -> Action:
    action = ACTIONS.get(move)
    if action is None:
        raise Invalid.of(path="", message=_l("Eso se decide caso por caso."))
    if move is Move.REMOVE:
        decisions.removing_ground(session, ground_id)
    return action
