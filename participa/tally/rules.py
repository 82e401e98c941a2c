"""From an election and its parameters to the outcome; and what a file declares about both."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from participa.tally.add1 import add1
from participa.tally.election import Election, VoteType
from participa.tally.equal_shares import EqualShares, Purchases
from participa.tally.greedy import Verdict, greedy
from participa.tally.outcome import Outcome, Preference
from participa.tally.parameters import (
    Completion,
    Parameters,
    Rule,
    Unsuitable,
    Utility,
    tie_order,
)
from participa.tally.phragmen import phragmen
from participa.tally.sentences import _l


def named(text: str) -> tuple[str, ...]:
    """Return ids that a command names with commas between them."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


PABULIB = {
    "greedy": Parameters(Rule.GREEDY),
    "greedy-no-skip": Parameters(Rule.GREEDY_NO_SKIP),
    "greedy-threshold": Parameters(Rule.GREEDY_THRESHOLD),
    "equalshares": Parameters(Rule.EQUAL_SHARES),
    "equalshares-comparison": Parameters(Rule.EQUAL_SHARES, compare=True),
    "equalshares/add1": Parameters(Rule.EQUAL_SHARES, completion=Completion.ADD1),
    "equalshares/add1-comparison": Parameters(
        Rule.EQUAL_SHARES, completion=Completion.ADD1, compare=True
    ),
}
"""What the rules of the ``.pb`` format mean."""

THRESHOLD = "min_project_score_threshold"
_COMMAND = re.compile(r"participa tally (--[^#]*)")
_OPTIONS: Mapping[str, Callable[[str], Any]] = {
    "rule": Rule, "utility": Utility, "completion": Completion, "ties": str, "threshold": int,
    "step": int, "keep": named,
}  # fmt: skip


def tally(election: Election, parameters: Parameters) -> Outcome:
    """Return the winners and how they were found.

    Raises :class:`Unsuitable` when the ballots do not say what the rule needs.
    """
    kept = tuple(_kept(election, parameters.keep))
    found = _count(_without(election, kept), parameters) if kept else _count(election, parameters)
    return replace(found, election=election, winners=(*kept, *found.winners), kept=kept)


def _kept(election: Election, ids: Sequence[str]) -> Iterator[int]:
    """Give the places of projects that are funded beforehand. Raises :class:`Unsuitable`."""
    places = {project.id: place for place, project in enumerate(election.projects)}
    left = election.budget
    for each in dict.fromkeys(ids):
        place = places.get(each)
        if place is None or election.projects[place].withdrawn:
            raise Unsuitable(_l("«%(id)s», que se debe mantener, no está en la votación", id=each))
        left -= election.projects[place].cost
        if left < 0:
            raise Unsuitable(_l("lo que se debe mantener cuesta más que la bolsa"))
        yield place


def _without(election: Election, kept: Sequence[int]) -> Election:
    """Return what is left to count: the other projects, and the money that remains."""
    return replace(
        election,
        budget=election.budget - sum(election.projects[each].cost for each in kept),
        projects=tuple(
            replace(project, withdrawn=project.withdrawn or place in kept)
            for place, project in enumerate(election.projects)
        ),
    )


def _count(election: Election, parameters: Parameters) -> Outcome:
    rank = tie_order(election, parameters.ties)
    if parameters.rule is Rule.PHRAGMEN:
        drips = phragmen(election, rank, parameters.threshold)
        winners = tuple(each.project for each in drips if each.fits)
        return Outcome(election, parameters, winners, drips=tuple(drips))
    if parameters.rule is Rule.EQUAL_SHARES:
        return _equal_shares(election, parameters, rank)
    steps = greedy(
        election,
        rank,
        skip=parameters.rule is not Rule.GREEDY_NO_SKIP,
        threshold=parameters.threshold,
    )
    winners = tuple(each.project for each in steps if each.verdict is Verdict.FUNDED)
    return Outcome(election, parameters, winners, steps=tuple(steps))


def _equal_shares(election: Election, parameters: Parameters, rank: Sequence[int]) -> Outcome:
    if parameters.utility is Utility.POINTS and not election.vote_type.has_points:
        raise Unsuitable(_l("la utilidad «points» necesita papeletas con puntos"))
    if parameters.utility is Utility.BORDA and election.vote_type is not VoteType.ORDINAL:
        raise Unsuitable(_l("la utilidad «borda» necesita papeletas que ordenan"))
    purchases = _purchases(election, parameters, rank)
    winners = purchases.projects
    steps = []
    if parameters.completion in {Completion.GREEDY, Completion.ADD1_GREEDY}:
        steps = greedy(election, rank, funded=set(winners), threshold=parameters.threshold)
        winners += tuple(each.project for each in steps if each.verdict is Verdict.FUNDED)
    preference = None
    if parameters.compare:
        other = greedy(election, rank, threshold=parameters.threshold)
        most_voted = tuple(each.project for each in other if each.verdict is Verdict.FUNDED)
        preference = _compare(election, winners, most_voted)
        if preference.greedy > preference.shares:
            winners, steps = most_voted, other
    return Outcome(
        election, parameters, winners, tuple(steps), purchases=purchases, preference=preference
    )


def _purchases(election: Election, parameters: Parameters, rank: Sequence[int]) -> Purchases:
    shares = EqualShares(election, parameters.utility, rank, parameters.threshold)
    if not parameters.completion.startswith("add1"):
        return shares.run(election.purse)
    return add1(
        shares,
        election.purse,
        election.budget,
        parameters.step * election.unit,
        exhaustive=parameters.completion is Completion.ADD1_EXHAUSTIVE,
    )


def _compare(election: Election, shares: Sequence[int], most_voted: Sequence[int]) -> Preference:
    """Count who has more of their projects funded by one rule than by the other."""
    worth = [(each in shares) - (each in most_voted) for each in range(len(election.projects))]
    better = worse = 0
    for ballot, count in election.ballots.items():
        difference = sum(worth[each] for each, points in election.graded(ballot) if points > 0)
        better += count * (difference > 0)
        worse += count * (difference < 0)
    return Preference(better, worse)


def declared(election: Election) -> Parameters:
    """Return the parameters that the file itself declares: in its comment, or by its rule.

    Raises :class:`Unsuitable` when it declares none that is known.
    """
    threshold = election.meta.get(THRESHOLD, "")
    base: dict[str, Any] = {"threshold": int(threshold)} if threshold.isdecimal() else {}
    if found := _COMMAND.search(election.meta.get("comment", "")):
        try:
            words = shlex.split(found[1])
            given = dict(zip(words, [*words[1:], ""], strict=True))
            values = {
                name: kind(given[f"--{name}"])
                for name, kind in _OPTIONS.items()
                if f"--{name}" in given
            }
            return Parameters(**{**base, **values, "compare": "--compare" in words})
        except ValueError as error:
            raise Unsuitable(
                _l("el comentario del archivo declara una regla mal escrita")
            ) from error
    rule = election.meta.get("rule", "")
    if rule not in PABULIB:
        raise Unsuitable(
            _l("el archivo dice «%(rule)s», que no es una regla que se pueda recontar", rule=rule)
        )
    known = PABULIB[rule]
    return Parameters(known.rule, completion=known.completion, compare=known.compare, **base)


def command(parameters: Parameters) -> str:
    """Return the command that counts with these parameters, for the comment of a file."""
    words = ["participa", "tally", "--rule", str(parameters.rule)]
    for name, value in parameters.plain().items():
        if name == "compare":
            words += ["--compare"] if value else []
        else:
            words += [f"--{name}", str(value)]
    return shlex.join(words)
