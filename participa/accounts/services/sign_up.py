"""Sign-up with an address: what was typed waits; the account is made when the address is proved.

Whoever knows an address can ask for an account with it as often as they like: each request is a
row of its own, with a link of its own, and gives nothing to any other. The password is chosen by
whoever opens the link.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participa.accounts import events, mails, passwords, policy
from participa.accounts.checked import Checked, local_day
from participa.accounts.models import KeptForm, Person, SignUp
from participa.accounts.purposes import PARTICIPATION, PURPOSES, REQUIRED
from participa.accounts.queries import digest, keys, people
from participa.accounts.services import consents, one_time_codes, second_factor, sessions
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
    """Keep what was typed and mail a link to go on, or mail the holder of a known address.

    The caller cannot tell one from the other, nor by how long it takes. Raises :class:`Invalid`
    with every problem.
    """
    now = clock.now()
    authorize(policy.SIGN_UP, actor, organization, at=now)
    checked = Checked()
    name = checked.public_name(application.name, organization)
    email = checked.email(application.email)
    birth_date = checked.birth_date(application.birth_date, local_day(now, organization.zone))
    territory_id = checked.territory(application.territory_id, organization)
    if not set(application.purposes) >= REQUIRED:
        checked.refuse(
            PARTICIPATION,
            _l("Para crear la cuenta necesitamos esta autorización. Márquela si está de acuerdo."),
        )
    if checked.problems:
        raise Invalid(checked.problems)
    kept = keys.kept_form(session, kept_key or "", now)
    secret = _keep(
        session,
        email,
        {
            "name": name,
            "locale": application.locale,
            "purposes": sorted(set(application.purposes) & set(PURPOSES)),
            "birth_date": birth_date.isoformat() if birth_date else None,
            "territory_id": territory_id,
            "kept_form": kept.id if kept is not None else None,
        },
        now,
    )
    known = people.by_email(session, email)
    to = mails.Recipient(name, email, application.locale)
    if known is None or known.email_confirmed_at is None:
        mails.confirm(session, organization, to, link(secret))
    else:
        mails.already(session, organization, mails.Recipient.of(known))


def _keep(session: Session, email: str, typed: Mapping[str, Any], now: dt.datetime) -> str:
    secret = secrets.token_urlsafe(32)
    session.add(
        SignUp(
            email=email,
            code_hash=digest(secret),
            typed=dict(typed),
            expires_at=now + one_time_codes.LIFETIMES[one_time_codes.CONFIRM],
        )
    )
    return secret


def resend(
    session: Session, actor: Actor, organization: OrganizationView, email: str, *, link: Link
) -> None:
    """Mail a new link, if the address waits for one; silent otherwise."""
    authorize(policy.SIGN_UP, actor, organization, at=clock.now())
    email = email.strip().lower()[:254]
    person = people.by_email(session, email)
    is_known = person is not None and person.email_confirmed_at is not None
    if is_known or not send_again(session, organization, email, link):
        nobody = mails.Recipient("", "", organization.locale)
        mails.confirm(session, organization, nobody, link(secrets.token_urlsafe(32)))


def send_again(session: Session, organization: OrganizationView, email: str, link: Link) -> bool:
    """Mail a new link for what was last typed with an address. Returns whether there is any."""
    now = clock.now()
    waiting = keys.sign_up_of(session, email, now)
    if waiting is None:
        return False
    secret = _keep(session, email, waiting.typed, now)
    to = mails.Recipient(waiting.typed["name"], email, waiting.typed["locale"])
    mails.confirm(session, organization, to, link(secret))
    return True


def look(session: Session, secret: str) -> SignUp:
    """Return what waits behind a link, without using it. Raises :class:`LinkGoneError`."""
    found = keys.sign_up(session, secret)
    if found is None or found.expires_at <= clock.now():
        raise one_time_codes.LinkGoneError(one_time_codes.CONFIRM)
    if found.used_at is not None:
        raise one_time_codes.LinkGoneError(one_time_codes.CONFIRM, used=True)
    return found


def confirm(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    secret: str,
    *,
    name: str,
    password: str,
) -> Person:
    """Make the account whose address a link proves, with the name and password chosen now.

    Raises :class:`LinkGoneError`, and :class:`Invalid` with every problem.
    """
    now = clock.now()
    authorize(policy.SIGN_UP, actor, organization, at=now)
    waiting = look(session, secret)
    checked = Checked()
    name = checked.public_name(name, organization)
    weak = passwords.problem(password, name, waiting.email)
    if weak is not None:
        checked.refuse("password", weak)
    if checked.problems:
        raise Invalid(checked.problems)
    _use(session, waiting, now)
    typed = waiting.typed
    values = {
        "name": name,
        "locale": typed["locale"],
        "birth_date": dt.date.fromisoformat(typed["birth_date"]) if typed["birth_date"] else None,
        "territory_id": typed["territory_id"]
        if typed["territory_id"] in organization.territories
        else None,
        "password_hash": passwords.hashed(password),
        "email_confirmed_at": now,
    }
    person = _account(session, organization, waiting.email, values)
    consents.add(session, organization, person.id, typed["purposes"], "web")
    if typed["kept_form"] is not None:
        session.execute(
            sa.update(KeptForm)
            .where(KeptForm.id == typed["kept_form"], KeptForm.person_id.is_(None))
            .values(person_id=person.id)
        )
    for fact in (events.SignedUp(typed["purposes"]), events.EmailConfirmed()):
        record(
            session,
            fact,
            actor=Actor(organization.id, person.id, name),
            organization_id=organization.id,
            subject=Ref("person", person.id),
        )
    return person


def _use(session: Session, waiting: SignUp, now: dt.datetime) -> None:
    """Use a link up, with every other of its address. Raises :class:`LinkGoneError`."""
    unused = SignUp.used_at.is_(None)
    taken = session.execute(
        sa.update(SignUp)
        .where(SignUp.id == waiting.id, unused)
        .values(used_at=now)
        .returning(SignUp.id)
    ).all()
    if not taken:
        raise one_time_codes.LinkGoneError(one_time_codes.CONFIRM, used=True)
    session.execute(
        sa.update(SignUp).where(SignUp.email == waiting.email, unused).values(used_at=now)
    )


def _account(
    session: Session, organization: OrganizationView, email: str, values: Mapping[str, Any]
) -> Person:
    known = people.by_email(session, email)
    if known is not None and known.email_confirmed_at is not None:
        raise one_time_codes.LinkGoneError(one_time_codes.CONFIRM, used=True)
    if known is not None:
        # An earlier version made accounts before their address was proved.
        known = people.for_update(session, known.id)
        forget_unproved(session, known, clock.now())
        for field, value in values.items():
            setattr(known, field, value)
        return known
    person = Person(organization_id=organization.id, email=email, **values)
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError:  # two links of one address, opened at once
        raise one_time_codes.LinkGoneError(one_time_codes.CONFIRM, used=True) from None
    return person


def forget_unproved(session: Session, person: Person, now: dt.datetime) -> None:
    """Leave nothing of what was set before an address was proved: it may be somebody else's doing.

    Sessions, links, a second step, what was typed, name, date of birth and place.
    """
    sessions.close_all(session, person.id)
    second_factor.forget(session, person)
    session.execute(sa.delete(KeptForm).where(KeptForm.person_id == person.id))
    one_time_codes.withdraw(session, person.id, one_time_codes.CONFIRM, now)
    one_time_codes.withdraw(session, person.id, one_time_codes.NEW_EMAIL, now)
    person.new_email = person.birth_date = person.territory_id = None
    person.name = (person.email or "").partition("@")[0][:80].ljust(2, "·")
