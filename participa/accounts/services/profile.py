"""What a person changes about themselves: name, language, address, password."""

import datetime as dt
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participa.accounts import events, mails, passwords, policy
from participa.accounts.checked import Checked, local_day
from participa.accounts.models import Person
from participa.accounts.queries import people, rolls
from participa.accounts.services import one_time_codes, sessions
from participa.accounts.services.facts import record_own
from participa.accounts.services.sign_up import Link
from participa.accounts.verification import by_code, records
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

BY_ROLL = _l(
    "Este dato viene del padrón con el que se verificó y aquí no se cambia. Si está mal, pida "
    "en la entidad que corrijan el padrón."
)
WRONG_PASSWORD = _l("Esa no es su clave actual.")


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody typed about themselves."""

    name: str
    locale: str
    birth_date: dt.date | None = None
    territory_id: int | None = None


def change(
    session: Session, actor: Actor, organization: OrganizationView, profile: Profile
) -> None:
    """Change name, language, date of birth and place. Raises :class:`Invalid`.

    Date and place that a roll says stay as the roll says them.
    """
    person = _own(session, actor, organization)
    checked = Checked()
    fixed = rolls.fixed_by_roll(session, person.id)
    if fixed.birth_date and profile.birth_date != fixed.birth_date:
        checked.refuse("birth_date", BY_ROLL)
    if fixed.territory_id and profile.territory_id != fixed.territory_id:
        checked.refuse("territory_id", BY_ROLL)
    values = {
        "name": person.name
        if profile.name == person.name
        else checked.public_name(profile.name, organization),
        "locale": profile.locale,
        "birth_date": fixed.birth_date
        or checked.birth_date(profile.birth_date, local_day(clock.now(), organization.zone)),
        "territory_id": checked.territory(profile.territory_id, organization),
    }
    if profile.locale not in organization.locales:
        checked.refuse("locale", _l("Elija un idioma de la lista."))
    if checked.problems:
        raise Invalid(checked.problems)
    changed = [field for field, value in values.items() if getattr(person, field) != value]
    for field in changed:
        setattr(person, field, values[field])
    if changed:
        record_own(session, actor, organization, events.ProfileChanged(changed))


def ask_for_email(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    address: str,
    password: str,
    link: Link,
) -> None:
    """Mail a link to another address, and a warning to the one of now. Raises :class:`Invalid`.

    An address that has an account gets a letter that says so; the answer is the same.
    """
    now = clock.now()
    person = _own(session, actor, organization)
    checked = Checked()
    wanted = checked.email(address)
    if not passwords.matches(person.password_hash, password):
        checked.refuse("password", WRONG_PASSWORD)
    if wanted and wanted == person.email:
        checked.refuse("email", _l("Ese ya es su correo."))
    if checked.problems:
        raise Invalid(checked.problems)
    person.new_email = wanted
    one_time_codes.withdraw(session, person.id, one_time_codes.NEW_EMAIL, now)
    holder = people.by_email(session, wanted)
    if holder is not None:
        mails.already(session, organization, mails.Recipient.of(holder))
    else:
        secret = one_time_codes.issue(session, person, one_time_codes.NEW_EMAIL, now)
        mails.new_email(session, organization, person, wanted, link(secret))
    mails.email_changing(session, organization, person)


def confirm_email(
    session: Session, actor: Actor, organization: OrganizationView, secret: str
) -> Person:
    """Take a new address with the secret mailed to it. Raises :class:`LinkGoneError`."""
    now = clock.now()
    authorize(policy.SIGN_IN, actor, organization, at=now)
    person = one_time_codes.use(session, one_time_codes.NEW_EMAIL, secret, now)
    if person.new_email is None:
        raise one_time_codes.LinkGoneError(one_time_codes.NEW_EMAIL)
    try:
        with session.begin_nested():
            person.email, person.new_email, person.email_confirmed_at = person.new_email, None, now
    except IntegrityError:  # somebody signed up with it meanwhile
        raise one_time_codes.LinkGoneError(one_time_codes.NEW_EMAIL) from None
    # That somebody read the old address says nothing of the new one.
    records.revoke_by_method(session, person.id, by_code.EMAIL.key, now)
    # A link to the old address must not open the account any more.
    one_time_codes.withdraw(session, person.id, one_time_codes.RESET, now)
    record_own(
        session,
        Actor(organization.id, person.id, person.name),
        organization,
        events.EmailConfirmed(changed=True),
    )
    return person


def confirm_again(
    session: Session, actor: Actor, organization: OrganizationView, *, link: Link
) -> None:
    """Mail the link that proves the person's own address again, if it is not proved yet."""
    person = _own(session, actor, organization)
    if person.email is not None and person.email_confirmed_at is None:
        person.new_email = person.email
        secret = one_time_codes.issue(session, person, one_time_codes.NEW_EMAIL, clock.now())
        mails.confirm(session, organization, mails.Recipient.of(person), link(secret))


def change_password(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    current: str,
    new: str,
    session_id: int,
) -> None:
    """Change the password and close every other session. Raises :class:`Invalid`."""
    person = _own(session, actor, organization)
    checked = Checked()
    if not passwords.matches(person.password_hash, current):
        checked.refuse("current", WRONG_PASSWORD)
    weak = passwords.problem(new, person.name, person.email, person.username)
    if weak is not None:
        checked.refuse("password", weak)
    if checked.problems:
        raise Invalid(checked.problems)
    person.password_hash = passwords.hashed(new)
    sessions.close_all(session, person.id, but=session_id)
    one_time_codes.withdraw(session, person.id, one_time_codes.RESET, clock.now())
    record_own(session, actor, organization, events.PasswordChanged("changed"))
    mails.password_changed(session, organization, person)


def _own(session: Session, actor: Actor, organization: OrganizationView) -> Person:
    authorize(policy.MANAGE_OWN, actor, organization, at=clock.now())
    return people.for_update(session, actor.person_id or 0)
