"""Add1: give every voter a little more, and again, while what Equal Shares buys fits the pot.

Where the unit of money is small that is hundreds of thousands of runs. Most of them change nothing,
and it can be proved without running them: with the same purchases before, more money means purses
no smaller and prices no higher. So if two starting purses buy the same projects in the same order,
and in every round what was bought with the smaller purse was no dearer than anything else with the
larger one, then every purse between buys the same.
"""

from collections.abc import Sequence
from fractions import Fraction

from participa.tally.equal_shares import EqualShares, Purchases


def add1(
    shares: EqualShares, start: Fraction, budget: int, step: int, *, exhaustive: bool
) -> Purchases:
    """Return the last outcome that fits ``budget`` before one that does not.

    With ``exhaustive`` it is the first outcome after which nothing more fits, if there is one.
    ``step`` is what each voter gets at a time, in the smallest unit of money. Equal to running all
    purses ``start + k * step`` one by one.
    """
    ahead: dict[int, Purchases] = {}  # runs further on, by how many steps
    done, stride = 0, 1
    here = before = shares.run(start)
    while not _finished(shares, here, budget, exhaustive=exhaustive):
        same = [steps for steps in ahead if _nothing_between(here, ahead[steps], shares.rank)]
        if same:
            stride = 2 * (max(same) - done)
            done, here = max(same), ahead[max(same)]
        elif done + 1 in ahead:
            done, here, stride = done + 1, ahead[done + 1], 1
            if here.spent > budget:
                return before
        else:
            steps = done + (max(1, (min(ahead) - done) // 2) if ahead else stride)
            ahead[steps] = shares.run(start + steps * step, limit=budget)
            continue
        before = here
        ahead = {steps: run for steps, run in ahead.items() if steps > done}
    return here


def _finished(shares: EqualShares, run: Purchases, budget: int, *, exhaustive: bool) -> bool:
    """Whether more money for the voters is of no use."""
    bought = set(run.projects)
    left = [
        shares.costs[project] for project, _people in shares.candidates if project not in bought
    ]
    return not left or (exhaustive and min(left) > budget - run.spent)


def _nothing_between(poorer: Purchases, richer: Purchases, rank: Sequence[int]) -> bool:
    """Whether it is certain that every purse between two buys what both buy."""
    return poorer.projects == richer.projects and all(
        after.next_price is None
        or (before.price, rank[before.project]) < (after.next_price, after.next_rank)
        for before, after in zip(poorer.rounds, richer.rounds, strict=True)
    )
