"""Secrets that work once: links in mails and codes on paper."""

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import OneTimeCode, Person
from participa.accounts.queries import digest, keys
from participa.core.errors import ParticipaError

CONFIRM = "confirm"
NEW_EMAIL = "new_email"
RESET = "reset"
FIRST_ACCESS = "first_access"

LIFETIMES = {
    CONFIRM: dt.timedelta(days=3),
    NEW_EMAIL: dt.timedelta(days=1),
    RESET: dt.timedelta(hours=2),
    FIRST_ACCESS: dt.timedelta(days=60),
}


class LinkGoneError(ParticipaError):
    """A one-time code was used, has expired or never was."""

    def __init__(self, purpose: str, *, used: bool = False) -> None:
        self.purpose = purpose
        self.used = used
        super().__init__(purpose)


def issue(session: Session, person: Person, purpose: str, at: dt.datetime, secret: str = "") -> str:
    """Return a new secret for a person, kept as its digest only."""
    secret = secret or secrets.token_urlsafe(32)
    session.add(
        OneTimeCode(
            person_id=person.id,
            purpose=purpose,
            code_hash=digest(secret),
            created_at=at,
            expires_at=at + LIFETIMES[purpose],
        )
    )
    return secret


def look(session: Session, purpose: str, secret: str, at: dt.datetime) -> Person:
    """Return whose code it is, without using it. Raises :class:`LinkGoneError`."""
    return _live(session, purpose, secret, at)[1]


def use(session: Session, purpose: str, secret: str, at: dt.datetime) -> Person:
    """Use a code up, with every other of its purpose. Raises :class:`LinkGoneError`."""
    row, person = _live(session, purpose, secret, at)
    taken = session.execute(
        sa.update(OneTimeCode)
        .where(OneTimeCode.id == row.id, OneTimeCode.used_at.is_(None))
        .values(used_at=at)
        .returning(OneTimeCode.id)
    ).all()
    if not taken:
        raise LinkGoneError(purpose, used=True)
    withdraw(session, person.id, purpose, at)
    return person


def withdraw(session: Session, person_id: int, purpose: str, at: dt.datetime) -> None:
    """Make every unused code of a purpose useless."""
    session.execute(
        sa.update(OneTimeCode)
        .where(
            OneTimeCode.person_id == person_id,
            OneTimeCode.purpose == purpose,
            OneTimeCode.used_at.is_(None),
        )
        .values(used_at=at)
    )


def _live(
    session: Session, purpose: str, secret: str, at: dt.datetime
) -> tuple[OneTimeCode, Person]:
    found = keys.code(session, purpose, secret)
    if found is None or found[0].expires_at <= at:
        raise LinkGoneError(purpose)
    if found[0].used_at is not None:
        raise LinkGoneError(purpose, used=True)
    return found
