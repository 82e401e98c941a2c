"""A consistent copy of the database, taken while people use it, and the way back.

Rows are written in the order of their keys, and no row that was deleted: the order in which rows
lie in a database's own files tells who wrote what when, which a vote must not.
"""

import contextlib
import gzip
import hashlib
import json
import sqlite3
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from participa.core import clock, encryption, migrate
from participa.core.errors import ParticipaError

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE_FILE = "participa.sqlite3"
CHUNK = 1 << 20
KEY_LABEL = "backup"
"""Of what tells, at the way back, whether the installation has the key that it had."""


class BackupError(ParticipaError):
    """A backup that is damaged, or does not fit here; the text is a sentence in Spanish."""


@dataclass(slots=True)
class Manifest:
    """What a backup holds."""

    engine: str
    revision: str
    made_at: str
    key_proof: str
    format: int = FORMAT
    version: str = field(default_factory=lambda: version("participa"))
    rows: dict[str, int] = field(default_factory=dict)
    sequences: dict[str, list[Any]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file in it."""

    def has_key(self, key: str) -> bool:
        """Return whether ``key`` is that of the installation it was taken from."""
        try:
            encryption.decrypt(KEY_LABEL, key, self.key_proof)
        except encryption.DecryptionError:
            return False
        return True


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def take(engine: Engine, key: str, folder: Path) -> Path:
    """Write a backup into ``folder`` (private, empty) and return it, looked through once more."""
    revision = migrate.current(engine)
    if revision is None:
        message = "la base de datos está vacía: no hay qué copiar"
        raise BackupError(message)
    proof = encryption.encrypt(KEY_LABEL, key, "participa")
    manifest = Manifest(
        engine.dialect.name, revision, clock.now().isoformat(timespec="seconds"), proof
    )
    files = folder / "files"
    files.mkdir()
    if engine.dialect.name == "postgresql":
        _dump_postgresql(engine, files, manifest)
    else:
        _dump_sqlite(str(engine.url.database), files / SQLITE_FILE, manifest)
    manifest.digests = {each.name: digest(each) for each in sorted(files.iterdir())}
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    archive = folder / "backup.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(folder / MANIFEST, MANIFEST)
        for each in sorted(files.iterdir()):
            tar.add(each, each.name)
            each.unlink()
    look_through(archive)
    return archive


def look_through(archive: Path) -> Manifest:
    """Read a backup whole and return what it holds. Raises :class:`BackupError`."""
    try:
        with tarfile.open(archive) as tar:
            manifest = _manifest_of(tar)
            for name, expected in manifest.digests.items():
                with _member(tar, name) as file:
                    found = hashlib.sha256()
                    while part := file.read(CHUNK):
                        found.update(part)
                    if found.hexdigest() != expected:
                        message = f"la copia está dañada: «{name}» no es lo que se copió"
                        raise BackupError(message)
    except (tarfile.TarError, OSError, EOFError) as error:
        message = "no es una copia de participa, o está dañada (si está cifrada, diga --identity)"
        raise BackupError(message) from error
    return manifest


def put_back(engine: Engine, archive: Path, folder: Path) -> Manifest:
    """Fill an empty database from a backup, whole or not at all, and count its rows again."""
    manifest = look_through(archive)
    if manifest.engine != engine.dialect.name:
        message = f"la copia es de {manifest.engine} y esta instalación usa {engine.dialect.name}"
        raise BackupError(message)
    if migrate.is_newer(manifest.revision):
        message = (
            f"la copia es de la versión «{manifest.revision}» (participa {manifest.version}), más "
            f"nueva que este programa: instale esa versión"
        )
        raise BackupError(message)
    if sa.inspect(engine).get_table_names():
        message = "la base de datos no está vacía: una copia se restaura en una base nueva"
        raise BackupError(message)
    with tarfile.open(archive) as tar:
        if engine.dialect.name == "postgresql":
            with engine.begin() as connection:
                _load_postgresql(connection, tar, manifest)
                _compare(manifest, _rows_of(connection))
        else:
            copy = folder / SQLITE_FILE
            with _member(tar, SQLITE_FILE) as source, copy.open("wb") as target:
                while part := source.read(CHUNK):
                    target.write(part)
            _compare(manifest, _sqlite_rows(copy))
            _copy_sqlite(copy, Path(str(engine.url.database)))
    return manifest


def _manifest_of(tar: tarfile.TarFile) -> Manifest:
    with _member(tar, MANIFEST) as file:
        try:
            found: Mapping[str, Any] = json.load(file)
            manifest = Manifest(**found)
        except (ValueError, TypeError) as error:
            message = "el índice de la copia está dañado"
            raise BackupError(message) from error
    if manifest.format != FORMAT:
        message = f"la copia tiene el formato {manifest.format}, que este programa no conoce"
        raise BackupError(message)
    return manifest


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        file = tar.extractfile(name)
    except KeyError:
        file = None
    if file is None:
        message = f"a la copia le falta «{name}»"
        raise BackupError(message)
    return file


def _compare(manifest: Manifest, found: Mapping[str, int]) -> None:
    wrong = [name for name, number in manifest.rows.items() if found.get(name) != number]
    if wrong:
        message = f"después de restaurar no están todas las filas de: {', '.join(wrong)}"
        raise BackupError(message)


# --- SQLite -------------------------------------------------------------------------------------


def _dump_sqlite(database: str, target: Path, manifest: Manifest) -> None:
    """Copy a database in one transaction that writers do not wait for; deleted rows stay behind.

    Not the online backup: under load it begins again with every write.
    """
    with contextlib.closing(sqlite3.connect(database, timeout=60)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))
    manifest.rows = _sqlite_rows(target)


def _sqlite_rows(path: Path) -> dict[str, int]:
    """Return how many rows each table has. Raises :class:`BackupError` for a damaged file."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        try:
            said = connection.execute("PRAGMA integrity_check").fetchall()
            broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        except sqlite3.DatabaseError:
            said, broken = [], None
        if said != [("ok",)] or broken is not None:
            message = "la base de datos está dañada: SQLite no la da por buena"
            raise BackupError(message)
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
            for (name,) in names
            if not name.startswith("sqlite_")
        }


def _copy_sqlite(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as read,
        contextlib.closing(sqlite3.connect(target)) as written,
    ):
        read.backup(written)


# --- PostgreSQL ---------------------------------------------------------------------------------


def _tables(connection: Connection) -> list[sa.Table]:
    """Return the tables that there are, those that others refer to first."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return [each for each in metadata.sorted_tables if each.name != "alembic_version"]


def _rows_of(connection: Connection) -> dict[str, int]:
    return {
        each.name: connection.scalar(sa.select(sa.func.count()).select_from(each)) or 0
        for each in _tables(connection)
    }


def _dump_postgresql(engine: Engine, folder: Path, manifest: Manifest) -> None:
    """Copy every table as one moment saw them all; nobody waits for it."""
    alone = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with alone.connect() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        for table in _tables(connection):
            keys = ", ".join(_quoted(connection, each.name) for each in table.primary_key)
            source = f"SELECT {_columns(connection, table)} FROM {_quoted(connection, table.name)}"  # noqa: S608
            statement = f"COPY ({source} ORDER BY {keys or '1'}) TO STDOUT"
            driver: Any = connection.connection.driver_connection
            with (
                gzip.open(folder / f"{table.name}.gz", "wb", compresslevel=3) as file,
                driver.cursor() as cursor,
            ):
                with cursor.copy(statement) as copy:
                    for part in copy:
                        file.write(part)
                manifest.rows[table.name] = cursor.rowcount
            for column, sequence in _sequences(connection, table):
                last = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}")  # noqa: S608
                manifest.sequences[f"{table.name}.{column}"] = list(last.one())


def _load_postgresql(connection: Connection, tar: tarfile.TarFile, manifest: Manifest) -> None:
    migrate.upgrade_on(connection, manifest.revision)
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    for table in _tables(connection):
        if table.name not in manifest.rows:
            message = f"a la copia le falta la tabla «{table.name}»"
            raise BackupError(message)
        name = _quoted(connection, table.name)
        connection.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608  (what migrations wrote)
        statement = f"COPY {name} ({_columns(connection, table)}) FROM STDIN"
        driver: Any = connection.connection.driver_connection
        with (
            _member(tar, f"{table.name}.gz") as packed,
            gzip.open(packed) as file,
            driver.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            while part := file.read(CHUNK):
                copy.write(part)
        for column, sequence in _sequences(connection, table):
            kept = manifest.sequences.get(f"{table.name}.{column}")
            if kept is not None:
                connection.execute(
                    sa.text("SELECT setval(CAST(:name AS regclass), :last, :called)"),
                    {"name": sequence, "last": kept[0], "called": kept[1]},
                )


def _columns(connection: Connection, table: sa.Table) -> str:
    return ", ".join(
        _quoted(connection, each.name) for each in table.columns if each.computed is None
    )


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)


def _sequences(connection: Connection, table: sa.Table) -> Iterator[tuple[str, str]]:
    """Give the columns of a table that number themselves, with what numbers them."""
    for column in table.columns:
        sequence = connection.scalar(
            sa.text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": _quoted(connection, table.name), "column": column.name},
        )
        if sequence:
            yield column.name, sequence
