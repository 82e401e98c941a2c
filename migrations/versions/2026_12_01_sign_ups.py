"""Sign-ups wait apart until their address is proved.

Revision ID: 2026_12_01_sign_ups
Revises: 2026_12_01_heartbeats
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_sign_ups"
down_revision = "2026_12_01_heartbeats"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "typed",
            sa.JSON(none_as_null=True).with_variant(
                postgresql.JSONB(none_as_null=True), "postgresql"
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_sign_ups_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_sign_ups_code_hash")),
    )
    op.create_index(op.f("ix_sign_ups_email"), "sign_ups", ["email"])
    op.create_index(op.f("ix_sign_ups_organization_id"), "sign_ups", ["organization_id"])


def downgrade() -> None:
    """Forget those that wait."""
    op.drop_table("sign_ups")
