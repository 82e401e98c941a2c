"""Whether the database serves: can it be read, is it at this version, can it be written?

Asked by machines, often, and answered in time whatever hangs.
"""

import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from participa.core import faults, migrate

PATIENCE = 1.5
"""Seconds after which the answer is that there is none."""
WRITES_EVERY = 2.0
"""Seconds for which it is known that something could be written."""
LOCK_SECONDS = 0.5
"""Whoever holds the lock for longer is writing: that is proof enough."""


@dataclass(slots=True)
class _Asked:
    done: threading.Event = field(default_factory=threading.Event)
    answer: str = ""


class Readiness:
    """Tells what keeps a database from serving, in a few words; empty when nothing does."""

    def __init__(self, engine: Engine, probe: "Callable[[], str] | None" = None) -> None:
        self._engine = engine
        self._probe = probe or self._look
        self._lock = threading.Lock()
        self._asked: _Asked | None = None
        self._written_at = -WRITES_EVERY

    def ask(self) -> str:
        """Return it within :data:`PATIENCE`. One question is under way at a time."""
        with self._lock:
            asked = self._asked
            if asked is None or asked.done.is_set():
                asked = self._asked = _Asked()
                threading.Thread(target=self._answer, args=(asked,), daemon=True).start()
        return asked.answer if asked.done.wait(PATIENCE) else "does not answer"

    def _answer(self, asked: _Asked) -> None:
        try:
            asked.answer = self._probe()
        except Exception as error:  # noqa: BLE001  (whatever it is, it is not ready)
            asked.answer = faults.kind(error) or "unreachable"
        finally:
            asked.done.set()

    def _look(self) -> str:
        if migrate.current(self._engine) != migrate.head():
            return "not migrated"
        failed = faults.writes.failing()
        if failed:
            return f"cannot be written ({failed})"
        if time.monotonic() - self._written_at >= WRITES_EVERY:
            try:
                _write(self._engine)
            except sa.exc.DBAPIError as error:
                reason = faults.kind(error)
                if reason != "busy":
                    return f"cannot be written ({reason or 'unknown'})"
            self._written_at = time.monotonic()
        return ""


def _write(engine: Engine) -> None:
    """Write what was there already, to the disk."""
    if engine.dialect.name == "sqlite":
        try:
            _write_sqlite(str(engine.url.database))
        except sqlite3.Error as error:
            statement = "PRAGMA user_version"
            raise sa.exc.OperationalError(statement, {}, error) from error
        return
    with engine.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = version_num")


def _write_sqlite(path: str) -> None:
    connection = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)
    try:
        (number,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version={int(number)}")
        connection.execute("COMMIT")
    finally:
        connection.close()
