"""Days of grace for the second factor, and its reset by two people.

Revision ID: 2026_12_01_second_factor_grace
Revises: 2026_12_01_people_on_sides
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_second_factor_grace"
down_revision = "2026_12_01_people_on_sides"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the moment from which it is asked for, and the resets that wait for a second person."""
    op.add_column(
        "organizations",
        sa.Column("staff_second_factor_from", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_table(
        "second_factor_resets",
        sa.Column("person_id", BIG, autoincrement=False, nullable=False),
        sa.Column("asked_by_id", BIG, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["persons.id"],
            name=op.f("fk_second_factor_resets_asked_by_id_persons"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_second_factor_resets_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
            name=op.f("fk_second_factor_resets_person_id_persons"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_second_factor_resets")),
    )
    op.create_index(
        op.f("ix_second_factor_resets_organization_id"),
        "second_factor_resets",
        ["organization_id"],
    )


def downgrade() -> None:
    """Take both away: where it is asked for, it is asked for at once."""
    op.drop_table("second_factor_resets")
    op.drop_column("organizations", "staff_second_factor_from")
