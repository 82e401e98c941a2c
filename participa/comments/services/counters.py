"""How many comments there are, and how many people on each side: kept with every change."""

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participa.comments.models import Comment, CommentCount, Position
from participa.contributions.models import Standing

_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_COLUMNS: Mapping[Position, str] = {
    Position.FOR: "in_favour",
    Position.AGAINST: "against",
    Position.NEUTRAL: "neutral",
}

_comments = cast("sa.Table", Comment.__table__)
_counts = cast("sa.Table", CommentCount.__table__)


def change(session: Session, row: Comment, by: int) -> None:
    """Count a comment in (1) or out (-1): for its resource and its thread.

    Its author is counted on its side once, however many comments of theirs are published there.

    Also with 0, which says that the resource has comments, even if none is published. Locks go from
    the comment to its thread to the counts, always in that order.
    """
    session.flush()
    if row.parent_id is not None and by:
        session.execute(
            sa.update(_comments)
            .where(_comments.c.id == row.parent_id)
            .values(reply_count=_comments.c.reply_count + by)
        )
    changed = {"published": by}
    if row.position is not None:
        changed[_COLUMNS[row.position]] = 0 if by and _others(session, row) else by
    insert = _INSERT[session.get_bind().dialect.name](_counts).values(
        organization_id=row.organization_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        # Checked before the conflict is found: what would be added may not be negative.
        **dict.fromkeys(("published", *_COLUMNS.values()), 0)
        | {name: max(value, 0) for name, value in changed.items()},
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["subject_kind", "subject_id"],
            set_={name: _counts.c[name] + value for name, value in changed.items()},
        )
    )


def _others(session: Session, row: Comment) -> bool:
    """Return whether the author has another published comment on the same side of the resource.

    The counts are locked first: a change of one comment sees what a change of another has counted.
    """
    same = (
        _comments.c.organization_id == row.organization_id,
        _comments.c.subject_kind == row.subject_kind,
        _comments.c.subject_id == row.subject_id,
    )
    session.execute(
        sa.select(_counts.c.published)
        .where(
            _counts.c.organization_id == row.organization_id,
            _counts.c.subject_kind == row.subject_kind,
            _counts.c.subject_id == row.subject_id,
        )
        .with_for_update()
    )
    found = sa.exists().where(
        *same,
        _comments.c.status == Standing.PUBLISHED,
        _comments.c.author_id == row.author_id,
        _comments.c.position == row.position,
        _comments.c.id != row.id,
    )
    return bool(session.scalar(sa.select(found)))
