"""``participa backup`` and ``participa restore``: the database in one file, and back."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
import pyrage
import sqlalchemy as sa

from participa.budgets.queries import votes
from participa.budgets.services import backups
from participa.cli.context import BAD_INPUT, REFUSED, application, configuration, fail
from participa.cli.spanish import reason
from participa.core import backup as core
from participa.core import clock, private_files
from participa.core.db import across_organizations, db

OPEN = (
    "hay una votación abierta, y la copia dice quién votó qué a quien tenga también la clave: "
    "cífrela con --recipient (la clave pública de quien la guarda; la hace `participa key pair`)"
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    metavar="age1…",
    help="Encrypt to this public key (age); may be given more than once.",
)
def backup(folder: Path, recipients: tuple[str, ...]) -> None:
    """Copy the database into a new file of FOLDER, while people use it, and look it through.

    Beside it: a file .json with what it holds and its SHA-256. The installation's key is never in
    it: `participa key export`. While a vote is open only an encrypted backup is made.
    """
    config = configuration()
    keys = [_recipient(each) for each in recipients]
    stamp = f"participa-{clock.now():%Y%m%dT%H%M%SZ}"
    target = folder / f"{stamp}.tar{'.age' if keys else ''}"
    with application(config), _told():
        private_files.make_folder(folder)
        private_files.make_folder(config.folder)
        session = db.session()
        with across_organizations(session):
            is_open = bool(votes.open_boxes(session))
        if is_open and not keys:
            fail(OPEN)
        backups.note(session, target.name)
        session.commit()
        with tempfile.TemporaryDirectory(prefix="backup-", dir=config.folder) as own:
            archive = core.take(db.engine, config.secret(), Path(own))
            manifest = core.look_through(archive)
            _write(archive, target, keys)
        written = core.digest(target)
        summary = {"file": target.name, "sha256": written, **asdict(manifest)}
        note = target.with_name(f"{stamp}.json")
        note.write_text(json.dumps(summary, indent=1), encoding="utf-8")
    rows = sum(manifest.rows.values())
    click.echo(f"{target}: {len(manifest.rows)} tablas, {rows} filas, {manifest.revision}")
    click.echo(f"SHA-256: {written}")
    if is_open:
        click.echo("Hay una votación abierta: destruya esta copia cuando se publique el resultado.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--identity",
    type=click.Path(path_type=Path),
    help="File with the private key (age) of an encrypted backup.",
)
@click.option("--check", "only_check", is_flag=True, help="Read it whole, and change nothing.")
def restore(file: Path, identity: Path | None, *, only_check: bool) -> None:
    """Fill the empty database of this installation from FILE, whole or not at all."""
    config = configuration()
    with application(config), _told():
        private_files.make_folder(config.folder)
        with tempfile.TemporaryDirectory(prefix="restore-", dir=config.folder) as own:
            archive = _opened(file, identity, Path(own))
            if only_check:
                manifest = core.look_through(archive)
            else:
                manifest = core.put_back(db.engine, archive, Path(own))
        if not manifest.has_key(config.secret()):
            click.echo(
                "Aviso: la clave de esta instalación no es la que tenía la de la copia. Sin ella "
                "no sirven los padrones, los segundos pasos ni los enlaces: ponga la de entonces.",
                err=True,
            )
        rows = sum(manifest.rows.values())
        done = "La copia está entera" if only_check else "Restaurada"
        click.echo(f"{done}: {len(manifest.rows)} tablas, {rows} filas, del {manifest.made_at}")
        if not only_check:
            click.echo("Siguen: participa db upgrade, y participa check")


@contextmanager
def _told() -> Iterator[None]:
    """Turn what may go wrong into a sentence and an exit code."""
    try:
        yield
    except core.BackupError as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename or 'el archivo'}: {reason(error)}")
    except sa.exc.SQLAlchemyError as error:
        why = getattr(error, "orig", None) or error
        fail(f"la base de datos no responde o no está lista: {str(why).splitlines()[0]}")


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        fail(f"--recipient: «{text}» no es una clave pública de age (empieza por age1)", BAD_INPUT)


def _write(archive: Path, target: Path, keys: list[pyrage.x25519.Recipient]) -> None:
    """Write the backup where it belongs, whole or not at all; nobody else reads it."""
    partial = target.with_name(f".{target.name}.part")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with archive.open("rb") as source, os.fdopen(handle, "wb") as written:
            if keys:
                pyrage.encrypt_io(source, written, keys)
            else:
                while part := source.read(core.CHUNK):
                    written.write(part)
            written.flush()
            os.fsync(written.fileno())
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def _opened(file: Path, identity: Path | None, folder: Path) -> Path:
    """Return a backup that can be read: itself, or what it is once decrypted."""
    if identity is None:
        return file
    try:
        lines = identity.read_text(encoding="utf-8").splitlines()
        keys = [
            pyrage.x25519.Identity.from_str(line.strip())
            for line in lines
            if line.strip() and not line.startswith("#")
        ]
    except (pyrage.IdentityError, UnicodeDecodeError):
        fail(f"--identity: en {identity} no hay una clave privada de age", BAD_INPUT)
    archive = folder / "backup.tar"
    try:
        with file.open("rb") as source, archive.open("wb") as written:
            pyrage.decrypt_io(source, written, keys)
    except pyrage.DecryptError as error:
        fail(f"la copia no se abre con esa clave, o está dañada: {error}", REFUSED)
    return archive
