"""Write an election as a ``.pb`` file that the official checker takes and anyone can recount.

Projects stand in the declared order of ties, so that whoever knows only the order of the file
breaks ties alike. Ballots are sorted by what they say and numbered anew: the file tells nothing of
who cast them, nor when. Equal elections give equal bytes, and so one digest.
"""

import csv
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import StringIO

from participa.tally.add1 import add1
from participa.tally.election import Election, VoteType
from participa.tally.equal_shares import EqualShares
from participa.tally.greedy import Verdict
from participa.tally.outcome import Outcome
from participa.tally.parameters import Completion, Rule, Utility, tie_order
from participa.tally.rules import PABULIB, THRESHOLD, command

META = (
    "description", "country", "unit", "district", "subunit", "instance", "num_projects",
    "num_votes", "budget", "vote_type", "rule", "date_begin", "date_end", "min_length",
    "max_length", "min_sum_cost", "max_sum_cost", "min_points", "max_points", "min_sum_points",
    "max_sum_points", "default_score", "min_project_cost", "max_project_cost", THRESHOLD,
    "neighborhoods", "subdistricts", "categories", "edition", "language", "currency",
    "fully_funded", "experimental", "comment", "acknowledgments",
)  # fmt: skip
"""The keys of the format, in its order; others are not written."""

COLUMNS = ("category", "beneficiaries", "neighborhood", "subunit", "district", "description",
           "public_id", "latitude", "longitude")  # fmt: skip
"""Of a project's further columns, those of the format that are about the project."""


def write(outcome: Outcome) -> bytes:
    """Return the file of an outcome: the election, the rule that counted it, and who won."""
    election = outcome.election
    stream = StringIO(newline="")
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    writer.writerow(["META"])
    writer.writerow(["key", "value"])
    writer.writerows(_meta(outcome))
    writer.writerow(["PROJECTS"])
    writer.writerows(_projects(outcome))
    writer.writerow(["VOTES"])
    pointed = election.vote_type.has_points
    writer.writerow(["voter_id", "vote", "points"] if pointed else ["voter_id", "vote"])
    writer.writerows(_votes(election, tie_order(election, outcome.parameters.ties)))
    return stream.getvalue().encode()


def _meta(outcome: Outcome) -> Iterator[tuple[str, str]]:
    election, parameters = outcome.election, outcome.parameters
    values = {key: value for key, value in election.meta.items() if value}
    total = sum(project.cost for project in election.projects)
    values |= {
        "num_projects": str(len(election.projects)),
        "num_votes": str(election.voters),
        "budget": _amount(election, election.budget),
        "vote_type": str(election.vote_type),
        "rule": pabulib_rule(outcome),
        "default_score": str(election.default_score or ""),
        THRESHOLD: str(parameters.threshold or ""),
        "fully_funded": "1" if total <= election.budget else "",
        "comment": f"#1: {command(parameters)}",
    }
    for key in META:
        if values.get(key):
            yield key, values[key]


def pabulib_rule(outcome: Outcome) -> str:
    """Return the name that the format has for the rule, or ``unknown``.

    The format's Equal Shares breaks ties by cost and starts Add1 at whole units of money. Where
    that would decide otherwise its name would be untrue; the comment of the file says all.
    """
    mine = outcome.parameters
    if outcome.kept:
        return "unknown"
    if mine.threshold and mine.rule is Rule.GREEDY:
        return str(Rule.GREEDY_THRESHOLD)
    if mine.rule is not Rule.GREEDY_THRESHOLD and any(
        each.verdict is Verdict.BELOW for each in outcome.steps
    ):
        return "unknown"
    name = next(
        (
            name
            for name, known in PABULIB.items()
            if (known.rule, known.completion, known.compare)
            == (mine.rule, mine.completion, mine.compare)
        ),
        "unknown",
    )
    if mine.rule is not Rule.EQUAL_SHARES or name == "unknown":
        return name
    election, bought = outcome.election, outcome.purchases
    approval = election.vote_type is VoteType.APPROVAL
    if (
        not bought
        or not election.voters
        or not approval
        or mine.utility is not Utility.COST
        or election.unit > 1
    ):
        return "unknown"
    if mine.completion is Completion.ADD1:
        shares = EqualShares(election, mine.utility, tie_order(election, "cost"), mine.threshold)
        start = Fraction(election.budget // election.voters)
        if mine.step != 1:
            return "unknown"
        theirs = add1(shares, start, election.budget, 1, exhaustive=False)
        tied = any(each.tied for each in theirs.rounds)
        if tied or set(theirs.projects) != set(bought.projects):
            return "unknown"
    return "unknown" if any(each.tied for each in bought.rounds) else name


def _amount(election: Election, amount: int) -> str:
    digits = len(str(election.unit)) - 1
    whole, rest = divmod(amount, election.unit)
    return f"{whole}.{rest:0{digits}}" if rest else str(whole)


def _projects(outcome: Outcome) -> Iterator[list[str]]:
    election = outcome.election
    rank = tie_order(election, outcome.parameters.ties)
    scored = election.vote_type not in {VoteType.APPROVAL, VoteType.CHOOSE_ONE}
    further = [
        column
        for column in COLUMNS
        if any(project.columns.get(column) for project in election.projects)
    ]
    before = [column for column in further if column in {"category", "beneficiaries"}]
    after = [column for column in further if column not in before]
    yield [
        "project_id", "cost", "votes", *(["score"] if scored else []), "name",
        *before, "selected", *after,
    ]  # fmt: skip
    for each in sorted(range(len(rank)), key=rank.__getitem__):
        project = election.projects[each]
        yield [
            project.id,
            _amount(election, project.cost),
            str(election.votes[each]),
            *([str(election.scores[each])] if scored else []),
            project.label,
            *(project.columns.get(column, "") for column in before),
            str(int(each in outcome.winners)),
            *(project.columns.get(column, "") for column in after),
        ]


def _votes(election: Election, rank: Sequence[int]) -> Iterator[list[str]]:
    ids = [project.id for project in election.projects]
    rows = []
    for (choices, points), count in election.ballots.items():
        if points:
            pairs = sorted(
                zip(points, choices, strict=True), key=lambda pair: (-pair[0], rank[pair[1]])
            )
            row = [
                ",".join(ids[choice] for _points, choice in pairs),
                ",".join(str(points) for points, _choice in pairs),
            ]
        elif election.vote_type is VoteType.ORDINAL:
            row = [",".join(ids[choice] for choice in choices)]
        else:
            row = [",".join(ids[choice] for choice in sorted(choices, key=rank.__getitem__))]
        rows += [row] * count
    for number, row in enumerate(sorted(rows), 1):
        yield [str(number), *row]
