"""What concerns one person: their contributions in moderation, and the flags that they sent."""

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.contributions.models import Contribution, Standing
from participa.core.facts import Ref
from participa.core.keyset import Cursor, Page, paginate
from participa.moderation.machine import PENDING
from participa.moderation.models import Case, CaseState, Flag, Ground

PAGE_SIZE = 20


def contributions(
    session: Session, person_id: int, threshold: int, cursor: str | None
) -> Page[tuple[Contribution, Case | None, Ground | None]]:
    """Return a page of what a person wrote that moderation has touched, newest first.

    It waits, was removed, merged, corrected or brought back, or carries the notice "en revisión"
    (``threshold`` flags). What a single neighbour flagged is not: nothing has been decided.
    """
    joined = (
        sa.select(Contribution, Case, Ground)
        .outerjoin(
            Case, sa.and_(Case.kind == Contribution.kind, Case.item_id == Contribution.item_id)
        )
        .outerjoin(Ground, Ground.id == Case.ground_id)
        .where(
            Contribution.author_id == person_id,
            sa.or_(
                Contribution.status.in_([Standing.WAITING, Standing.REMOVED, Standing.MERGED]),
                sa.and_(
                    Contribution.status == Standing.PUBLISHED,
                    sa.or_(
                        Case.state.in_([CaseState.CORRECTED, CaseState.REVERTED]),
                        sa.and_(Case.state.in_(PENDING), Case.flag_count >= threshold),
                    ),
                ),
            ),
        )
    )
    return paginate(
        lambda select: [(row[0], row[1], row[2]) for row in session.execute(select)],
        cast("sa.Select[Any]", joined),
        [(Contribution.id, True)],
        lambda row: (row[0].id,),
        Cursor.decode(cursor, (int,)),
        PAGE_SIZE,
    )


def flags(session: Session, person_id: int, cursor: str | None) -> Page[tuple[Flag, Case, Ground]]:
    """Return a page of the flags that a person sent with their cases and grounds, newest first."""
    joined = (
        sa.select(Flag, Case, Ground)
        .join(Case, Case.id == Flag.case_id)
        .join(Ground, Ground.id == Flag.ground_id)
        .where(Flag.person_id == person_id)
    )
    return paginate(
        lambda select: [(row[0], row[1], row[2]) for row in session.execute(select)],
        cast("sa.Select[Any]", joined),
        [(Flag.id, True)],
        lambda row: (row[0].id,),
        Cursor.decode(cursor, (int,)),
        PAGE_SIZE,
    )


def flag_of(session: Session, person_id: int, ref: Ref) -> tuple[Flag, Case, Ground] | None:
    """Return the flag that a person sent about an item, if any."""
    row = session.execute(
        sa.select(Flag, Case, Ground)
        .join(Case, Case.id == Flag.case_id)
        .join(Ground, Ground.id == Flag.ground_id)
        .where(Flag.person_id == person_id, Flag.kind == ref.kind, Flag.item_id == ref.id)
    ).first()
    return (row[0], row[1], row[2]) if row is not None else None
