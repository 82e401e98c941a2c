"""The queue: what waits for a moderator, page by page, and how much of it there is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.contributions.models import Contribution, Standing
from participa.core.keyset import Cursor, Page, page_of, window
from participa.moderation.machine import PENDING
from participa.moderation.models import Case, CaseState, Flag

PAGE_SIZE = 25

STATES = ("waiting", "pending", "studying", "mine", "appeals", "urgent", "corrections", "decided")
"""What a list may be about. ``waiting`` is everything that moderation has to do."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
A_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the queue is narrowed to, and its order."""

    state: str = "waiting"
    """One of :data:`STATES`."""
    ground_id: int | None = None
    """Flagged or decided for this ground."""
    component_id: int | None = None
    before: bool | None = None
    """Whether the item waits to be published (``True``) or was published already."""
    late: bool = False
    """Only past their due time."""
    severity: int | None = None
    order: str = "due"
    """``due``, ``age`` or ``severity``; decided cases come newest first."""


_ORDERS: Mapping[str, Sequence[tuple[Any, bool]]] = {
    "due": ((Case.due_at, False), (Case.id, False)),
    "age": ((Case.opened_at, False), (Case.id, False)),
    "severity": ((Case.mildness, False), (Case.due_at, False), (Case.id, False)),
    "decided": ((Case.decided_at, True), (Case.id, True)),
}


def queue(
    session: Session,
    process_ids: Sequence[int],
    filters: Filters,
    cursor: str | None,
    *,
    actor_id: int | None,
    at: dt.datetime,
    size: int = PAGE_SIZE,
) -> Page[Case]:
    """Return a page of cases of some processes, in one statement.

    ``actor_id`` is whose cases ``mine`` is about; ``at`` decides what is late and who holds what.
    """
    columns = _ORDERS["decided" if filters.state == "decided" else filters.order]
    start = Cursor.decode(cursor, [int] * len(columns))
    bounds = _bounds(columns, start) if start is not None else None
    if bounds is None:
        start = None
    select = sa.select(Case).where(*_conditions(process_ids, filters, actor_id, at))
    rows = session.scalars(window(select, columns, start, size, bounds=bounds)).all()
    return page_of(rows, lambda row: _key(columns, row), start, size)


def tallies(
    session: Session,
    process_ids: Sequence[int],
    filters: Filters,
    *,
    actor_id: int | None,
    at: dt.datetime,
) -> Mapping[str, int]:
    """Return how many cases each list holds under the same filters, and how many are ``late``.

    Decided cases are not counted: their number only grows, and nothing is to be done about it.
    """
    counted = {name: _in_state(name, actor_id, at) for name in STATES if name != "decided"}
    counted["late"] = sa.and_(_in_state(filters.state, actor_id, at), Case.due_at < at)
    row = session.execute(
        sa.select(
            *[sa.func.count().filter(which).label(name) for name, which in counted.items()]
        ).where(
            *_conditions(process_ids, replace(filters, state="waiting", late=False), actor_id, at)
        )
    ).one()
    return {name: getattr(row, name) for name in counted}


def counts(session: Session, process_ids: Sequence[int], at: dt.datetime) -> Mapping[int, int]:
    """Return how many cases wait in each process, in one statement; none is left out."""
    del at  # what waits is a column: nothing is computed from the clock
    if not process_ids:
        return {}
    rows = session.execute(
        sa.select(Case.process_id, sa.func.count())
        .where(Case.process_id.in_(process_ids), Case.is_waiting)
        .group_by(Case.process_id)
    )
    return {row[0]: row[1] for row in rows}


def waiting_in(session: Session, component_id: int) -> int:
    """Return how many cases about what is in a component wait."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Case)
            .where(Case.component_id == component_id, Case.is_waiting)
        )
        or 0
    )


def processes_waiting(session: Session) -> list[int]:
    """Return the ids of the processes in which something waits."""
    return list(
        session.scalars(
            sa.select(Case.process_id).where(Case.is_waiting).distinct().order_by(Case.process_id)
        )
    )


@dataclass(frozen=True, slots=True)
class Work:
    """What waits in one process for one moderator."""

    waiting: int
    new: int
    overdue: int
    mine: int


def work(
    session: Session, process_id: int, person_ids: Sequence[int], at: dt.datetime
) -> Mapping[int, Work]:
    """Return what waits in a process for each of some people, in two statements.

    What somebody wrote, handed over for a conflict or (appeals, urgent removals) decided is not
    counted for them: they may not decide it.
    """
    rows = session.execute(
        sa.select(
            Case.state,
            Case.author_id,
            Case.excused,
            Case.decided_by_id,
            Case.holder_id,
            Case.held_until,
            Case.opened_at,
            Case.due_at,
        ).where(Case.process_id == process_id, Case.is_waiting)
    ).all()
    day = dt.timedelta(days=1)
    found: dict[int, Work] = {}
    for person in person_ids:
        own = [
            row
            for row in rows
            if row.author_id != person
            and person not in row.excused
            and (row.state in PENDING or row.decided_by_id != person)
        ]
        found[person] = Work(
            waiting=len(own),
            new=sum(row.opened_at >= at - day for row in own),
            overdue=sum(row.due_at < at for row in own),
            mine=sum(row.holder_id == person and row.held_until > at for row in own),
        )
    return found


def _conditions(
    process_ids: Sequence[int], filters: Filters, actor_id: int | None, at: dt.datetime
) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [
        Case.process_id == process_ids[0]
        if len(process_ids) == 1
        else Case.process_id.in_(process_ids),
        _in_state(filters.state, actor_id, at),
    ]
    if filters.component_id is not None:
        found.append(Case.component_id == filters.component_id)
    if filters.severity is not None:
        found.append(Case.severity == filters.severity)
    if filters.late:
        found.append(Case.due_at < at)
    if filters.ground_id is not None:
        flagged = sa.exists().where(Flag.case_id == Case.id, Flag.ground_id == filters.ground_id)
        found.append(sa.or_(Case.ground_id == filters.ground_id, flagged))
    if filters.before is not None:
        unpublished = sa.exists().where(
            Contribution.kind == Case.kind,
            Contribution.item_id == Case.item_id,
            Contribution.status == Standing.WAITING,
        )
        found.append(unpublished if filters.before else ~unpublished)
    return found


def _in_state(name: str, actor_id: int | None, at: dt.datetime) -> sa.ColumnElement[bool]:
    held = sa.and_(Case.holder_id.is_not(None), Case.held_until > at)
    which: Mapping[str, sa.ColumnElement[bool]] = {
        "pending": sa.and_(Case.is_waiting, Case.state.in_(PENDING)),
        "studying": sa.and_(Case.is_waiting, Case.state.in_(PENDING), held),
        "mine": sa.and_(Case.is_waiting, Case.holder_id == actor_id, Case.held_until > at),
        "appeals": sa.and_(Case.is_waiting, Case.state == CaseState.APPEALED),
        "urgent": sa.and_(Case.is_waiting, Case.state == CaseState.REMOVED),
        "corrections": sa.and_(
            Case.is_waiting, Case.state.in_(PENDING), Case.resubmitted_at.is_not(None)
        ),
        "decided": sa.and_(~Case.is_waiting, Case.decided_at.is_not(None)),
    }
    return which.get(name, sa.and_(Case.is_waiting))


def _key(columns: Sequence[tuple[Any, bool]], row: Case) -> tuple[int, ...]:
    values = [getattr(row, column.key) for column, _descending in columns]
    return tuple(
        (value - EPOCH) // A_MICROSECOND if isinstance(value, dt.datetime) else value
        for value in values
    )


def _bounds(columns: Sequence[tuple[Any, bool]], start: Cursor) -> list[Any] | None:
    """Return the cursor's values as the columns hold them; ``None`` for a moment out of time."""
    found = []
    for (column, _descending), value in zip(columns, start.values, strict=True):
        bound: Any = value
        if column.key.endswith("_at"):
            try:
                bound = EPOCH + dt.timedelta(microseconds=value)
            except OverflowError:
                return None
        found.append(sa.literal(bound, column.type))
    return found
