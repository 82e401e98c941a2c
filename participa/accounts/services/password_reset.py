"""A forgotten password, replaced with a link; and the first one, chosen with a code on paper."""

import datetime as dt
import secrets

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, mails, passwords, policy
from participa.accounts.models import Person
from participa.accounts.queries import keys, people
from participa.accounts.services import one_time_codes, sessions
from participa.accounts.services.sign_up import Link, forget_unproved, send_again
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.events import record
from participa.core.facts import Ref
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

AGAIN_AFTER = dt.timedelta(minutes=5)
"""So soon after a link that still works, no other is sent."""


def ask(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    email: str,
    *,
    link: Link,
    confirm_link: Link,
) -> None:
    """Mail a link to choose a new password, if the address has an account; silent otherwise.

    Whoever asks on and on for somebody else floods no mailbox and keeps nobody from a link: the
    one that is there opens the account. Every address costs the same work, so that nobody learns
    from the time which have an account. An address that waits for its confirmation gets that link.
    """
    now = clock.now()
    authorize(policy.SIGN_IN, actor, organization, at=now)
    email = email.strip().lower()[:254]
    person = people.by_email(session, email)
    if person is None and send_again(session, organization, email, confirm_link):
        return
    person_id = person.id if person is not None else 0
    last = keys.newest_code(session, person_id, one_time_codes.RESET, now)
    to = mails.Recipient("", "", organization.locale)
    secret = secrets.token_urlsafe(32)
    if person is not None and (last is None or now - last.created_at >= AGAIN_AFTER):
        one_time_codes.issue(session, person, one_time_codes.RESET, now, secret)
        to = mails.Recipient.of(person)
    mails.reset(session, organization, to, link(secret))


def choose(
    session: Session, actor: Actor, organization: OrganizationView, secret: str, password: str
) -> Person:
    """Set a new password with the secret of a link; every open session closes.

    The link also proves the address. Raises :class:`LinkGoneError` and :class:`Invalid`.
    """
    now = clock.now()
    authorize(policy.SIGN_IN, actor, organization, at=now)
    person = one_time_codes.look(session, one_time_codes.RESET, secret, now)
    _refuse_weak(person, password)
    one_time_codes.use(session, one_time_codes.RESET, secret, now)
    if person.email_confirmed_at is None:
        # Whoever signed up first may not own the address: nothing of theirs stays.
        forget_unproved(session, person, now)
        person.email_confirmed_at = now
    _set(session, organization, person, password, "reset")
    mails.password_changed(session, organization, person)
    return person


def first_access(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    username: str,
    code: str,
    password: str,
) -> Person:
    """Set the first password with the code that staff printed. Raises :class:`Invalid`."""
    now = clock.now()
    authorize(policy.SIGN_IN, actor, organization, at=now)
    username = username.strip().lower()[:20]
    weak = passwords.problem(password, username)
    if weak is not None:
        raise Invalid.of(path="password", message=weak)
    try:
        person = one_time_codes.look(
            session, one_time_codes.FIRST_ACCESS, paper(username, code), now
        )
        _refuse_weak(person, password)
        person = one_time_codes.use(
            session, one_time_codes.FIRST_ACCESS, paper(username, code), now
        )
    except one_time_codes.LinkGoneError:
        raise Invalid.of(
            path="code",
            message=_l(
                "El usuario y el código no coinciden, o el código ya se usó o venció. "
                "Revíselos en la hoja; si no funciona, pida otro código donde se lo dieron."
            ),
        ) from None
    _set(session, organization, person, password, "first_access")
    return person


def paper(username: str, code: str) -> str:
    """Return the secret behind a username and the code on paper, however it was typed."""
    bare = "".join(char for char in code.lower() if char.isalnum())[:40]
    return f"{username}:{bare}"


def _refuse_weak(person: Person, password: str) -> None:
    weak = passwords.problem(password, person.name, person.email, person.username)
    if weak is not None:
        raise Invalid.of(path="password", message=weak)


def _set(
    session: Session, organization: OrganizationView, person: Person, password: str, how: str
) -> None:
    person.password_hash = passwords.hashed(password)
    sessions.close_all(session, person.id)
    record(
        session,
        events.PasswordChanged(how),
        actor=Actor(organization.id, person.id, person.name),
        organization_id=organization.id,
        subject=Ref("person", person.id),
    )
