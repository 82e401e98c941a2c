"""Counting the statements that a page sends to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

NOT_COUNTED = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "BEGIN", "PRAGMA")
"""What tests send to undo themselves, and what opens a transaction."""


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Collect every statement that runs inside the block, in order, on whatever engine.

    ::

        with recorded() as statements:
            client.get("/procesos")
        assert len(statements) == 2, "\\n".join(statements)
    """
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(NOT_COUNTED):
            statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
