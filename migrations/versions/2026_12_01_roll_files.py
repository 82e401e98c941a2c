"""How the file of a roll was understood, until it is applied.

Revision ID: 2026_12_01_roll_files
Revises: 2026_12_01_roll_checks
"""

import sqlalchemy as sa
from alembic import op

from participa.core.db import Json

revision = "2026_12_01_roll_files"
down_revision = "2026_12_01_roll_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("roll_uploads") as batch:
        batch.add_column(sa.Column("found", Json, nullable=False, server_default="{}"))
    with op.batch_alter_table("roll_upload_lines") as batch:
        batch.add_column(
            sa.Column("document_type", sa.String(10), nullable=False, server_default="")
        )
        batch.add_column(
            sa.Column("number_length", sa.Integer(), nullable=False, server_default="0")
        )
        batch.add_column(sa.Column("other_birth_date", sa.Date(), nullable=True))
    op.create_table(
        "roll_upload_candidates",
        sa.Column("upload_id", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("document_type", sa.String(10), nullable=False),
        sa.Column("written_type", sa.String(60), nullable=False),
        sa.Column("document_hash", sa.String(64), nullable=False),
        sa.Column("number_length", sa.Integer(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("other_birth_date", sa.Date(), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("group_key", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"],
            ["roll_uploads.id"],
            name="fk_roll_upload_candidates_upload_id_roll_uploads",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "upload_id", "line", "document_type", name="pk_roll_upload_candidates"
        ),
    )


def downgrade() -> None:
    op.drop_table("roll_upload_candidates")
    with op.batch_alter_table("roll_upload_lines") as batch:
        batch.drop_column("other_birth_date")
        batch.drop_column("number_length")
        batch.drop_column("document_type")
    with op.batch_alter_table("roll_uploads") as batch:
        batch.drop_column("found")
