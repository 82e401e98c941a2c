"""Deciding a case: keep, remove, join, publish a correction; and taking that back at once."""

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.contributions import services as contributions
from participa.contributions.contract import Written
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.policy import Action, Actor
from participa.moderation import events, policy, queries
from participa.moderation.models import DECISIONS, CaseStep, Ground, Move
from participa.moderation.services import door
from participa.moderation.services.door import Desk

WHY = _l("Escriba lo que se le dice a quien lo escribió.")


def keep(session: Session, actor: Actor, case_id: int, revision: int, reply: str = "") -> None:
    """Decide that an item stays; what waited is published, the notice "en revisión" goes.

    As every decision here: raises :class:`Denied`, and :class:`Conflict` when the case moved since
    ``revision`` or the author changed the words.
    """
    desk = _read(session, actor, case_id, policy.KEEP, revision)
    reply = door.typed("reply", reply)
    waited, marked = desk.item.status is Standing.WAITING, desk.item.under_review
    _decide(desk, Move.KEEP, None, reply)
    if waited:
        desk.stand(Standing.PUBLISHED)
    if marked:
        desk.mark(under_review=False)
    knew = waited or marked or bool(reply)
    desk.tell(
        events.Kept(desk.case.id, waited, desk.case.author_id if knew else None),
    )
    desk.answer_flaggers(events.FlagDismissed)


def remove(
    session: Session,
    actor: Actor,
    case_id: int,
    revision: int,
    ground_id: int | None,
    reply: str,
) -> None:
    """Take an item down for a ground: it disappears everywhere, and leaves a tombstone.

    Raises :class:`Invalid` without a ground or a reply, and for duplicates, which are joined.
    """
    desk = _read(session, actor, case_id, policy.REMOVE, revision)
    ground = removing_ground(session, ground_id)
    reply = door.typed("reply", reply, required=WHY)
    _remove(desk, Move.REMOVE, ground, reply)


def remove_urgently(
    session: Session, actor: Actor, case_id: int, revision: int, ground_id: int | None
) -> None:
    """Take an item down at once, with the ground's own text; a second person looks afterwards.

    Only for grounds that allow it. Raises :class:`Invalid` for the others.
    """
    desk = _read(session, actor, case_id, policy.REMOVE_URGENTLY, revision)
    ground = removing_ground(session, ground_id)
    if not ground.is_urgent:
        raise Invalid.of(
            path="ground_id",
            message=_l(
                "Por «%(ground)s» no se retira de urgencia: decídalo con calma.", ground=ground.name
            ),
        )
    language = queries.locale_of(session, desk.case.author_id)
    reply = ground.reply.text(language) or ground.text.text(language)
    desk.case.is_urgent = True
    _remove(desk, Move.REMOVE_URGENTLY, ground, reply)
    desk.case.due_at = desk.at + dt.timedelta(hours=desk.terms.urgent_review_hours)
    session.flush()


def review_urgent(session: Session, actor: Actor, case_id: int, revision: int) -> None:
    """Confirm, as a second person, what another removed urgently.

    To undo it instead: :func:`participa.moderation.services.appeals.revert`.
    """
    desk = door.sit(session, actor, case_id, policy.REVIEW_URGENT, revision=revision)
    desk.case.is_urgent = False
    desk.move(Move.REVIEW_URGENT, about_id=decision_of(desk).id)
    desk.tell(events.UrgentReviewed())


def merge(
    session: Session,
    actor: Actor,
    case_id: int,
    revision: int,
    into_id: int | None,
    reply: str = "",
) -> None:
    """Join a duplicate to another item of its component, supports included.

    Raises :class:`Invalid` where the other is not published there, or is the moderator's own.
    """
    wrong = Invalid.of("into_id", _l("Elija un aporte publicado en el mismo lugar."))
    if not into_id:
        raise wrong
    try:
        desk = _read(session, actor, case_id, policy.MERGE, revision, also=into_id)
    except Missing:
        queries.case(session, case_id)  # it is not the case that is missing
        raise wrong from None
    into = desk.moderation.lock(session, into_id)
    if not _may_take(desk, into):
        raise wrong
    if into.author_id == actor.person_id:
        raise Invalid.of(
            path="into_id", message=_l("El otro aporte es suyo: los une otra persona del equipo.")
        )
    reply = door.typed("reply", reply)
    ground = next((each for each in queries.grounds(session) if each.merges), None)
    _decide(desk, Move.MERGE, ground, reply)
    if desk.moderation.merge is not None:
        desk.moderation.merge(session, desk.case.item_id, into_id, desk.at)
        contributions.note(session, desk.case.ref, Standing.MERGED)
    desk.tell(events.Merged())
    desk.answer_flaggers(events.FlagMerged)


def accept(session: Session, actor: Actor, case_id: int, revision: int, reply: str = "") -> None:
    """Publish the correction that the author sent."""
    desk = _read(session, actor, case_id, policy.ACCEPT, revision)
    reply = door.typed("reply", reply)
    _decide(desk, Move.ACCEPT, None, reply)
    desk.stand(Standing.PUBLISHED)
    desk.tell(events.CorrectionPublished(desk.case.id, desk.case.author_id))
    desk.answer_flaggers(events.FlagCorrected)


def undo(session: Session, actor: Actor, case_id: int, revision: int | None) -> None:
    """Take an own decision back within :data:`policy.UNDO`: everything is exactly as before.

    The case is in the hands of who decided, to decide it again. ``revision=None``: whatever it is
    now, as the policy asks anyway that nothing else has happened.
    """
    desk = door.sit(session, actor, case_id, policy.UNDO_DECISION, revision=revision)
    case, decided = desk.case, decision_of(desk)
    _bring_back(desk, decided.move)
    knew = (
        decided.move is not Move.KEEP
        or case.review_before
        or case.standing_before is (Standing.WAITING)
    )
    case.is_urgent = False
    case.ground_id = case.decided_by_id = case.decided_at = case.appeal_until = None
    case.reply = ""
    case.due_at = case.opened_at + desk.terms.time_for(case.severity)
    door.hold(case, actor.person_id or 0, desk.at)
    desk.move(Move.UNDO, about_id=decided.id)
    desk.tell(events.DecisionUndone(case.id, case.author_id if knew else None))
    desk.answer_flaggers(events.FlagReopened)


def decision_of(desk: Desk) -> CaseStep:
    """Return the last decision in a case's history. Raises :class:`Missing`."""
    found = queries.last_step(desk.session, desk.case.id, moves=DECISIONS)
    if found is None:
        message = f"case {desk.case.id} was never decided"
        raise Missing(message)
    return found


def removing_ground(session: Session, ground_id: int | None) -> Ground:
    """Return the ground of a removal. Raises :class:`Invalid`; duplicates are joined instead."""
    try:
        ground = queries.ground(session, ground_id or 0)
    except Missing:
        ground = None
    if ground is None or not ground.is_active:
        raise Invalid.of(path="ground_id", message=_l("Elija el motivo."))
    if ground.merges:
        raise Invalid.of(
            path="ground_id",
            message=_l("Lo repetido no se retira: únalo al otro, con sus apoyos, o manténgalo."),
        )
    return ground


# --- parts --------------------------------------------------------------------------------------


def _read(
    session: Session,
    actor: Actor,
    case_id: int,
    action: Action,
    revision: int,
    also: int | None = None,
) -> Desk:
    return door.sit(session, actor, case_id, action, revision=revision, reads=True, also=also)


def _decide(desk: Desk, move: Move, ground: Ground | None, reply: str) -> None:
    """Write a decision on the case; the item is moved after it, by who decides what."""
    case = desk.case
    case.standing_before, case.review_before = desk.item.status, desk.item.under_review
    case.ground_id = ground.id if ground is not None else None
    case.reply = reply
    case.decided_by_id, case.decided_at = desk.actor.person_id, desk.at
    case.appeal = case.appeal_reply = ""
    case.appealed_at = case.appeal_until = case.appeal_decided_at = None
    case.appeal_decided_by_id = None
    desk.move(
        move,
        ground_id=case.ground_id,
        text=reply,
        seconds=int((desk.at - case.opened_at).total_seconds()),
    )


def _remove(desk: Desk, move: Move, ground: Ground, reply: str) -> None:
    case, days = desk.case, desk.terms.appeal_days
    _decide(desk, move, ground, reply)
    last_day = desk.at.astimezone(desk.component.zone).date() + dt.timedelta(days=days)
    case.appeal_until = clock.end_of_day(last_day, desk.component.zone)
    desk.stand(Standing.REMOVED)
    urgent = move is Move.REMOVE_URGENTLY
    desk.tell(events.Removed(case.id, ground.name, days, case.author_id, urgent))
    desk.answer_flaggers(events.FlagAccepted)


def _may_take(desk: Desk, into: Written) -> bool:
    return (
        into.ref != desk.case.ref
        and into.status is Standing.PUBLISHED
        and into.component_id == desk.case.component_id
    )


def _bring_back(desk: Desk, move: Move) -> None:
    """Put an item back to where a decision found it."""
    case = desk.case
    before = case.standing_before or Standing.PUBLISHED
    if move is Move.MERGE:
        # It may stand on its own already, as what it was joined to has been withdrawn.
        if desk.moderation.split is not None and desk.item.status is Standing.MERGED:
            desk.moderation.split(desk.session, case.item_id, desk.at)
            contributions.note(desk.session, case.ref, before)
    elif before is not desk.item.status:
        desk.stand(before)
    if case.review_before:
        desk.mark(under_review=True)
