"""A file of a roll is read to the end, with all its problems; then it is settled and applied.

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

from participa.accounts import policy
from participa.accounts.checked import checked_reason
from participa.accounts.models import (
    RollUpload,
    RollUploadCandidate,
    RollUploadLine,
)
from participa.accounts.queries import rolls
from participa.accounts.services.rolls.making import open_for_changes
from participa.accounts.services.rolls.settling import begin
from participa.accounts.verification.documents import TYPE_LABELS, document_hasher
from participa.accounts.verification.roll_csv import (
    AMBIGUOUS,
    NUMBER,
    Found,
    Heading,
    Line,
    Reading,
    lines,
)
from participa.core import clock
from participa.core.db import in_batches
from participa.core.db import reading as db_reading
from participa.core.errors import Problem
from participa.core.policy import Actor, authorize
from participa.core.words import plain_name
from participa.organizations.queries import OrganizationView

BATCH = 1000
MOST_PROBLEMS = 10_000
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
    with db_reading(session):
        own_types = rolls.roll(session, roll_id).document_types
    reading = Reading(
        document_hasher(organization.id),
        _places(organization),
        now.astimezone(organization.zone).date(),
        own_types,
        sorted({*TYPE_LABELS, *own_types}),
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
    begin(session, upload)
    return upload


def _places(organization: OrganizationView) -> dict[str, Any]:
    """Return the ids of territories by name and by code; a code wins over a name."""
    found: dict[str, Any] = {}
    for each in organization.territories.values():
        name = plain_name(each.name)
        found[name] = each.id if name not in found else AMBIGUOUS
    return found | {plain_name(each.code): each.id for each in organization.territories.values()}


class _Staging:
    """Gathers lines into batches, and problems up to a number."""

    def __init__(
        self,
        session: Session,
        upload_id: int,
        found: Iterator[Found],
        progress: Progress,
    ) -> None:
        self.upload_id = upload_id
        self._session = session
        self._found = found
        self._progress = progress
        self._batch: dict[str, Line] = {}
        self._unknown: list[Line] = []
        self._heading = Heading({}, ())
        self._problems: list[dict[str, Any]] = []
        self._problem_count = self._lines = 0

    def step(self) -> int:
        """Keep the next lines. Returns how many the file had."""
        taken = 0
        while taken < BATCH and (each := next(self._found, None)) is not None:
            if isinstance(each, Heading):
                self._heading = each
            else:
                taken += 1
                self._take(each)
        if taken:
            self._lines += taken
            self._flush()
        return taken

    def finish(self, upload: RollUpload) -> None:
        """Note that the file was read to its end, and what was found."""
        upload.read_at = clock.now()
        upload.found = {
            "used": dict(self._heading.used),
            "unused": [*self._heading.unused],
            "notes": [str(each) for each in self._heading.notes],
        }
        upload.problems = sorted(self._problems, key=lambda each: each["line"] or 0)
        upload.problem_count = self._problem_count
        self._session.flush()

    def _take(self, each: Line | Problem) -> None:
        if isinstance(each, Problem):
            self._refuse(each)
        elif not each.document_type:
            self._unknown.append(each)
        elif each.document_hash in self._batch:
            self._repeated(each.number, self._batch[each.document_hash].number)
        else:
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
                        "document_type": each.document_type,
                        **_kept(each),
                    }
                    for each in batch.values()
                ],
            )
        if self._unknown:
            connection.execute(
                sa.insert(RollUploadCandidate.__table__),  # type: ignore[arg-type]
                [
                    {
                        "upload_id": self.upload_id,
                        "document_type": kind,
                        "document_hash": document_hash,
                        "written_type": each.written_type,
                        **_kept(each),
                    }
                    for each in self._unknown
                    for kind, document_hash in each.hashes.items()
                ],
            )
            self._unknown = []
        self._session.execute(
            sa.update(RollUpload).where(RollUpload.id == self.upload_id).values(lines=self._lines)
        )
        self._progress(self._lines)


def _kept(each: Line) -> dict[str, Any]:
    return {
        "line": each.number,
        "number_length": each.length,
        "birth_date": each.birth_date,
        "other_birth_date": each.other_birth_date,
        "territory_id": each.territory_id,
        "group_key": each.group,
    }


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
