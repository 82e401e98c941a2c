"""How many comments there are: changed with every comment that comes or goes."""

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participa.comments.models import Comment, CommentCount, Position

_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_COLUMNS: Mapping[Position, str] = {
    Position.FOR: "in_favour",
    Position.AGAINST: "against",
    Position.NEUTRAL: "neutral",
}

_comments = cast("sa.Table", Comment.__table__)
_counts = cast("sa.Table", CommentCount.__table__)


def change(session: Session, row: Comment, by: int) -> None:
    """Count a comment in (1) or out (-1): for its resource, its side, and its thread.

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
        changed[_COLUMNS[row.position]] = by
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
