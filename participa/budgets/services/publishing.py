"""Counting and publishing: asked for once, done by a job step by step.

Each pot is a transaction of its own, so that stopping half-way leaves whole pots done and the next
run goes on. A closed box does not change: counting again gives the same rows and the same bytes.
"""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import counting, events, outcome_files, policy
from participa.budgets.models import Outcome, ProjectStatus, PublishedFile, Vote
from participa.budgets.outcome_figures import grouped
from participa.budgets.outcome_files import FIGURES, RULE, SUMS, File, name_of
from participa.budgets.queries import outcomes, pots, projects, votes
from participa.budgets.rules import Rules
from participa.budgets.services import tallying
from participa.budgets.services.firm import canonical, document
from participa.budgets.services.tallying import Count
from participa.budgets.services.votes import facing
from participa.core import clock, outbox
from participa.core.db import (
    across_organizations,
    after_commit,
    bind_to_organization,
    in_batches,
)
from participa.core.errors import Conflict, Invalid
from participa.core.facts import Ref
from participa.core.i18n import SOURCE_LOCALE
from participa.core.money import in_units
from participa.core.policy import SYSTEM, Actor, authorize
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from participa.processes.models import LinkKind, ResourceLink
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView
from participa.tally import Outcome as Tallied
from participa.tally import write

SEED_LENGTH = 100
_SEED = re.compile(r"[A-Za-z0-9]+")
"""Nothing that the same seed could be written with or without, to choose among draws."""


def ask(session: Session, actor: Actor, component: ComponentView, *, seed: str = "") -> None:
    """Ask for a closed vote to be counted and published; a job does it.

    Where lots decide ties ``seed`` is that of the draw, public and final from now on. Asked again,
    nothing changes. Raises ``Denied``, ``Invalid`` for a seed, ``Conflict`` for another one.
    """
    vote = votes.for_update(session, component.id)
    at = clock.now()
    authorize(policy.PUBLISH, actor, component, facing(vote), at=at)
    text = checked_seed(seed) if Rules.read(vote.rules).ties == "lot" else ""
    if vote.publishing_at is not None:
        if vote.seed != text:
            raise Conflict(_l("La semilla ya es «%(seed)s» y no se cambia.", seed=vote.seed or "—"))
        return
    vote.seed = text
    vote.publishing_at = at
    vote.published_by_id = actor.person_id
    record_in(session, actor, component, events.CountAsked(text), at=at)
    after_commit(session, "outbox", outbox.wake)


def checked_seed(seed: str) -> str:
    """Return the seed of a draw. Raises :class:`Invalid` on the path ``seed``."""
    text = seed.strip()
    problem: Any = None
    if not text:
        problem = _l("Escriba la semilla del sorteo, tal como salió de donde se dijo.")
    elif len(text) > SEED_LENGTH:
        problem = _l("Escriba hasta %(most)s caracteres.", most=SEED_LENGTH)
    elif not _SEED.fullmatch(text):
        problem = _l(
            "Use solo letras sin tilde y números, sin espacios ni signos, tal como se publicó."
        )
    if problem is not None:
        raise Invalid.of(path="seed", message=problem)
    return text


def run(session: Session) -> int:
    """Count and publish what was asked for, in every organization. Returns how many votes.

    One statement where there is nothing to do. Leaves the session bound as it was.
    """
    before = session.info.get("organization_id")
    with across_organizations(session):
        wanted = outcomes.to_publish(session)
    try:
        for organization_id, component_id in wanted:
            bind_to_organization(session, organization_id)
            component = processes.component(session, component_id)
            in_batches(session, Work(session, component).step)
    finally:
        bind_to_organization(session, before)
    return len(wanted)


class Work:
    """What is left to do to publish one vote, one transaction at a time."""

    def __init__(self, session: Session, component: ComponentView) -> None:
        self.session = session
        self.component = component
        self.left: list[Count] | None = None

    def step(self) -> int:
        """Do the next step: read the box, count one pot, or publish. Returns 0 after the last."""
        session, component = self.session, self.component
        if self.left is None:
            vote = votes.state(session, component)
            if vote is None or vote.publishing_at is None or vote.published_at is not None:
                return 0
            done = outcomes.counted_pots(session, component)
            missing = [row.id for row in pots.pots(session, component) if row.id not in done]
            self.vote = vote
            self.left = tallying.counts(session, component, vote, only=missing) if missing else []
            return 1
        if self.left:
            self._count(self.left.pop())
            return 1
        _publish(session, component)
        self.left = None
        return 1

    def _count(self, counted: Count) -> None:
        """Count one pot, before its transaction begins, and keep outcome and files together."""
        at = clock.now()
        tallied = tallying.count(counted, Rules.read(self.vote.rules), self.vote.seed)
        row = tallying.row(self.component, counted, tallied, at)
        files = files_of(counted, tallied, smallest=self.component.settings.smallest_group)
        votes.for_update(self.session, self.component.id)
        if counted.pot.id not in outcomes.counted_pots(self.session, self.component):
            self.session.add(row)
            keep(self.session, self.component, files, at)


def files_of(
    counted: Count, tallied: Tallied | None, *, smallest: int, edition: int = 0
) -> list[File]:
    """Return the files with the ballots of one pot; none where so few voted that they would tell.

    Those of an edition count the project that is left out as withdrawn, so that the same command
    gives its winners.
    """
    if tallied is None or counted.voters < smallest:
        return []
    key = counted.pot.key
    files = [File(name_of("bolsa", ".pb", key, edition), write(tallied))]
    if not edition:
        files.append(File(name_of("votos", ".csv", key), outcome_files.ballots_csv(tallied)))
    return files


def keep(
    session: Session, component: ComponentView, files: Sequence[File], at: dt.datetime
) -> None:
    """Write files down as they are: what is published is never written twice."""
    session.add_all(
        [
            PublishedFile(
                organization_id=component.organization_id,
                component_id=component.id,
                name=each.name,
                sha256=each.sha256,
                size=len(each.content),
                content=each.content,
                at=at,
            )
            for each in files
        ]
    )
    session.flush()


def lines(
    session: Session, component: ComponentView, found: Sequence[Outcome]
) -> list[outcome_files.Line]:
    """Return the projects of some pots with what became of each, by number."""
    organization = organizations.by_id(session, component.organization_id)
    bags = {row.id: row for row in pots.pots(session, component)}
    kinds = {row.id: row.name.text(SOURCE_LOCALE) for row in pots.categories(session, component)}
    by_pot = {each.pot_id: each for each in found}
    rows = [
        row
        for row in projects.every(session, component)
        if row.pot_id in by_pot
        and (
            row.status == ProjectStatus.FEASIBLE
            or str(row.id) in by_pot[row.pot_id].explanations["votes"]
        )
    ]
    made = []
    for row in rows:
        outcome = by_pot[row.pot_id]
        told = outcome.explanations
        verdict = outcome_files.verdicts(
            outcome.winners,
            left_out(outcome),
            [] if row.status == ProjectStatus.FEASIBLE else [row.id],
        ).get(row.id, "no alcanza")
        made.append(
            outcome_files.Line(
                row.number,
                row.title,
                bags[row.pot_id].name.text(SOURCE_LOCALE),
                kinds.get(row.category_id, ""),
                in_units(row.cost, organization.currency),
                told["votes"].get(str(row.id), 0),
                told["scores"].get(str(row.id), 0),
                verdict,
                outcome.winners.index(row.id) + 1 if row.id in outcome.winners else 0,
            )
        )
    return made


def left_out(outcome: Outcome) -> list[int]:
    """Return the projects that an edition leaves out."""
    out: dict[int, bool] = {}
    for each in outcome.excluded:
        out[each["project"]] = each["out"]
    return [project for project, is_out in out.items() if is_out]


def _publish(session: Session, component: ComponentView) -> None:
    """Say what came of it, once every pot was counted: the last step, in one transaction."""
    vote = votes.for_update(session, component.id)
    if vote.published_at is not None:
        return
    at = clock.now()
    found = [editions[0] for editions in outcomes.outcomes(session, component).values()]
    files = [
        File("proyectos.csv", outcome_files.projects_csv(lines(session, component, found))),
        File(RULE, canonical(document(session, component, vote))),
    ]
    if "released" in vote.figures:  # a vote that was closed before it was counted has no such file
        files.append(File(FIGURES, outcome_files.figures_json(vote.figures)))
    digests = [(row.name, row.sha256) for row in outcomes.files(session, component)]
    digests += [(each.name, each.sha256) for each in files]
    keep(session, component, [*files, File(SUMS, outcome_files.sums(digests))], at)
    vote.figures = vote.figures | {"participation": _participation(session, component)}
    vote.tallied_at = max(each.at for each in found) if found else at
    vote.published_at = at
    for each in found:
        fund(session, component, each.winners)
    fact = events.OutcomePublished(
        component.title,
        sum(len(each.winners) for each in found),
        component.process.slug,
        component.key,
    )
    record_in(session, SYSTEM, component, fact, at=at)


def _participation(session: Session, component: ComponentView) -> dict[str, Any]:
    """Return how many voted by channel, place and age, small groups put together."""
    smallest = component.settings.smallest_group
    places, few_places = grouped(outcomes.marks_by(session, component, "territory_id"), smallest)
    ages, few_ages = grouped(outcomes.marks_by(session, component, "age_band"), smallest)
    return {
        "territories": [[key, number] for key, number in places],
        "other_territories": few_places,
        "ages": [[key, number] for key, number in ages],
        "other_ages": few_ages,
    }


def fund(session: Session, component: ComponentView, winners: Sequence[int]) -> None:
    """Tie the winners to the proposals that they came of: these are funded now."""
    for project in winners:
        source = Ref("budget_project", project)
        for link in processes.links_of(session, source):
            if link.kind != LinkKind.DERIVES_FROM or link.source_id != project:
                continue
            target = Ref(link.target_kind, link.target_id)
            if processes.link_between(session, LinkKind.FUNDS, source, target) is None:
                session.add(
                    ResourceLink(
                        organization_id=component.organization_id,
                        kind=LinkKind.FUNDS,
                        source_kind=source.kind,
                        source_id=source.id,
                        target_kind=target.kind,
                        target_id=target.id,
                    )
                )
    session.flush()


def no_longer_fund(session: Session, left: Sequence[int]) -> None:
    """Untie projects that do not win any more from their proposals."""
    session.execute(
        sa.delete(ResourceLink).where(
            ResourceLink.kind == LinkKind.FUNDS,
            ResourceLink.source_kind == "budget_project",
            ResourceLink.source_id.in_(left),
        ),
        execution_options={"synchronize_session": False},
    )


def kept(outcome: Outcome) -> list[int]:
    """Return the projects that an edition funds because they had been announced.

    Editions that were made before announced winners were kept have none.
    """
    return list(outcome.excluded[-1].get("kept", ())) if outcome.excluded else []


def parameters_of(vote: Vote | Any, keep: Sequence[int] = ()) -> Any:
    """Return what the tally of a vote is told, as everybody may repeat it.

    ``keep`` are the numbers of what an edition keeps.
    """
    return counting.parameters(Rules.read(vote.rules), vote.seed, keep)
