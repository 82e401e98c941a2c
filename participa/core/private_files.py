"""Files of an installation that only its own user may read: database, queue, secret key."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from participa.core.config import KEY_FILE, Config

OTHERS = stat.S_IRWXG | stat.S_IRWXO
SIDE_FILES = ("", "-wal", "-shm", "-journal")
"""What SQLite writes beside a database; a new one has the permissions of the database."""
QUEUE = "queue.sqlite3"


def make_folder(path: Path) -> None:
    """Make a folder that only its owner opens; one that exists stays as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def protect(config: Config) -> None:
    """Let nobody else read the files there are, and make those to come so.

    What cannot be changed stays: ``participa check`` says so. Raises :class:`OSError` when the data
    folder cannot be made.
    """
    for database in _databases(config):
        if database.parent == config.folder:
            make_folder(config.folder)
        # SQLite makes files as the umask lets it; an empty file is an empty database.
        with suppress(OSError):
            os.close(os.open(database, os.O_WRONLY | os.O_CREAT, 0o600))
    for path in _files(config):
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & OTHERS:
                path.chmod(mode & ~OTHERS)


def exposed(config: Config) -> list[Path]:
    """Return the folder and the files that other users of the machine may open."""
    return [each for each in (config.folder, *_files(config)) if _is_open_to_others(each)]


def _is_open_to_others(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def _databases(config: Config) -> Iterator[Path]:
    url = sa.make_url(config.database)
    name = url.database or ""
    if (
        url.get_backend_name() == "sqlite"
        and name not in {"", ":memory:"}
        and "uri" not in url.query
    ):
        yield Path(name)
    if not config.redis_url:
        yield config.folder / QUEUE


def _files(config: Config) -> Iterator[Path]:
    for database in _databases(config):
        for ending in SIDE_FILES:
            yield database.with_name(database.name + ending)
    yield config.folder / KEY_FILE
