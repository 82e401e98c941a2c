"""Tokens of the page that asks to send again: each is good once.

Revision ID: 2026_12_01_used_tokens
Revises: 2026_12_01_second_factor_secrets
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_used_tokens"
down_revision = "2026_12_01_second_factor_secrets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of used tokens."""
    op.create_table(
        "used_tokens",
        sa.Column("nonce", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_used_tokens")),
    )
    with op.batch_alter_table("used_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_tokens_expires_at"), ["expires_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("used_tokens")
