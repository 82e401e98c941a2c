"""``participa user``: accounts, their roles, and letting somebody in again."""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click
from sqlalchemy.orm import Session

from participa.accounts.checked import RESERVED
from participa.accounts.models import Person
from participa.accounts.queries import people, staff
from participa.accounts.services import registration, roles
from participa.accounts.services import rescue as rescuing
from participa.budgets.queries import points
from participa.cli.context import BAD_INPUT, configuration, fail, transaction
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.policy import ORGANIZATION_ROLES, PROCESS_ROLES, ROLE_LABELS, Role
from participa.core.web import request_app
from participa.notifications.mails import writing_for
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
            _say_link(chosen, secret)


def _say_link(place: OrganizationView, secret: str) -> None:
    address = configuration().address(place.host)
    click.echo(f"Para elegir la clave, en las próximas dos horas: {address}/clave/nueva/{secret}")


def _person(session: Session, who: str) -> Person:
    """Return the account that an address or a username names. Ends with a sentence for none."""
    who = who.strip().lower()
    found = people.by_login(session, who)
    if found is None:
        fail(f"no hay una cuenta «{who}»: vea participa user list", BAD_INPUT)
    return found


organization_option = click.option(
    "--organization", metavar="SLUG", help="Default: the default organization."
)


def _change_role(
    service: Callable[..., object],
    who: str,
    role: str,
    process: str | None,
    organization: str | None,
) -> str:
    """Give or take a role and return where, in words."""
    with transaction(organization) as (session, place, operator):
        person = _person(session, who)
        try:
            scope: Any = processes.by_slug(session, process) if process else place
            service(session, operator, scope, person_id=person.id, role=Role(role))
        except Missing:
            fail(f"no hay un proceso «{process}»", BAD_INPUT)
        except Invalid:
            where = "necesita --process" if process is None else "es de la entidad: sin --process"
            fail(f"el rol {role} {where}", BAD_INPUT)
        except Conflict as error:
            fail(error.message)
        return f"{person.name} <{who}>: {ROLE_LABELS[Role(role)]} ({process or place.slug})"


role_argument = click.argument(
    "role", type=click.Choice([each.value for each in (*ORGANIZATION_ROLES, *PROCESS_ROLES)])
)
process_option = click.option("--process", metavar="SLUG", help="Where a role of a process holds.")


@user.command()
@click.argument("who")
@role_argument
@process_option
@organization_option
def grant(who: str, role: str, process: str | None, organization: str | None) -> None:
    """Give a role to WHO (address or username)."""
    click.echo(f"Rol dado. {_change_role(roles.give_role, who, role, process, organization)}")


@user.command()
@click.argument("who")
@role_argument
@process_option
@organization_option
def revoke(who: str, role: str, process: str | None, organization: str | None) -> None:
    """Take a role away from WHO (address or username)."""
    click.echo(f"Rol quitado. {_change_role(roles.take_role, who, role, process, organization)}")


@user.command()
@click.argument("who")
@organization_option
def link(who: str, organization: str | None) -> None:
    """Print a new link for WHO to choose a password (two hours); earlier ones stop working."""
    with transaction(organization) as (session, place, operator):
        person = _person(session, who)
        _say_link(place, rescuing.new_link(session, operator, place, person.id))


@user.command()
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask.")
@organization_option
def rescue(who: str, organization: str | None, *, yes: bool) -> None:
    """Let WHO in again, who lost password, telephone or recovery codes.

    Turns the second step off, closes every session and prints a link to choose a password. It is
    recorded. Where nobody administers any more: participa user grant WHO organization_admin.
    """
    with transaction(organization) as (session, place, operator):
        person = _person(session, who)
        question = f"¿Quitar el segundo paso de {person.name} y cerrar sus sesiones?"
        if not yes and not click.confirm(question):
            fail("no se hizo nada")
        with writing_for(request_app(), place):  # they are told by mail
            secret = rescuing.rescue(session, operator, place, person.id)
        _say_link(place, secret)


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
