"""Drafts of ballots are encrypted; the plain ones go, and their owners will be told.

The table is made anew, so that what was plain leaves its file too: PostgreSQL removes the file of a
dropped table, and SQLite writes zeros over its pages (``secure_delete``).

Revision ID: 2026_12_01_sealed_drafts
Revises: 2026_12_01_ballot_codes
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_12_01_sealed_drafts"
down_revision = "2026_12_01_ballot_codes"
branch_labels = None
depends_on = None

BATCH = 2000
_json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = ("component_id", "person_id", "organization_id", "seed", "updated_at", "reminded_at")
_drafts = sa.table("budget_drafts", *map(sa.column, _KEPT), sa.column("choice", _json))


def upgrade() -> None:
    """Keep who is to be told, and nothing of what they chose."""
    kept = [_drafts.c[name] for name in _KEPT]
    chosen = sa.select(*kept).where(_drafts.c.choice != sa.literal({}, _json))
    rows = [dict(row) for row in op.get_bind().execute(chosen).mappings()]
    op.drop_table("budget_drafts")
    _make(
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("lost", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    lost = sa.table("budget_drafts", *map(sa.column, _KEPT), sa.column("lost"))
    for start in range(0, len(rows), BATCH):
        told = [row | {"lost": True} for row in rows[start : start + BATCH]]
        op.get_bind().execute(sa.insert(lost), told)


def downgrade() -> None:
    """Nobody can read them any more: they go."""
    op.drop_table("budget_drafts")
    _make(sa.Column("choice", _json, nullable=False))


def _make(*columns: sa.Column[Any]) -> None:
    op.create_table(
        "budget_drafts",
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("person_id", _big, nullable=False),
        *columns,
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_budget_drafts_{column}_{table}"),
                ondelete="CASCADE",
            )
            for column, table in (
                ("component_id", "components"),
                ("organization_id", "organizations"),
                ("person_id", "persons"),
            )
        ),
        sa.PrimaryKeyConstraint("component_id", "person_id", name=op.f("pk_budget_drafts")),
    )
    for column in ("organization_id", "person_id"):
        op.create_index(op.f(f"ix_budget_drafts_{column}"), "budget_drafts", [column])
