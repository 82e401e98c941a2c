"""``participa demo``: the whole product with a demonstration city, bound to this machine only."""

import os
import shutil
from pathlib import Path

import click

from participa.cli.context import BAD_INPUT, application, fail, refuse_newer
from participa.cli.serve import refuse_busy_port, run
from participa.cli.spanish import reason
from participa.core import migrate, private_files
from participa.core.config import Config
from participa.core.db import across_organizations, db
from participa.demo import city, points, roll
from participa.organizations import queries as organizations

HOST = "127.0.0.1"
MARK = "demo"
"""A file that says a folder was made by the demonstration: only such folders are ever deleted."""


@click.command()
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--data",
    default="participa-demo",
    show_default=True,
    help="Folder for its data.",
    metavar="DIR",
)
@click.option("--reset", is_flag=True, help="Begin again with a fresh city.")
@click.option("--prepare-only", is_flag=True, help="Build the city and end without serving.")
def demo(*, port: int, data: str, reset: bool, prepare_only: bool) -> None:
    """Start a demonstration city on this machine and print its address and accounts."""
    folder = Path(data).expanduser().resolve()
    if reset:
        _remove(folder)
    if not prepare_only:
        refuse_busy_port(HOST, port)
    config = Config(
        data_dir=str(folder),
        base_url=f"http://{HOST}:{port}",
        demo=True,
        log_level=os.environ.get("PARTICIPA_LOG_LEVEL", "WARNING"),
    )
    _prepare(config, folder)
    if prepare_only:
        return
    click.echo(_welcome(port, folder))
    run(config, host=HOST, port=port, workers=1, threads=8, quiet=True)


def _remove(folder: Path) -> None:
    if folder.exists():
        if not (folder / MARK).exists():
            fail(f"{folder} no fue creada por la demostración; no se borra", BAD_INPUT)
        shutil.rmtree(folder)


def _prepare(config: Config, folder: Path) -> None:
    """Build the city unless the folder holds one; an interrupted building leaves nothing."""
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        fail(f"{folder} ya tiene otras cosas; elija otra carpeta con --data", BAD_INPUT)
    try:
        private_files.make_folder(folder)
        (folder / MARK).touch()
        folder.chmod(0o700)  # one of an earlier version
    except OSError as error:
        fail(
            f"no se puede usar la carpeta {folder}: {reason(error)}; elija otra con --data",
            BAD_INPUT,
        )
    with application(config):
        refuse_newer(migrate.current(db.engine))
        if migrate.current(db.engine) not in {None, migrate.head()}:
            fail("esta demostración es de otra versión; use --reset")
        migrate.upgrade(db.engine)
        session = db.session()
        with across_organizations(session):
            if organizations.all_ids(session):
                session.rollback()
                return
        try:
            city.build(session, click.echo)
        except BaseException:
            session.rollback()
            raise
        session.commit()


def _welcome(port: int, folder: Path) -> str:
    accounts = "\n".join(
        f"  {what:<18} {mailbox}@{city.DOMAIN}" for mailbox, _name, what, _role in city.ACCOUNTS
    )
    free = " o ".join(" ".join(each) for each in roll.FREE)
    young = " ".join(roll.YOUNG)
    neighbours = " o ".join(" ".join(each) for each in points.FREE)
    return f"""
  Demostración de participa: http://{HOST}:{port}

{accounts}
  Clave de todas:    {city.PASSWORD}
  Para votar:        {city.ACCOUNTS[0][1]} ya está en el padrón; con otra cuenta, verifíquese con
                     {free} (quien tiene 15 años: {young})
  En un punto:       la promotora registra el voto de {neighbours}
  (la página de entrada las ofrece como botones; el correo llega a http://{HOST}:{port}/buzon)

  Detener: Ctrl+C    Empezar de cero: participa demo --reset    Datos: {folder}
"""
