"""How connections to the two engines are made, kept and found to be gone."""

import sqlite3
import time
from contextlib import closing
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import ConnectionPoolEntry

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5
LOCK_SECONDS = 10
"""How long a statement waits for what another transaction holds: SQLite's one writer, a row."""
READ_SECONDS, WRITE_SECONDS = 30, 300
"""How long a statement may take on PostgreSQL: a roll of half a million lines is one."""
DEAD_SECONDS = 15
"""After so many seconds without an answer from the network a connection is given up."""
IDLE_SECONDS = 10.0
"""A connection that nobody used for longer is asked whether it is still there."""


def _connect_arguments(url: sa.URL, *, reads: bool) -> dict[str, Any]:
    settings = [
        f"-c lock_timeout={LOCK_SECONDS}s",
        f"-c statement_timeout={READ_SECONDS if reads else WRITE_SECONDS}s",
        str(url.query.get("options", "")),  # an installation's own come last, and count
        "-c default_transaction_read_only=on" if reads else "",
    ]
    return {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": DEAD_SECONDS * 1000,
        "keepalives_idle": DEAD_SECONDS * 2,
        "options": " ".join(filter(None, settings)),
    }


def engine_options(url: str | sa.URL) -> dict[str, Any]:
    """Return how connections to a database are kept."""
    url = sa.make_url(url)
    # What people typed stays out of the log when the database refuses it.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.database not in {None, "", ":memory:"}:
        # As many connections as threads ever wanted at once, and none is closed only to be opened
        # again: what it learnt (prepared statements) would go with it. The last used first.
        options |= {"pool_size": 0, "pool_use_lifo": True}
    if url.get_backend_name() == "postgresql":
        options["connect_args"] = _connect_arguments(url, reads=False)
    return options


_MODES: dict[Engine, dict[str, Engine]] = {}


def readers_and_writers(engine: Engine) -> dict[str, Engine]:
    """Return two faces of one engine, which differ in how a transaction begins."""
    if engine not in _MODES:
        reading = (
            _postgresql_reader(engine)
            if engine.dialect.name == "postgresql"
            else engine.execution_options(rw=False)
        )
        _MODES[engine] = {"read": reading, "write": engine.execution_options(rw=True)}
    return _MODES[engine]


def _postgresql_reader(engine: Engine) -> Engine:
    """Return an engine with connections that refuse to write and need no BEGIN and COMMIT.

    At the default isolation each statement sees its own moment anyway, so a page loses nothing
    by doing without a transaction, and is spared two round trips.
    """
    options = engine_options(engine.url)
    options["connect_args"] = _connect_arguments(engine.url, reads=True)
    reader = sa.create_engine(
        engine.url, **options, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True
    )
    _watch_idle(reader)
    event.listen(engine, "engine_disposed", lambda _engine: reader.dispose())
    return reader


def _watch_idle(engine: Engine) -> None:
    """Ask a connection that nobody has used for a while whether it is still there.

    Asking each time would cost every page a round trip.
    """

    def checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    def checkout(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        since = record.info.get("idle_since")
        if since is None or time.monotonic() - since < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error:
            raise sa.exc.DisconnectionError from None  # the pool opens another one

    event.listen(engine, "checkin", checkin)
    event.listen(engine, "checkout", checkout)


_WAIT = f"busy_timeout={LOCK_SECONDS * 1000}"
_BRIEF_WAIT = "busy_timeout=50"
"""Milliseconds for which a checkpoint may keep others from writing while somebody still reads."""


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        _WAIT,
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # zeros over what is deleted or replaced
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("rw", True)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writing else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def prepare_engine(engine: Engine) -> Engine:
    """Make SQLite keep what it is told: WAL, foreign keys, and ``BEGIN IMMEDIATE`` for writers."""
    if engine.dialect.name == "sqlite" and not event.contains(engine, "connect", _prepare_sqlite):
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def keep_watch(engine: Engine) -> Engine:
    """Find out which of the connections that are kept are gone, on a network."""
    if engine.dialect.name == "postgresql":
        _watch_idle(engine)
    return engine


def checkpoint(engine: Engine) -> bool:
    """Bring what SQLite's log holds into the file and empty the log: nothing old stays in it.

    Returns whether it is empty. Nobody waits for it: first as far as it goes beside others, then
    the rest if nobody is at it for a moment; else next time. Nothing to do on PostgreSQL.
    """
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as raw:
        driver: Any = raw.driver_connection
        driver.execute(f"PRAGMA {_BRIEF_WAIT}")
        try:
            driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            row = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            log.info("checkpoint_put_off", reason=str(error))
            return False
        finally:
            driver.execute(f"PRAGMA {_WAIT}")
    return not row[0]
