"""Joining a duplicate to another proposal, and setting it apart again with the supports it had.

Locks go from the duplicate to what it was joined to, so that two who undo and withdraw at once wait
for each other.
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.contributions.models import Standing
from participa.core.errors import Missing
from participa.proposals import queries
from participa.proposals.models import Proposal, Support


def join(session: Session, proposal_id: int, into_id: int) -> tuple[Proposal, Proposal]:
    """Join a duplicate to another proposal of its component; nobody supports twice. Returns both.

    Every support that moves keeps in mind where it was given. Raises :class:`Missing` where the
    other does not stand in the same place.
    """
    locked = {key: queries.any_for_update(session, key) for key in sorted((proposal_id, into_id))}
    row, into = locked[proposal_id], locked[into_id]
    if row.component_id != into.component_id or into.status is not Standing.PUBLISHED:
        message = f"proposal {proposal_id} cannot be joined to {into_id}"
        raise Missing(message)
    already = sa.select(Support.person_id).where(Support.proposal_id == into.id)
    session.execute(
        sa.update(Support)
        .where(
            Support.proposal_id == row.id,
            Support.person_id.not_in(already),
            Support.person_id != into.author_id,
        )
        .values(
            proposal_id=into.id,
            given_to_id=sa.func.coalesce(Support.given_to_id, row.id),
        )
        .execution_options(synchronize_session=False)
    )
    row.joined_as = row.status
    row.status, row.merged_into_id, row.under_review = Standing.MERGED, into.id, False
    _count(session, row, into)
    return row, into


def part(session: Session, proposal_id: int, at: dt.datetime) -> Proposal:
    """Set a duplicate apart again: it stands as it did, with the supports that it had.

    Those that were given to what had been joined to it come along, wherever they moved since; what
    people have taken back meanwhile does not come back. Does nothing to what is not joined.
    """
    row = queries.any_for_update(session, proposal_id)
    if row.merged_into_id is None:
        return row
    above = []
    next_id: int | None = row.merged_into_id
    while next_id is not None:
        above.append(queries.any_for_update(session, next_id))
        next_id = above[-1].merged_into_id
    own = queries.joined_below(session, row)
    session.execute(
        sa.update(Support)
        .where(Support.proposal_id.in_([each.id for each in above]), Support.given_to_id.in_(own))
        .values(
            proposal_id=row.id,
            given_to_id=sa.case(
                (Support.given_to_id == row.id, sa.null()), else_=Support.given_to_id
            ),
        )
        .execution_options(synchronize_session=False)
    )
    row.status, row.joined_as = row.joined_as or Standing.PUBLISHED, None
    row.merged_into_id, row.updated_at = None, at
    _count(session, row, *above)
    return row


def _count(session: Session, *rows: Proposal) -> None:
    for row in rows:
        row.support_count = queries.count_supports(session, row.id)
    session.flush()
