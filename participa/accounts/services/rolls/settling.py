"""What a file does not say by itself is asked: unknown types of document, and the order of dates.

``RollUpload.found`` holds how a file was understood: ``used`` (columns with what the file calls
them), ``unused``, ``notes``, and what is to be asked: ``unknown`` (words for a type with their
number of lines) and ``dates`` (a date read both ways, as an example).
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import policy
from participa.accounts.models import RollUpload, RollUploadCandidate, RollUploadLine
from participa.accounts.queries import roll_files, rolls
from participa.accounts.verification.roll_csv import BORN, NUMBER, TYPE
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

LEAVE_OUT = "-"
"""Instead of a type: the lines do not go into the roll."""
DAY_FIRST, MONTH_FIRST = "dia", "mes"
MOST_NAMED = 200
"""Lines named one by one of those that an answer makes wrong; all are counted."""

_lines: Any = RollUploadLine.__table__
_candidates: Any = RollUploadCandidate.__table__
_line, _candidate = _lines.c, _candidates.c


def is_settled(upload: RollUpload) -> bool:
    """Return whether nothing of a file is left to ask."""
    return not (upload.found.get("unknown") or upload.found.get("dates"))


def begin(session: Session, upload: RollUpload) -> None:
    """Find what is to be asked of a file that was read to its end."""
    rows = session.execute(
        sa.select(_candidate.written_type, sa.func.count(sa.distinct(_candidate.line)))
        .where(_candidate.upload_id == upload.id)
        .group_by(_candidate.written_type)
        .order_by(_candidate.written_type)
    ).all()
    upload.found = {**upload.found, "unknown": {row[0]: row[1] for row in rows}}
    only_day = only_month = differ = 0
    example = None
    for column in (_line, _candidate):
        day, other = column.birth_date, column.other_birth_date
        here = column.upload_id == upload.id
        counts = session.execute(
            sa.select(
                sa.func.count(sa.case((other.is_(None), day))),
                sa.func.count(sa.case((day.is_(None), other))),
                sa.func.count(sa.case((day != other, 1))),
            ).where(here)
        ).one()
        only_day, only_month, differ = (
            only_day + counts[0], only_month + counts[1], differ + counts[2]
        )  # fmt: skip
        example = (
            example
            or session.execute(
                sa.select(day, other).where(here, day != other).order_by(column.line).limit(1)
            ).first()
        )
    if only_month and not only_day:
        _take_dates(session, upload, MONTH_FIRST)
        note = str(_l("Las fechas de nacimiento van con el mes antes del día."))
        upload.found = {**upload.found, "notes": [*upload.found["notes"], note]}
    elif differ and (only_month or not only_day):
        dates = [each.isoformat() for each in example] if example is not None else []
        upload.found = {**upload.found, "dates": dates}
    else:
        _take_dates(session, upload, DAY_FIRST)
    session.flush()


def settle(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    upload_id: int,
    types: Mapping[str, str],
    dates: str = "",
) -> RollUpload:
    """Take the answers: a type for each unknown word, and which way dates are written.

    Raises :class:`Invalid` for what was not answered, :class:`Conflict`, :class:`Missing`.
    """
    authorize(policy.MANAGE_ROLLS, actor, organization, at=clock.now())
    rolls.roll_for_update(session, roll_id)
    upload = rolls.upload(session, roll_id, upload_id)
    if upload.read_at is None:
        raise Conflict(_l("Este archivo todavía se está leyendo."))
    problems = []
    unknown = upload.found.get("unknown") or {}
    for place, written in enumerate(unknown):
        offered = [*roll_files.candidate_types(session, upload_id, written), LEAVE_OUT]
        if types.get(written) not in offered:
            sentence = _l("Diga qué documento es «%(written)s».", written=written)
            problems.append(Problem(f"type_{place}", sentence))
    if upload.found.get("dates") and dates not in {DAY_FIRST, MONTH_FIRST}:
        problems.append(Problem("dates", _l("Diga cómo están escritas las fechas.")))
    if problems:
        raise Invalid(problems)
    if upload.found.get("dates"):
        _take_dates(session, upload, dates)
    for written in unknown:
        _take_type(session, upload, written, types[written])
    upload.found = {**upload.found, "unknown": {}, "dates": []}
    session.flush()
    return upload


def _take_type(session: Session, upload: RollUpload, written: str, kind: str) -> None:
    here = (_candidate.upload_id == upload.id, _candidate.written_type == written)
    if kind != LEAVE_OUT:
        chosen = (*here, _candidate.document_type == kind)
        taken = (
            sa.select(_line.line)
            .where(_line.upload_id == upload.id, _line.document_hash == _candidate.document_hash)
            .correlate(_candidates)
            .scalar_subquery()
        )
        other = _candidates.alias()
        earlier = (
            sa.select(sa.func.min(other.c.line))
            .where(
                other.c.upload_id == upload.id,
                other.c.written_type == written,
                other.c.document_type == kind,
                other.c.document_hash == _candidate.document_hash,
                other.c.line < _candidate.line,
            )
            .correlate(_candidates)
            .scalar_subquery()
        )
        first = sa.func.coalesce(taken, earlier)
        repeated = session.execute(
            sa.select(_candidate.line, first).where(*chosen, first.is_not(None))
        ).all()
        names = (
            "upload_id", "line", "document_type", "document_hash", "number_length", "birth_date",
            "other_birth_date", "territory_id", "group_key",
        )  # fmt: skip
        session.connection().execute(
            sa.insert(_lines).from_select(
                names,
                sa.select(*[_candidate[name] for name in names]).where(*chosen, first.is_(None)),
            )
        )
        sentence = _l("Este documento ya está en la línea %(first)s.")
        _refuse(
            upload, [(line, NUMBER, str(sentence) % {"first": before}) for line, before in repeated]
        )
    else:
        left = session.execute(sa.select(_candidate.line).where(*here).distinct()).scalars().all()
        sentence = _l("Se dejó fuera: no se sabe qué documento es.")
        _refuse(upload, [(line, TYPE, str(sentence)) for line in left])
    session.execute(sa.delete(RollUploadCandidate).where(*here))


def _take_dates(session: Session, upload: RollUpload, order: str) -> None:
    """Keep the dates as they are meant; what is no date in that order becomes a problem."""
    for table in (_lines, _candidates):
        column = table.c
        meant, other = column.birth_date, column.other_birth_date
        if order == MONTH_FIRST:
            meant, other = other, meant
        here = column.upload_id == upload.id
        wrong = (here, meant.is_(None), other.is_not(None))
        lines = session.execute(sa.select(column.line).where(*wrong).distinct()).scalars().all()
        sentence = _l("Escriba la fecha de nacimiento como 1990-05-31.")
        _refuse(upload, [(line, BORN, str(sentence)) for line in lines])
        connection = session.connection()
        connection.execute(sa.delete(table).where(*wrong))
        if order == MONTH_FIRST:
            connection.execute(sa.update(table).where(here).values(birth_date=meant))


def _refuse(upload: RollUpload, problems: list[tuple[int, str, str]]) -> None:
    if problems:
        named = [
            {"line": line, "column": column, "reason": reason} for line, column, reason in problems
        ]
        upload.problem_count += len(problems)
        upload.problems = sorted(
            [*upload.problems, *named[:MOST_NAMED]], key=lambda each: each["line"] or 0
        )
