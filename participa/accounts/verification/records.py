"""Writing down that somebody was verified: anew, or for longer."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person, VerificationRecord


def write(
    session: Session,
    person: Person,
    method: str,
    at: dt.datetime,
    *,
    expires_at: dt.datetime | None = None,
    evidence: str = "",
    by_id: int | None = None,
) -> VerificationRecord:
    """Write a verification, or renew the one that the person has by the same evidence.

    Whoever calls holds the person's row. The database refuses evidence that verifies somebody else.
    """
    mine = VerificationRecord.person_id == person.id
    row = resting_on(session, method, evidence, mine) if evidence else None
    if row is None:
        row = VerificationRecord(
            organization_id=person.organization_id,
            person_id=person.id,
            method=method,
            evidence=evidence,
        )
        session.add(row)
    row.at, row.expires_at, row.by_id = at, expires_at, by_id
    session.flush()
    return row


def resting_on(
    session: Session, method: str, evidence: str, *more: sa.ColumnElement[bool]
) -> VerificationRecord | None:
    """Return the verification that rests on something, if it was not revoked."""
    return session.scalars(
        sa.select(VerificationRecord).where(
            VerificationRecord.method == method,
            VerificationRecord.evidence == evidence,
            VerificationRecord.revoked_at.is_(None),
            *more,
        )
    ).first()


def revoke_by_evidence(
    session: Session, method: str, evidence: str, at: dt.datetime
) -> VerificationRecord | None:
    """End the verification that rests on something that no longer counts. Returns it."""
    row = resting_on(session, method, evidence)
    if row is not None:
        row.revoked_at = at
    return row


def revoke_by_method(session: Session, person_id: int, method: str, at: dt.datetime) -> None:
    """End what somebody was verified by in one way."""
    session.execute(
        sa.update(VerificationRecord)
        .where(
            VerificationRecord.person_id == person_id,
            VerificationRecord.method == method,
            VerificationRecord.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )
