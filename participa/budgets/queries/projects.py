"""Every SELECT on projects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets.ballots import Option
from participa.budgets.models import Category, Point, Pot, Project, ProjectStatus, Vote
from participa.core import shuffle, words
from participa.core.errors import Missing
from participa.core.keyset import Cursor, Page, page_of, total, window

PAGE_SIZE = 24
MOST_WORDS = 6
"""Words of a search that are looked for; the rest is ignored."""
MOST_ON_A_MAP = 500

PUBLIC = (ProjectStatus.FEASIBLE, ProjectStatus.INFEASIBLE, ProjectStatus.WITHDRAWN)
"""What everybody sees; drafts are the staff's."""

STATUSES: Mapping[ProjectStatus, Any] = {
    ProjectStatus.DRAFT: _l("Borrador"),
    ProjectStatus.FEASIBLE: _l("En la votación"),
    ProjectStatus.INFEASIBLE: _l("No viable"),
    ProjectStatus.WITHDRAWN: _l("Retirado"),
}

_projects = cast("sa.Table", Project.__table__)
_p = _projects.c


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to."""

    pot: int | None = None
    category: int | None = None
    territories: tuple[int, ...] = ()
    status: ProjectStatus = ProjectStatus.FEASIBLE
    words: str = ""

    def values(self) -> dict[str, Any]:
        """Return the parameters of the conditions that hold, by name."""
        found: dict[str, Any] = {"status": self.status}
        if self.pot is not None:
            found["pot"] = self.pot
        if self.category is not None:
            found["category"] = self.category
        if self.territories:
            found["territories"] = self.territories
        wanted = words.normalize(self.words[:200]).split()[:MOST_WORDS]
        return found | {f"word_{number}": word for number, word in enumerate(wanted)}


_conditions: Mapping[str, Any] = {
    "status": _p.status == sa.bindparam("status"),
    "pot": _p.pot_id == sa.bindparam("pot"),
    "category": _p.category_id == sa.bindparam("category"),
    "territories": _p.territory_id.in_(sa.bindparam("territories", expanding=True)),
    **{
        f"word_{number}": words.has_word(_p.search_text, f"word_{number}")
        for number in range(MOST_WORDS)
    },
}
_COLUMNS = (
    _p.id,
    _p.pot_id,
    _p.category_id,
    _p.number,
    _p.status,
    _p.title,
    _p.summary,
    _p.language,
    _p.cost,
    _p.territory_id,
    _p.latitude,
    _p.longitude,
    _p.image_alt,
    _p.image_version,
)
_here = (
    _p.organization_id == sa.bindparam("organization"),
    _p.component_id == sa.bindparam("component"),
)


_place = shuffle.key_of(_p.number)


@lru_cache(maxsize=256)
def _statement(narrowed: tuple[str, ...], start: Cursor | None, *, at_random: bool) -> Any:
    """Return the list's statement of one shape, kept. Of the cursor only the direction counts."""
    column = _place if at_random else _p.number
    conditions = [*_here, *[_conditions[name] for name in narrowed]]
    counted = total(conditions, Project.__table__).label("total")
    select = sa.select(*_COLUMNS, column.label("place"), counted).where(*conditions)
    bounds = [sa.bindparam("after", type_=sa.BigInteger)]
    return window(select, ((column, False),), start, PAGE_SIZE, bounds=bounds)


def list_page(
    session: Session, component: Any, *, seed: int | None, filters: Filters, cursor: str | None
) -> Page[Any]:
    """Return a page of projects as plain rows, in one statement.

    A row says how many rows the list has (``total``, see :func:`participa.core.keyset.total`).
    With a ``seed`` the order is the random one of that seed, the same at every visit; without, that
    of the numbers.
    """
    narrowed = filters.values()
    start = Cursor.decode(cursor, [int])
    values = {"organization": component.organization_id, "component": component.id, **narrowed}
    if seed is not None:
        values["addend"] = shuffle.addend(seed)
    shape = None
    if start is not None:
        values["after"] = start.values[0]
        shape = Cursor((), backwards=start.backwards)
    statement = _statement(tuple(narrowed), shape, at_random=seed is not None)
    rows = session.connection().execute(statement, values).all()
    return page_of(rows, lambda row: (row.place,), start, PAGE_SIZE)


@lru_cache(maxsize=64)
def _mapped(narrowed: tuple[str, ...]) -> Any:
    return (
        sa.select(_p.id, _p.number, _p.title, _p.latitude, _p.longitude)
        .where(
            *_here,
            _p.latitude.is_not(None),
            _p.longitude.is_not(None),
            *[_conditions[name] for name in narrowed],
        )
        .order_by(_p.number)
        .limit(MOST_ON_A_MAP)
    )


def on_the_map(session: Session, component: Any, filters: Filters) -> Sequence[Any]:
    """Return the projects of a list that have a position, by number."""
    narrowed = filters.values()
    values = {"organization": component.organization_id, "component": component.id, **narrowed}
    return session.connection().execute(_mapped(tuple(narrowed)), values).all()


_every = sa.select(*_COLUMNS, _p.sheet, _p.feasibility).where(*_here).order_by(_p.number)
_every_with_texts = _every.add_columns(_p.body)
_on_ballot = _every.where(_p.status == ProjectStatus.FEASIBLE)


def every(session: Session, component: Any, *, with_texts: bool = False) -> Sequence[Any]:
    """Return all projects of a component by number, without pictures; long texts when asked."""
    return (
        session.connection()
        .execute(
            _every_with_texts if with_texts else _every,
            {"organization": component.organization_id, "component": component.id},
        )
        .all()
    )


def on_ballot(session: Session, component: Any) -> Sequence[Any]:
    """Return the projects that are voted on, as :func:`every` does."""
    return (
        session.connection()
        .execute(_on_ballot, {"organization": component.organization_id, "component": component.id})
        .all()
    )


_options = sa.select(_p.id, _p.pot_id, _p.cost, _p.category_id).where(
    *_here, _p.status == ProjectStatus.FEASIBLE
)


def options(session: Session, component: Any) -> dict[int, Option]:
    """Return what is on the ballot, by project id; a category is its id as text."""
    rows = session.connection().execute(
        _options, {"organization": component.organization_id, "component": component.id}
    )
    return {
        row.id: Option(row.id, row.pot_id, row.cost, str(row.category_id or "")) for row in rows
    }


_detail = sa.select(
    *_COLUMNS, _p.component_id, _p.body, _p.body_html, _p.sheet, _p.feasibility, _p.updated_at
).where(*_here, _p.id == sa.bindparam("project"))


def detail(session: Session, component: Any, project_id: int) -> Any:
    """Return one project as a plain row, drafts included. Raises :class:`Missing`."""
    row = (
        session.connection()
        .execute(
            _detail,
            {
                "organization": component.organization_id,
                "component": component.id,
                "project": project_id,
            },
        )
        .first()
    )
    if row is None:
        message = f"no project {project_id}"
        raise Missing(message)
    return row


def several(session: Session, component: Any, project_ids: Sequence[int]) -> list[Any]:
    """Return projects that everybody may see, in the order asked for; others are left out."""
    rows = session.connection().execute(
        sa.select(*_COLUMNS, _p.sheet, _p.feasibility).where(
            *_here,
            _p.id.in_(project_ids),
            _p.status != ProjectStatus.DRAFT,
        ),
        {"organization": component.organization_id, "component": component.id},
    )
    found = {row.id: row for row in rows}
    return [found[each] for each in project_ids if each in found]


def image(session: Session, component: Any, project_id: int) -> Any:
    """Return a project's picture, its version and its status. Raises :class:`Missing`."""
    row = (
        session.connection()
        .execute(
            sa.select(_p.image, _p.image_version, _p.status).where(
                *_here, _p.id == sa.bindparam("project")
            ),
            {
                "organization": component.organization_id,
                "component": component.id,
                "project": project_id,
            },
        )
        .first()
    )
    if row is None or row.image is None:
        message = f"no picture of project {project_id}"
        raise Missing(message)
    return row


def for_update(session: Session, component_id: int, project_id: int) -> Project:
    """Return a project's row, locked until the transaction ends. Raises :class:`Missing`."""
    row = session.scalars(
        sa.select(Project)
        .where(Project.id == project_id, Project.component_id == component_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        message = f"no project {project_id}"
        raise Missing(message)
    return row


def numbered(session: Session, component_id: int) -> dict[int, Project]:
    """Return every project of a component by its number, for writing."""
    rows = session.scalars(sa.select(Project).where(Project.component_id == component_id))
    return {row.number: row for row in rows}


def next_number(session: Session, component_id: int) -> int:
    """Return the number that the next project gets."""
    last = session.scalar(
        sa.select(sa.func.max(Project.number)).where(Project.component_id == component_id)
    )
    return (last or 0) + 1


def count(session: Session, component_id: int) -> int:
    """Return how many projects are on the ballot of a component."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Project)
            .where(Project.component_id == component_id, Project.status == ProjectStatus.FEASIBLE)
        )
        or 0
    )


def any_in(session: Session, component_id: int) -> bool:
    """Return whether a component holds anything that must not go with it."""
    held = [sa.exists().where(kind.component_id == component_id) for kind in (Pot, Category, Point)]
    firm = sa.exists().where(Vote.component_id == component_id, Vote.locked_at.is_not(None))
    return bool(session.scalar(sa.select(sa.or_(*held, firm))))


def by_ids(session: Session, project_ids: Sequence[int]) -> Sequence[Any]:
    """Return projects that everybody may see, by id, in no order."""
    return session.execute(
        sa.select(
            Project.id,
            Project.component_id,
            Project.status,
            Project.title,
            Project.summary,
            Project.language,
            Project.territory_id,
        ).where(Project.id.in_(project_ids), Project.status != ProjectStatus.DRAFT)
    ).all()


def degrees(value: float | None) -> str:
    """Return a coordinate as forms and files write it."""
    return "" if value is None else f"{value:.10f}".rstrip("0").rstrip(".")
