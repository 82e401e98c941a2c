"""From ballots and rules as the product keeps them to what the tally counts. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from participa.budgets.ballots import BallotKind, PotLimit
from participa.budgets.rules import Rules
from participa.tally import (
    Ballot,
    Completion,
    Election,
    Parameters,
    Project,
    Rule,
    Utility,
    VoteType,
)
from participa.tally.election import withdrawn_cost

VOTE_TYPES: Mapping[BallotKind, VoteType] = {
    BallotKind.APPROVAL: VoteType.APPROVAL,
    BallotKind.KNAPSACK: VoteType.APPROVAL,
    BallotKind.CHOOSE_ONE: VoteType.CHOOSE_ONE,
    BallotKind.RANKING: VoteType.ORDINAL,
    BallotKind.POINTS: VoteType.CUMULATIVE,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project as it is counted. The tally knows it by its number, as people do."""

    id: int
    number: int
    title: str
    cost: int
    """Minor currency units."""
    withdrawn: bool = False
    category: str = ""
    """Key of its category."""


def election(
    rules: Rules,
    pot: PotLimit,
    candidates: Sequence[Candidate],
    choices: Iterable[Mapping[int, int]],
    *,
    unit: int,
) -> Election:
    """Return the election of one pot: its projects by number, and the ballots that name any.

    ``choices`` map project ids to 1, rank or points, of all pots or of this one; ``unit`` is how
    many minor units a unit of the currency has.
    """
    return elections(rules, [(pot, candidates)], choices, unit=unit)[pot.id]


def elections(
    rules: Rules,
    pots: Sequence[tuple[PotLimit, Sequence[Candidate]]],
    choices: Iterable[Mapping[int, int]],
    *,
    unit: int,
) -> dict[int, Election]:
    """Return the elections of several pots, by pot, going through the ballots once.

    See :func:`election`. Where a ballot names several pots, nothing ties its parts any more.
    Withdrawn candidates that no ballot names are left out.
    """
    pot_of = {each.id: pot.id for pot, candidates in pots for each in candidates}
    cast: dict[int, Counter[_Picked]] = {pot.id: Counter() for pot, _candidates in pots}
    for choice in choices:
        parts: dict[int, list[tuple[int, int]]] = {}
        for project, value in sorted(choice.items()):
            if project in pot_of:
                parts.setdefault(pot_of[project], []).append((project, value))
        for pot_id, picked in parts.items():
            cast[pot_id][tuple(picked)] += 1
    return {
        pot.id: _election(rules.form.kind, pot, candidates, cast[pot.id], unit)
        for pot, candidates in pots
    }


_Picked = tuple[tuple[int, int], ...]


def _election(
    kind: BallotKind,
    pot: PotLimit,
    candidates: Sequence[Candidate],
    cast: Mapping[_Picked, int],
    unit: int,
) -> Election:
    named = {project for picked in cast for project, _value in picked}
    ordered = sorted(
        (each for each in candidates if not each.withdrawn or each.id in named),
        key=lambda each: each.number,
    )
    places = {each.id: place for place, each in enumerate(ordered)}
    ballots: Counter[Ballot] = Counter()
    for picked, count in cast.items():
        ballots[_ballot(kind, [(places[project], value) for project, value in picked])] += count
    return Election(
        projects=tuple(_project(each, unit, pot.amount) for each in ordered),
        budget=pot.amount,
        vote_type=VOTE_TYPES[kind],
        ballots=ballots,
        unit=unit,
    )


def _project(each: Candidate, unit: int, budget: int) -> Project:
    """Return a candidate as files write it: a withdrawn one has the cost that says so."""
    return Project(
        str(each.number),
        withdrawn_cost(budget // unit) * unit if each.withdrawn else each.cost,
        each.title,
        each.withdrawn,
        {"category": each.category} if each.category else {},
    )


def _ballot(kind: BallotKind, picked: list[tuple[int, int]]) -> Ballot:
    if kind is BallotKind.RANKING:
        return tuple(place for place, _rank in sorted(picked, key=lambda each: each[1])), ()
    picked.sort()
    points = tuple(value for _place, value in picked) if kind is BallotKind.POINTS else ()
    return tuple(place for place, _value in picked), points


def parameters(rules: Rules, seed: str, keep: Sequence[int] = ()) -> Parameters:
    """Return what the tally is told; ``seed`` is that of the draw, where lots decide ties.

    ``keep`` are the numbers of projects that were announced as winners before.
    """
    return Parameters(
        rule=Rule(rules.rule),
        utility=Utility(rules.utility),
        completion=Completion(rules.completion),
        compare=rules.compare,
        threshold=rules.threshold,
        ties=f"lot:{seed}" if rules.ties == "lot" else rules.ties,
        keep=tuple(map(str, keep)),
    )
