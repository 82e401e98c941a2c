"""Flagging: somebody says that an item breaks a rule."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.contributions.contract import Written
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.facts import Ref
from participa.core.policy import Actor, authorize
from participa.moderation import events, policy, queries
from participa.moderation.models import Case, Flag, Ground, Move
from participa.moderation.services import door
from participa.processes.snapshot import ComponentView

LONGEST_DETAIL = 1000
"""Characters of what somebody adds to a flag."""


def flag(
    session: Session,
    actor: Actor,
    component: ComponentView,
    ref: Ref,
    ground_id: int | None,
    detail: str = "",
) -> int:
    """Flag an item for a ground and return its case's id.

    Nothing is hidden: past the threshold of the organization's terms the item carries the notice
    "en revisión". Raises :class:`Missing` for what is not in ``component``, :class:`Denied` for
    own and for unpublished items, a second flag and suspended people, :class:`Invalid` for a ground
    that is not offered and a detail that does not fit.
    """
    at = clock.now()
    moderation = door.moderated(ref)
    item = moderation.load(session, [ref.id]).get(ref.id)
    if item is None or item.component_id != component.id:
        message = f"no {ref} in component {component.id}"
        raise Missing(message)
    _authorize(session, actor, component, item)
    ground = _ground(session, ground_id)
    detail = door.typed("detail", detail, longest=LONGEST_DETAIL)
    case, is_new = door.case_for(session, item, component, at)
    item = moderation.lock(session, ref.id)
    _authorize(session, actor, component, item)
    desk = door.Desk(session, actor, case, item, component, moderation, at)
    opens = is_new or not case.is_waiting
    _count(desk, ground, is_new=is_new, opens=opens)
    session.add(
        Flag(
            organization_id=case.organization_id,
            case_id=case.id,
            kind=ref.kind,
            item_id=ref.id,
            person_id=actor.person_id,
            ground_id=ground.id,
            detail=detail,
            at=at,
        )
    )
    session.flush()
    name = ground.name
    desk.tell(events.CaseOpened(Move.FLAG.value, name) if opens else events.ItemFlagged(name))
    _notice(desk)
    return case.id


def _authorize(session: Session, actor: Actor, component: ComponentView, item: Written) -> None:
    facing = policy.Facing(
        author_id=item.author_id,
        standing=item.status,
        flagged=queries.flagged_by(session, actor.person_id, item.ref),
    )
    authorize(policy.FLAG, actor, component, facing, at=clock.now())


def _ground(session: Session, ground_id: int | None) -> Ground:
    try:
        found = queries.ground(session, ground_id or 0)
    except Missing:
        found = None
    if found is None or not found.is_active:
        raise Invalid.of(path="ground_id", message=_l("Elija una de las reglas de la lista."))
    return found


def _count(desk: door.Desk, ground: Ground, *, is_new: bool, opens: bool) -> None:
    case: Case = desk.case
    if opens:
        door.reopen(case, desk.item, desk.at)
    case.flag_count += 1
    door.grade(case, ground.severity, desk.terms)
    line = {"ground_id": ground.id}
    if is_new:
        door.write(desk.session, case, Move.FLAG, None, desk.actor.person_id, desk.at, **line)
    else:
        desk.move(Move.FLAG, **line)


def _notice(desk: door.Desk) -> None:
    item, case = desk.item, desk.case
    if item.under_review or item.status is not Standing.PUBLISHED:
        return
    if case.flag_count >= desk.terms.review_threshold:
        desk.mark(under_review=True)
        desk.tell(events.PutUnderReview(case.id, case.author_id))
