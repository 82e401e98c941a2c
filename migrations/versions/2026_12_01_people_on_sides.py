"""The sides of a conversation count people, not comments.

Revision ID: 2026_12_01_people_on_sides
Revises: 2026_12_01_sealed_drafts
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_people_on_sides"
down_revision = "2026_12_01_sealed_drafts"
branch_labels = None
depends_on = None

SIDES = (("in_favour", "for"), ("against", "against"), ("neutral", "neutral"))


def upgrade() -> None:
    """Count again: each author once on a side."""
    _count("COUNT(DISTINCT author_id)")


def downgrade() -> None:
    """Count comments again."""
    _count("COUNT(*)")


def _count(what: str) -> None:
    for column, position in SIDES:
        op.execute(
            sa.text(
                f"UPDATE comment_counts SET {column} = (SELECT {what} FROM comments"  # noqa: S608
                " WHERE comments.subject_kind = comment_counts.subject_kind"
                " AND comments.subject_id = comment_counts.subject_id"
                " AND comments.status = 'published' AND comments.position = :position)"
            ).bindparams(position=position)
        )
