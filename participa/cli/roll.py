"""``participa roll``: who may take part, from a CSV file."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import click

from participa.accounts.queries import rolls
from participa.accounts.services.rolls import applying, loading, making, settling
from participa.accounts.verification.roll_csv import COLUMNS
from participa.cli.context import BAD_INPUT, fail, transaction
from participa.cli.spanish import reason
from participa.core.errors import Conflict, Invalid
from participa.core.tables import MOST_PROBLEMS

organization_option = click.option(
    "--organization", metavar="SLUG", help="Which organization; the default one without it."
)


@click.group()
def roll() -> None:
    """Rolls of people who may take part. Document numbers are never stored."""


@roll.command()
@click.argument("key")
@click.option("--name", required=True, help="What people read.")
@organization_option
def create(key: str, name: str, organization: str | None) -> None:
    """Make a roll without lines."""
    with transaction(organization) as (session, place, actor):
        try:
            making.create(session, actor, place, key=key, name=name)
        except Invalid as error:
            fail("; ".join(str(each) for each in error.problems), BAD_INPUT)
        click.echo(f"Padrón creado en «{place.slug}»: {key}")


@roll.command("list")
@organization_option
def list_rolls(organization: str | None) -> None:
    """List the rolls with their number of lines; those frozen with their digest."""
    with transaction(organization) as (session, _place, _actor):
        for each in rolls.rolls(session):
            click.echo(f"{each.key}\t{each.size}\t{each.name}\t{each.digest}".rstrip())


@roll.command("import", epilog=f"Columns: {','.join(COLUMNS)}; only the first two are needed.")
@click.argument("file")
@click.option("--roll", "key", required=True, help="Key of the roll.")
@click.option("--replace", is_flag=True, help="Take out the lines that the file does not have.")
@click.option("--reason", default="", help="Why; needed once the roll has lines.")
@click.option(
    "--type",
    "types",
    metavar="WORD=TYPE",
    multiple=True,
    help="What a word for a type of document means: 'C. Ext=CE'; 'WORD=-' leaves its lines out.",
)
@click.option(
    "--dates",
    type=click.Choice([settling.DAY_FIRST, settling.MONTH_FIRST]),
    default=None,
    help="How ambiguous dates are written: day first or month first.",
)
@click.option("--skip-problems", is_flag=True, help="Apply the lines that are right.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@organization_option
def import_(
    file: str,
    key: str,
    reason: str,
    organization: str | None,
    *,
    replace: bool,
    dry_run: bool,
    types: tuple[str, ...],
    dates: str | None,
    skip_problems: bool,
) -> None:
    """Apply FILE whole, or nothing of it. Errors name line and column."""
    with ExitStack() as stack:
        opened = _open(file, stack)
        session, place, actor = stack.enter_context(transaction(organization))
        row = rolls.roll_by_key(session, key)
        if row is None:
            fail(f"no hay un padrón «{key}»; créelo con participa roll create", BAD_INPUT)
        roll_id = row.id
        try:
            source = loading.Source(opened, Path(file).name, replace, reason)
            upload = loading.read(session, actor, place, roll_id, source, _progress)
            if not settling.is_settled(upload):
                answers = dict(each.rpartition("=")[::2] for each in types)
                upload = settling.settle(
                    session, actor, place, roll_id, upload.id, answers, dates or ""
                )
            problems, count = loading.problems_of(upload), upload.problem_count
            done = rolls.effect(session, upload)
            if (count and (replace or not skip_problems)) or dry_run:
                loading.discard(session, actor, place, roll_id, upload.id)
                session.commit()
            else:
                applying.apply(
                    session, actor, place, roll_id, upload.id, without_problems=skip_problems
                )
        except Invalid as error:
            fail("; ".join(str(each) for each in error.problems), BAD_INPUT)
        except Conflict as error:
            fail(error.message)
        for each in problems[:MOST_PROBLEMS]:
            click.echo(f"{file}: {each}", err=True)
        if count and (replace or not skip_problems):
            fail(f"el archivo tiene problemas ({count}); no se cambió nada", BAD_INPUT)
        click.echo(f"nuevas: {done.added}  ya estaban: {done.updated}  retiradas: {done.removed}")
        if done.kept:
            click.echo(f"se quedan, porque con ellas ya se votó: {done.kept}")


def _open(file: str, stack: ExitStack) -> BinaryIO:
    try:
        return stack.enter_context(Path(file).open("rb"))
    except OSError as error:
        fail(f"no se puede leer {file}: {reason(error)}", BAD_INPUT)


def _progress(lines: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{lines} líneas leídas", nl=False, err=True)
