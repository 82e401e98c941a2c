"""``participa user``: the first accounts of an organization."""

import sys
from collections.abc import Iterator, Mapping

import click
from sqlalchemy.orm import Session

from participa.accounts.checked import RESERVED
from participa.accounts.queries import people, staff
from participa.accounts.services import registration
from participa.budgets.queries import points
from participa.cli.context import BAD_INPUT, configuration, fail, transaction
from participa.core.errors import Invalid
from participa.core.policy import ROLE_LABELS, Role
from participa.organizations.queries import OrganizationView
from participa.processes import queries as processes


@click.group()
def user() -> None:
    """Accounts of people."""


@user.command()
@click.option("--email", required=True, help="Address that the person signs in with.")
@click.option("--name", required=True, help="Public name.")
@click.option("--admin", is_flag=True, help="May administer the organization.")
@click.option("--organization", metavar="SLUG", help="Default: the default organization.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(
    email: str, name: str, *, admin: bool, organization: str | None, password_stdin: bool
) -> None:
    """Make an account with a confirmed address.

    The password is read from standard input with --password-stdin, asked for on a terminal, and
    otherwise chosen by the person with the link that is printed (good for two hours).
    """
    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Clave", hide_input=True, confirmation_prompt="La misma, otra vez")
    with transaction(organization) as (session, chosen, operator):
        try:
            person, secret = registration.create_by_command(
                session,
                operator,
                chosen,
                name=name,
                email=email,
                password=password,
                administrator=admin,
            )
        except Invalid as error:
            fail("; ".join(f"{each.path}: {each.message}" for each in error.problems), BAD_INPUT)
        role = f" ({ROLE_LABELS[staff.grants_of(session, person.id)[0].role]})" if admin else ""
        click.echo(f"Cuenta creada en «{chosen.slug}»: {person.name} <{person.email}>{role}")
        if f".{email.strip().lower().rpartition('.')[2]}" in RESERVED:
            click.echo("Esa dirección es para pruebas: no recibe correo.")
        if secret is not None:
            address = configuration().address(chosen.host)
            click.echo(
                f"Para elegir la clave, en las próximas dos horas: {address}/clave/nueva/{secret}"
            )


@user.command("list")
@click.option("--organization", metavar="SLUG", help="Default: the default organization.")
@click.option("--search", default="", help="Part of a name, address or username.")
def list_people(organization: str | None, search: str) -> None:
    """List the accounts of an organization, by name, with their roles.

    Beside a role, in brackets: the processes where it is held, or the polling points.
    """
    with transaction(organization) as (session, place, _operator):
        cursor: str | None = None
        slugs = {each.id: each.slug for each in processes.visible(session, drafts_of=None)}
        while True:
            found = people.search(session, search, cursor, size=200)
            for line in found.rows:
                roles = "; ".join(_roles(session, place, line.id, slugs))
                click.echo(f"{line.id}\t{line.email or line.username or '-'}\t{line.name}\t{roles}")
            cursor = found.next
            if cursor is None:
                return


def _roles(
    session: Session, place: OrganizationView, person_id: int, slugs: Mapping[int, str]
) -> Iterator[str]:
    """Give what somebody may do, each role once with the places where it is held."""
    held: dict[Role, list[str]] = {}
    for grant in staff.grants_of(session, person_id):
        where = held.setdefault(grant.role, [])
        if grant.process_id is not None:
            where.append(slugs.get(grant.process_id, str(grant.process_id)))
    for role, where in held.items():
        yield (
            f"{ROLE_LABELS[role]} ({', '.join(sorted(where))})" if where else str(ROLE_LABELS[role])
        )
    if duties := points.mine(session, place.id, person_id):
        yield f"Promotora ({', '.join(each.name for each in duties)})"
