"""Cases themselves: opening, claiming, passing on, noting."""

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.facts import Ref
from participa.core.policy import Actor, Role, authorize
from participa.moderation import events, policy, queries
from participa.moderation.models import CaseState, Move
from participa.moderation.services import door
from participa.processes.snapshot import ComponentView

RESERVED = dt.timedelta(hours=24)
"""How long a case waits for the person to whom it was handed over."""


def open_case(session: Session, actor: Actor, component: ComponentView, ref: Ref, text: str) -> int:
    """Open a case, or open it again, without anybody having flagged the item; return its id.

    ``text`` is an internal note that says why. Raises :class:`Denied` where the case is open
    already, and for own items.
    """
    at = clock.now()
    moderation = door.moderated(ref)
    item = moderation.load(session, [ref.id]).get(ref.id)
    if item is None or item.component_id != component.id:
        message = f"no {ref} in component {component.id}"
        raise Missing(message)
    facing = policy.Facing(author_id=item.author_id, standing=item.status)
    authorize(policy.OPEN, actor, component, facing, at=at)
    text = door.typed("text", text, required=_l("Escriba por qué abre el caso."))
    case, is_new = door.case_for(session, item, component, at)
    item = moderation.lock(session, ref.id)
    desk = door.Desk(session, actor, case, item, component, moderation, at)
    if not is_new:
        faced = door.faced(session, case, item, at, policy.OPEN)
        authorize(policy.OPEN, actor, component, faced, at=at)
    door.reopen(case, item, at)
    door.grade(case, door.ORDINARY, desk.terms)
    if is_new:
        door.write(session, case, Move.OPEN, None, actor.person_id, at, text=text)
    else:
        desk.move(Move.OPEN, text=text)
    desk.tell(events.CaseOpened(Move.OPEN.value))
    return case.id


def claim(session: Session, actor: Actor, case_id: int) -> None:
    """Take a case to work on it, or hold it longer; nobody else may take it meanwhile.

    Takes note of the words as they are now. Raises :class:`Denied` with the name of who has it and
    until when, and for own items, for conflicts of interest, and for appeals of own decisions.
    """
    desk = door.sit(session, actor, case_id, policy.CLAIM)
    case = desk.case
    if desk.item.edited_at != case.edited_at:
        case.edited_at = desk.item.edited_at
        case.revision += 1
        door.write(session, case, Move.EDIT, case.state, case.author_id, desk.at)
    held = policy.holder(case, desk.at) == actor.person_id
    door.hold(case, actor.person_id or 0, desk.at)
    if held and case.state is not CaseState.OPEN:
        session.flush()
        return
    desk.move(Move.CLAIM)
    desk.tell(events.CaseClaimed())


def release(session: Session, actor: Actor, case_id: int) -> None:
    """Give a case back to the queue."""
    desk = door.sit(session, actor, case_id, policy.RELEASE)
    desk.case.holder_id = desk.case.held_until = None
    desk.move(Move.RELEASE)
    desk.tell(events.CaseReleased())


def hand_over(
    session: Session,
    actor: Actor,
    case_id: int,
    *,
    conflict: bool,
    text: str,
    to_id: int | None = None,
) -> None:
    """Pass a case on, to somebody of the team or to whoever takes it.

    With ``conflict`` the actor may not take it again. Where no moderator is left who could, those
    who administer the process are told. Raises :class:`Invalid` for somebody who may not decide it.
    """
    desk = door.sit(session, actor, case_id, policy.HAND_OVER)
    case = desk.case
    text = door.typed("text", text, required=_l("Escriba por qué lo pasa: lo lee el equipo."))
    if conflict and actor.person_id is not None:
        case.excused = [*case.excused, actor.person_id]
    able = _others_able(desk)
    if to_id is not None and to_id not in able:
        raise Invalid.of(
            path="to_id", message=_l("Elija a alguien del equipo que pueda decidir este caso.")
        )
    case.holder_id = case.held_until = None
    if to_id is not None:
        door.hold(case, to_id, desk.at, RESERVED)
    desk.move(Move.HAND_OVER, text=text)
    if to_id is not None:
        told = [to_id]
    elif any(Role.MODERATOR in roles for roles in able.values()):
        told = []  # the queue is theirs
    else:
        told = sorted(able)
    desk.tell(
        events.CaseHandedOver(
            conflict=conflict,
            process=desk.component.process.slug,
            case_id=case.id,
            person_id=told,
        )
    )


def _others_able(desk: door.Desk) -> dict[int, set[Role]]:
    """Return who else may decide a case, with their roles."""
    case = desk.case
    barred = {case.author_id, desk.actor.person_id, *case.excused}
    if case.state is CaseState.APPEALED:
        barred.add(case.decided_by_id)
    able: dict[int, set[Role]] = {}
    for person_id, role in queries.moderators(desk.session, case.process_id):
        if person_id not in barred:
            able.setdefault(person_id, set()).add(role)
    return able


def note(session: Session, actor: Actor, case_id: int, text: str) -> None:
    """Write an internal note, which only moderators read."""
    desk = door.sit(session, actor, case_id, policy.NOTE)
    text = door.typed("text", text, required=_l("Escriba la nota."))
    desk.move(Move.NOTE, text=text)
    desk.tell(events.CaseNoted())
