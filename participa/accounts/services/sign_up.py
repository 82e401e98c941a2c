"""Sign-up with an address: the account exists at once, and opens once the address is proved."""

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participa.accounts import events, mails, passwords, policy
from participa.accounts.checked import Checked, local_day
from participa.accounts.models import KeptForm, Person
from participa.accounts.purposes import PARTICIPATION, PURPOSES, REQUIRED
from participa.accounts.queries import digest, people
from participa.accounts.services import consents, one_time_codes
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.events import record
from participa.core.facts import Ref
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

Link = Callable[[str], str]
"""From a secret to the absolute address that carries it."""


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody typed to get an account."""

    name: str
    email: str
    password: str
    locale: str
    purposes: Collection[str]
    birth_date: dt.date | None = None
    territory_id: int | None = None


def sign_up(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    application: Application,
    *,
    link: Link,
    kept_key: str | None = None,
) -> None:
    """Make an account and mail its confirmation link, or mail the holder of a known address.

    The caller cannot tell one from the other. Raises :class:`Invalid` with every problem.
    """
    now = clock.now()
    authorize(policy.SIGN_UP, actor, organization, at=now)
    checked = Checked()
    name = checked.name(application.name)
    email = checked.email(application.email)
    birth_date = checked.birth_date(application.birth_date, local_day(now, organization.zone))
    territory_id = checked.territory(application.territory_id, organization)
    weak = passwords.problem(application.password, name, email)
    if weak is not None:
        checked.refuse("password", weak)
    if not set(application.purposes) >= REQUIRED:
        checked.refuse(
            PARTICIPATION,
            _l("Para crear la cuenta necesitamos esta autorización. Márquela si está de acuerdo."),
        )
    if checked.problems:
        raise Invalid(checked.problems)
    password_hash = passwords.hashed(application.password)
    known = people.by_email(session, email)
    if known is None:
        person = Person(
            organization_id=organization.id,
            name=name,
            email=email,
            password_hash=password_hash,
            locale=application.locale,
            birth_date=birth_date,
            territory_id=territory_id,
        )
        try:
            with session.begin_nested():
                session.add(person)
        except IntegrityError:  # the same form, sent twice at once
            known = people.by_email(session, email)
    if known is not None:
        tell_known(session, organization, known, link)
        return
    consents.add(session, organization, person.id, application.purposes, "web")
    if kept_key is not None:
        session.execute(
            sa.update(KeptForm)
            .where(KeptForm.key_hash == digest(kept_key), KeptForm.person_id.is_(None))
            .values(person_id=person.id)
        )
    secret = one_time_codes.issue(session, person, one_time_codes.CONFIRM, now)
    mails.confirm(session, organization, person, link(secret))
    record(
        session,
        events.SignedUp(sorted(set(application.purposes) & set(PURPOSES))),
        actor=Actor(organization.id, person.id, name),
        organization_id=organization.id,
        subject=Ref("person", person.id),
    )


def tell_known(
    session: Session, organization: OrganizationView, person: Person, link: Link
) -> None:
    """Mail the holder of an address: a new link, or once confirmed that there is an account."""
    if person.email_confirmed_at is None:
        secret = one_time_codes.issue(session, person, one_time_codes.CONFIRM, clock.now())
        mails.confirm(session, organization, person, link(secret))
    else:
        mails.already(session, organization, person)


def resend(
    session: Session, actor: Actor, organization: OrganizationView, email: str, *, link: Link
) -> None:
    """Mail a new confirmation link, if the address waits for one; silent otherwise."""
    authorize(policy.SIGN_UP, actor, organization, at=clock.now())
    person = people.by_email(session, email.strip().lower())
    if person is not None and person.email_confirmed_at is None:
        tell_known(session, organization, person, link)


def confirm(session: Session, actor: Actor, organization: OrganizationView, secret: str) -> Person:
    """Prove an address with the secret of its link. Raises :class:`LinkGoneError`."""
    now = clock.now()
    authorize(policy.SIGN_UP, actor, organization, at=now)
    person = one_time_codes.use(session, one_time_codes.CONFIRM, secret, now)
    person.email_confirmed_at = person.email_confirmed_at or now
    record(
        session,
        events.EmailConfirmed(),
        actor=Actor(organization.id, person.id, person.name),
        organization_id=organization.id,
        subject=Ref("person", person.id),
    )
    return person
