"""What the author of a removed item does: correct it and send it again."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from participa.contributions import services as contributions
from participa.contributions.models import Standing
from participa.core.policy import Actor
from participa.moderation import events, policy
from participa.moderation.models import Move
from participa.moderation.services import door


def resubmit(
    session: Session,
    actor: Actor,
    case_id: int,
    typed: Mapping[str, str],
    *,
    acknowledged: bool,
) -> None:
    """Rewrite an own removed item and send it to moderation; it is published once somebody read it.

    ``typed`` is the words by field. Raises :class:`Denied`, :class:`Invalid` with a sentence per
    field, and its subclass ``Warned`` for words that look like personal data, unless
    ``acknowledged``.
    """
    desk = door.sit(session, actor, case_id, policy.RESUBMIT)
    case, item = desk.case, desk.item
    words = {each.field: typed.get(each.field, each.words) for each in item.texts}
    screened = contributions.screen(
        session, actor, desk.component, words, desk.at, acknowledged=acknowledged, is_new=False
    )
    desk.moderation.rewrite(session, case.item_id, words, desk.at)
    desk.stand(Standing.WAITING)
    door.reopen(case, desk.moderation.lock(session, case.item_id), desk.at)
    case.resubmitted_at = desk.at
    case.reasons = list(screened.reasons)
    door.grade(case, door.ORDINARY, desk.terms)
    desk.move(Move.RESUBMIT, words={each.field: each.words for each in item.texts})
    desk.tell(events.CorrectionSent())
