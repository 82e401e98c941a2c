"""Most votes first: with skipping, without, with a threshold; and the fill of what others leave."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from participa.tally.election import Election


class Verdict(StrEnum):
    """What became of a project when its turn came."""

    FUNDED = "funded"
    OVER = "over"  # cost more than was left
    BELOW = "below"  # less than the threshold
    STOPPED = "stopped"  # came after the first that did not fit
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Step:
    """One project's turn: its score, what was left of the pot, and with whom it was tied."""

    project: int
    verdict: Verdict
    score: int
    left: int
    tied: tuple[int, ...]


def greedy(
    election: Election,
    rank: Sequence[int],
    *,
    skip: bool = True,
    threshold: int = 0,
    funded: Collection[int] = (),
) -> list[Step]:
    """Return every project's turn, by score and then by ``rank``.

    Without ``skip`` the first project that does not fit ends the funding. Projects in ``funded``
    are paid already and have no turn. Withdrawn projects never win and never end anything.
    """
    scores, projects = election.scores, election.projects
    left = election.budget - sum(projects[each].cost for each in funded)
    order = sorted(
        (each for each in range(len(projects)) if each not in funded),
        key=lambda each: (-scores[each], rank[each]),
    )
    equal: dict[int, list[int]] = {}
    for each in order:
        if not projects[each].withdrawn:
            equal.setdefault(scores[each], []).append(each)
    steps: list[Step] = []
    stopped = False
    for each in order:
        verdict = Verdict.FUNDED
        if projects[each].withdrawn:
            verdict = Verdict.WITHDRAWN
        elif scores[each] < threshold:
            verdict = Verdict.BELOW
        elif stopped:
            verdict = Verdict.STOPPED
        elif projects[each].cost > left:
            verdict = Verdict.OVER
            stopped = not skip
        tied = tuple(other for other in equal.get(scores[each], ()) if other != each)
        steps.append(Step(each, verdict, scores[each], left, tied))
        if verdict is Verdict.FUNDED:
            left -= projects[each].cost
    return steps
