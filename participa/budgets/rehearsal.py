"""Invented votes, to see what a rule does before anybody votes. Pure, and the same for one seed.

Every neighbour has a place and interests; projects near by and of these interests please more, and
some projects please everybody a little. Nothing of it says how real people would vote.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from participa.budgets import counting
from participa.budgets.ballots import BallotKind, Form, Option, PotLimit, PotScope, problems
from participa.budgets.counting import Candidate
from participa.budgets.rules import EQUAL_SHARES, Rules
from participa.tally import Explanation, Outcome, Unsuitable, explain, tally

Choice = dict[int, int]
MOST_CHOSEN = 8
"""Projects that an invented neighbour chooses where there is no maximum."""
SEED = "ensayo"
STEPS = 200
"""Into how many steps a person's share of the pot is divided, where leftovers are given again."""


@dataclass(frozen=True, slots=True)
class Trait:
    """What invented neighbours look at in a project."""

    candidate: Candidate
    option: Option
    territory: int | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """What one rule funds in one pot."""

    rules: Rules
    outcome: Outcome
    is_own: bool
    """Whether it is the vote's own rule."""
    happy: int
    """Neighbours with at least one of their projects funded."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One pot counted by several rules, the vote's own first."""

    pot: PotLimit
    columns: tuple[Column, ...]
    explanation: Explanation


def invent(
    form: Form,
    pots: Mapping[int, PotLimit],
    traits: Sequence[Trait],
    *,
    people: int,
    seed: int,
) -> list[Choice]:
    """Return the valid ballots that so many invented neighbours cast."""
    dice = random.Random(seed)  # noqa: S311  (the same neighbours for one seed)
    options = {each.option.id: each.option for each in traits}
    appeal = {each.option.id: dice.random() * 0.8 for each in traits}
    territories = sorted({each.territory for each in traits if each.territory is not None})
    categories = sorted({each.option.category for each in traits})
    found = []
    for _person in range(people):
        home = dice.choice(territories) if territories else None
        interests = {each: dice.random() ** 2 for each in categories}
        liking = {
            each.option.id: appeal[each.option.id]
            + interests[each.option.category]
            + (0.5 if each.territory is not None and each.territory == home else 0)
            + dice.gauss(0, 0.25)
            for each in traits
        }
        wanted = _pots_of(form, pots, traits, liking, dice)
        choice: Choice = {}
        for pot in wanted:
            mine = [each.option for each in traits if each.option.pot_id == pot.id]
            choice |= _choose(form, pot, mine, liking, dice)
        if choice and not problems(form, pots, options, choice):
            found.append(choice)
    return found


def _pots_of(
    form: Form,
    pots: Mapping[int, PotLimit],
    traits: Sequence[Trait],
    liking: Mapping[int, float],
    dice: random.Random,
) -> list[PotLimit]:
    best = {
        key: max(
            (liking[each.option.id] for each in traits if each.option.pot_id == key), default=None
        )
        for key in pots
    }
    filled = [key for key in sorted(pots) if best[key] is not None]
    if form.scope is PotScope.ALL:
        return [pots[key] for key in filled if dice.random() < 0.9]  # noqa: PLR2004
    local = [key for key in filled if form.scope is PotScope.ONE or not pots[key].citywide]
    chosen = sorted(local, key=lambda key: -(best[key] or 0))[:1]
    city = [key for key in filled if key not in local]
    return [pots[key] for key in (*chosen, *city)]


def _choose(
    form: Form,
    pot: PotLimit,
    options: Sequence[Option],
    liking: Mapping[int, float],
    dice: random.Random,
) -> Choice:
    ordered = sorted(options, key=lambda each: -liking[each.id])
    maximum = form.maximum_in(pot) or min(len(ordered), MOST_CHOSEN)
    number = min(max(form.minimum, dice.randint(1, maximum)), maximum)
    if form.kind is BallotKind.KNAPSACK:
        number = form.maximum_in(pot) or len(ordered)
    used: dict[str, int] = {}
    left = pot.amount
    picked: list[Option] = []
    for each in ordered:
        if len(picked) == number:
            break
        if form.per_category is not None and used.get(each.category, 0) >= form.per_category:
            continue
        if form.kind is BallotKind.KNAPSACK and each.cost > left:
            continue
        used[each.category] = used.get(each.category, 0) + 1
        left -= each.cost
        picked.append(each)
    if form.kind is BallotKind.RANKING:
        return {each.id: rank for rank, each in enumerate(picked, 1)}
    if form.kind is BallotKind.POINTS:
        return _points(form, picked)
    return {each.id: 1 for each in picked}


def _points(form: Form, picked: Sequence[Option]) -> Choice:
    picked = picked[: form.points]
    given = {each.id: 1 for each in picked}
    left = form.points - len(picked)
    for each in picked:
        more = min(left, (left + 1) // 2, (form.points_per_project or form.points) - 1)
        given[each.id] += more
        left -= more
    return given


def rehearse(
    rules: Rules,
    pot: PotLimit,
    candidates: Sequence[Candidate],
    choices: Sequence[Choice],
    unit: int,
) -> Rehearsal:
    """Return what the vote's own rule and the usual others would fund in one pot, and why.

    Money left over is given in larger steps than in a real count: votes are invented anyway, and
    somebody is waiting for the page.
    """
    election = counting.election(rules, pot, candidates, choices, unit=unit)
    step = max(1, pot.amount // unit // max(election.voters, 1) // STEPS)
    columns = []
    for each in _compared(rules):
        try:
            outcome = tally(election, replace(counting.parameters(each, SEED), step=step))
        except Unsuitable:
            continue
        winners = set(outcome.winners)
        happy = sum(
            count
            for (chosen, _points), count in election.ballots.items()
            if winners.intersection(chosen)
        )
        columns.append(Column(each, outcome, each == rules, happy))
    return Rehearsal(pot, tuple(columns), explain(columns[0].outcome))


def _compared(rules: Rules) -> list[Rules]:
    plain = replace(rules, rule="greedy", completion="none", compare=False, threshold=1)
    others = [
        plain,
        replace(plain, rule="greedy-no-skip"),
        replace(plain, rule=EQUAL_SHARES),
        replace(plain, rule=EQUAL_SHARES, completion="add1"),
        replace(plain, rule="phragmen"),
    ]
    return [rules, *[each for each in others if each != rules]]
