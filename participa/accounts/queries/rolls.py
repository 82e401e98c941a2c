"""Rolls, their lines, and whose they are."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from participa.accounts import line_uses
from participa.accounts.models import (
    Person,
    Roll,
    RollEntry,
    RollUpload,
    RollUploadLine,
    VerificationRecord,
)
from participa.accounts.verification.documents import document_hasher
from participa.core import clock
from participa.core.errors import Missing
from participa.core.facts import FactRow

CENSUS = "census"
"""The method of verifications that rest on a line of a roll."""
PREFIX = "roll-"
"""How such a verification names its line, before the line's id."""


def rolls(session: Session) -> Sequence[Roll]:
    """Return the organization's rolls, by name."""
    return session.scalars(sa.select(Roll).order_by(Roll.name, Roll.id)).all()


def open_rolls(session: Session, at: dt.datetime) -> Sequence[Roll]:
    """Return the rolls with lines that people may verify themselves by now."""
    return session.scalars(
        sa.select(Roll)
        .where(Roll.size > 0, sa.or_(Roll.until.is_(None), Roll.until > at))
        .order_by(Roll.id)
    ).all()


def roll(session: Session, roll_id: int) -> Roll:
    """Return one roll. Raises :class:`Missing`."""
    return _one(session, sa.select(Roll).where(Roll.id == roll_id), roll_id)


def without_birth_date(session: Session, roll_id: int) -> int:
    """Return how many lines of a roll say no birth date."""
    found = session.scalar(
        sa.select(sa.func.count())
        .select_from(RollEntry)
        .where(
            RollEntry.roll_id == roll_id,
            RollEntry.removed_at.is_(None),
            RollEntry.birth_date.is_(None),
        )
    )
    return found or 0


def roll_by_key(session: Session, key: str) -> Roll | None:
    """Return the roll that settings call ``key``, or ``None``."""
    return session.scalars(sa.select(Roll).where(Roll.key == key)).first()


def roll_for_update(session: Session, roll_id: int) -> Roll:
    """Return a roll, locked until the transaction ends. Raises :class:`Missing`."""
    return _one(
        session,
        sa.select(Roll)
        .where(Roll.id == roll_id)
        .with_for_update()
        .execution_options(populate_existing=True),
        roll_id,
    )


def _one(session: Session, select: sa.Select[Roll], roll_id: int) -> Roll:
    row: Roll | None = session.scalars(select).first()
    if row is None:
        message = f"no roll {roll_id}"
        raise Missing(message)
    return row


_living = (
    sa.exists()
    .where(
        VerificationRecord.person_id == sa.bindparam("person"),
        VerificationRecord.method == CENSUS,
        VerificationRecord.evidence == sa.literal(PREFIX) + sa.cast(RollEntry.id, sa.String),
        VerificationRecord.revoked_at.is_(None),
        sa.or_(
            VerificationRecord.expires_at.is_(None),
            VerificationRecord.expires_at > sa.bindparam("at"),
        ),
    )
    .correlate(RollEntry)
)
_claimed = (
    sa.select(RollEntry.id)
    .join(Roll, Roll.id == RollEntry.roll_id)
    .where(
        Roll.organization_id == sa.bindparam("organization"),
        Roll.key == sa.bindparam("key"),
        RollEntry.person_id == sa.bindparam("person"),
        RollEntry.removed_at.is_(None),
        _living,
    )
)
_said = sa.select(Person.territory_id).where(Person.id == sa.bindparam("person")).scalar_subquery()
_claimed_held = _claimed.add_columns(
    sa.func.coalesce(RollEntry.territory_id, _said).label("territory_id")
).with_for_update(read=True, of=RollEntry)


def claimed_line(
    session: Session, organization_id: int, person_id: int, roll_key: str
) -> int | None:
    """Return the line that a person claimed in a roll, if it and its verification still count.

    One statement. A verification by another roll is none for this line.
    """
    values = _claim(organization_id, person_id, roll_key)
    return session.connection().execute(_claimed, values).scalar()


def held_line(session: Session, organization_id: int, person_id: int, roll_key: str) -> Any:
    """Return the line of :func:`claimed_line` as a plain row, or ``None``.

    ``territory_id`` is where its person lives, by the roll or else as they said. Nobody changes the
    line before the transaction ends, so its person's account is not deleted either.
    """
    values = _claim(organization_id, person_id, roll_key)
    return session.connection().execute(_claimed_held, values).first()


def _claim(organization_id: int, person_id: int, roll_key: str) -> dict[str, Any]:
    return {
        "organization": organization_id,
        "person": person_id,
        "key": roll_key,
        "at": clock.now(),
    }


def entry_by_document(session: Session, roll: Roll, kind: str, number: str) -> RollEntry | None:
    """Return the line of a document, removed or not, for staff and promoters.

    Raises :class:`~participa.accounts.verification.documents.BadDocument` for what is no document.
    """
    wanted = document_hasher(roll.organization_id)(kind, number)
    return session.scalars(
        sa.select(RollEntry).where(RollEntry.roll_id == roll.id, RollEntry.document_hash == wanted)
    ).first()


def entries_by_hash(
    session: Session, document_hash: str, roll_ids: Sequence[int]
) -> Sequence[RollEntry]:
    """Return the lines of a document that count, in some rolls."""
    return session.scalars(
        sa.select(RollEntry)
        .where(
            RollEntry.roll_id.in_(roll_ids),
            RollEntry.document_hash == document_hash,
            RollEntry.removed_at.is_(None),
        )
        .order_by(RollEntry.roll_id)
    ).all()


def entries_of(session: Session, person_id: int, *, lock: bool = False) -> Sequence[RollEntry]:
    """Return the lines that a person claimed and that count."""
    select = (
        sa.select(RollEntry)
        .where(RollEntry.person_id == person_id, RollEntry.removed_at.is_(None))
        .order_by(RollEntry.id)
    )
    if lock:
        select = select.with_for_update().execution_options(populate_existing=True)
    return session.scalars(select).all()


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a roll says of a person, so that they cannot say otherwise."""

    birth_date: dt.date | None = None
    territory_id: int | None = None


def fixed_by_roll(session: Session, person_id: int) -> Fixed:
    """Return what rolls say of a person; the newest claim wins."""
    found = Fixed()
    for entry in entries_of(session, person_id):
        found = Fixed(
            entry.birth_date or found.birth_date, entry.territory_id or found.territory_id
        )
    return found


def entry(session: Session, roll_id: int, entry_id: int, *, lock: bool = False) -> RollEntry:
    """Return a line of a roll. Raises :class:`Missing`."""
    select = sa.select(RollEntry).where(RollEntry.id == entry_id, RollEntry.roll_id == roll_id)
    if lock:
        select = select.with_for_update().execution_options(populate_existing=True)
    row: RollEntry | None = session.scalars(select).first()
    if row is None:
        message = f"no line {entry_id} in roll {roll_id}"
        raise Missing(message)
    return row


@dataclass(frozen=True, slots=True)
class Figures:
    """How many lines of a roll are in a territory, and how many people claimed theirs."""

    territory_id: int | None
    lines: int
    claimed: int


def figures(session: Session, roll_id: int) -> Sequence[Figures]:
    """Return the lines that count by territory, the most numerous first. One statement."""
    lines = sa.func.count()
    rows = session.execute(
        sa.select(RollEntry.territory_id, lines, sa.func.count(RollEntry.person_id))
        .where(RollEntry.roll_id == roll_id, RollEntry.removed_at.is_(None))
        .group_by(RollEntry.territory_id)
        .order_by(lines.desc(), RollEntry.territory_id)
    ).all()
    return [Figures(*row) for row in rows]


def removed_count(session: Session, roll_id: int) -> int:
    """Return how many lines were taken out of a roll."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(RollEntry)
            .where(RollEntry.roll_id == roll_id, RollEntry.removed_at.is_not(None))
        )
        or 0
    )


CORRECTIONS = (
    "accounts.roll_loaded",
    "accounts.roll_entry_added",
    "accounts.roll_entry_removed",
    "accounts.roll_entry_released",
    "accounts.roll_frozen",
)
"""The facts that tell what became of a roll."""


def corrections(session: Session, roll: Roll, limit: int | None = None) -> Sequence[FactRow]:
    """Return what became of a roll, the newest first."""
    return session.scalars(
        sa.select(FactRow)
        .where(
            FactRow.organization_id == roll.organization_id,
            FactRow.subject_kind == "roll",
            FactRow.subject_id == roll.id,
            FactRow.name.in_(CORRECTIONS),
        )
        .order_by(FactRow.id.desc())
        .limit(limit)
    ).all()


def upload(session: Session, roll_id: int, upload_id: int) -> RollUpload:
    """Return a file that waits for its confirmation. Raises :class:`Missing`."""
    row = session.scalars(
        sa.select(RollUpload).where(RollUpload.id == upload_id, RollUpload.roll_id == roll_id)
    ).first()
    if row is None:
        message = f"no upload {upload_id} for roll {roll_id}"
        raise Missing(message)
    return row


def uploads(session: Session, roll_id: int) -> Sequence[RollUpload]:
    """Return the files of a roll that are being read or wait for their confirmation."""
    return session.scalars(
        sa.select(RollUpload)
        .where(RollUpload.roll_id == roll_id)
        .order_by(RollUpload.id.desc())
        .options(defer(RollUpload.problems))
    ).all()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a file would do to its roll."""

    added: int
    updated: int
    """Lines of the file that the roll has; those removed before come back."""
    removed: int
    claimed_removed: int
    """People whose verification would end."""
    kept: int = 0
    """Lines that the file does not have and that are in use: they stay."""


def effect(session: Session, upload: RollUpload) -> Effect:
    """Return what a file that was read would do now. Two statements."""
    line, entry = RollUploadLine, RollEntry
    known = sa.exists().where(
        entry.roll_id == upload.roll_id, entry.document_hash == line.document_hash
    )
    row = session.execute(
        sa.select(
            sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((known, 1), else_=0)), 0)
        ).where(line.upload_id == upload.id)
    ).one()
    total, updated = int(row[0]), int(row[1])
    if not upload.replace:
        return Effect(total - updated, updated, 0, 0)
    stays = line_uses.kept()
    gone = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(sa.case((stays, 1), else_=0)), 0),
            sa.func.count(sa.case((stays, None), else_=entry.person_id)),
        ).where(entry.roll_id == upload.roll_id, entry.removed_at.is_(None), ~in_file(upload.id))
    ).one()
    kept = int(gone[1])
    return Effect(total - updated, updated, int(gone[0]) - kept, int(gone[2]), kept)


def in_file(upload_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a file has the line of a roll."""
    return (
        sa.exists()
        .where(
            RollUploadLine.upload_id == upload_id,
            RollUploadLine.document_hash == RollEntry.document_hash,
        )
        .correlate(RollEntry)
    )
