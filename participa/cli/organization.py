"""``participa organization``: the entities of this installation."""

import click
import sqlalchemy as sa

from participa.cli.context import BAD_INPUT, application, fail
from participa.core.db import across_organizations, db
from participa.core.errors import Invalid
from participa.organizations.models import Organization
from participa.organizations.services import installation


@click.group()
def organization() -> None:
    """Entities (cities) of this installation."""


@organization.command()
@click.option("--slug", required=True, help="Short name for commands: letters, digits, hyphens.")
@click.option("--name", required=True, help="Name that people read.")
@click.option("--host", help="Host name that it answers; the first entity also answers any other.")
def create(slug: str, name: str, host: str | None) -> None:
    """Open an entity; the first one becomes the default."""
    with application():
        session = db.session()
        try:
            made = installation.create(session, slug=slug, name=name, host=host)
        except Invalid as error:
            session.rollback()
            for problem in error.problems:
                click.echo(str(problem), err=True)
            fail("no se creó la entidad", BAD_INPUT)
        session.commit()
        click.echo(f"Entidad creada: {made.name} ({made.slug})")
        click.echo(f"Sigue: participa user create --organization {made.slug} --admin …")


@organization.command("list")
def list_organizations() -> None:
    """List the entities."""
    with application():
        session = db.session()
        with across_organizations(session):
            rows = session.scalars(sa.select(Organization).order_by(Organization.slug)).all()
        for row in rows:
            default = " (por defecto)" if row.is_default else ""
            click.echo(f"{row.slug:<24} {row.host or '—':<32} {row.name}{default}")
        session.rollback()
