"""Accounts that somebody else makes: staff, for people without e-mail; the command line."""

import datetime as dt
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, passwords, policy
from participa.accounts.checked import Checked, local_day
from participa.accounts.models import Person, RoleGrant, folded
from participa.accounts.purposes import REQUIRED
from participa.accounts.queries import people
from participa.accounts.services import consents, one_time_codes, sessions
from participa.accounts.services.facts import record_about
from participa.accounts.services.password_reset import paper
from participa.accounts.services.second_factor import spaced
from participa.core import clock
from participa.core.db import public_code
from participa.core.errors import Conflict, Invalid
from participa.core.policy import Actor, Role, authorize
from participa.organizations.queries import OrganizationView


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed for somebody without e-mail. The code exists nowhere else."""

    person_id: int
    name: str
    username: str
    code: str
    expires_at: dt.datetime


def register_person(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    name: str,
    purposes: Collection[str],
    birth_date: dt.date | None = None,
    territory_id: int | None = None,
    locale: str = "",
) -> Sheet:
    """Make an account for somebody without e-mail. Returns the sheet to print, this once.

    ``purposes`` are those that the person signed on paper. Raises :class:`Invalid`.
    """
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    checked = Checked()
    name = checked.public_name(name, organization)
    birth_date = checked.birth_date(birth_date, local_day(now, organization.zone))
    territory_id = checked.territory(territory_id, organization)
    if not set(purposes).issuperset(REQUIRED):
        checked.refuse(
            "purposes", _l("Sin la autorización para participar no se puede crear la cuenta.")
        )
    if checked.problems:
        raise Invalid(checked.problems)
    person = Person(
        organization_id=organization.id,
        name=name,
        username=_free_username(session, name),
        locale=locale if locale in organization.locales else organization.locale,
        birth_date=birth_date,
        territory_id=territory_id,
        registered_by_id=actor.person_id,
    )
    session.add(person)
    session.flush()
    consents.add(session, organization, person.id, purposes, "paper")
    record_about(
        session,
        actor,
        organization,
        person.id,
        events.RegisteredByStaff(person.id, sorted(purposes)),
    )
    return _sheet(session, person, now)


def new_code(
    session: Session, actor: Actor, organization: OrganizationView, person_id: int
) -> Sheet:
    """Print another code for somebody who lost theirs, or their password; sessions close.

    Raises :class:`Conflict` for people with an e-mail address: they ask for a link themselves.
    """
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    person = people.for_update(session, person_id)
    if person.email is not None or person.username is None:
        raise Conflict(_l("Esta persona tiene correo: puede pedir un enlace en «Olvidé mi clave»."))
    one_time_codes.withdraw(session, person.id, one_time_codes.FIRST_ACCESS, now)
    sessions.close_all(session, person.id)
    record_about(session, actor, organization, person.id, events.AccessCodeIssued(person.id))
    return _sheet(session, person, now)


def create_by_command(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    name: str,
    email: str,
    password: str | None,
    administrator: bool,
) -> tuple[Person, str | None]:
    """Make a confirmed account. Without a password, returns the secret of a link to choose one.

    Raises :class:`Invalid` with every problem.
    """
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    checked = Checked()
    name, email = checked.name(name), checked.email(email, reserved=True)
    weak = passwords.problem(password, name, email) if password is not None else None
    if weak is not None:
        checked.refuse("password", weak)
    if email and people.by_email(session, email) is not None:
        checked.refuse("email", _l("Ya hay una cuenta con ese correo."))
    if checked.problems:
        raise Invalid(checked.problems)
    person = Person(
        organization_id=organization.id,
        name=name,
        email=email,
        email_confirmed_at=now,
        password_hash=passwords.hashed(password) if password is not None else None,
        locale=organization.locale,
    )
    session.add(person)
    session.flush()
    if administrator:
        session.add(
            RoleGrant(
                organization_id=organization.id,
                person_id=person.id,
                role=Role.ORGANIZATION_ADMIN,
                granted_at=now,
            )
        )
    record_about(
        session, actor, organization, person.id, events.CreatedByCommand(person.id, administrator)
    )
    secret = None
    if password is None:
        secret = one_time_codes.issue(session, person, one_time_codes.RESET, now)
    return person, secret


def _sheet(session: Session, person: Person, now: dt.datetime) -> Sheet:
    code = public_code(12)
    username = person.username or ""
    one_time_codes.issue(
        session, person, one_time_codes.FIRST_ACCESS, now, secret=paper(username, code)
    )
    expires = now + one_time_codes.LIFETIMES[one_time_codes.FIRST_ACCESS]
    return Sheet(person.id, person.name, username, spaced(code), expires)


def _free_username(session: Session, name: str) -> str:
    first = re.sub(r"[^a-z]", "", folded(name.partition(" ")[0]))[:12] or "persona"
    while True:
        username = f"{first}{secrets.randbelow(9000) + 1000}"
        if not people.username_taken(session, username):
            return username
