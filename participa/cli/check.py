"""``participa check``: what is wrong with this installation, one line each."""

import shlex

import click
import sqlalchemy as sa

from participa.cli import reach
from participa.cli.context import REFUSED, application
from participa.core import migrate, private_files
from participa.core.config import Config, from_environment, options
from participa.core.db import across_organizations, db
from participa.core.errors import Problem
from participa.organizations import queries as organizations


@click.command()
@click.option("--variables", is_flag=True, help="List every PARTICIPA_* variable with its meaning.")
def check(*, variables: bool) -> None:
    """Say what is wrong with the installation, one line each; exit code 1 when anything is.

    Tries the database and, for three seconds, the mail server and Redis; sends nothing.
    """
    if variables:
        for name, default, sentence in options():
            click.echo(f"{name}  [{default!r}]\n    {sentence}")
        return
    config, problems = from_environment()
    if not problems:
        problems = list(_of_installation(config))
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo("Todo está en orden.")


def _of_installation(config: Config) -> list[Problem]:
    problems = []
    if (
        not config.demo
        and not config.base_url.startswith("https://")
        and config.host not in {"127.0.0.1", "localhost"}
    ):
        problems.append(
            Problem("PARTICIPA_BASE_URL", "una dirección pública debe empezar por https://")
        )
    if not config.mail_url and not config.demo:
        problems.append(
            Problem(
                "PARTICIPA_MAIL_URL",
                "sin servidor de correo, los mensajes se quedan en el buzón local",
            )
        )
    problems += reach.problems(config)
    with application(config, REFUSED):
        problems += [
            Problem(
                "PARTICIPA_DATA_DIR",
                f"otros usuarios del equipo pueden abrir {path}: "
                f"`chmod go= {shlex.quote(str(path))}`",
            )
            for path in private_files.exposed(config)
        ]
        try:
            found = migrate.current(db.engine)
        except sa.exc.SQLAlchemyError as error:
            return [
                *problems,
                Problem("PARTICIPA_DATABASE_URL", f"no se puede leer: {error}".splitlines()[0]),
            ]
        if found != migrate.head():
            return [*problems, Problem("PARTICIPA_DATABASE_URL", "falta `participa db upgrade`")]
        with across_organizations(db.session()):
            if not organizations.all_ids(db.session()):
                problems.append(
                    Problem("entidad", "no hay ninguna: `participa organization create`")
                )
        db.session.rollback()
    return problems
