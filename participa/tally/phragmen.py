"""Sequential Phragmén: money drips to everybody alike; supporters buy as soon as they can together.

What counts is when: a project is bought at the moment in which its supporters have its cost, and
then they have nothing. So each voter is known by the moment of the last purchase; those with the
same one are a set. The rule ends when the next purchase would not fit the pot. Moments only move
on, so a heap of last known moments is enough.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from participa.tally.election import Election


@dataclass(frozen=True, slots=True)
class Drip:
    """One purchase: how much everybody had received when the supporters could pay it."""

    project: int
    moment: Fraction
    people: int
    tied: tuple[int, ...]
    fits: bool


def phragmen(election: Election, rank: Sequence[int], threshold: int = 0) -> list[Drip]:
    """Return the purchases in order; the last may be one that did not fit and ended the rule.

    Projects dearer than the pot are left out. When several come first together and one of them does
    not fit, the rule ends as well.
    """
    projects = election.projects
    columns = [levels.get(1, 0) for levels in election.support()]
    weights = [column.bit_count() for column in columns]
    sets: list[tuple[Fraction, int]] = []  # moment of the last purchase, who shared in it
    left = election.budget
    drips: list[Drip] = []
    heap = [
        (Fraction(project.cost, weights[each]), rank[each], each, 0)
        for each, project in enumerate(projects)
        if weights[each]
        and not project.withdrawn
        and project.cost <= left
        and (threshold <= 1 or election.scores[each] >= threshold)
    ]
    heapq.heapify(heap)

    def moment(each: int) -> Fraction:
        owed = sum(
            when * count for when, people in sets if (count := (people & columns[each]).bit_count())
        )
        return (projects[each].cost + owed) / Fraction(weights[each])

    while heap:
        first: list[tuple[Fraction, int, int, int]] = []
        while heap and (not first or heap[0][0] <= first[0][0]):
            when, place, each, known = heapq.heappop(heap)
            if known == len(drips):
                first.append((when, place, each, known))
            else:
                heapq.heappush(heap, (moment(each), place, each, len(drips)))
        when, _place, each, _known = first[0]
        tied = tuple(other[2] for other in first[1:])
        over = [other for other in (each, *tied) if projects[other].cost > left]
        if over:
            drips.append(Drip(over[0], when, weights[over[0]], (), fits=False))
            break
        drips.append(Drip(each, when, weights[each], tied, fits=True))
        left -= projects[each].cost
        payers = columns[each]
        sets = [(then, people & ~payers) for then, people in sets if people & ~payers]
        sets.append((when, payers))
        for other in first[1:]:
            heapq.heappush(heap, other)
    return drips
