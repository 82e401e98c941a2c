"""When a worker last said that it works.

Revision ID: 2026_12_01_heartbeats
Revises: 2026_12_01_used_tokens
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_heartbeats"
down_revision = "2026_12_01_used_tokens"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )


def downgrade() -> None:
    op.drop_table("heartbeats")
