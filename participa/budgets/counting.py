"""From ballots and rules as the product keeps them to what the tally counts. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from participa.budgets.ballots import BallotKind, PotLimit
from participa.budgets.rules import Rules
from participa.budgets.tally import (
    Ballot,
    Completion,
    Election,
    Parameters,
    Project,
    Rule,
    Utility,
    VoteType,
)

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
    ordered = sorted(candidates, key=lambda each: each.number)
    places = {each.id: place for place, each in enumerate(ordered)}
    kind = rules.form.kind
    cast = Counter(
        ballot
        for choice in choices
        if (ballot := _ballot(kind, [(places[k], v) for k, v in choice.items() if k in places]))[0]
    )
    return Election(
        projects=tuple(
            Project(str(each.number), each.cost, each.title, each.withdrawn) for each in ordered
        ),
        budget=pot.amount,
        vote_type=VOTE_TYPES[kind],
        ballots=cast,
        unit=unit,
    )


def _ballot(kind: BallotKind, picked: list[tuple[int, int]]) -> Ballot:
    if kind is BallotKind.RANKING:
        return tuple(place for place, _rank in sorted(picked, key=lambda each: each[1])), ()
    picked.sort()
    points = tuple(value for _place, value in picked) if kind is BallotKind.POINTS else ()
    return tuple(place for place, _value in picked), points


def parameters(rules: Rules, seed: str) -> Parameters:
    """Return what the tally is told; ``seed`` is that of the draw, where lots decide ties."""
    return Parameters(
        rule=Rule(rules.rule),
        utility=Utility(rules.utility),
        completion=Completion(rules.completion),
        compare=rules.compare,
        threshold=rules.threshold,
        ties=f"lot:{seed}" if rules.ties == "lot" else rules.ties,
    )
