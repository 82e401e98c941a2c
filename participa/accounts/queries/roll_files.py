"""What a file of a roll holds, before it is applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import RollUploadCandidate, RollUploadLine


@dataclass(frozen=True, slots=True)
class TypeFigures:
    """The lines of a file with one type of document, and how long their numbers are."""

    document_type: str
    lines: int
    shortest: int
    longest: int


def upload_types(session: Session, upload_id: int) -> Sequence[TypeFigures]:
    """Return the lines of a file by type of document, the most numerous first."""
    lines, kind, length = sa.func.count(), RollUploadLine.document_type, RollUploadLine.length
    rows = session.execute(
        sa.select(kind, lines, sa.func.min(length), sa.func.max(length))
        .where(RollUploadLine.upload_id == upload_id)
        .group_by(kind)
        .order_by(lines.desc(), kind)
    ).all()
    return [TypeFigures(*row) for row in rows]


def upload_samples(session: Session, upload_id: int, number: int) -> Sequence[RollUploadLine]:
    """Return the first lines of a file."""
    return session.scalars(
        sa.select(RollUploadLine)
        .where(RollUploadLine.upload_id == upload_id)
        .order_by(RollUploadLine.line)
        .limit(number)
    ).all()


def candidate_types(session: Session, upload_id: int, written: str) -> Sequence[str]:
    """Return the types of document that an unknown word of a file may mean."""
    return session.scalars(
        sa.select(RollUploadCandidate.document_type)
        .where(
            RollUploadCandidate.upload_id == upload_id,
            RollUploadCandidate.written_type == written,
        )
        .distinct()
        .order_by(RollUploadCandidate.document_type)
    ).all()


def upload_figures(session: Session, upload_id: int) -> Mapping[int | None, int]:
    """Return how many lines of a file are in each territory."""
    lines = sa.func.count()
    rows = session.execute(
        sa.select(RollUploadLine.territory_id, lines)
        .where(RollUploadLine.upload_id == upload_id)
        .group_by(RollUploadLine.territory_id)
        .order_by(lines.desc())
    ).all()
    return {row[0]: row[1] for row in rows}
