"""A different fair order for each visitor: stable, without repeats, and at a bounded cost.

The sort key of a number ``x`` is ``(x + a)⁵ mod 2³¹ - 1``, where ``a`` comes from the visitor's
seed. Five shares no factor with ``2³¹ - 2``, so different numbers below the modulus never share a
key, and no product exceeds 62 bits, which both engines multiply exactly. Long lists are not sorted
whole: rows keep a random place on a ring of 2³¹ places, a visitor's seed says where to begin, and
each stretch of :data:`WINDOW` rows from there on is sorted by its keys.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from participa.core.keyset import Cursor, Page

SPAN = 2**31
"""Places of the ring, and seeds: both are whole numbers from 0 to below this."""
MODULUS = 2**31 - 1
WINDOW = 500
"""Rows that are sorted together: a list of so many has any order, a longer one is mixed within."""
CURSOR = (int, int, int, int)


def addend(seed: int) -> int:
    """Return what a seed adds to each number: far apart for seeds that are near each other."""
    return (seed + 1) * 1_566_083_941 % MODULUS


def key(number: int, seed: int) -> int:
    """Return the sort key of a number under a seed."""
    return pow(number + addend(seed), 5, MODULUS)


def key_of(number: Any) -> Any:
    """Return the SQL expression of :func:`key`; its parameter ``addend`` is that of the seed."""
    base = (number + _number("addend")) % MODULUS
    square = (base * base) % MODULUS
    return ((square * square) % MODULUS) * base % MODULUS


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: a stretch of the ring and the last row seen in it.

    ``start`` and ``end`` are distances from the visitor's seed, half-open; ``end`` is ``None`` for
    the stretch of :data:`WINDOW` rows from ``start`` on, and ``start`` for the one before ``end``.
    ``after`` is the key and id of the last row seen, ``None`` at the edge of the stretch.
    """

    start: int | None = 0
    end: int | None = None
    after: tuple[int, int] | None = None
    backwards: bool = False

    @classmethod
    def decode(cls, text: str | None) -> "Position":
        """Read a position from an address; anything malformed is the first page."""
        cursor = Cursor.decode(text, CURSOR)
        if cursor is None:
            return cls()
        start, end, last_key, last_id = cursor.values
        if not (-1 <= start < SPAN and -1 <= end <= SPAN) or start == end == -1:
            return cls()
        return cls(
            None if start == -1 else start,
            None if end == -1 else end,
            (last_key, last_id) if last_id else None,
            cursor.backwards,
        )

    def encode(self) -> str:
        """Return the position as it travels in an address."""
        return Cursor(
            (
                -1 if self.start is None else self.start,
                -1 if self.end is None else self.end,
                *(self.after or (0, 0)),
            ),
            self.backwards,
        ).encode()

    @property
    def shape(self) -> tuple[bool, bool, bool, bool]:
        """What of a position a statement depends on; the rest are its :meth:`values`."""
        return self.start is None, self.end is None, self.after is None, self.backwards

    def values(self, seed: int) -> dict[str, int]:
        """Return the parameters of :func:`statement`."""
        found = {"seed": seed, "addend": addend(seed)}
        # In places of the ring: each stretch is looked for once before its seam and once after it.
        for name, distance in (("start", self.start), ("end", self.end)):
            if distance is not None:
                found |= {name: distance + seed, f"{name}_after_seam": distance + seed - SPAN}
        if self.after is not None:
            found |= {"after_key": self.after[0], "after_id": self.after[1]}
        return found


def statement(
    narrowed: Callable[[sa.Select[Any]], sa.Select[Any]],
    rows: Callable[[Any], sa.Select[Any]],
    columns: tuple[Any, Any],
    shape: tuple[bool, bool, bool, bool],
    size: int,
) -> sa.Select[Any]:
    """Return the statement of a page, to be kept by ``shape``.

    ``columns`` are the place on the ring and the id; ``narrowed`` adds the list's conditions to a
    selection of these, ``rows`` selects what the page shows from the stretch (``stretch.c.id``).
    """
    no_start, no_end, at_edge, backwards = shape
    place, row_id = columns
    seed = _number("seed")
    halves = []
    for suffix, bound, offset in (("", place >= seed, 0), ("_after_seam", place < seed, SPAN)):
        half = narrowed(sa.select(row_id.label("id"), place.label("number"))).where(bound)
        half = half.add_columns((place - seed + offset).label("distance"))
        if not no_start:
            half = half.where(place >= _number(f"start{suffix}"))
        if not no_end:
            half = half.where(place < _number(f"end{suffix}"))
        if no_start or no_end:
            half = half.order_by(place.desc() if no_start else place).limit(_written(WINDOW + 1))
        halves.append(sa.select(half.subquery()))
    both = sa.union_all(*halves).subquery()
    if no_start or no_end:
        edge = both.c.distance.desc() if no_start else both.c.distance
        both = sa.select(both).order_by(edge).limit(_written(WINDOW + 1)).subquery()
    stretch = sa.select(both.c.id, both.c.distance, key_of(both.c.number).label("key")).cte(
        "stretch"
    )
    ends = sa.select(
        sa.func.count().label("size"),
        sa.func.min(stretch.c.distance).label("first"),
        sa.func.max(stretch.c.distance).label("last"),
    ).cte("ends")
    page = (
        rows(stretch)
        .add_columns(stretch.c.key.label("shuffle_key"), ends.c.size, ends.c.first, ends.c.last)
        .join(ends, sa.true())
    )
    # The row beyond the stretch only tells that there is one.
    if no_end:
        page = page.where(sa.or_(ends.c.size <= WINDOW, stretch.c.distance < ends.c.last))
    elif no_start:
        page = page.where(sa.or_(ends.c.size <= WINDOW, stretch.c.distance > ends.c.first))
    if not at_edge:
        seen = sa.tuple_(_number("after_key"), _number("after_id"))
        here = sa.tuple_(stretch.c.key, stretch.c.id)
        page = page.where(here < seen if backwards else here > seen)
    order = (stretch.c.key, stretch.c.id)
    return page.order_by(*[each.desc() if backwards else each for each in order]).limit(
        _written(size + 1)
    )


def page_of(rows: Sequence[Any], position: Position, size: int) -> Page[Any]:
    """Return the page that the rows of a :func:`statement` make, with its neighbours."""
    more = len(rows) > size
    rows = rows[:size]
    if not rows:
        return Page(rows)
    start, end = _stretch(rows[0], position)
    backwards = position.backwards
    if backwards:
        rows = rows[::-1]
    edge = position.after is None
    after = more if not backwards else not edge
    before = more if backwards else not edge
    return Page(
        rows,
        _neighbour(start, end, rows[-1], within=after, backwards=False),
        _neighbour(start, end, rows[0], within=before, backwards=True),
    )


def _stretch(row: Any, position: Position) -> tuple[int, int]:
    """Return where the stretch of a page begins and ends: known now, whichever way it was found."""
    start, end = position.start, position.end
    beyond = row.size > WINDOW
    if end is None:
        end = row.last if beyond else SPAN
    if start is None:
        start = row.first + 1 if beyond else 0
    return start, end


def _neighbour(start: int, end: int, row: Any, *, within: bool, backwards: bool) -> str | None:
    if within:
        return Position(start, end, (row.shuffle_key, row.id), backwards).encode()
    if backwards:
        return Position(None, start, None, backwards=True).encode() if start > 0 else None
    return Position(end, None).encode() if end < SPAN else None


def _number(name: str) -> Any:
    return sa.bindparam(name, type_=sa.BigInteger)


def _written(number: int) -> Any:
    """Return a number that is written into the statement, for PostgreSQL to keep its plan."""
    return sa.literal_column(str(number), sa.Integer)
