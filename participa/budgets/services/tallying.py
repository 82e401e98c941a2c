"""Counting a closed vote: from the box to the rows that say what each pot funds, and why.

A closed box does not change, so that counting it again gives the same: no step here needs to know
what another did before.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from babel import Locale
from babel.numbers import get_currency_precision
from sqlalchemy.orm import Session

from participa.budgets import counting, wording
from participa.budgets.ballots import BallotKind, PotLimit
from participa.budgets.counting import Candidate
from participa.budgets.models import Outcome, ProjectStatus
from participa.budgets.queries import outcomes, pots, projects
from participa.budgets.rules import Rules
from participa.core.i18n import SOURCE_LOCALE
from participa.organizations import queries as organizations
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView
from participa.tally import Election, Rule, explain, tally
from participa.tally import Outcome as Tallied

_BY_TOTALS = frozenset({Rule.GREEDY, Rule.GREEDY_NO_SKIP, Rule.GREEDY_THRESHOLD})
"""Rules that look at how many chose each project, and never at what was chosen with it."""


@dataclass(frozen=True, slots=True)
class Count:
    """One pot with its ballots, ready to be counted."""

    pot: Any
    """Its plain row."""
    election: Election
    projects: tuple[int, ...]
    """The id of each project of the election, in its order."""

    @property
    def voters(self) -> int:
        """How many ballots name a project of this pot."""
        return self.election.voters


def counts(
    session: Session,
    component: ComponentView,
    vote: Any,
    *,
    only: Iterable[int] | None = None,
    without: Collection[int] = (),
) -> list[Count]:
    """Return the pots of a closed vote with their ballots, going through the box once.

    ``only`` names pots; ``without`` projects that are counted as if they had been withdrawn.
    """
    rules = Rules.read(vote.rules)
    organization = organizations.by_id(session, component.organization_id)
    unit = unit_of(organization)
    kinds = {row.id: row.key for row in pots.categories(session, component)}
    wanted = None if only is None else set(only)
    bags = [row for row in pots.pots(session, component) if wanted is None or row.id in wanted]
    limits = pots.limits(bags)
    by_pot: dict[int, list[Candidate]] = {row.id: [] for row in bags}
    numbers: dict[str, int] = {}
    for row in projects.every(session, component):
        if row.pot_id in by_pot and row.status != ProjectStatus.DRAFT:
            out = row.status != ProjectStatus.FEASIBLE or row.id in without
            by_pot[row.pot_id].append(
                Candidate(
                    row.id, row.number, row.title, row.cost, out, kinds.get(row.category_id, "")
                )
            )
            numbers[str(row.number)] = row.id
    found = counting.elections(
        rules,
        [(limits[row.id], by_pot[row.id]) for row in bags],
        outcomes.choices(session, component),
        unit=unit,
    )
    return [
        Count(
            row,
            replace(
                found[row.id],
                meta=_meta(organization, component, rules, limits[row.id], row, found[row.id]),
            ),
            tuple(numbers[each.id] for each in found[row.id].projects),
        )
        for row in bags
    ]


def unit_of(organization: OrganizationView) -> int:
    """Return how many minor units a unit of the organization's currency has."""
    return int(10 ** get_currency_precision(organization.currency))


def voting_days(component: ComponentView) -> tuple[dt.date, dt.date] | None:
    """Return the first and the last day on which one could vote, by the city's clock."""
    spans = [
        (each.start, each.end)
        for opening in component.openings
        for capability in ("cast", "assist")
        if (rule := opening.rules.get(capability)) is not None and rule.state.is_open
        for each in opening.phase.active
    ]
    if not spans:
        return None
    last = max(end for _start, end in spans) - dt.timedelta(microseconds=1)
    first = min(start for start, _end in spans)
    return first.astimezone(component.zone).date(), last.astimezone(component.zone).date()


def _meta(
    organization: OrganizationView,
    component: ComponentView,
    rules: Rules,
    limit: PotLimit,
    pot: Any,
    election: Election,
) -> Mapping[str, str]:
    form = rules.form
    days = voting_days(component) or (dt.date.min, dt.date.min)
    name = _line(pot.name.text(SOURCE_LOCALE))
    title = _line(component.process.title.text(SOURCE_LOCALE))
    country = Locale("en").territories.get(organization.country, organization.country)
    meta = {
        "description": f"{title}: {name}",
        "country": country,
        "unit": _line(organization.name),
        "subunit": "" if pot.citywide else name,
        "instance": str(days[1].year),
        "date_begin": days[0].strftime("%d.%m.%Y"),
        "date_end": days[1].strftime("%d.%m.%Y"),
        "language": SOURCE_LOCALE,
        "currency": organization.currency,
    }
    # A limit that was corrected while people voted is not said where a ballot is outside of it: no
    # tool would read the file.
    lengths = {len(choices) for choices, _points in election.ballots}
    most, there_are = form.maximum_in(limit), len(election.projects)
    if form.kind is not BallotKind.CHOOSE_ONE:
        if min(lengths, default=form.minimum) >= form.minimum:
            meta["min_length"] = str(form.minimum)
        if most is not None and max(lengths, default=0) <= most:
            meta["max_length"] = str(min(most, there_are))
    if form.kind is BallotKind.KNAPSACK and _all_fit(election, limit.amount):
        meta["max_sum_cost"] = _units(limit.amount, election.unit)
    if form.kind is BallotKind.POINTS:
        meta |= {"min_points": "1", "max_sum_points": str(form.points)}
        meta["max_points"] = str(form.points_per_project or form.points)
    return meta


def _all_fit(election: Election, amount: int) -> bool:
    """Return whether every ballot costs what is there at most; withdrawn projects cost too much."""
    costs = [each.cost for each in election.projects]
    return all(
        sum(costs[each] for each in choices) <= amount for choices, _points in election.ballots
    ) and not any(each.withdrawn for each in election.projects)


def _line(text: str) -> str:
    return " ".join(text.split())


def _units(amount: int, unit: int) -> str:
    whole, rest = divmod(amount, unit)
    return f"{whole}.{rest:0{len(str(unit)) - 1}}" if rest else str(whole)


def count(counted: Count, rules: Rules, seed: str, keep: Sequence[int] = ()) -> Tallied | None:
    """Return the outcome of a pot; ``None`` where nobody voted, which funds nothing.

    ``keep`` are the ids of projects that were announced as winners before: they are funded
    beforehand, and the rest is counted with the money that remains.
    """
    if not counted.voters:
        return None
    places = {each: place for place, each in enumerate(counted.projects)}
    numbers = [int(counted.election.projects[places[each]].id) for each in keep]
    return tally(counted.election, counting.parameters(rules, seed, numbers))


def row(
    component: ComponentView,
    counted: Count,
    tallied: Tallied | None,
    at: dt.datetime,
    *,
    edition: int = 0,
    excluded: Sequence[Mapping[str, Any]] = (),
) -> Outcome:
    """Return the row of an outcome, with everything that explains it as plain data.

    ``rounds`` name projects by their numbers, as the published files do; the rest by their ids.
    """
    made = Outcome(
        organization_id=component.organization_id,
        component_id=component.id,
        pot_id=counted.pot.id,
        edition=edition,
        excluded=list(excluded),
        winners=[],
        spent=0,
        rounds=[],
        explanations={"voters": 0, "votes": {}, "scores": {}, "summary": [], "accounts": []},
        counterfactuals={"alternatives": []},
        at=at,
    )
    if tallied is None:
        return made
    ids, election = counted.projects, counted.election
    told = explain(tallied)
    # Where ballots are not published, neither is what tells which projects they name together.
    is_small = election.voters < component.settings.smallest_group
    by_totals = tallied.parameters.rule in _BY_TOTALS
    made.winners = [ids[each] for each in tallied.winners]
    made.spent = tallied.spent
    made.rounds = tallied.plain()["rounds"] if by_totals or not is_small else []
    made.explanations = {
        "voters": election.voters,
        "votes": {str(ids[place]): number for place, number in enumerate(election.votes)},
        "scores": {str(ids[place]): number for place, number in enumerate(election.scores)},
        "summary": [wording.plain(each) for each in told.summary],
        "accounts": [
            {
                "project": ids[each.project],
                "sentences": [wording.plain(sentence) for sentence in each.sentences]
                if by_totals or not is_small
                else [],
            }
            for each in told.accounts
        ],
    }
    made.counterfactuals = {
        "alternatives": [
            {
                "name": wording.plain(each.name),
                "gained": [ids[place] for place in each.gained],
                "lost": [ids[place] for place in each.lost],
                "sentence": wording.plain(each.sentence),
            }
            for each in (told.alternatives if not is_small else ())
        ]
    }
    return made
