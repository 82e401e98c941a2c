"""Appeals: the author asks that somebody else look at a removal."""

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.contributions.models import Standing
from participa.core.policy import Actor
from participa.moderation import events, policy, queries
from participa.moderation.models import Case, CaseState, Move
from participa.moderation.services import door
from participa.moderation.services.decisions import decision_of
from participa.moderation.services.door import Desk


def appeal(session: Session, actor: Actor, case_id: int, text: str) -> None:
    """Appeal the removal of an own item: once per removal, within the time for that.

    Raises :class:`Denied`, and :class:`Invalid` for a text that is missing or does not fit.
    """
    desk = door.sit(session, actor, case_id, policy.APPEAL)
    case = desk.case
    text = door.typed("text", text, required=_l("Escriba por qué no está de acuerdo."))
    case.appeal, case.appealed_at = text, desk.at
    case.holder_id = case.held_until = None
    case.due_at = desk.at + dt.timedelta(days=desk.terms.appeal_answer_days)
    desk.move(Move.APPEAL, text=text, about_id=decision_of(desk).id)
    desk.tell(events.RemovalAppealed())


def uphold(session: Session, actor: Actor, case_id: int, revision: int, reply: str) -> None:
    """Confirm an appealed removal, as somebody else than who decided it."""
    desk = door.sit(session, actor, case_id, policy.DECIDE_APPEAL, revision=revision)
    case = desk.case
    reply = door.typed("reply", reply, required=_l("Escriba lo que se le responde a quien apeló."))
    _answer(desk, reply)
    desk.move(Move.UPHOLD, text=reply, **_about(desk))
    desk.tell(events.RemovalUpheld(case.id, case.author_id))
    desk.answer_flaggers(events.FlagUpheld)


def revert(session: Session, actor: Actor, case_id: int, revision: int, reply: str = "") -> None:
    """Undo a removal that was appealed or urgent, as somebody else than who decided it.

    The item stands as it did before, supports and answers included. Had it never been published,
    it is published now: two people have read it, and nobody would look at it again.
    """
    door_of = policy.DECIDE_APPEAL
    if queries.case(session, case_id).state is not CaseState.APPEALED:
        door_of = policy.REVIEW_URGENT
    desk = door.sit(session, actor, case_id, door_of, revision=revision)
    case = desk.case
    reply = door.typed("reply", reply)
    line = _about(desk)
    _answer(desk, reply)
    desk.move(Move.REVERT, text=reply, **line)
    before = case.standing_before or Standing.PUBLISHED
    desk.stand(before)
    if before is Standing.WAITING:
        desk.stand(Standing.PUBLISHED)
    desk.tell(events.RemovalReverted(case.id, case.author_id))
    desk.answer_flaggers(events.FlagReverted)


def _answer(desk: Desk, reply: str) -> None:
    case: Case = desk.case
    case.is_urgent = False
    case.appeal_reply = reply
    case.appeal_decided_by_id, case.appeal_decided_at = desk.actor.person_id, desk.at


def _about(desk: Desk) -> dict[str, int]:
    since = desk.case.appealed_at or desk.case.decided_at or desk.at
    return {
        "about_id": decision_of(desk).id,
        "seconds": int((desk.at - since).total_seconds()),
    }
