"""When the database does not answer: which errors say so, and a log that such an hour cannot fill.

The errors of a busy, stopped, full or read-only database are nobody's mistake: they pass, and
whoever asked may ask again. Everything else that a database refuses is a fault of ours.
"""

import threading
import time
from dataclasses import dataclass, field

import sqlalchemy as sa
import structlog

log = structlog.get_logger(__name__)

RETRY_AFTER = 5
"""Seconds after which whoever was refused may ask again."""

_SQLITE = {
    5: "busy", 6: "busy", 8: "read_only", 10: "input_output", 11: "corrupt", 13: "full",
    14: "unreachable", 23: "unreachable", 26: "corrupt",
}  # fmt: skip
"""Primary result codes of SQLite that are no mistake of a statement."""
_POSTGRESQL = {
    "25006": "read_only", "53100": "full", "53": "exhausted", "08": "unreachable",
    "40": "busy", "55": "busy", "57014": "too_slow", "57": "unreachable", "58": "input_output",
}  # fmt: skip
"""SQLSTATE codes, or their classes."""
_LOWEST_BYTE = 0xFF


def kind(error: BaseException | None) -> str | None:
    """Return in a word why a database did not answer, or ``None`` for any other error."""
    if isinstance(error, sa.exc.TimeoutError):  # nobody gave back a connection in time
        return "exhausted"
    if not isinstance(error, sa.exc.DBAPIError) or isinstance(error, sa.exc.IntegrityError):
        return None
    if error.connection_invalidated:
        return "unreachable"
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return _SQLITE.get(code & _LOWEST_BYTE)
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.InternalError):
        state = getattr(error.orig, "sqlstate", None)
        if state is None:  # no server has answered at all
            return None if isinstance(error, sa.exc.InternalError) else "unreachable"
        return _POSTGRESQL.get(state, _POSTGRESQL.get(state[:2]))
    return None


@dataclass(slots=True)
class _Line:
    at: float = 0.0
    untold: int = 0


@dataclass(slots=True)
class Throttle:
    """Lets one line of each kind into the log per ``seconds``, and counts the others."""

    seconds: float = 1.0
    _lines: dict[tuple[str, ...], _Line] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warn(self, event: str, **values: str) -> None:
        """Log a warning, with how many of its kind were left out since the last one."""
        now = time.monotonic()
        with self._lock:
            line = self._lines.setdefault((event, *values.values()), _Line(-self.seconds))
            if now - line.at < self.seconds:
                line.untold += 1
                return
            line.at, untold, line.untold = now, line.untold, 0
        log.warning(event, **values, left_out=untold)


throttle = Throttle()


@dataclass(slots=True)
class Writes:
    """Remembers whether what is to be written can be: a disk may have room for little things."""

    seconds: float = 15.0
    """After so long without another attempt, a failure tells nothing any more."""
    _failed: tuple[float, str] | None = None

    def succeeded(self) -> None:
        """Note that something was written."""
        self._failed = None

    def failed(self, reason: str) -> None:
        """Note that nothing could be written, where the reason concerns everybody."""
        if reason in {"full", "read_only", "input_output", "corrupt"}:
            self._failed = time.monotonic(), reason

    def failing(self) -> str:
        """Return why the last write failed; empty if it did not, or long ago."""
        failed = self._failed
        return failed[1] if failed and time.monotonic() - failed[0] < self.seconds else ""


writes = Writes()
