"""Keyset pagination: pages that cost the same at the first row and at the last."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

T = TypeVar("T")

LONGEST_CURSOR = 400
"""Characters: no cursor that we write is longer."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of rows, with the cursors of its neighbours (``None`` at the ends)."""

    rows: Sequence[T]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts: after (or before) a row with these sort values."""

    values: tuple[Any, ...]
    backwards: bool = False

    def encode(self) -> str:
        """Return the cursor as it travels in an address."""
        raw = json.dumps([int(self.backwards), *self.values], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str | None, kinds: Sequence[type]) -> "Cursor | None":
        """Read a cursor; anything malformed is taken as the first page."""
        if not text or len(text) > LONGEST_CURSOR:
            return None
        try:
            data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            backwards, *values = data
        except (ValueError, TypeError, binascii.Error):
            return None
        if len(values) != len(kinds) or not all(
            type(value) is kind for value, kind in zip(values, kinds, strict=True)
        ):
            return None
        if not all(_is_storable(value) for value in values):
            return None
        return cls(tuple(values), bool(backwards))


def _is_storable(value: Any) -> bool:
    """Return whether a database can look for a value: no huge number, no NUL, no half character."""
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    return not isinstance(value, int) or abs(value) < 2**63


MOST_COUNTED = 1000
"""Rows of a list that are counted; of a longer one people are told that there are more."""


def total(condition: Sequence[Any], table: sa.FromClause) -> Any:
    """Return the scalar subquery of how many rows a list has, at most one past MOST_COUNTED."""
    some = sa.select(sa.literal(1).label("one")).select_from(table).where(*condition)
    counted = some.limit(sa.literal_column(str(MOST_COUNTED + 1), sa.Integer)).subquery()
    return sa.select(sa.func.count()).select_from(counted).scalar_subquery()


def beyond(columns: Sequence[tuple[Any, bool]], values: Sequence[Any], *, backwards: bool) -> Any:
    """Return the condition "after these values" for ``(column, descending)`` pairs.

    All columns run the same way in every list we have, so that one row comparison, which an index
    answers directly, is enough.
    """
    descending = columns[0][1] != backwards
    left = sa.tuple_(*[column for column, _ in columns])
    right = sa.tuple_(*values)
    return left < right if descending else left > right


def window(
    select: sa.Select[Any],
    columns: Sequence[tuple[Any, bool]],
    cursor: Cursor | None,
    size: int,
    *,
    bounds: Sequence[Any] | None = None,
    writes_size: bool = False,
) -> sa.Select[Any]:
    """Return ``select`` narrowed to one page, and one row more to know whether another follows.

    ``columns`` are ``(column, descending)``, all in one direction and unique together. ``bounds``
    replaces the cursor's values: bind parameters, for a statement that is kept; none at all where
    the rows are known to lie beyond already. ``writes_size`` puts the size into the statement: not
    knowing it, PostgreSQL plans anew each time, which only an odd condition is worth.
    """
    backwards = cursor is not None and cursor.backwards
    if bounds is None and cursor is not None:
        bounds = cursor.values
    if bounds and cursor is not None:
        select = select.where(beyond(columns, bounds, backwards=backwards))
    return select.order_by(
        *[
            column.desc() if descending != backwards else column.asc()
            for column, descending in columns
        ]
    ).limit(sa.literal_column(str(int(size) + 1), sa.Integer) if writes_size else size + 1)


def page_of(
    rows: Sequence[T], key: Callable[[T], tuple[Any, ...]], cursor: Cursor | None, size: int
) -> Page[T]:
    """Return the page that the rows of a :func:`window` make; ``key`` gives a row's sort values."""
    backwards = cursor is not None and cursor.backwards
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows = rows[::-1]
    if not rows:
        return Page(rows)
    has_next = more if not backwards else True
    has_previous = cursor is not None if not backwards else more
    return Page(
        rows,
        Cursor(key(rows[-1])).encode() if has_next else None,
        Cursor(key(rows[0]), backwards=True).encode() if has_previous else None,
    )


def paginate(
    run: Callable[[sa.Select[Any]], Sequence[T]],
    select: sa.Select[Any],
    columns: Sequence[tuple[Any, bool]],
    key: Callable[[T], tuple[Any, ...]],
    cursor: Cursor | None,
    size: int,
) -> Page[T]:
    """Fetch one page in one statement: :func:`window`, run, :func:`page_of`."""
    return page_of(run(window(select, columns, cursor, size)), key, cursor, size)
