"""``participa db``: the database's history."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import click
import sqlalchemy as sa
from alembic.util import CommandError

from participa.budgets.models import Ballot, Draft, Vote
from participa.cli.context import BAD_INPUT, application, fail, refuse_newer
from participa.core import migrate
from participa.core.db import db


@click.group("db")
def database() -> None:
    """Bring the database up, take it down, or check it."""


@contextmanager
def _refusals(revision: str) -> Iterator[None]:
    """Turn an unknown revision and an unreachable database into sentences."""
    try:
        yield
    except CommandError:
        fail(
            f"no se puede llegar a la revisión «{revision}»; las que hay: "
            f"{', '.join(migrate.revisions())} (o base, o head)",
            BAD_INPUT,
        )
    except sa.exc.DBAPIError as error:
        fail(f"la base de datos no responde o no está lista: {error.orig}")


@database.command()
@click.option("--revision", default="head", show_default=True, help="Up to which revision.")
def upgrade(revision: str) -> None:
    """Create or bring up to date the tables."""
    with application(), _refusals(revision):
        refuse_newer(migrate.current(db.engine))
        migrate.upgrade(db.engine, revision)
        click.echo(f"La base de datos está en {migrate.current(db.engine)}.")


@database.command()
@click.option(
    "--revision", required=True, help="Down to which revision; `base` empties the database."
)
@click.confirmation_option(prompt="Esto puede borrar datos. ¿Continuar?")
def downgrade(revision: str) -> None:
    """Take the tables back to an earlier revision."""
    with application(), _refusals(revision):
        migrate.downgrade(db.engine, revision)
        click.echo(f"La base de datos está en {migrate.current(db.engine) or 'base'}.")


@database.command()
def check() -> None:
    """Say whether the database is reachable, up to date and as the models say."""
    with application():
        try:
            found = migrate.current(db.engine)
        except sa.exc.SQLAlchemyError as error:
            fail(f"no se puede leer la base de datos: {error}")
        refuse_newer(found)
        if found != migrate.head():
            fail(
                f"la base de datos está en {found or 'base'} y debería estar en {migrate.head()}: "
                "`participa db upgrade`"
            )
        differences = migrate.differences(db.engine)
        for each in differences:
            click.echo(each, err=True)
        if differences:
            fail("la base de datos no coincide con los modelos")
        click.echo(f"La base de datos está al día ({found}).")


BOXES = (Ballot, Draft, Vote)
"""The tables of which a closing throws rows away."""


@database.command()
def scrub() -> None:
    """Take what closings of votes threw away out of the database's files.

    A closing deletes the old box, its links and their key; the database keeps such rows in its
    files until it writes over them. This rewrites the tables: on PostgreSQL each is locked
    meanwhile (seconds for 100,000 ballots), on SQLite the whole file. Backups made before the
    closing are not touched: see docs/budgets.md.
    """
    with application():
        # Neither statement may run inside a transaction.
        if db.engine.dialect.name == "postgresql":
            alone = db.engine.execution_options(isolation_level="AUTOCOMMIT")
            with alone.connect() as connection:
                for each in BOXES:
                    connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {each.__tablename__}")
        else:
            with closing(db.engine.raw_connection()) as raw:
                driver: Any = raw.driver_connection
                driver.execute("VACUUM")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.engine.dispose()
        click.echo("Lo que borraron los cierres ya no está en los archivos de la base de datos.")


@database.command()
@click.argument("message")
def revise(message: str) -> None:
    """Write a new migration from the difference between models and database (for developers)."""
    with application():
        migrate.revise(db.engine, message)
