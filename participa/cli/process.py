"""``participa process``: processes as files."""

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy.orm import Session

from participa.cli.context import BAD_INPUT, REFUSED, fail, transaction
from participa.cli.spanish import reason
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing, Problem
from participa.core.policy import Denied
from participa.organizations.queries import OrganizationView
from participa.processes import changes, definition, files, queries, services
from participa.processes.catalogue import catalogue, template
from participa.processes.definition import ProcessDefinition
from participa.processes.models import ProcessStatus
from participa.processes.snapshot import ProcessView

LINE = "-"
STATUS = {
    ProcessStatus.DRAFT: "borrador",
    ProcessStatus.PUBLISHED: "publicado",
    ProcessStatus.ARCHIVED: "archivado",
}

organization_option = click.option(
    "--organization", metavar="SLUG", help="Which organization; the default one without it."
)


@click.group()
def process() -> None:
    """Export, check and apply processes as files. `-` stands for standard input or output."""


@process.command("list")
@organization_option
def list_(organization: str | None) -> None:
    """List the processes: slug, status, dates and title."""
    with transaction(organization) as (session, place, _actor):
        found = queries.visible(session, drafts_of=None)
        if not found:
            click.echo(
                f"«{place.slug}» no tiene procesos todavía: `participa process apply`", err=True
            )
        for view in found:
            dates = _dates(view, place)
            click.echo(f"{view.slug}\t{STATUS[view.status]}\t{dates}\t{view.title}")


def _dates(view: ProcessView, place: OrganizationView) -> str:
    if view.start is None or view.end is None:
        return LINE
    last_open = view.end - dt.timedelta(microseconds=1)
    first, last = (moment.astimezone(place.zone).date() for moment in (view.start, last_open))
    return f"{first}..{last}"


@process.command()
@click.argument("key", required=False)
def templates(key: str | None) -> None:
    """List the templates (key, phases, title), or write the file of the template KEY."""
    if key is not None:
        try:
            click.echo(template(key).text, nl=False)
        except Missing:
            fail(f"no hay una plantilla «{key}»", BAD_INPUT)
        return
    for each in catalogue():
        kinds = " ".join(phase.kind.value for phase in each.phases)
        click.echo(f"{each.key}\t{kinds}\t{each.title.text('es')}")


@process.command()
@click.argument("file")
@organization_option
def validate(file: str, organization: str | None) -> None:
    """Say everything that is wrong with FILE, each with its line. Changes nothing."""
    text = _text(file)
    with transaction(organization) as (session, place, _actor):
        wanted = _read(file, text, session, place)
        click.echo(f"{file}: «{wanted.title}» se puede aplicar.")


@process.command()
@click.argument("slug")
@click.option("-o", "--output", metavar="FILE", default=LINE, help="Where to write it.")
@organization_option
def export(slug: str, output: str, organization: str | None) -> None:
    """Write the process SLUG as a file that `apply` takes."""
    with transaction(organization) as (session, place, _actor), _refusals(slug):
        row = queries.row(session, queries.by_slug(session, slug).id)
        text = files.dump(definition.write(definition.of_row(row, place), place))
    if output == LINE:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"no se puede escribir {output}: {reason(error)}")


@process.command()
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Only show what would change, open and close.")
@click.option("--publish", is_flag=True, help="Let people see it.")
@organization_option
def apply(file: str, organization: str | None, *, dry_run: bool, publish: bool) -> None:
    """Make or change the process that FILE describes, whole or not at all.

    The process is found by its slug. Exit code 2: the file is wrong; 1: the change is refused.
    """
    text = _text(file)
    with transaction(organization) as (session, place, actor), _refusals(file):
        wanted = _read(file, text, session, place)
        before = _existing(session, wanted.slug)
        old = None
        if before is not None:
            row = queries.row(session, before.id)
            old = definition.of_row(row, place)
            # Before anything is shown: what saving refuses is not offered as what would happen.
            services.checked_definition(session, row, old, before, wanted)
        lines = changes.differences(old, wanted, place)
        if dry_run:
            people = queries.people_in(session, before) if before is not None else {}
            _show(lines, before, wanted, place, people)
            return
        if before is None:
            view = services.create(session, actor, place, wanted)
        else:
            view = services.edit(session, actor, before.id, wanted)
        if publish and view.status is not ProcessStatus.PUBLISHED:
            view = services.publish(session, actor, view.id)
        done = "creado" if before is None else "cambiado" if lines else "sin cambios"
        click.echo(f"{view.slug}: {done}, {STATUS[view.status]}.")


def _text(file: str) -> bytes:
    """Return what the file holds, no more than a little over what is allowed."""
    try:
        if file == LINE:
            return sys.stdin.buffer.read(files.LARGEST + 1)
        with Path(file).open("rb") as stream:
            return stream.read(files.LARGEST + 1)
    except OSError as error:
        fail(f"no se puede leer {file}: {reason(error)}", BAD_INPUT)


def _existing(session: Session, slug: str) -> ProcessView | None:
    try:
        return queries.by_slug(session, slug)
    except Missing:
        return None


def _read(file: str, text: bytes, session: Session, place: OrganizationView) -> ProcessDefinition:
    """Return what a file says. Ends with every problem and code 2 when something is wrong."""
    document, lines, problems = files.load(text)
    wanted = None
    if document is not None:
        slug = document.get("slug") if isinstance(document, dict) else None
        before = _existing(session, slug) if isinstance(slug, str) else None
        overrides = definition.overrides_of(before) if before is not None else None
        wanted, found = definition.read(document, place, lines=lines, overrides=overrides)
        problems = sorted([*problems, *found], key=lambda each: each.line or 0)
    elif not problems:
        problems = [Problem("", "el archivo está vacío")]
    if wanted is None or problems:
        _complain(file, problems)
        raise SystemExit(BAD_INPUT)
    return wanted


def _complain(file: str, problems: Iterable[Problem]) -> None:
    for each in problems:
        where = f"{file}:{each.line}" if each.line is not None else file
        path = f" {each.path}:" if each.path else ""
        click.echo(f"{where}:{path} {each.message}", err=True)


@contextmanager
def _refusals(file: str) -> Iterator[None]:
    """Turn what a service refuses into sentences and code 1."""
    try:
        yield
    except Invalid as error:
        _complain(file, error.problems)
        raise SystemExit(REFUSED) from error
    except Denied as error:
        fail(error.denial)
    except Conflict as error:
        fail(error.message)
    except Missing:
        fail(f"no hay un proceso «{file}»")


def _show(
    lines: list[str],
    before: ProcessView | None,
    wanted: ProcessDefinition,
    place: OrganizationView,
    people: Mapping[str, int],
) -> None:
    after = definition.preview_view(wanted, place, before)
    if before is None:
        click.echo(f"Se crearía el proceso «{wanted.slug}»:")
        before = definition.preview_view(
            ProcessDefinition(slug=wanted.slug, title=wanted.title), place
        )
    elif not lines:
        click.echo("No cambia nada.")
        return
    for line in lines:
        click.echo(f"  {line}")
    found = changes.consequences(before, after, clock.now(), people)
    if found:
        click.echo("Lo que la gente notará:")
    for each in found:
        click.echo(f"  {each.sentence}")
