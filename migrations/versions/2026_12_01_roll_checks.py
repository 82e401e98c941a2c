"""A roll may ask for the birth date besides the document.

Revision ID: 2026_12_01_roll_checks
Revises: 2026_12_01_second_person
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_01_roll_checks"
down_revision = "2026_12_01_second_person"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the rolls that stand go on as they are: by the document alone."""
    # Never made anew on SQLite: the lines of the rolls would go with the table.
    op.add_column(
        "rolls",
        sa.Column("asks_birth_date", sa.Boolean(), server_default=sa.text("0"), nullable=False)
        if op.get_bind().dialect.name == "sqlite"
        else sa.Column("asks_birth_date", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Let the question go."""
    op.drop_column("rolls", "asks_birth_date")
