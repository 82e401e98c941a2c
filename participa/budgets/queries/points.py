"""Polling points: who is in charge of them, what came of them, what is left to do there.

Nothing here reads what a ballot says, and nothing tells who voted.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.budgets.models import (
    CAUSES,
    Cause,
    Channel,
    Mark,
    Point,
    Promoter,
    Sheet,
    SheetStatus,
)
from participa.core.errors import Missing

_points = cast("sa.Table", Point.__table__)
_marks = cast("sa.Table", Mark.__table__)
_sheets = cast("sa.Table", Sheet.__table__)
_promoters = cast("sa.Table", Promoter.__table__)
_o, _m, _s, _r = _points.c, _marks.c, _sheets.c, _promoters.c


def _here(component: Any) -> dict[str, int]:
    return {"organization": component.organization_id, "component": component.id}


_listed = (
    sa.select(*[each for each in _o if each.name != "organization_id"])
    .where(
        _o.organization_id == sa.bindparam("organization"),
        _o.component_id == sa.bindparam("component"),
    )
    .order_by(_o.name, _o.id)
)


def listed(session: Session, component: Any) -> Sequence[Any]:
    """Return the points of a vote by name, as plain rows."""
    return session.connection().execute(_listed, _here(component)).all()


def point(session: Session, component_id: int, point_id: int) -> Point:
    """Return a point of a vote. Raises :class:`Missing`."""
    return _one(session, sa.select(Point), component_id, point_id)


def held(session: Session, component_id: int, point_id: int, *, whole: bool = False) -> Point:
    """Return a point whose act nobody makes before this transaction ends. Raises :class:`Missing`.

    With ``whole`` nobody works at it meanwhile either: for whoever changes it.
    """
    return _one(session, sa.select(Point).with_for_update(read=not whole), component_id, point_id)


def _one(session: Session, select: Any, component_id: int, point_id: int) -> Point:
    row: Point | None = session.scalars(
        select.where(Point.id == point_id, Point.component_id == component_id).execution_options(
            populate_existing=True
        )
    ).first()
    if row is None:
        message = f"no point {point_id}"
        raise Missing(message)
    return row


def is_used(session: Session, point_id: int) -> bool:
    """Return whether a point has sheets, or people who voted there."""
    return bool(
        session.scalar(
            sa.select(
                sa.or_(
                    sa.exists().where(Sheet.point_id == point_id),
                    sa.exists().where(Mark.point_id == point_id),
                )
            )
        )
    )


# --- figures


@dataclass(frozen=True, slots=True)
class Figures:
    """How many sheets of a point stand how, and how many people it marked as having voted."""

    sheets: Mapping[str, int] = field(default_factory=dict)
    """By :class:`~participa.budgets.models.SheetStatus`."""
    marks: int = 0
    """On paper."""
    assisted: int = 0

    def of(self, *statuses: str) -> int:
        """Return how many sheets stand in any of these ways."""
        return sum(self.sheets.get(each, 0) for each in statuses)

    @property
    def printed(self) -> int:
        """Sheets that were made, however they stand."""
        return sum(self.sheets.values())

    @property
    def counted(self) -> int:
        return self.of(SheetStatus.COUNTED)

    @property
    def left_out(self) -> int:
        """Sheets of people who signed that do not count: rejected and spoiled."""
        return self.of(SheetStatus.REJECTED, SheetStatus.SPOILED)

    @property
    def missing(self) -> int:
        """People marked on paper without a decided sheet (below zero: sheets that nobody got)."""
        return self.marks - self.counted - self.left_out

    @property
    def waiting(self) -> int:
        """Sheets that were typed and are not decided."""
        return self.of(SheetStatus.FIRST, SheetStatus.DIFFERENT)

    @property
    def is_used(self) -> bool:
        """Whether there is paper to reconcile."""
        return bool(self.printed or self.marks)


_sheets_by_status = (
    sa.select(_s.point_id, _s.status, sa.func.count())
    .where(
        _s.organization_id == sa.bindparam("organization"),
        _s.component_id == sa.bindparam("component"),
    )
    .group_by(_s.point_id, _s.status)
)
_marks_by_channel = (
    sa.select(_m.point_id, _m.channel, sa.func.count())
    .where(
        _m.organization_id == sa.bindparam("organization"),
        _m.component_id == sa.bindparam("component"),
        _m.channel.in_((Channel.ASSISTED, Channel.PAPER)),
        _m.point_id.is_not(None),
    )
    .group_by(_m.point_id, _m.channel)
)
_of_point = (_s.point_id == sa.bindparam("point"), _m.point_id == sa.bindparam("point"))
_sheets_of_point = _sheets_by_status.where(_of_point[0])
_marks_of_point = _marks_by_channel.where(_of_point[1])


def figures(session: Session, component: Any, point_id: int | None = None) -> dict[int, Figures]:
    """Return the figures of every point that has any (or of one), by id. Two statements."""
    values = _here(component)
    statements = (_sheets_by_status, _marks_by_channel)
    if point_id is not None:
        values["point"] = point_id
        statements = (_sheets_of_point, _marks_of_point)
    sheets: dict[int, dict[str, int]] = {}
    for key, status, number in session.connection().execute(statements[0], values):
        sheets.setdefault(key, {})[SheetStatus(status).value] = number
    marks: dict[int, dict[str, int]] = {}
    for key, channel, number in session.connection().execute(statements[1], values):
        marks.setdefault(key, {})[Channel(channel).value] = number
    return {
        key: Figures(
            sheets.get(key, {}),
            marks.get(key, {}).get(Channel.PAPER.value, 0),
            marks.get(key, {}).get(Channel.ASSISTED.value, 0),
        )
        for key in sheets.keys() | marks.keys()
    }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sheet that does not count."""

    number: int
    status: SheetStatus
    cause: Cause
    reason: str
    """In somebody's own words; empty where the cause says it."""

    @property
    def why(self) -> Any:
        """The cause in words."""
        return CAUSES[self.cause]


@dataclass(frozen=True, slots=True)
class Act:
    """The act of a polling point: what its paper adds up to."""

    point: Any
    """The plain row: ``id``, ``name``, ``address``, ``territory_id``, ``remarks``…"""
    figures: Figures
    sheets: Sequence[LeftOut]
    """Every sheet that does not count, by number, those given back too."""
    signed: int | None
    """Signatures counted by hand."""

    @property
    def missing_sheets(self) -> int | None:
        """Signatures without a sheet (or, below zero, sheets without a signature)."""
        if self.signed is None:
            return None
        return self.signed - self.figures.counted - self.figures.left_out

    @property
    def missing_marks(self) -> int | None:
        """Signatures without a mark on the roll (or, below zero, marks without a signature)."""
        return None if self.signed is None else self.signed - self.figures.marks

    @property
    def adds_up(self) -> bool:
        """Whether signatures, sheets and marks are the same number."""
        return not self.missing_sheets and not self.missing_marks


_left_out = (
    sa.select(_s.point_id, _s.number, _s.status, _s.cause, _s.reason)
    .where(
        _s.organization_id == sa.bindparam("organization"),
        _s.component_id == sa.bindparam("component"),
        _s.status.in_((SheetStatus.REJECTED, SheetStatus.SPOILED, SheetStatus.VOID)),
    )
    .order_by(_s.number)
)
_left_out_of_point = _left_out.where(_of_point[0])


def _out(session: Session, component: Any, point_id: int | None) -> dict[int, list[LeftOut]]:
    values = _here(component)
    statement = _left_out
    if point_id is not None:
        values["point"] = point_id
        statement = _left_out_of_point
    found: dict[int, list[LeftOut]] = {}
    for row in session.connection().execute(statement, values):
        found.setdefault(row.point_id, []).append(
            LeftOut(row.number, SheetStatus(row.status), Cause(row.cause), row.reason)
        )
    return found


def act(session: Session, component: Any, row: Any, signed: int | None = None) -> Act:
    """Return the act of one point as it stands now; ``signed`` replaces what was counted before."""
    return Act(
        row,
        figures(session, component, row.id).get(row.id, Figures()),
        _out(session, component, row.id).get(row.id, []),
        row.signed if signed is None else signed,
    )


def acts(session: Session, component: Any) -> list[Act]:
    """Return the acts of all points that had paper, by name. Four statements."""
    known = figures(session, component)
    out = _out(session, component, None)
    return [
        Act(row, known[row.id], out.get(row.id, []), row.signed)
        for row in listed(session, component)
        if row.id in known and known[row.id].is_used
    ]


def unreconciled(session: Session, component: Any) -> Sequence[str]:
    """Return the names of the points with paper whose act was not made, by name."""
    return session.scalars(
        sa.select(Point.name)
        .where(
            Point.component_id == component.id,
            Point.reconciled_at.is_(None),
            sa.or_(
                sa.exists().where(Sheet.point_id == Point.id),
                sa.exists().where(
                    Mark.component_id == component.id,
                    Mark.channel == Channel.PAPER,
                    Mark.point_id == Point.id,
                ),
            ),
        )
        .order_by(Point.name, Point.id)
    ).all()


# --- promoters


def promoters(session: Session, point_id: int) -> Sequence[tuple[Promoter, Person]]:
    """Return who is or was in charge of a point, by name."""
    rows = session.execute(
        sa.select(Promoter, Person)
        .join(Person, Person.id == Promoter.person_id)
        .where(Promoter.point_id == point_id)
        .order_by(Promoter.ended_at.is_not(None), Person.search_name, Person.id)
    ).all()
    return [(row[0], row[1]) for row in rows]


def promoter(session: Session, point_id: int, person_id: int) -> Promoter | None:
    """Return somebody's charge of a point, ended or not, locked until the transaction ends."""
    return session.scalars(
        sa.select(Promoter)
        .where(Promoter.point_id == point_id, Promoter.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def duties(session: Session, component_id: int, person_id: int) -> Sequence[Promoter]:
    """Return somebody's charges in a vote, locked: those of all points count for one limit."""
    return session.scalars(
        sa.select(Promoter)
        .join(Point, Point.id == Promoter.point_id)
        .where(
            Point.component_id == component_id,
            Promoter.person_id == person_id,
            Promoter.ended_at.is_(None),
        )
        .order_by(Promoter.point_id)
        .with_for_update(of=Promoter)
        .execution_options(populate_existing=True)
    ).all()


_mine = sa.select(
    _o.id, _o.component_id, _o.name, _o.address, _o.reconciled_at, _r.per_hour, _r.total
).where(
    _r.organization_id == sa.bindparam("organization"),
    _r.person_id == sa.bindparam("person"),
    _r.ended_at.is_(None),
    _o.id == _r.point_id,
)
_mine = _mine.order_by(_o.name, _o.id)


def mine(session: Session, organization_id: int, person_id: int) -> Sequence[Any]:
    """Return the points that somebody is in charge of, of every vote, as plain rows."""
    values = {"organization": organization_id, "person": person_id}
    return session.connection().execute(_mine, values).all()


def alerts(session: Session, component: Any, since: dt.datetime) -> Mapping[int, int]:
    """Return how many promoters went past their limit since a moment, by point."""
    rows = session.execute(
        sa.select(Promoter.point_id, sa.func.count())
        .join(Point, Point.id == Promoter.point_id)
        .where(Point.component_id == component.id, Promoter.alerted_at >= since)
        .group_by(Promoter.point_id)
    )
    return {row[0]: row[1] for row in rows}
