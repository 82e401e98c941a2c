"""What happens by itself: checks that call a moderator, and items that their authors take back."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from participa.contributions.models import Standing
from participa.core import clock
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.moderation import events, machine, queries
from participa.moderation.models import Move
from participa.moderation.services import door
from participa.processes import queries as processes

_READABLE = frozenset({Standing.WAITING, Standing.PUBLISHED})


def question(session: Session, ref: Ref, reasons: Sequence[str], asked_at: dt.datetime) -> None:
    """Open the case of an item, or join or reopen it, for what a check found.

    Idempotent. Does nothing for what is not there to be looked at any more, nor for what somebody
    has decided since it was asked.
    """
    at = clock.now()
    moderation = door.moderated(ref)
    item = moderation.load(session, [ref.id]).get(ref.id)
    if item is None or item.status not in _READABLE:
        return
    component = processes.component(session, item.component_id)
    case, is_new = door.case_for(session, item, component, at)
    item = moderation.lock(session, ref.id)
    opens = is_new or case.state not in machine.PENDING
    decided = case.decided_at is not None and case.decided_at >= asked_at
    known = not opens and set(reasons) <= set(case.reasons)
    possible = is_new or machine.after(case.state, Move.QUESTION) is not None
    if not possible or decided or known:
        return
    if opens:
        door.reopen(case, item, at)
    case.reasons = list(dict.fromkeys([*case.reasons, *reasons]))
    severity = door.ORDINARY if item.status is Standing.WAITING else 1
    door.grade(case, severity, queries.terms(session, case.organization_id))
    text = ", ".join(reasons)
    if is_new:
        door.write(session, case, Move.QUESTION, None, None, at, text=text)
    else:
        door.advance(session, case, Move.QUESTION, None, at, text=text)
    if opens:
        actor = Actor(case.organization_id)
        door.tell(session, case, events.CaseOpened(Move.QUESTION.value), actor, at)


def close_withdrawn(session: Session, ref: Ref) -> None:
    """Close the case of an item that its author took back: there is nothing left to decide.

    Those who flagged it are told. Idempotent; does nothing where nothing was left open.
    """
    found = queries.case_of(session, ref)
    if found is None:
        return
    case = queries.for_update(session, found.id)
    item = door.moderated(ref).lock(session, ref.id)
    if item.status is not Standing.WITHDRAWN or machine.after(case.state, Move.WITHDRAW) is None:
        return
    at, actor = clock.now(), Actor(case.organization_id)
    flaggers = queries.flaggers(session, case) if case.state in machine.PENDING else []
    case.is_urgent = False
    door.advance(session, case, Move.WITHDRAW, case.author_id, at)
    door.tell(session, case, events.CaseWithdrawn(), actor, at)
    if flaggers:
        door.tell(session, case, events.FlagSettled(flaggers), actor, at)
