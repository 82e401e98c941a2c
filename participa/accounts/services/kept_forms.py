"""What somebody had typed when they had to sign in: kept for three days, given back, forgotten."""

import datetime as dt
import secrets
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import KeptForm, OneTimeCode, SignUp, UserSession
from participa.accounts.queries import digest, keys
from participa.core import clock
from participa.core.db import across_organizations

LIFETIME = dt.timedelta(days=3)
MAXIMUM_CHARACTERS = 200_000


def keep(
    session: Session, *, path: str, action: str, fields: Sequence[tuple[str, str]]
) -> str | None:
    """Keep what was posted to ``action`` from the page ``path``. Returns the browser's key.

    ``None`` when it is longer than any form of ours.
    """
    if sum(len(name) + len(value) for name, value in fields) > MAXIMUM_CHARACTERS:
        return None
    key = secrets.token_urlsafe(24)
    session.add(
        KeptForm(
            key_hash=digest(key),
            path=path[:2000],
            action=action[:2000],
            # PostgreSQL stores no NUL in JSON; no keyboard types one.
            fields=[[name, value.replace("\x00", "")] for name, value in fields],
            expires_at=clock.now() + LIFETIME,
        )
    )
    return key


def find_again(session: Session, person_id: int) -> tuple[str, str] | None:
    """Return ``(key, path)`` of what a person typed before signing up, in any browser."""
    row = keys.kept_form_of(session, person_id, clock.now())
    if row is None:
        return None
    key = secrets.token_urlsafe(24)
    row.key_hash = digest(key)
    row.person_id = None
    return key, row.path


def forget(session: Session, key: str) -> None:
    """Delete a kept form: it was sent."""
    session.execute(sa.delete(KeptForm).where(KeptForm.key_hash == digest(key)))


def forget_unclaimed(session: Session, key: str) -> None:
    """Delete a kept form that whoever typed it did not sign in for, nor sign up."""
    session.execute(
        sa.delete(KeptForm).where(KeptForm.key_hash == digest(key), KeptForm.person_id.is_(None))
    )


def forget_expired(session: Session) -> None:
    """Delete the kept forms, one-time codes, sign-ups and sessions whose time is over."""
    now = clock.now()
    with across_organizations(session):
        for table in (KeptForm, OneTimeCode, SignUp, UserSession):
            session.execute(sa.delete(table).where(table.expires_at <= now))
