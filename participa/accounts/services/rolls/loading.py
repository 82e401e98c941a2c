"""A file becomes a roll in two steps: read to the end with all its problems, then applied whole.

What is kept between the two has no document numbers, and the file is not kept at all. Reading is
committed batch by batch, so that half a million lines never hold up who writes elsewhere; nobody
sees them before they are applied, which is one transaction.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, line_uses, policy
from participa.accounts.checked import checked_reason
from participa.accounts.models import (
    Person,
    Roll,
    RollEntry,
    RollUpload,
    RollUploadLine,
    VerificationRecord,
)
from participa.accounts.queries import rolls
from participa.accounts.queries.rolls import Effect
from participa.accounts.services.rolls.making import note, open_for_changes
from participa.accounts.verification import census
from participa.accounts.verification.documents import document_hasher
from participa.accounts.verification.roll_csv import NUMBER, Line, Reading, lines
from participa.core import clock
from participa.core.db import in_batches
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

BATCH = 1000
MOST_PROBLEMS = 200
"""Problems kept of one file; the rest is counted."""
KEPT = dt.timedelta(days=1)
"""How long a file that was read waits for its confirmation."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, and what it is for."""

    file: BinaryIO
    name: str = ""
    replace: bool = False
    """Whether lines that it does not have leave the roll."""
    reason: str = ""


def read(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    source: Source,
    progress: Progress = lambda _lines: None,
) -> RollUpload:
    """Read a file to the end and return it with what was found; commits as it goes.

    ``progress`` is told the number of lines after each batch. A roll that has lines asks for a
    ``reason``. Files of before yesterday go, and so does one that this person left half-way for
    the same roll. Raises :class:`Invalid`, :class:`Conflict` once frozen, :class:`Missing`.
    """
    now = clock.now()
    reading = Reading(
        document_hasher(organization.id),
        {each.code: each.id for each in organization.territories.values()},
        now.astimezone(organization.zone).date(),
    )
    found = lines(source.file, reading)
    first = list(islice(found, BATCH))  # nobody waits while a file is opened and looked through
    roll = open_for_changes(session, actor, organization, roll_id)
    reason = checked_reason(source.reason) if roll.size or source.reason.strip() else ""
    old = sa.or_(
        RollUpload.created_at < now - KEPT,
        sa.and_(RollUpload.roll_id == roll.id, RollUpload.by_id == actor.person_id),
    )
    session.execute(sa.delete(RollUpload).where(old))
    upload = RollUpload(
        organization_id=organization.id,
        roll_id=roll.id,
        name=source.name[-200:],
        replace=source.replace,
        reason=reason,
        by_id=actor.person_id,
        document_types=[],
        problems=[],
    )
    session.add(upload)
    session.flush()
    staging = _Staging(session, upload.id, chain(first, found), progress)
    in_batches(session, staging.step)
    upload = rolls.upload(session, roll_id, staging.upload_id)
    staging.finish(upload)
    return upload


class _Staging:
    """Gathers lines into batches, and problems up to a number."""

    def __init__(
        self,
        session: Session,
        upload_id: int,
        found: Iterator[Line | Problem],
        progress: Progress,
    ) -> None:
        self.upload_id = upload_id
        self._session = session
        self._found = found
        self._progress = progress
        self._batch: dict[str, Line] = {}
        self._types: set[str] = set()
        self._problems: list[dict[str, Any]] = []
        self._problem_count = self._lines = 0

    def step(self) -> int:
        """Keep the next lines. Returns how many the file had."""
        taken = 0
        for each in islice(self._found, BATCH):
            taken += 1
            self._take(each)
        if taken:
            self._lines += taken
            self._flush()
        return taken

    def finish(self, upload: RollUpload) -> None:
        """Note that the file was read to its end, and what was found."""
        upload.read_at = clock.now()
        upload.document_types = sorted(self._types)
        upload.problems = sorted(self._problems, key=lambda each: each["line"] or 0)
        upload.problem_count = self._problem_count
        self._session.flush()

    def _take(self, each: Line | Problem) -> None:
        if isinstance(each, Problem):
            self._refuse(each)
        elif each.document_hash in self._batch:
            self._repeated(each.number, self._batch[each.document_hash].number)
        else:
            self._types.add(each.document_type)
            self._batch[each.document_hash] = each

    def _refuse(self, problem: Problem) -> None:
        self._problem_count += 1
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(
                {"line": problem.line, "column": problem.path, "reason": str(problem.message)}
            )

    def _repeated(self, number: int, first: int) -> None:
        self._refuse(
            Problem(
                NUMBER, _l("Este documento ya está en la línea %(first)s.", first=first), number
            )
        )

    def _flush(self) -> None:
        table: Any = RollUploadLine.__table__
        connection = self._session.connection()
        batch, self._batch = self._batch, {}
        known = connection.execute(
            sa.select(table.c.document_hash, table.c.line).where(
                table.c.upload_id == self.upload_id, table.c.document_hash.in_(list(batch))
            )
        ).all()
        for document_hash, first in known:
            self._repeated(batch.pop(document_hash).number, first)
        if batch:
            connection.execute(
                sa.insert(table),
                [
                    {
                        "upload_id": self.upload_id,
                        "document_hash": each.document_hash,
                        "line": each.number,
                        "birth_date": each.birth_date,
                        "territory_id": each.territory_id,
                        "group_key": each.group,
                    }
                    for each in batch.values()
                ],
            )
        self._session.execute(
            sa.update(RollUpload).where(RollUpload.id == self.upload_id).values(lines=self._lines)
        )
        self._progress(self._lines)


def apply(
    session: Session, actor: Actor, organization: OrganizationView, roll_id: int, upload_id: int
) -> Effect:
    """Apply a file that was read, whole. Returns what it did.

    Lines that the roll has keep who claimed them, and take what the file says. Raises
    :class:`Invalid` with every problem kept, :class:`Conflict` and :class:`Missing`.
    """
    roll = open_for_changes(session, actor, organization, roll_id)
    upload = rolls.upload(session, roll_id, upload_id)
    if upload.read_at is None:
        raise Conflict(_l("Este archivo todavía se está leyendo."))
    if upload.problem_count:
        raise Invalid(problems_of(upload))
    now = clock.now()
    if upload.replace:
        # First nobody votes by the lines that may go; then it is known by which somebody has.
        held = sa.select(RollEntry.id).where(_missing(upload)).with_for_update().subquery()
        session.execute(sa.select(sa.func.count()).select_from(held))
    found = rolls.effect(session, upload)
    if upload.replace:
        _remove_missing(session, upload, now)
    _update_known(session, upload)
    _insert_new(session, upload)
    roll.size = _count(session, roll)
    roll.document_types = sorted({*roll.document_types, *upload.document_types})
    fact = events.RollLoaded(roll.key, found.added, found.updated, found.removed, upload.reason)
    session.delete(upload)
    session.flush()
    session.expire_all()
    note(session, actor, rolls.roll(session, roll_id), fact)
    return found


def discard(
    session: Session, actor: Actor, organization: OrganizationView, roll_id: int, upload_id: int
) -> None:
    """Forget a file without applying it. Raises :class:`Missing`."""
    authorize(policy.MANAGE_ROLLS, actor, organization, at=clock.now())
    session.delete(rolls.upload(session, roll_id, upload_id))
    session.flush()


def problems_of(upload: RollUpload) -> Sequence[Problem]:
    """Return what was wrong with a file, the first :data:`MOST_PROBLEMS`."""
    return [Problem(each["column"], each["reason"], each["line"]) for each in upload.problems]


def _remove_missing(session: Session, upload: RollUpload, now: dt.datetime) -> None:
    gone = sa.and_(_missing(upload), ~line_uses.kept())
    claims = sa.select(sa.literal(census.PREFIX) + sa.cast(RollEntry.id, sa.String)).where(
        gone, RollEntry.person_id.is_not(None)
    )
    _execute(
        session,
        sa.update(VerificationRecord)
        .where(
            VerificationRecord.method == census.KEY,
            VerificationRecord.revoked_at.is_(None),
            VerificationRecord.evidence.in_(claims),
        )
        .values(revoked_at=now),
    )
    _execute(
        session,
        sa.update(RollEntry)
        .where(gone)
        .values(removed_at=now, removed_reason=upload.reason, person_id=None, claimed_at=None),
    )


def _missing(upload: RollUpload) -> sa.ColumnElement[bool]:
    """Return the condition that a file does not have a line that counts."""
    return sa.and_(
        RollEntry.roll_id == upload.roll_id,
        RollEntry.removed_at.is_(None),
        ~rolls.in_file(upload.id),
    )


def _update_known(session: Session, upload: RollUpload) -> None:
    line: Any = RollUploadLine
    said = (line.upload_id == upload.id, line.document_hash == RollEntry.document_hash)

    def value(column: Any) -> Any:
        return sa.select(column).where(*said).correlate(RollEntry).scalar_subquery()

    _execute(
        session,
        sa.update(RollEntry)
        .where(RollEntry.roll_id == upload.roll_id, rolls.in_file(upload.id))
        .values(
            {
                RollEntry.birth_date: value(line.birth_date),
                RollEntry.territory_id: value(line.territory_id),
                RollEntry.group: value(line.group),
                RollEntry.removed_at: None,
                RollEntry.removed_reason: "",
            }
        ),
    )
    # Who verified by a line is as old, and lives, as the line says now.
    for column, said_now in (
        (Person.birth_date, RollEntry.birth_date),
        (Person.territory_id, RollEntry.territory_id),
    ):
        theirs = (
            sa.select(said_now)
            .where(
                RollEntry.roll_id == upload.roll_id,
                RollEntry.person_id == Person.id,
                said_now.is_not(None),
            )
            .correlate(Person)
        )
        _execute(
            session,
            sa.update(Person).where(theirs.exists()).values({column: theirs.scalar_subquery()}),
        )


def _insert_new(session: Session, upload: RollUpload) -> None:
    line: Any = RollUploadLine.__table__.c
    entry: Any = RollEntry.__table__
    known = sa.exists().where(
        entry.c.roll_id == upload.roll_id, entry.c.document_hash == line.document_hash
    )
    names = ("document_hash", "birth_date", "territory_id", "group_key")
    session.connection().execute(
        sa.insert(entry).from_select(
            ["organization_id", "roll_id", *names, "removed_reason"],
            sa.select(
                sa.literal(upload.organization_id),
                sa.literal(upload.roll_id),
                *[line[name] for name in names],
                sa.literal(""),
            )
            # In the order of the hashes, which is none: a line's number tells nothing of the file.
            .where(line.upload_id == upload.id, ~known)
            .order_by(line.document_hash),
            include_defaults=False,
        )
    )


def _count(session: Session, roll: Roll) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(RollEntry)
            .where(RollEntry.roll_id == roll.id, RollEntry.removed_at.is_(None))
        )
        or 0
    )


def _execute(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
