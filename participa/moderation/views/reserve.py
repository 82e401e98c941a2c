"""Which numbers of a public table stay reserved, so that nobody is told apart by a small one.

A number from 1 to 4 is not shown. Since every row and column is shown with its sum, what is
reserved in one is at least two numbers, and adds up to at least five unless the sum is reserved
too: else it could be worked out from the rest.
"""

from collections.abc import Mapping, Sequence

FEWEST = 5
"""The smallest number, above zero, that is shown."""

Shown = int | None
"""A number, or ``None`` where it is reserved."""
Spot = tuple[int, int]


def table(cells: Sequence[Sequence[int]]) -> list[list[Shown]]:
    """Return a table with a column of sums at its right and a row of sums below.

    ``cells`` are rows of the same length; what stays reserved is ``None``.
    """
    rows = [[*row, sum(row)] for row in cells]
    width = len(rows[0]) if rows else 1
    rows.append([sum(row[place] for row in rows) for place in range(width)])
    values = {(y, x): value for y, row in enumerate(rows) for x, value in enumerate(row)}
    lines = [[(y, x) for x in range(width)] for y in range(len(rows))]
    lines += [[(y, x) for y in range(len(rows))] for x in range(width)]
    reserved = {spot for spot, value in values.items() if 0 < value < FEWEST}
    before = -1
    while before != len(reserved):
        before = len(reserved)
        for line in lines:
            _complete(line, values, reserved)
    return [
        [None if (y, x) in reserved else value for x, value in enumerate(row)]
        for y, row in enumerate(rows)
    ]


def numbers(values: Sequence[int]) -> list[Shown]:
    """Return numbers with their sum at the end; what stays reserved is ``None``."""
    return table([values])[0]


def _complete(line: Sequence[Spot], values: Mapping[Spot, int], reserved: set[Spot]) -> None:
    """Reserve as much more of a line, the smallest first, as keeps the rest from telling it."""
    *cells, total = line
    while True:
        hidden = [spot for spot in cells if spot in reserved]
        if not hidden and total not in reserved:
            return
        enough = sum(values[spot] for spot in hidden) >= FEWEST
        if (hidden and total in reserved) or (len(hidden) > 1 and enough):
            return
        shown = [spot for spot in line if spot not in reserved and values[spot]]
        if not shown:
            return
        reserved.add(min(shown, key=lambda spot: (values[spot], spot == total)))
