"""Warnings, limits and suspensions: of a person, in a process, and with an appeal to answer."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import SanctionKind, SanctionRecord
from participa.core.errors import Missing


def get(session: Session, sanction_id: int) -> SanctionRecord:
    """Return a measure. Raises :class:`Missing`."""
    return _one(session, sa.select(SanctionRecord).where(SanctionRecord.id == sanction_id))


def for_update(session: Session, sanction_id: int) -> SanctionRecord:
    """Return a measure's row, locked until the transaction ends. Raises :class:`Missing`."""
    return _one(
        session,
        sa.select(SanctionRecord)
        .where(SanctionRecord.id == sanction_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    )


def _one(session: Session, select: sa.Select[SanctionRecord]) -> SanctionRecord:
    row: SanctionRecord | None = session.scalars(select).first()
    if row is None:
        message = "no such sanction"
        raise Missing(message)
    return row


def of_person(session: Session, person_id: int) -> Sequence[SanctionRecord]:
    """Return every measure about a person, newest first."""
    return session.scalars(
        sa.select(SanctionRecord)
        .where(SanctionRecord.person_id == person_id)
        .order_by(SanctionRecord.id.desc())
    ).all()


def holding_in(session: Session, person_id: int, process_id: int) -> Sequence[SanctionRecord]:
    """Return the measures about a person in a process or in the whole organization, newest first.

    What happened in another process is not the business of this one's moderators.
    """
    return session.scalars(
        sa.select(SanctionRecord)
        .where(SanctionRecord.person_id == person_id, _in(process_id))
        .order_by(SanctionRecord.id.desc())
    ).all()


def same_again(session: Session, row: SanctionRecord, since: dt.datetime) -> SanctionRecord | None:
    """Return the measure that the same person took in the same words after ``since``, if any."""
    return session.scalars(
        sa.select(SanctionRecord).where(
            SanctionRecord.person_id == row.person_id,
            SanctionRecord.by_id == row.by_id,
            SanctionRecord.kind == row.kind,
            SanctionRecord.reason == row.reason,
            SanctionRecord.per_day == row.per_day,
            SanctionRecord.lifted_at.is_(None),
            SanctionRecord.starts_at > since,
            SanctionRecord.process_id == row.process_id
            if row.process_id is not None
            else SanctionRecord.process_id.is_(None),
            SanctionRecord.ends_at == row.ends_at
            if row.ends_at is not None
            else SanctionRecord.ends_at.is_(None),
        )
    ).first()


def running(
    session: Session, person_ids: Iterable[int], process_id: int | None, at: dt.datetime
) -> Mapping[int, Sequence[SanctionRecord]]:
    """Return the limits and suspensions that hold now, by person. One statement.

    ``process_id``: those that hold there; ``None``, those of any place.
    """
    select = (
        sa.select(SanctionRecord)
        .where(
            SanctionRecord.person_id.in_(set(person_ids)),
            SanctionRecord.kind != SanctionKind.WARNING,
            SanctionRecord.lifted_at.is_(None),
            sa.or_(SanctionRecord.ends_at.is_(None), SanctionRecord.ends_at > at),
        )
        .order_by(SanctionRecord.id)
    )
    if process_id is not None:
        select = select.where(_in(process_id))
    found: dict[int, list[SanctionRecord]] = {}
    for row in session.scalars(select):
        found.setdefault(row.person_id, []).append(row)
    return found


def _in(process_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(SanctionRecord.process_id == process_id, SanctionRecord.process_id.is_(None))


_awaiting = (
    SanctionRecord.appealed_at.is_not(None),
    SanctionRecord.appeal_decided_at.is_(None),
    SanctionRecord.lifted_at.is_(None),
)


def appeals_waiting(session: Session) -> Mapping[int | None, int]:
    """Return how many appeals nobody has answered, by process (``None``: the organization's)."""
    rows: Sequence[Any] = session.execute(
        sa.select(SanctionRecord.process_id, sa.func.count())
        .where(*_awaiting)
        .group_by(SanctionRecord.process_id)
    ).all()
    return {row[0]: row[1] for row in rows}


def appeals(session: Session, process_id: int | None, limit: int) -> Sequence[SanctionRecord]:
    """Return the oldest appeals that nobody has answered, of measures taken in one place."""
    return session.scalars(
        sa.select(SanctionRecord)
        .where(
            *_awaiting,
            SanctionRecord.process_id == process_id
            if process_id is not None
            else SanctionRecord.process_id.is_(None),
        )
        .order_by(SanctionRecord.appealed_at, SanctionRecord.id)
        .limit(limit)
    ).all()
