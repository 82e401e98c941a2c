"""Alembic's environment: one history for PostgreSQL and SQLite."""

from typing import Any, Literal

from alembic import context

from participa.core.db import Base, Json, LocalizedText, UTCDateTime
from participa.core.migrate import comparing
from participa.core.words import Words

_JSON = 'sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")'


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column types as plain SQLAlchemy ones: a migration must outlive the code."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Words):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql")'
    if isinstance(item, LocalizedText) or item is Json or type(item).__name__ == "JSON":
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return _JSON
    return False


def run() -> None:
    """Run migrations over the connection that the caller passed in."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=render_item,
        **comparing(connection),
    )
    context.run_migrations()


run()
