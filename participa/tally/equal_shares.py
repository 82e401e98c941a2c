"""The Method of Equal Shares, exactly, on real cities in a fraction of a second.

Everybody starts with an equal part of the pot. Again and again the project is bought whose
supporters pay least per unit of utility (the *effective price*), each paying the same per unit, or
all that is left to them; until no project can be paid by those who want it.

How it is fast. A set of people is one integer with a bit for each of them. The purses are kept bit
by bit in such integers too: one for the highest bit of every purse, one for the next, …; so one
pass over some thirty integers compares or lowers the purses of a whole city. Prices only rise and
purses only shrink: a heap keyed by the last known price is enough, and whoever cannot pay the full
share of a project never will again.

How it is exact. The purses kept in bits are rounded: never below the truth, and less than one unit
for each round above it. They give a lower bound for every price. What a bound cannot decide, the
exact price decides: a purse is what everybody had at the start less the shares its owner paid, so
the money of any set of people follows from counting them: integers over one common denominator.
No float takes part.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from participa.tally.election import Election
from participa.tally.parameters import Utility

PURSE_BITS = 30  # how finely purses are kept; what is finer is settled exactly
SUM_BITS = 14  # how many of them are added up for a bound, where one run is wanted
KEY_BITS = 40  # what a heap key has beyond a purse, so that dividing by a cost loses nothing

_WORTH: Mapping[Utility, Callable[[int], int]] = {
    Utility.POINTS: lambda points: points,
    Utility.BORDA: lambda points: points - 1,
}


@dataclass(slots=True)
class _Level:
    """The supporters of a project to whom it is worth the same, as long as they have money."""

    utility: int
    people: int
    poor: int = 0  # of them, who cannot pay the full share


@dataclass(frozen=True, slots=True)
class Purchase:
    """One round: what was bought, at which price, and who paid.

    ``price`` is money per unit of utility; ``share`` the money of a supporter per point of the
    ballot (for approvals: per supporter). ``full`` are those who paid their full share, by points;
    ``exhausted`` those who gave all they had left, together ``remains``. Sets of people are bits.
    """

    project: int
    price: Fraction
    share: Fraction
    full: tuple[tuple[int, int], ...]
    exhausted: int
    remains: Fraction
    tied: tuple[int, ...]
    next_price: Fraction | None
    """No other project was cheaper than this."""
    next_rank: int
    """Its place in the tie order where that is known, else -1."""


@dataclass(frozen=True, slots=True)
class Purchases:
    """All rounds that a starting purse leads to."""

    purse: Fraction
    rounds: tuple[Purchase, ...]
    spent: int

    @property
    def projects(self) -> tuple[int, ...]:
        """What was bought, in order."""
        return tuple(each.project for each in self.rounds)


class EqualShares:
    """An election prepared for any number of runs with different purses."""

    def __init__(
        self, election: Election, utility: Utility, rank: Sequence[int], threshold: int = 0
    ) -> None:
        """Sort out who wants what; ``rank`` is the place of each project in the tie order."""
        self.rank = rank
        self.costs = [project.cost for project in election.projects]
        self.values = self.costs if utility is Utility.COST else [1] * len(self.costs)
        self.everybody = (1 << election.voters) - 1
        self.support = election.support(_WORTH.get(utility))
        self.candidates = [
            (project, sum(column.bit_count() for column in levels.values()))
            for project, levels in enumerate(self.support)
            if levels
            and not election.projects[project].withdrawn
            and (threshold <= 1 or election.scores[project] >= threshold)
        ]

    def run(self, purse: Fraction, limit: int | None = None) -> Purchases:
        """Return what is bought when everybody starts with ``purse``.

        With a ``limit`` the run ends as soon as more than that is spent, and takes more trouble to
        say how near the next project was.
        """
        run = _Run(self, purse, SUM_BITS if limit is None else PURSE_BITS)
        rounds: list[Purchase] = []
        spent = 0
        while (limit is None or spent <= limit) and (bought := run.buy()) is not None:
            spent += self.costs[bought.project]
            rounds.append(bought)
        return Purchases(purse, tuple(rounds), spent)


class _Run:
    def __init__(self, shares: EqualShares, purse: Fraction, sum_bits: int) -> None:
        self.shares = shares
        self.sum_bits = sum_bits
        self.shift = max(0, PURSE_BITS - (purse.numerator // purse.denominator).bit_length())
        self.full = -(-(purse.numerator << self.shift) // purse.denominator)
        self.alive = shares.everybody
        # The highest bit of all purses, the next, …
        self.planes = [
            self.alive if self.full >> bit & 1 else 0
            for bit in reversed(range(self.full.bit_length()))
        ]
        # Exact: what everybody had, and what each set of supporters paid, over one denominator.
        self.denominator = purse.denominator
        self.initial = purse.numerator
        self.paid: list[tuple[int, int]] = []
        self.levels: dict[int, list[_Level]] = {}
        self.heap: list[tuple[int, int, int]] = []
        self.round = 0
        for project, people in shares.candidates:
            if people * purse >= shares.costs[project]:
                levels = shares.support[project].items()
                self.levels[project] = [_Level(*level) for level in levels]
                power = sum(utility * column.bit_count() for utility, column in levels)
                key = self._key(project, shares.costs[project] << self.shift, power)
                self.heap.append((key, -1, project))
        heapq.heapify(self.heap)

    def buy(self) -> Purchase | None:
        """Find the cheapest project, take its cost out of the purses, and return the round."""
        heap, now = self.heap, self.round
        scale = 1 << self.shift + KEY_BITS
        contenders: list[tuple[Fraction, int, int, int]] = []
        ceiling = None
        while heap and (ceiling is None or heap[0][0] <= ceiling):
            key, stamp, project = heapq.heappop(heap)
            if stamp != now:
                fresh = self._bound(project)
                if fresh is not None:
                    heapq.heappush(heap, (fresh, now, project))
                continue
            price = self._price(project)
            if price is not None:
                contenders.append((price, self.shares.rank[project], project, key))
                best = min(contenders)[0] * scale
                ceiling = best.numerator // best.denominator
        if not contenders:
            return None
        contenders.sort()
        following = [each[:2] for each in contenders[1:2]]
        if heap:
            following.append((Fraction(heap[0][0], scale), -1))
        next_price, next_rank = min(following, default=(None, -1))
        # Not before: what is known exactly of them would be hidden by the bounds in their keys.
        for _price, _rank, project, key in contenders[1:]:
            heapq.heappush(heap, (key, now, project))
        price, _rank, project, _key = contenders[0]
        share = price * self.shares.values[project]
        full, exhausted, remains = self._pay(project, share)
        return Purchase(
            project=project,
            price=price,
            share=share,
            full=full,
            exhausted=exhausted,
            remains=remains,
            tied=tuple(each[2] for each in contenders[1:] if each[0] == price),
            next_price=next_price,
            next_rank=next_rank,
        )

    def _key(self, project: int, missing: int, power: int) -> int:
        return (missing << KEY_BITS) // (power * self.shares.values[project])

    def _bound(self, project: int) -> int | None:
        """Return a lower bound of the price as a heap key; None when nobody can pay any more.

        For any set of supporters taken as poor, (cost - their money) / (utility of the others) is
        at most the share; and it is the share when they are those who cannot pay it.
        """
        levels = self.levels[project]
        missing = self.shares.costs[project] << self.shift
        power = 0
        for level in levels:
            level.people &= self.alive
            level.poor &= self.alive
            missing -= self._money(level.poor)
            power += level.utility * (level.people.bit_count() - level.poor.bit_count())
        growing = True
        while growing:
            growing = False
            for level in levels:
                if power <= 0 or missing > self.full * power:
                    return None
                share = -(-missing * level.utility // power)
                if poor := self._below(level.people ^ level.poor, share):
                    growing = True
                    level.poor |= poor
                    missing -= self._money(poor)
                    power -= level.utility * poor.bit_count()
        return self._key(project, missing, power)

    def _below(self, people: int, amount: int) -> int:
        """Return who of ``people`` has less than ``amount`` in the purse."""
        if amount > self.full:
            return people
        found = 0
        bit = 1 << len(self.planes)
        for plane in self.planes:
            bit >>= 1
            if amount & bit:
                same = people & plane
                found |= people ^ same
                people = same
            else:
                people ^= people & plane
            if not people:
                break
        return found

    def _money(self, people: int) -> int:
        """Return what is in the purses of ``people``, never less than the truth."""
        if not people:
            return 0
        total = 0
        for plane in self.planes[: self.sum_bits]:
            total += total + (plane & people).bit_count()
        finer = max(0, len(self.planes) - self.sum_bits)
        return (total + people.bit_count() << finer) if finer else total

    def _exact(self, people: int) -> int:
        """Return the money of ``people``, none of whom has spent all; over the denominator."""
        if not people:
            return 0
        return people.bit_count() * self.initial - sum(
            amount * (people & payers).bit_count() for payers, amount in self.paid
        )

    def _alike(self, people: int) -> Iterator[tuple[int, int]]:
        """Divide ``people`` by what they have: sets, and the exact money of each person."""
        sets = [(people, self.initial)]
        for payers, amount in self.paid:
            sets = [
                part
                for group, money in sets
                for part in ((group & payers, money - amount), (group & ~payers, money))
                if part[0]
            ]
        yield from sets

    def _price(self, project: int) -> Fraction | None:
        """Return the exact price, and settle exactly who cannot pay the full share."""
        levels, denominator = self.levels[project], self.denominator
        missing = self.shares.costs[project] * denominator
        power = 0
        for level in levels:
            missing -= self._exact(level.poor)
            power += level.utility * (level.people.bit_count() - level.poor.bit_count())
        growing = True
        while growing:
            growing = False
            for level in levels:
                if power <= 0:
                    return None
                share = (missing * level.utility << self.shift) // (power * denominator)
                doubtful = self._below(level.people ^ level.poor, share + self.round + 2)
                for group, money in self._alike(doubtful) if doubtful else ():
                    if money * power < missing * level.utility:
                        growing = True
                        level.poor |= group
                        missing -= money * group.bit_count()
                        power -= level.utility * group.bit_count()
        return Fraction(missing, power * denominator * self.shares.values[project])

    def _pay(
        self, project: int, share: Fraction
    ) -> tuple[tuple[tuple[int, int], ...], int, Fraction]:
        """Take the money out of the purses; return who paid in full, who gave all, and how much."""
        levels = self.levels.pop(project)
        exhausted = 0
        for level in levels:
            exhausted |= level.poor
        remains = Fraction(self._exact(exhausted), self.denominator)
        full = tuple((level.utility, level.people ^ level.poor) for level in levels)
        factor = share.denominator // gcd(share.denominator, self.denominator)
        self.denominator *= factor
        self.initial *= factor
        self.paid = [(payers, amount * factor) for payers, amount in self.paid]
        for utility, payers in full:
            amount = share * utility
            self.paid.append((payers, amount.numerator * (self.denominator // amount.denominator)))
            self._lower(payers, (amount.numerator << self.shift) // amount.denominator)
        self.planes = [plane ^ (plane & exhausted) for plane in self.planes]
        self.alive ^= exhausted
        self.round += 1
        return full, exhausted, remains

    def _lower(self, people: int, amount: int) -> None:
        """Take ``amount`` out of the purses of ``people``: a subtraction for all at once."""
        planes = self.planes
        borrow = 0
        for place in reversed(range(len(planes))):
            plane = planes[place]
            if amount & 1:
                planes[place] = plane ^ people ^ borrow
                borrow |= people ^ (people & plane)
            elif borrow:
                planes[place] = plane ^ borrow
                borrow ^= borrow & plane
            amount >>= 1
