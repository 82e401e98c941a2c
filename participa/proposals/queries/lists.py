"""The pages of the list: filtered, in any order, each in one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.accounts.queries.staff import acts_for_entity
from participa.contributions.models import Standing
from participa.core import shuffle, words
from participa.core.keyset import Cursor, Page, page_of, total, window
from participa.processes.models import Component
from participa.proposals.models import Proposal, Support

PAGE_SIZE = 20
MOST_WORDS = 6
"""Words of a search that are looked for; the rest is ignored."""

ORDERS: Mapping[str, Any] = {
    "random": _l("Al azar"),
    "newest": _l("Más nuevas"),
    "most_supported": _l("Más apoyadas"),
}

_p = Proposal.__table__.c


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to."""

    territories: tuple[int, ...] = ()
    theme: int | None = None
    author: int | None = None
    words: str = ""

    def values(self) -> dict[str, Any]:
        """Return the parameters of the conditions that hold, by name."""
        found: dict[str, Any] = {}
        if self.territories:
            found["territories"] = self.territories
        if self.theme is not None:
            found["theme"] = self.theme
        if self.author is not None:
            found["author"] = self.author
        wanted = words.normalize(self.words[:200]).split()[:MOST_WORDS]
        return found | {f"word_{number}": word for number, word in enumerate(wanted)}


_process = (
    sa.select(Component.process_id)
    .where(Component.id == sa.bindparam("component"))
    .correlate(None)
    .scalar_subquery()
)
for_entity = acts_for_entity(_p.author_id, _process).label("for_entity")
_supports = Support.__table__.c
_conditions: Mapping[str, Any] = {
    "territories": _p.territory_id.in_(sa.bindparam("territories", expanding=True)),
    "theme": _p.theme_id == sa.bindparam("theme"),
    "author": _p.author_id == sa.bindparam("author"),
    **{
        f"word_{number}": words.has_word(_p.search_text, f"word_{number}")
        for number in range(MOST_WORDS)
    },
}
_here = (
    _p.organization_id == sa.bindparam("organization"),
    _p.component_id == sa.bindparam("component"),
    # Written out, as the limit is: PostgreSQL then keeps its plan instead of making it anew.
    _p.status == sa.literal_column(f"'{Standing.PUBLISHED.value}'"),
)
_listed = (
    sa.select(
        _p.id,
        _p.title,
        _p.excerpt,
        _p.language,
        _p.territory_id,
        _p.theme_id,
        _p.published_at,
        _p.support_count,
        _p.author_id,
        _p.status,
        _p.shuffle,
        Person.__table__.c.name.label("author"),
        for_entity,
    )
    .join_from(Proposal.__table__, Person.__table__, Person.__table__.c.id == _p.author_id)
    .where(*_here)
)
by_person = sa.exists().where(
    _supports.proposal_id == _p.id, _supports.person_id == sa.bindparam("person")
)
_given_to = Proposal.__table__.alias("given_to")
# Asked support by support: joined, PostgreSQL may go through all proposals instead.
_standing = (
    sa.select(_given_to.c.status).where(_given_to.c.id == _supports.proposal_id).scalar_subquery()
)
used = (
    sa.select(sa.func.count())
    .where(
        _supports.component_id == sa.bindparam("component"),
        _supports.person_id == sa.bindparam("person"),
        # Whoever supported both of two that were joined supports one, and has the other free.
        _standing != Standing.MERGED.value,
    )
    .scalar_subquery()
)
_columns: Mapping[str, Sequence[tuple[Any, bool]]] = {
    "newest": ((_p.id, True),),
    "most_supported": ((_p.support_count, True), (_p.id, True)),
}


@lru_cache(maxsize=512)
def _statement(
    order: str, narrowed: tuple[str, ...], start: Cursor | None, *, signed_in: bool, size: int
) -> sa.Select[Any]:
    """Return the list's statement of one shape, kept: making it takes longer than running it.

    Of the cursor only the direction counts; its values are the parameters of :func:`_bounds`.
    """
    mine, taken = (by_person, used) if signed_in else (sa.false(), sa.literal(0))
    select = _listed.add_columns(
        mine.label("supported"), taken.label("used"), _total(narrowed).label("total")
    ).where(*[_conditions[name] for name in narrowed])
    # How rare words are is seen only when they are known: those are planned for each time.
    planned_once = not any(name.startswith("word_") for name in narrowed)
    columns = _columns[order]
    bounds = [
        sa.bindparam(f"after_{number}", type_=sa.BigInteger) for number in range(len(columns))
    ]
    return window(select, columns, start, size, bounds=bounds, writes_size=planned_once)


def _total(narrowed: tuple[str, ...]) -> Any:
    return total([*_here, *[_conditions[name] for name in narrowed]], Proposal.__table__)


@lru_cache(maxsize=512)
def _shuffled(
    narrowed: tuple[str, ...], shape: Any, *, signed_in: bool, size: int
) -> sa.Select[Any]:
    """Return the statement of the random order of one shape, kept as :func:`_statement`."""
    mine, taken = (by_person, used) if signed_in else (sa.false(), sa.literal(0))

    def on_page(stretch: Any) -> sa.Select[Any]:
        listed = _listed.add_columns(
            mine.label("supported"), taken.label("used"), _total(narrowed).label("total")
        )
        return listed.join(stretch, stretch.c.id == _p.id)

    return shuffle.statement(
        lambda select: select.where(*_here, *[_conditions[name] for name in narrowed]),
        on_page,
        (_p.shuffle, _p.id),
        shape,
        size,
    )


def list_page(  # noqa: PLR0913  (the whole question of a list, by name)
    session: Session,
    organization_id: int,
    component_id: int,
    *,
    order: str,
    seed: int,
    filters: Filters,
    person_id: int | None,
    cursor: str | None,
    size: int = PAGE_SIZE,
) -> Page[Any]:
    """Return a page of published proposals as plain rows, in one statement.

    A row says whether ``person_id`` supports it (``supported``), how many of the component the
    person supports (``used``), and how many rows the list has (``total``, see
    :func:`participa.core.keyset.total`). ``seed`` is that of this visitor's random order
    (see :mod:`participa.core.shuffle`).
    """
    narrowed = filters.values()
    values = {"organization": organization_id, "component": component_id, **narrowed}
    if person_id is not None:
        values["person"] = person_id
    signed_in, names = person_id is not None, tuple(narrowed)
    if order == "random":
        position = shuffle.Position.decode(cursor)
        statement = _shuffled(names, position.shape, signed_in=signed_in, size=size)
        values |= position.values(seed)
        rows = session.connection().execute(statement, values).all()
        return shuffle.page_of(rows, position, size)
    start = Cursor.decode(cursor, [int] * len(_columns[order]))
    shape = None
    if start is not None:
        values |= {f"after_{number}": value for number, value in enumerate(start.values)}
        shape = Cursor((), backwards=start.backwards)
    statement = _statement(order, names, shape, signed_in=signed_in, size=size)
    rows = session.connection().execute(statement, values).all()
    return page_of(rows, _keys[order], start, size)


_keys: Mapping[str, Callable[[Any], tuple[Any, ...]]] = {
    "newest": lambda row: (row.id,),
    "most_supported": lambda row: (row.support_count, row.id),
}
