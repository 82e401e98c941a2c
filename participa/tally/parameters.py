"""What a tally is told: rule, utility, completion, comparison, threshold and order of ties."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from participa.tally.election import Election
from participa.tally.sentences import Sentence, _l


class Rule(StrEnum):
    """How winners are found."""

    GREEDY = "greedy"
    GREEDY_NO_SKIP = "greedy-no-skip"
    GREEDY_THRESHOLD = "greedy-threshold"
    EQUAL_SHARES = "equal-shares"
    PHRAGMEN = "phragmen"


class Utility(StrEnum):
    """What a funded project is worth to somebody who voted for it (Equal Shares)."""

    COST = "cost"
    CARDINALITY = "cardinality"
    POINTS = "points"
    BORDA = "borda"


class Completion(StrEnum):
    """What is done with money that Equal Shares leaves."""

    NONE = "none"
    ADD1 = "add1"
    ADD1_EXHAUSTIVE = "add1-exhaustive"
    GREEDY = "greedy"
    ADD1_GREEDY = "add1+greedy"


LOT = "lot:"
TIES = ("file", "id", "cost")


class Unsuitable(ValueError):
    """These parameters make no sense, or not for this election. Carries the reason."""

    def __init__(self, reason: Sentence) -> None:
        self.reason = reason
        super().__init__(str(reason))


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that decides the winners beside the ballots.

    ``ties`` is ``file`` (order of submission), ``id`` (as text), ``cost`` (cheaper first, then
    order of submission) or ``lot:SEED`` (by SHA-256 of ``SEED:project id``, lowest first; anyone
    can compute it). ``step`` is what Add1 gives each voter at a time, in units of the currency.
    ``threshold`` counts votes, or points where ballots give points; what has less never wins.
    ``keep`` names projects by their ids that are funded beforehand, in this order: the rest is
    counted with the money that remains.
    """

    rule: Rule = Rule.GREEDY
    utility: Utility = Utility.COST
    completion: Completion = Completion.NONE
    compare: bool = False
    threshold: int = 0
    step: int = 1
    ties: str = "file"
    keep: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.ties not in TIES and not (self.ties.startswith(LOT) and self.ties != LOT):
            raise Unsuitable(
                _l("no conozco el orden de desempate «%(ties)s»", ties=self.ties),
            )
        if self.step < 1:
            raise Unsuitable(_l("el paso debe ser 1 o más"))

    def plain(self) -> Mapping[str, Any]:
        """Return what matters under this rule, as plain data."""
        data = {key: str(v) if isinstance(v, str) else v for key, v in asdict(self).items()}
        del data["rule"]
        data["keep"] = ",".join(self.keep)
        shares = self.rule is Rule.EQUAL_SHARES
        kept = {"ties"} | ({"utility", "completion", "compare"} if shares else set())
        if self.rule is Rule.GREEDY_THRESHOLD or self.threshold:
            kept.add("threshold")
        if self.keep:
            kept.add("keep")
        if shares and self.completion.startswith("add1"):
            kept.add("step")
        return {key: value for key, value in data.items() if key in kept}


def tie_order(election: Election, ties: str) -> list[int]:
    """Return the place of each project in the declared order: 0 goes first."""
    projects = election.projects

    def key(place: int) -> Any:
        project = projects[place]
        if ties == "id":
            return project.id
        if ties == "cost":
            return project.cost, place
        if ties.startswith(LOT):
            return sha256(f"{ties.removeprefix(LOT)}:{project.id}".encode()).hexdigest()
        return place

    order = sorted(range(len(projects)), key=key)
    rank = [0] * len(order)
    for place, project in enumerate(order):
        rank[project] = place
    return rank
