"""Drafts of ballots are counted when staff ask: no voter waits for one row any more.

Revision ID: 2026_11_22_drafts
Revises: 2026_11_21_outcomes
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_drafts"
down_revision = "2026_11_21_outcomes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the counter go."""
    columns = {each["name"] for each in sa.inspect(op.get_bind()).get_columns("budget_votes")}
    # For a day the step before this one did it itself.
    if "drafts" not in columns:
        return
    with op.batch_alter_table("budget_votes", schema=None) as batch_op:
        batch_op.drop_column("drafts")


def downgrade() -> None:
    """Put the counter back, with what it would say."""
    with op.batch_alter_table("budget_votes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("drafts", sa.Integer(), server_default=sa.text("0"), nullable=False)
        )
    op.execute(
        "UPDATE budget_votes SET drafts = (SELECT count(*) FROM budget_drafts"
        " WHERE budget_drafts.component_id = budget_votes.component_id)"
    )
