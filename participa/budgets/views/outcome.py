"""The outcome, for everybody: what won and why, what did not, and how to count it again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Response, g, request
from flask_babel import gettext as _

from participa.budgets import outcome_files, policy, wording
from participa.budgets.models import Channel, Outcome
from participa.budgets.queries import outcomes as queries
from participa.budgets.queries import points, pots, projects, votes
from participa.budgets.rules import Rules
from participa.budgets.services import publishing, tallying
from participa.budgets.services.before_closing import CHANNELS
from participa.budgets.services.votes import facing
from participa.budgets.views import PREFIX, blueprint
from participa.budgets.views.projects import place
from participa.budgets.views.rules import parts
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.policy import authorize
from participa.core.web import actor, page, render
from participa.organizations.views import FOREVER
from participa.ui import maps

TYPES = {"pb": "text/plain", "csv": "text/csv", "json": "application/json"}


@dataclass(frozen=True)
class Result:
    """What one pot funds, as its page tells it: the last edition, with the first beside it."""

    pot: Any
    editions: Sequence[Outcome]
    projects: dict[int, Any]
    """The projects of the pot, by id."""

    @property
    def last(self) -> Outcome:
        """What stands."""
        return self.editions[-1]

    @property
    def first(self) -> Outcome:
        """What the tally itself gave."""
        return self.editions[0]

    @cached_property
    def winners(self) -> list[Any]:
        """The funded projects, in the order in which they won."""
        return [self.projects[each] for each in self.last.winners]

    @cached_property
    def others(self) -> list[Any]:
        """Those that did not win, in the order of the account; not what was left out."""
        told = [each["project"] for each in self.last.explanations["accounts"]]
        apart = {*self.last.winners, *publishing.left_out(self.last)}
        behind = [each for each in told if each not in apart]
        return [self.projects[each] for each in behind if each in self.projects]

    @cached_property
    def accounts(self) -> dict[int, list[Any]]:
        """Why, by project: sentences."""
        return {
            each["project"]: [wording.read(sentence) for sentence in each["sentences"]]
            for each in self.last.explanations["accounts"]
        }

    @property
    def summary(self) -> list[Any]:
        """How it was counted, in sentences."""
        return [wording.read(each) for each in self.last.explanations["summary"]]

    @property
    def alternatives(self) -> list[tuple[Any, Any]]:
        """What other rules would have funded: the rule, the difference."""
        return [
            (wording.read(each["name"]), wording.read(each["sentence"]))
            for each in self.last.counterfactuals["alternatives"]
        ]

    @property
    def voters(self) -> int:
        """Ballots that name a project of this pot."""
        return int(self.last.explanations["voters"])

    @property
    def rest(self) -> int:
        """What is left of the pot, in minor units."""
        return int(self.pot.amount - self.last.spent)

    def score(self, project: int) -> int:
        """Votes, or points where ballots give points."""
        return int(self.last.explanations["scores"].get(str(project), 0))

    @property
    def first_winners(self) -> list[Any]:
        """What the tally itself funded."""
        return [self.projects[each] for each in self.first.winners]

    @property
    def out(self) -> list[Any]:
        """The projects that are left out now."""
        return [self.projects[each] for each in publishing.left_out(self.last)]

    @property
    def acts(self) -> list[tuple[dt.datetime, Any, bool, str]]:
        """What was left out or taken back, when, and why."""
        return [
            (
                dt.datetime.fromisoformat(each["at"]),
                self.projects.get(each["project"]),
                each["out"],
                each["reason"],
            )
            for each in self.last.excluded
        ]

    @property
    def kept(self) -> list[Any]:
        """What the last edition funds because it had been announced."""
        return [self.projects[each] for each in publishing.kept(self.last) if each in self.projects]

    def file(self, files: dict[str, Any]) -> str | None:
        """Return the name of the file with which the last edition is counted again, if any."""
        name = outcome_files.name_of("bolsa", ".pb", self.pot.key, self.last.edition)
        return name if name in files else None


def _published() -> Any:
    """Return the vote once its outcome is published. Raises ``Denied`` with the reason before."""
    vote = votes.state(db.session(), g.component)
    authorize(
        policy.SEE_OUTCOME, actor(), g.component, facing(vote, g.component), at=clock.moment()
    )
    return vote


def results(component: Any) -> list[Result]:
    """Return what every pot funds, in the order of the pots."""
    session = db.session()
    found = queries.outcomes(session, component)
    rows = projects.every(session, component)
    return [
        Result(bag, found[bag.id], {row.id: row for row in rows if row.pot_id == bag.id})
        for bag in pots.pots(session, component)
        if bag.id in found
    ]


def _common(vote: Any) -> dict[str, Any]:
    """Return what the pages of the outcome share."""
    rules = Rules.read(vote.rules)
    return {
        "vote": vote,
        "rules": rules,
        "pointed": rules.form.kind.value in {"points", "ranking"},
        "say": wording.say,
        "unit": tallying.unit_of(g.organization),
        "smallest": g.component.settings.smallest_group,
        "files": {row.name: row for row in queries.files(db.session(), g.component)},
        "command": _command(vote),
        **place(),
    }


def _command(vote: Any) -> Any:
    return lambda name, kept=(): outcome_files.recount(
        publishing.parameters_of(vote, [each.number for each in kept]), name
    )


def channels(figures: dict[str, Any]) -> list[tuple[Any, int, int, int]]:
    """Return each channel that was used: its name, its voters, its ballots, its rejected sheets."""
    return [
        (
            label,
            figures["marks"].get(channel.value, 0),
            figures["ballots"].get(channel.value, 0),
            figures["rejected"] if channel is Channel.PAPER else 0,
        )
        for channel, label in CHANNELS.items()
        if figures["marks"].get(channel.value) or figures["ballots"].get(channel.value)
    ]


@blueprint.get(f"{PREFIX}/resultado")
@page(policy.SEE_OUTCOME)
def outcome() -> Any:
    """Show what is funded, who took part, the files, and how to count again."""
    vote = _published()
    found = results(g.component)
    mapped = [
        row
        for each in found
        for row in each.winners
        if row.latitude is not None and row.longitude is not None
    ]
    bags = [each.pot for each in found]
    return render(
        "budgets/outcome/show.html",
        results=found,
        categories={row.id: row for row in pots.categories(db.session(), g.component)},
        map=maps.draw([(row.latitude, row.longitude) for row in mapped]),
        mapped=mapped,
        channels=channels(vote.figures),
        participation=_participation(vote.figures["participation"]),
        total=sum(vote.figures["marks"].values()),
        acts=points.acts(db.session(), g.component),
        amendments=[(dt.datetime.fromisoformat(each["at"]), each) for each in vote.amendments],
        rule_parts=parts(g.component, vote, bags),
        **_common(vote),
    )


def _participation(
    figures: dict[str, Any],
) -> list[tuple[Any, Any, Any, list[tuple[Any, int]], int]]:
    """Return tables of participation: title, what groups are, the rest's name, groups, the rest."""
    places = [
        (
            g.organization.territories[key].name
            if key in g.organization.territories
            else _("Sin dato del lugar"),
            number,
        )
        for key, number in figures["territories"]
    ]
    ages = [(key or _("Sin dato de la edad"), number) for key, number in sorted(figures["ages"])]
    few_places, few_ages = figures["other_territories"], figures["other_ages"]
    return [
        (_("Dónde viven"), _("Lugar"), _("Otros lugares, juntos"), places, few_places),
        (_("Qué edad tienen"), _("Edad"), _("Otras edades, juntas"), ages, few_ages),
    ]


@blueprint.get(f"{PREFIX}/resultado/bolsa/<pot_key>")
@page(policy.SEE_OUTCOME)
def outcome_pot(pot_key: str) -> Any:
    """Show one pot: why each project won or not, and what other rules would have funded."""
    vote = _published()
    found = next((each for each in results(g.component) if each.pot.key == pot_key), None)
    if found is None:
        message = f"no pot {pot_key}"
        raise Missing(message)
    return render("budgets/outcome/pot.html", result=found, **_common(vote))


@blueprint.get(f"{PREFIX}/resultado/acta")
@page(policy.SEE_OUTCOME)
def outcome_act() -> Any:
    """Show the act of the closing, to be printed and signed."""
    vote = _published()
    return render(
        "budgets/outcome/act.html",
        results=results(g.component),
        channels=channels(vote.figures),
        total=sum(vote.figures["marks"].values()),
        in_box=sum(vote.figures["ballots"].values()),
        acts=points.acts(db.session(), g.component),
        days=tallying.voting_days(g.component),
        **_common(vote),
    )


@blueprint.get(f"{PREFIX}/resultado/archivos/<file>")
@page(policy.SEE_OUTCOME)
def outcome_file(file: str) -> Response:
    """Give a file exactly as it was hashed; it never changes, so it may be kept."""
    _published()
    row = queries.file(db.session(), g.component, file)
    answer = Response(row.content, mimetype=TYPES.get(file.rsplit(".", 1)[-1], "text/plain"))
    answer.headers["Cache-Control"] = FOREVER
    answer.headers["Content-Disposition"] = f"attachment; filename={file}"
    answer.set_etag(row.sha256)
    answer.last_modified = row.at
    answer.make_conditional(request)
    return answer
