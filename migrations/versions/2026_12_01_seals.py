"""Facts are sealed in batches: a salt per fact, the seal that holds it, and the chain of seals.

Revision ID: 2026_12_01_seals
Revises: 2026_12_01_second_factor_grace
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_seals"
down_revision = "2026_12_01_second_factor_grace"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the chain; facts that stand already get their salts, and are sealed by the worker."""
    op.create_table(
        "fact_seals",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_fact_seals_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_seals")),
        sa.UniqueConstraint(
            "organization_id", "number", name=op.f("uq_fact_seals_organization_id_number")
        ),
    )
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salt", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("sealed_in", sa.Integer(), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("UPDATE facts SET salt = uuid_send(gen_random_uuid())")
    else:
        op.execute("UPDATE facts SET salt = randomblob(16)")
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_facts_sealed_in", ["sealed_in", "organization_id", "id"], unique=False
        )


def downgrade() -> None:
    """Let chain and salts go."""
    # Never made anew on SQLite: deliveries and notices would go with the table.
    op.drop_index("ix_facts_sealed_in", table_name="facts")
    op.drop_column("facts", "sealed_in")
    op.drop_column("facts", "salt")
    op.drop_table("fact_seals")
