"""PostgreSQL keeps the words of proposals and projects as words, and finds rare ones by an index.

Revision ID: 2026_11_22_search
Revises: 2026_11_22_drafts
"""

from alembic import op

revision = "2026_11_22_search"
down_revision = "2026_11_22_drafts"
branch_labels = None
depends_on = None

INDEX = "ix_proposals_search_text"
TABLES = "proposals", "budget_projects"
# Sixty characters of a word are kept (participa.core.words.LONGEST).
WORDS = r"regexp_replace(search_text, '(\S{60})\S+', '\1', 'g')::tsvector"


def upgrade() -> None:
    """Turn texts into words; SQLite goes on reading through the texts."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN search_text TYPE tsvector USING {WORDS}")
    op.create_index(INDEX, "proposals", ["search_text"], postgresql_using="gin")


def downgrade() -> None:
    """Turn words into texts, in which each stands once."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index(INDEX, "proposals")
    for table in TABLES:
        op.execute(
            f"ALTER TABLE {table} ALTER COLUMN search_text TYPE text"
            " USING array_to_string(tsvector_to_array(search_text), ' ')"
        )
