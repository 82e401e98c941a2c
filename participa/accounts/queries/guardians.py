"""Permissions of guardians."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import GuardianConsent, GuardianState, Person

STANDING = (GuardianState.ASKED, GuardianState.ACCEPTED)


def standing(
    session: Session, person_id: int, at: dt.datetime, *, lock: bool = False
) -> GuardianConsent | None:
    """Return the permission of somebody that was asked for or given and is not over."""
    select = sa.select(GuardianConsent).where(
        GuardianConsent.person_id == person_id,
        GuardianConsent.state.in_(STANDING),
        GuardianConsent.ends_at > at,
    )
    if lock:
        select = select.with_for_update().execution_options(populate_existing=True)
    return session.scalars(select).first()


def by_token(session: Session, token_hash: str) -> tuple[GuardianConsent, Person] | None:
    """Return the permission that a link is of, with the minor, or ``None``."""
    row = session.execute(
        sa.select(GuardianConsent, Person)
        .join(Person, Person.id == GuardianConsent.person_id)
        .where(GuardianConsent.token_hash == token_hash, Person.deleted_at.is_(None))
    ).first()
    return (row[0], row[1]) if row is not None else None


def by_id(session: Session, consent_id: int) -> GuardianConsent | None:
    """Return a permission, locked until the transaction ends, or ``None``."""
    return session.scalars(
        sa.select(GuardianConsent)
        .where(GuardianConsent.id == consent_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def of_person(session: Session, person_id: int) -> Sequence[GuardianConsent]:
    """Return every permission of somebody that is still kept, the newest first."""
    return session.scalars(
        sa.select(GuardianConsent)
        .where(GuardianConsent.person_id == person_id)
        .order_by(GuardianConsent.id.desc())
    ).all()


def asked_since(session: Session, person_id: int, since: dt.datetime) -> int:
    """Return how often somebody asked since a moment."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(GuardianConsent)
            .where(GuardianConsent.person_id == person_id, GuardianConsent.asked_at > since)
        )
        or 0
    )


def in_charge(session: Session, email: str, at: dt.datetime) -> int:
    """Return for how many people an address was asked, or gave its permission."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(GuardianConsent)
            .where(
                GuardianConsent.email == email,
                GuardianConsent.state.in_(STANDING),
                GuardianConsent.ends_at > at,
            )
        )
        or 0
    )
