"""Every SELECT on pots and categories."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.budgets.ballots import PotLimit
from participa.budgets.models import Category, Pot, Project, ProjectStatus
from participa.core.errors import Missing

_pots = cast("sa.Table", Pot.__table__)
_categories = cast("sa.Table", Category.__table__)
_p = Project.__table__.c
Row = TypeVar("Row", Pot, Category)


def _of_component(table: sa.Table) -> sa.Select[Any]:
    return (
        sa.select(*[each for each in table.c if each.name != "organization_id"])
        .where(
            table.c.organization_id == sa.bindparam("organization"),
            table.c.component_id == sa.bindparam("component"),
        )
        .order_by(table.c.position, table.c.id)
    )


_all_pots = _of_component(_pots)
_all_categories = _of_component(_categories)


def pots(session: Session, component: Any) -> Sequence[Any]:
    """Return a component's pots in order, as plain rows."""
    return _run(session, _all_pots, component)


def categories(session: Session, component: Any) -> Sequence[Any]:
    """Return a component's categories in order, as plain rows."""
    return _run(session, _all_categories, component)


def _run(session: Session, statement: sa.Select[Any], component: Any) -> Sequence[Any]:
    return (
        session.connection()
        .execute(statement, {"organization": component.organization_id, "component": component.id})
        .all()
    )


def limits(rows: Sequence[Any]) -> dict[int, PotLimit]:
    """Return pots as the ballot sees them, by id."""
    return {row.id: PotLimit(row.id, row.amount, row.citywide, row.maximum) for row in rows}


_totals = (
    sa.select(_p.pot_id, _p.status, sa.func.count(), sa.func.sum(_p.cost))
    .where(
        _p.organization_id == sa.bindparam("organization"),
        _p.component_id == sa.bindparam("component"),
    )
    .group_by(_p.pot_id, _p.status)
)


def totals(session: Session, component: Any) -> dict[int, dict[str, tuple[int, int]]]:
    """Return how many projects there are and what they cost, by pot and status."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for pot_id, status, number, cost in _run(session, _totals, component):
        found.setdefault(pot_id, {})[ProjectStatus(status).value] = (number, int(cost or 0))
    return found


def pot(session: Session, component_id: int, pot_id: int) -> Pot:
    """Return a pot of a component. Raises :class:`Missing`."""
    return _found(
        session.scalars(
            sa.select(Pot).where(Pot.id == pot_id, Pot.component_id == component_id)
        ).first()
    )


def category(session: Session, component_id: int, category_id: int) -> Category:
    """Return a category of a component. Raises :class:`Missing`."""
    return _found(
        session.scalars(
            sa.select(Category).where(
                Category.id == category_id, Category.component_id == component_id
            )
        ).first()
    )


def _found(row: Row | None) -> Row:
    if row is None:
        message = "no such pot or category"
        raise Missing(message)
    return row


def has_projects(session: Session, pot_id: int) -> bool:
    """Return whether a pot holds any project, whatever its status."""
    found = session.scalar(sa.select(Project.id).where(Project.pot_id == pot_id).limit(1))
    return found is not None
