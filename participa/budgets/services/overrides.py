"""A winner that cannot be built is left out, in public: the rule says who takes its place.

Nothing that was published is edited. Each act is a further edition of its pot's outcome, with the
project counted as withdrawn, beside those before it; taking a project back is one more. The winners
that were announced stay, and the rest is counted with the money that remains: nobody who was told
that a project won loses it because of another. Taking a project back restores the first winners in
the same way, but for those that are still left out.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import events, outcome_files, policy
from participa.budgets.models import REASON_LENGTH, Outcome
from participa.budgets.outcome_files import File, name_of
from participa.budgets.queries import outcomes, projects, votes
from participa.budgets.rules import Rules
from participa.budgets.services import publishing, tallying
from participa.budgets.services.tallying import Count
from participa.budgets.services.votes import facing
from participa.contributions import texts
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.facts import Ref
from participa.core.policy import Actor, authorize
from participa.core.sanitize import normalize
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView


def leave_out(
    session: Session, actor: Actor, component: ComponentView, project_id: int, reason: str
) -> Outcome:
    """Leave a winner out for a public reason, and count its pot again by the same rule.

    Raises ``Denied``, ``Missing``, ``Invalid`` for the reason or for what is no winner, and
    ``Conflict`` where somebody was a moment earlier.
    """
    return _again(session, actor, component, project_id, reason, out=True)


def take_back(
    session: Session, actor: Actor, component: ComponentView, project_id: int, reason: str
) -> Outcome:
    """Count a project again that had been left out, for a public reason. Raises as the other."""
    return _again(session, actor, component, project_id, reason, out=False)


def _again(
    session: Session,
    actor: Actor,
    component: ComponentView,
    project_id: int,
    reason: str,
    *,
    out: bool,
) -> Outcome:
    vote = votes.state(session, component)
    at = clock.now()
    authorize(policy.OVERRIDE, actor, component, facing(vote), at=at)
    text = checked_reason(reason)
    project = projects.detail(session, component, project_id)
    last, kept, counted, tallied = _counted(session, component, vote, project, out=out)
    log = [
        *last.excluded,
        {
            "project": project_id,
            "out": out,
            "reason": text,
            "at": at.isoformat(),
            "kept": kept,
        },
    ]
    edition = last.edition + 1
    row = tallying.row(component, counted, tallied, at, edition=edition, excluded=log)
    # Counting may take a while: only now does anybody wait for this vote.
    votes.for_update(session, component.id)
    if _last(session, component, project).edition != last.edition:
        raise Conflict(_l("Alguien lo hizo un momento antes: mire cómo quedó."))
    session.add(row)
    session.flush()
    _files(session, component, counted, tallied, row)
    publishing.no_longer_fund(session, [each for each in last.winners if each not in row.winners])
    publishing.fund(session, component, row.winners)
    fact = events.WinnerLeftOut if out else events.WinnerTakenBack
    record_in(
        session,
        actor,
        component,
        fact(project.title, text, edition),
        subject=Ref("budget_project", project_id),
        at=at,
    )
    return row


def _counted(
    session: Session, component: ComponentView, vote: Any, project: Any, *, out: bool
) -> tuple[Outcome, list[int], Count, Any]:
    """Return the last edition, what is kept of what was announced, and the pot counted again."""
    editions = outcomes.editions(session, component, project.pot_id)
    last = editions[-1]
    _check(last, project.id, out=out)
    without = {each for each in publishing.left_out(last) if each != project.id}
    without |= {project.id} if out else set()
    announced = last.winners if out else editions[0].winners
    (counted,) = tallying.counts(session, component, vote, only=[project.pot_id], without=without)
    withdrawn = {
        each
        for each, row in zip(counted.projects, counted.election.projects, strict=True)
        if row.withdrawn
    }
    kept = [each for each in announced if each in counted.projects and each not in withdrawn]
    return last, kept, counted, tallying.count(counted, Rules.read(vote.rules), vote.seed, kept)


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of a pot: ids of projects."""

    entering: tuple[int, ...]
    leaving: tuple[int, ...]


def preview(
    session: Session, actor: Actor, component: ComponentView, project_id: int, *, out: bool
) -> Preview:
    """Return what would win, and not any more, if a project was left out or taken back.

    Nothing is written. Raises as :func:`leave_out`.
    """
    vote = votes.state(session, component)
    authorize(policy.OVERRIDE, actor, component, facing(vote), at=clock.now())
    project = projects.detail(session, component, project_id)
    last, _kept, counted, tallied = _counted(session, component, vote, project, out=out)
    won = [counted.projects[each] for each in tallied.winners] if tallied is not None else []
    return Preview(
        tuple(each for each in won if each not in last.winners),
        tuple(each for each in last.winners if each not in won),
    )


def checked_reason(reason: str) -> str:
    """Return the public reason of an act. Raises :class:`Invalid` on the path ``reason``."""
    text = normalize(reason)
    missing = _l("Escriba el motivo: se muestra en público, al lado del resultado.")
    if problems := texts.problems("reason", text, 1, REASON_LENGTH, missing=missing):
        raise Invalid(problems)
    return text


def _last(session: Session, component: ComponentView, project: Any) -> Outcome:
    return outcomes.editions(session, component, project.pot_id)[-1]


def _check(last: Outcome, project_id: int, *, out: bool) -> None:
    if out and project_id not in last.winners:
        raise Invalid.of(
            path="project", message=_l("Ese proyecto no está entre los que se financian.")
        )
    if not out and project_id not in publishing.left_out(last):
        raise Invalid.of(path="project", message=_l("Ese proyecto no se había dejado fuera."))


def _files(
    session: Session, component: ComponentView, counted: Any, tallied: Any, row: Outcome
) -> None:
    files = publishing.files_of(
        counted, tallied, smallest=component.settings.smallest_group, edition=row.edition
    )
    key, edition = counted.pot.key, row.edition
    listed = publishing.lines(session, component, [row])
    files.append(
        File(name_of("proyectos", ".csv", key, edition), outcome_files.projects_csv(listed))
    )
    digests = [(each.name, each.sha256) for each in files]
    files.append(File(name_of(outcome_files.SUMS, "", key, edition), outcome_files.sums(digests)))
    publishing.keep(session, component, files, row.at)
