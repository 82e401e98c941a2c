"""``participa key``: the installation's own key, and pairs of keys for backups."""

import os
from pathlib import Path

import click
import pyrage

from participa.cli.context import configuration, fail
from participa.cli.spanish import reason
from participa.core import clock


@click.group()
def key() -> None:
    """The installation's key, which no backup holds, and keys to encrypt backups to."""


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> None:
    """Write the installation's key to a new FILE, to be kept apart from the backups.

    Whoever has it and the database can sign in as anybody and read what is encrypted. Put it back
    as PARTICIPA_SECRET_KEY, or as the file `secret_key` of the data folder.
    """
    _write(file, configuration().secret() + "\n")
    click.echo(f"La clave está en {file}. Guárdela lejos de las copias de la base de datos.")


@key.command()
@click.argument("file", type=click.Path(path_type=Path))
def pair(file: Path) -> None:
    """Make a pair of keys (age): the private one in a new FILE, the public one on the screen.

    The public one is for `participa backup --recipient`. The private one belongs to whoever keeps
    the backups, not on the server.
    """
    made = pyrage.x25519.Identity.generate()
    public = made.to_public()
    _write(file, f"# {clock.now():%Y-%m-%d}\n# {public}\n{made}\n")
    click.echo(str(public))


def _write(file: Path, text: str) -> None:
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{file} ya existe; elija otro nombre")
    except OSError as error:
        fail(f"{file}: {reason(error)}")
    with os.fdopen(handle, "w", encoding="utf-8") as written:
        written.write(text)
