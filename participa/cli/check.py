"""``participa check``: what is wrong with this installation, one line each."""

import shlex

import click
import sqlalchemy as sa

from participa.cli import reach, sealed
from participa.cli.context import REFUSED, application, fail, newer
from participa.core import heartbeat, migrate, private_files
from participa.core.config import Config, from_environment, options
from participa.core.db import across_organizations, db
from participa.core.errors import Problem
from participa.organizations import queries as organizations


@click.command()
@click.option("--mail", "recipient", metavar="ADDRESS", help="Send a test mail to this address.")
@click.option("--variables", is_flag=True, help="List every PARTICIPA_* variable with its meaning.")
@click.option("--facts", is_flag=True, help="Compare the record of facts with its seals instead.")
@click.option(
    "--seal",
    callback=sealed.parse,
    help="With --facts: entity:number:hash of a seal that you kept; is it still in the chain?",
)
def check(
    recipient: str | None, *, variables: bool, facts: bool, seal: tuple[str, int, str] | None
) -> None:
    """Say what is wrong with the installation, one line each; exit code 1 when anything is.

    Tries the database and, for three seconds, the mail server and Redis; sends nothing but the
    test mail that --mail asks for. With --facts it reads every fact instead and says which was
    altered, added or taken away after it was sealed: minutes for a million facts, and nobody
    waits for it to write.
    """
    if facts or seal:
        _facts(seal)
        return
    if variables:
        for name, default, sentence in options():
            click.echo(f"{name}  [{default!r}]\n    {sentence}")
        return
    config, problems = from_environment()
    if not problems:
        problems = list(_of_installation(config))
        if recipient is not None and (problem := reach.send_test(config, recipient)):
            problems.append(problem)
        elif recipient is not None:
            click.echo(f"El servidor de correo recibió el mensaje de prueba para {recipient}.")
    for problem in problems:
        click.echo(str(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo("Todo está en orden.")


def _facts(kept: tuple[str, int, str] | None) -> None:
    with application(code=REFUSED):
        try:
            sound = sealed.compare(kept)
        except sa.exc.DBAPIError as error:
            fail(f"la base de datos no responde o no está lista: {error.orig}")
    if not sound:
        raise SystemExit(REFUSED)
    click.echo("El registro coincide con sus sellos.")


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
    if config.base_url.startswith("https://") and not config.proxy_hops:
        problems.append(
            Problem(
                "PARTICIPA_PROXY_HOPS",
                "con https:// hay un proxy delante y aquí dice 0: toda la ciudad parece venir de "
                "una sola dirección y comparte los límites de intentos; con un proxy, ponga 1",
            )
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
        if sentence := newer(found):
            return [*problems, Problem("PARTICIPA_DATABASE_URL", sentence)]
        if found != migrate.head():
            return [*problems, Problem("PARTICIPA_DATABASE_URL", "falta `participa db upgrade`")]
        with across_organizations(db.session()):
            if not organizations.all_ids(db.session()):
                problems.append(
                    Problem("entidad", "no hay ninguna: `participa organization create`")
                )
        heard = heartbeat.last(db.session())
        if heard is not None and not heartbeat.is_working(db.session()):
            problems.append(
                Problem(
                    "worker",
                    f"ningún programa de tareas trabaja desde el {heard:%Y-%m-%d a las %H:%M} UTC: "
                    "inicie `participa worker`",
                )
            )
        db.session.rollback()
    return problems
