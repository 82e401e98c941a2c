"""Numbered sheets: the next numbers, one sheet under its lock, lists of them."""

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.budgets.models import Sheet, SheetStatus, Vote
from participa.core.keyset import Cursor, Page, paginate

PAGE_SIZE = 50
MOST_DIFFERENT = 50

_sheets = cast("sa.Table", Sheet.__table__)
_s = _sheets.c


def hold_numbers(session: Session, component: Any) -> None:
    """Let nobody else number sheets of a vote before this transaction ends; people go on voting."""
    session.connection().execute(
        sa.select(Vote.component_id)
        .where(Vote.organization_id == component.organization_id, Vote.component_id == component.id)
        .with_for_update(key_share=True)
    )


def last_number(session: Session, component_id: int) -> int:
    """Return the highest number that a sheet of a vote has; 0 without sheets."""
    return (
        session.scalar(
            sa.select(sa.func.max(Sheet.number)).where(Sheet.component_id == component_id)
        )
        or 0
    )


def place_of(session: Session, component_id: int, number: int) -> Any:
    """Return number, point and check letters of a sheet as a plain row, or ``None``."""
    return session.execute(
        sa.select(Sheet.number, Sheet.point_id, Sheet.check).where(
            Sheet.component_id == component_id, Sheet.number == number
        )
    ).first()


def for_update(session: Session, component_id: int, number: int) -> Sheet | None:
    """Return a sheet by its number, locked until the transaction ends, or ``None``."""
    return session.scalars(
        sa.select(Sheet)
        .where(Sheet.component_id == component_id, Sheet.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def between(session: Session, point_id: int, first: int, last: int) -> Sequence[Any]:
    """Return number and check letters of the sheets of a point in a range, as plain rows."""
    return session.execute(
        sa.select(Sheet.number, Sheet.check)
        .where(Sheet.point_id == point_id, Sheet.number.between(first, last))
        .order_by(Sheet.number)
    ).all()


def list_page(
    session: Session, point_id: int, status: SheetStatus | None, cursor: str | None
) -> Page[Any]:
    """Return a page of a point's sheets by number, as plain rows, in one statement."""
    select = sa.select(Sheet.number, Sheet.status, Sheet.cause, Sheet.reason).where(
        Sheet.point_id == point_id
    )
    if status is not None:
        select = select.where(Sheet.status == status)
    return paginate(
        lambda query: session.execute(query).all(),
        cast("sa.Select[Any]", select),
        [(Sheet.number, False)],
        lambda row: (row.number,),
        Cursor.decode(cursor, (int,)),
        PAGE_SIZE,
    )


_by_status = (
    sa.select(_s.status, sa.func.count())
    .where(
        _s.organization_id == sa.bindparam("organization"),
        _s.component_id == sa.bindparam("component"),
    )
    .group_by(_s.status)
)


def counts(session: Session, component: Any) -> dict[str, int]:
    """Return how many sheets of a vote stand how."""
    values = {"organization": component.organization_id, "component": component.id}
    return {
        SheetStatus(status).value: number
        for status, number in session.connection().execute(_by_status, values)
    }


def different(session: Session, component_id: int) -> Sequence[int]:
    """Return the numbers of the first sheets that were typed in different ways."""
    return session.scalars(
        sa.select(Sheet.number)
        .where(Sheet.component_id == component_id, Sheet.status == SheetStatus.DIFFERENT)
        .order_by(Sheet.number)
        .limit(MOST_DIFFERENT)
    ).all()
