"""An election as the tally sees it: projects, a pot, and ballots without people. Pure data."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

WITHDRAWN = 999_999_999
"""The cost, in units of the currency, that ``.pb`` files give to a withdrawn project."""


def withdrawn_cost(budget: int) -> int:
    """Return the cost that says *withdrawn* beside a pot, both in units of the currency.

    :data:`WITHDRAWN`, or so many nines more that the pot cannot pay it: who does not know what the
    cost stands for must not fund it either.
    """
    cost = WITHDRAWN
    while cost <= budget:
        cost = cost * 10 + 9
    return cost


Ballot = tuple[tuple[int, ...], tuple[int, ...]]
"""The chosen projects as places in the list of projects, and their points (empty without points).

Without points and for ranks (first choice first) there is one way to write a ballot: approvals are
in ascending order, points go with their project. So equal ballots are equal values.
"""

Support = dict[int, int]
"""By what a project is worth to them, its supporters as a set of bits."""

Key = TypeVar("Key", bound=Hashable)
BYTE = 8


class VoteType(StrEnum):
    """What a ballot says, in the words of the ``.pb`` format."""

    APPROVAL = "approval"
    CHOOSE_ONE = "choose-1"
    ORDINAL = "ordinal"
    CUMULATIVE = "cumulative"
    SCORING = "scoring"

    @property
    def has_points(self) -> bool:
        """Whether ballots say points."""
        return self in {VoteType.CUMULATIVE, VoteType.SCORING}


@dataclass(frozen=True, slots=True)
class Project:
    """A project on the ballot. ``cost`` is in the election's smallest unit of money."""

    id: str
    cost: int
    name: str = ""
    withdrawn: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    """Other columns of its row in a file, as they were."""

    @property
    def label(self) -> str:
        """The name, or the id of a project without one."""
        return self.name or self.id


@dataclass(frozen=True)
class Election:
    """Projects, the pot and the box. Money is in whole smallest units, ``unit`` to a currency unit.

    ``ballots`` says how often each ballot was cast. ``default_score`` is what a scoring ballot
    gives to projects that it does not name.
    """

    projects: tuple[Project, ...]
    budget: int
    vote_type: VoteType
    ballots: Mapping[Ballot, int]
    unit: int = 1
    default_score: int = 0
    meta: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def voters(self) -> int:
        """How many ballots were cast."""
        return sum(self.ballots.values())

    @property
    def purse(self) -> Fraction:
        """Everybody's equal part of the pot; nothing where nobody voted."""
        return Fraction(self.budget, self.voters) if self.voters else Fraction(0)

    @cached_property
    def columns(self) -> list[int]:
        """For each project the ballots that name it, as a set of bits: see :func:`_columns`."""
        found = _columns(
            ((choices, count) for (choices, _points), count in self.ballots.items()), self.voters
        )
        return [found.get(project, 0) for project in range(len(self.projects))]

    @cached_property
    def votes(self) -> list[int]:
        """How many ballots name each project."""
        return [column.bit_count() for column in self.columns]

    @cached_property
    def scores(self) -> list[int]:
        """What greedy rules sort by: votes; points; for ranks k, k - 1, … 1 on a list of k."""
        if self.vote_type in {VoteType.APPROVAL, VoteType.CHOOSE_ONE}:
            return self.votes
        found = [0] * len(self.projects)
        for ballot, count in self.ballots.items():
            for project, points in self.graded(ballot):
                found[project] += points * count
        return found

    def graded(self, ballot: Ballot) -> Iterator[tuple[int, int]]:
        """Give each project that a ballot says something about, with its points."""
        choices, points = ballot
        if self.vote_type is VoteType.ORDINAL:
            yield from zip(choices, range(len(choices), 0, -1), strict=True)
        elif self.vote_type.has_points:
            yield from zip(choices, points, strict=True)
            if self.default_score:
                for project in set(range(len(self.projects))).difference(choices):
                    yield project, self.default_score
        else:
            for project in choices:
                yield project, 1

    def support(self, worth: Callable[[int], int] | None = None) -> list[Support]:
        """Return who supports each project, by what it is worth to them.

        ``worth`` gives the utility of so many points; without it every project that a ballot
        favours is worth 1. Utilities below 1 are no support.
        """
        if worth is None and not self.vote_type.has_points:
            return [{1: column} if column else {} for column in self.columns]
        entries = (
            (
                [
                    (project, utility)
                    for project, points in self.graded(ballot)
                    if (utility := min(points, 1) if worth is None else worth(points)) > 0
                ],
                count,
            )
            for ballot, count in self.ballots.items()
        )
        found: list[Support] = [{} for _project in self.projects]
        for (project, utility), column in sorted(_columns(entries, self.voters).items()):
            found[project][utility] = column
        return found

    def money(self, amount: int | Fraction) -> Fraction:
        """Return an amount of smallest units as units of the currency."""
        return Fraction(amount) / self.unit


def _columns(rows: Iterable[tuple[Iterable[Key], int]], voters: int) -> dict[Key, int]:
    """Turn rows (what is in a ballot, how often it was cast) into sets of voters as bits.

    One integer for each thing: a bit for each voter, in the order of the rows. Sets of people are
    then met, joined and counted by single operations on integers.
    """
    size = (voters >> 3) + 1
    marks: defaultdict[Key, bytearray] = defaultdict(lambda: bytearray(size))
    place = 0
    for things, count in rows:
        if count == 1:
            where, bit = place >> 3, 1 << (place & 7)
            for thing in things:
                marks[thing][where] |= bit
        else:
            for thing in things:
                _fill(marks[thing], place, place + count)
        place += count
    return {thing: int.from_bytes(mark, "little") for thing, mark in marks.items()}


def _fill(mark: bytearray, start: int, end: int) -> None:
    """Set the bits from ``start`` to before ``end``; whole bytes at once."""
    while start < end and (start & 7 or end - start < BYTE):
        mark[start >> 3] |= 1 << (start & 7)
        start += 1
    if start < end:
        whole = (end - start) >> 3
        mark[start >> 3 : (start >> 3) + whole] = b"\xff" * whole
        _fill(mark, start + whole * BYTE, end)
