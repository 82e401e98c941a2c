"""The public file of decisions: under the same reserve as the figures of the page.

Of a month of which the page reserves any number, the file tells no decision, ground, appeal or
outcome, so that nothing follows from taking the one from the other; of another one, as many of its
columns as leave nobody alone: whoever agrees in all that is told is one of five at least.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from participa.core.registry import registry
from participa.moderation.models import Move
from participa.moderation.queries import Decision
from participa.moderation.views import reserve

COLUMNS = ("periodo", "clase", "motivo", "decision", "horas", "apelada", "resultado", "proceso")
"""Of the file of decisions."""
DECISIONS: Mapping[Move, str] = {
    Move.KEEP: "se mantuvo",
    Move.REMOVE: "se retiró",
    Move.REMOVE_URGENTLY: "se retiró de urgencia",
    Move.MERGE: "se unió a otro",
    Move.ACCEPT: "se publicó corregido",
}
RESULTS: Mapping[str, str] = {"upheld": "confirmado", "reverted": "revertido"}
RESERVED = "reservado"
YEAR = "2026"
"""As long as what is older than the figures is told by."""

WHAT = ("motivo", "decision", "horas")
ANSWERED = ("apelada", "resultado")
PLACE = ("clase", "proceso")
TOLD = (
    (*WHAT, *ANSWERED, *PLACE),
    (*WHAT, *ANSWERED),
    (*WHAT, *PLACE),
    WHAT,
    ("decision", *PLACE),
    ("decision",),
    PLACE,
    (),
)
"""Columns that may be told of a month, the most first."""
APART = frozenset({"horas"})
"""A column that tells nobody apart: nobody else knows when a case was opened."""


def rows(
    decisions: Iterable[Decision],
    grounds: Mapping[int, str],
    processes: Mapping[int, str],
    *,
    known_months: Collection[str],
    open_months: Collection[str],
    whole_months: Collection[str],
    answers_shown: bool,
) -> Iterator[Sequence[str]]:
    """Yield the rows of the file, month by month, without the order in which it was decided.

    Of ``known_months`` the page shows something: of ``whole_months`` every number, of
    ``open_months`` at least how many decisions there were, and the rest is told as one;
    ``answers_shown``: and it reserves nothing of appeals. What is older is told by years.
    """
    months: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    for each in decisions:
        period = each.month if each.month in known_months else each.month[:4]
        hidden = each.month in known_months and each.month not in open_months
        cells = _cells(each, grounds, processes)
        months[RESERVED if hidden else period][cells] += 1
    for year in [each for each, found in months.items() if found.total() < reserve.FEWEST]:
        if year != RESERVED:
            months[RESERVED].update(months.pop(year))
    for month in sorted(months, key=lambda month: (month == RESERVED, month)):
        whole = month in whole_months or len(month) == len(YEAR)
        told = next(
            columns
            for columns in TOLD
            if (whole or not {*WHAT, *ANSWERED} & {*columns})
            and (answers_shown or not {*ANSWERED} & {*columns})
            and _leaves_nobody_alone(months[month], columns)
        )
        yield from sorted(
            itertools.chain.from_iterable(
                itertools.repeat(_shown(month, cells, told), count)
                for cells, count in months[month].items()
            )
        )


def _cells(
    each: Decision, grounds: Mapping[int, str], processes: Mapping[int, str]
) -> tuple[str, ...]:
    """Return all that there is to tell of a decision, in the order of the columns but the first."""
    return (
        str(getattr(registry.resource(each.kind), "label", each.kind)),
        grounds.get(each.ground_id or 0, ""),
        DECISIONS[each.decision],
        "" if each.hours is None else str(each.hours),
        "sí" if each.appealed else "no",
        RESULTS.get(each.outcome, ""),
        processes.get(each.process_id, RESERVED),
    )


def _leaves_nobody_alone(month: Counter[tuple[str, ...]], columns: Sequence[str]) -> bool:
    places = [COLUMNS.index(name) - 1 for name in columns if name not in APART]
    groups: Counter[Any] = Counter()
    for cells, count in month.items():
        groups[tuple(cells[place] for place in places)] += count
    return not places or min(groups.values()) >= reserve.FEWEST


def _shown(month: str, cells: Sequence[str], columns: Sequence[str]) -> tuple[str, ...]:
    told = zip(COLUMNS[1:], cells, strict=True)
    return (month, *(cell if name in columns else RESERVED for name, cell in told))
