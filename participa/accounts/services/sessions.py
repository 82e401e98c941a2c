"""Sessions: opened with a password, closed from anywhere, with immediate effect."""

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts import events, passwords, policy
from participa.accounts.models import Person, UserSession
from participa.accounts.queries import digest, people
from participa.accounts.services.facts import record_own
from participa.core import clock
from participa.core.db import reading
from participa.core.errors import Missing
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

LIFETIME = dt.timedelta(days=30)
SEEN_EVERY = dt.timedelta(minutes=10)


def check_password(session: Session, login: str, password: str) -> Person | None:
    """Return who has this login and password, or ``None``; takes as long either way.

    An account whose address was never confirmed answers like a wrong password: otherwise signing up
    and then in would tell whether an address already had an account.
    """
    with reading(session):
        person = people.by_login(session, login[:254])
        known = person.password_hash if person else None
    # Slow on purpose, and nobody waits for it: what was read is asked for again afterwards.
    if not passwords.matches(known, password) or person is None or person.password_hash != known:
        return None
    if person.email is not None and person.email_confirmed_at is None:
        return None
    if passwords.is_outdated(person.password_hash or ""):
        person.password_hash = passwords.hashed(password)
    return person


def start(session: Session, person: Person, device: str) -> str:
    """Open a session and return its token, which only the browser keeps."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(
        UserSession(
            person_id=person.id,
            token_hash=digest(token),
            device=device[:120],
            created_at=now,
            seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return token


def seen(session: Session, session_id: int, last: dt.datetime) -> bool:
    """Note that a session is in use, at most every ten minutes; it then lasts another month.

    Returns whether it does: the browser's cookie is to be sent again, or it would end before.
    """
    now = clock.now()
    if now - last < SEEN_EVERY:
        return False
    session.execute(
        sa.update(UserSession)
        .where(UserSession.id == session_id)
        .values(seen_at=now, expires_at=now + LIFETIME)
    )
    return True


def end(session: Session, session_id: int) -> None:
    """Close the session that asks for it: signing out."""
    session.execute(sa.delete(UserSession).where(UserSession.id == session_id))


def revoke(session: Session, actor: Actor, organization: OrganizationView, session_id: int) -> None:
    """Close one of the actor's own sessions. Raises :class:`Missing`."""
    authorize(policy.MANAGE_OWN, actor, organization, at=clock.now())
    closed = session.execute(
        sa.delete(UserSession)
        .where(UserSession.id == session_id, UserSession.person_id == actor.person_id)
        .returning(UserSession.id)
    ).all()
    if not closed:
        message = f"no session {session_id}"
        raise Missing(message)
    record_own(session, actor, organization, events.SessionRevoked(len(closed)))


def revoke_others(
    session: Session, actor: Actor, organization: OrganizationView, keep_id: int | None
) -> int:
    """Close every session of the actor but one. Returns how many."""
    authorize(policy.MANAGE_OWN, actor, organization, at=clock.now())
    closed = close_all(session, actor.person_id or 0, but=keep_id)
    if closed:
        record_own(session, actor, organization, events.SessionRevoked(closed))
    return closed


def close_all(session: Session, person_id: int, but: int | None = None) -> int:
    """Close a person's sessions, all or all but one. Returns how many."""
    which = sa.delete(UserSession).where(UserSession.person_id == person_id)
    if but is not None:
        which = which.where(UserSession.id != but)
    return len(session.execute(which.returning(UserSession.id)).all())
