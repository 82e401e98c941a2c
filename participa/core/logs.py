"""Structured logs, one JSON line each. Never votes, never document numbers, never addresses."""

import logging
import re
import sys

import structlog

SECRET_KEYS = frozenset(
    {"password", "token", "code", "secret", "document", "choice", "ballot", "email"}
)


def _hide_secrets(
    _logger: object, _name: str, entry: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    for key in SECRET_KEYS & entry.keys():
        entry[key] = "•••"
    return entry


# Possessive: a long word is looked through once, not once per letter.
_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)*+")


def _hide_addresses(
    _logger: object, _name: str, entry: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Blank e-mail addresses wherever they stand: an error's trace quotes what it was about."""
    for key, value in entry.items():
        if isinstance(value, str) and "@" in value:
            entry[key] = _ADDRESS.sub("•••@•••", value)
    return entry


_DETAIL = re.compile(r"DETAIL: .*?(?=\n\[SQL|\n\nThe above|\n\nDuring|\Z)", re.DOTALL)


def _hide_rows(
    _logger: object, _name: str, entry: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Blank what PostgreSQL adds to a refusal: it quotes the whole row, a ballot's choice too."""
    for key, value in entry.items():
        if isinstance(value, str) and "DETAIL: " in value:
            entry[key] = _DETAIL.sub("DETAIL: •••", value)
    return entry


def configure(level: str, *, pretty: bool = False) -> None:
    """Send every log line, ours and the libraries', to standard error, as JSON or for eyes."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            _hide_rows,
            _hide_addresses,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=level.upper(),
        stream=sys.stderr,
        format="%(levelname)s %(name)s %(message)s",
        force=True,
    )
    for noisy in ("werkzeug", "huey", "huey.consumer", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
