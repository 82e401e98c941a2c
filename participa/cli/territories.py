"""``participa territories``: the tree of territories as CSV."""

import sys
from pathlib import Path

import click

from participa.cli.context import BAD_INPUT, fail, transaction
from participa.cli.spanish import reason
from participa.core import tables
from participa.core.errors import Invalid, Problem
from participa.core.policy import Denied
from participa.organizations import csv_import
from participa.organizations.csv_import import Plan
from participa.organizations.services import imports

organization_option = click.option(
    "--organization", metavar="SLUG", help="Which organization; the default one without it."
)


@click.group()
def territories() -> None:
    """Import and export territories as CSV: codigo,nombre,nivel,codigo_padre."""


@territories.command("import")
@click.argument("file")
@organization_option
@click.option("--remove-missing", is_flag=True, help="Remove what the file does not name.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def import_(file: str, organization: str | None, *, remove_missing: bool, dry_run: bool) -> None:
    """Apply FILE whole, or nothing of it; `-` is standard input. Errors name line and column."""
    data = _bytes(file)
    kind = imports.TERRITORIES
    table = imports.read(kind, data)
    with transaction(organization) as (session, place, actor):
        found = imports.plan(session, place, kind, table, remove_missing=remove_missing)
        if found.problems:
            _refuse(file, found.problems)
        for line in _lines(found):
            click.echo(line)
        if dry_run or found.does_nothing:
            return
        try:
            imports.apply_table(session, actor, place, kind, table, remove_missing=remove_missing)
        except Invalid as error:
            _refuse(file, error.problems)
        except Denied as error:
            fail(error.denial.message)


@territories.command()
@organization_option
def export(organization: str | None) -> None:
    """Write the territories as the file that `import` reads."""
    with transaction(organization) as (_session, place, _actor):
        rows = [each.cells for each in imports.existing_territories(place)]
        click.echo(tables.write(csv_import.TERRITORY_COLUMNS, rows), nl=False)


def _bytes(file: str) -> bytes:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        fail(f"no se puede leer {file}: {reason(error)}", BAD_INPUT)
    return data


def _refuse(file: str, problems: list[Problem] | tuple[Problem, ...]) -> None:
    for each in problems[: tables.MOST_PROBLEMS]:
        click.echo(f"{file}: {each}", err=True)
    fail(f"el archivo tiene problemas ({len(problems)}); no se cambió nada", BAD_INPUT)


def _lines(found: Plan) -> list[str]:
    added, changed, removed = len(found.added), len(found.changed), len(found.removed)
    return [
        *[f"+ {each.code}\t{each.name}\t{each.level}\t{each.parent}" for each in found.added],
        *[f"~ {after.code}\t{before.name} → {after.name}" for before, after in found.changed],
        *[f"- {each.code}\t{each.name}" for each in found.removed],
        f"nuevos: {added}  cambiados: {changed}  quitados: {removed}  iguales: {found.unchanged}",
    ]
