"""What becomes of votes when a line of the roll changes hands, and when an account is deleted.

That somebody voted stays with the line, and the ballot stays in the box: one line, one ballot.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.line_uses import LineUse
from participa.accounts.models import RollEntry
from participa.accounts.verification import census
from participa.budgets.models import Channel, Draft, Mark, Promoter, Vote
from participa.budgets.services.voters import PERSON
from participa.core import clock
from participa.processes import queries as processes

HAS_VOTED = _l(
    "Con esta línea ya se votó y la votación no ha cerrado: no se retira, para que haya tantos "
    "votos como personas que votaron. Si la usó otra persona, libérela: quien tiene el documento "
    "podrá cambiar ese voto."
)
HAS_VOTED_FOR_GOOD = _l(
    "Con esta línea ya se votó y la votación no ha cerrado: no se retira, para que haya tantos "
    "votos como personas que votaron. Ese voto ya no se cambia, aunque libere la línea."
)

_open = sa.select(Vote.component_id).where(Vote.closed_at.is_(None))


def _voted() -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            Mark.component_id.in_(_open),
            Mark.voter == sa.literal(census.PREFIX) + sa.cast(RollEntry.id, sa.String),
        )
        .correlate(RollEntry)
    )


def reason(session: Session, entry_id: int) -> Any:
    """Return why a line that voted stays; a change of its ballot is promised where it can be."""
    channels = {
        row.component_id: row.channel
        for row in session.execute(
            sa.select(Mark.component_id, Mark.channel).where(
                Mark.component_id.in_(_open), Mark.voter == census.evidence(entry_id)
            )
        )
    }
    views = processes.components(session, channels)
    can_change = any(
        views[component].settings.changeable and channel != Channel.PAPER
        for component, channel in channels.items()
    )
    return HAS_VOTED if can_change else HAS_VOTED_FOR_GOOD


def hand_on(session: Session, entry_ids: Sequence[int]) -> None:
    """Note that staff released these lines after somebody had voted by them."""
    session.execute(
        sa.update(Mark)
        .where(
            Mark.component_id.in_(_open),
            Mark.voter.in_([census.evidence(each) for each in entry_ids]),
        )
        .values(handed_on=True, released=True)
        .execution_options(synchronize_session=False)
    )


def forget(session: Session, person_id: int) -> None:
    """Erase what somebody chose and did not send, and end their charges at points."""
    session.execute(
        sa.delete(Draft)
        .where(Draft.person_id == person_id)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Promoter)
        .where(Promoter.person_id == person_id, Promoter.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def by_account(session: Session, person_id: int) -> bool:
    """Return whether somebody voted with their account alone in a vote that is not closed."""
    found = sa.exists().where(Mark.component_id.in_(_open), Mark.voter == f"{PERSON}{person_id}")
    return bool(session.scalar(sa.select(found)))


LINE_USE = LineUse(_voted, reason, hand_on, by_account)
