"""The facts that the services would have left, had the invented neighbours written on those days.

Plain rows, in the order of their moments: nobody is told of what happened before the city began.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.comments.events import CommentPublished, CommentReplied
from participa.comments.models import Comment
from participa.core import clock
from participa.core.events import Fact, fields_of
from participa.core.facts import FactRow
from participa.processes.models import Process
from participa.processes.snapshot import ComponentView, ProcessView
from participa.proposals.events import ProposalPublished, ProposalSupported
from participa.proposals.models import Proposal, Support

MADE = dt.timedelta(days=14)
"""How long before its first phase a process was made."""
ANNOUNCED = dt.timedelta(days=7)
"""How long before its first phase people saw it."""


def announce(session: Session, process: ProcessView) -> None:
    """Let a process that is about to be published have been so before its first phase began."""
    session.get_one(Process, process.id).published_at = _beginning(process) - ANNOUNCED
    session.flush()


def date(session: Session, process: ProcessView) -> None:
    """Give the facts of its making the moments of :func:`announce`."""
    beginning = _beginning(process)
    moments = {"processes.created": beginning - MADE, "processes.published": beginning - ANNOUNCED}
    for name, at in moments.items():
        session.execute(
            sa.update(FactRow)
            .where(FactRow.process_id == process.id, FactRow.name == name)
            .values(at=at)
        )


def _beginning(process: ProcessView) -> dt.datetime:
    return min(process.start or clock.now(), clock.now())


def write(session: Session, components: Iterable[ComponentView]) -> None:
    """Record what was proposed, supported and commented in these components."""
    rows: list[dict[str, Any]] = []
    for component in components:
        here = Proposal.component_id == component.id
        proposals = {each.id: each for each in session.scalars(sa.select(Proposal).where(here))}
        for each in proposals.values():
            fact = ProposalPublished(each.title)
            rows.append(_row(component, fact, each.author_id, each.id, each.published_at))
        supports = session.scalars(sa.select(Support).where(Support.component_id == component.id))
        rows.extend(
            _row(component, ProposalSupported(), each.person_id, each.proposal_id, each.at)
            for each in supports
        )
        said = session.scalars(
            sa.select(Comment).where(Comment.component_id == component.id).order_by(Comment.id)
        ).all()
        rows.extend(_comments(component, proposals, said))
    rows.sort(key=lambda row: row["at"])
    session.execute(sa.insert(FactRow), rows)


def _comments(
    component: ComponentView, proposals: dict[int, Proposal], comments: Iterable[Comment]
) -> Iterator[dict[str, Any]]:
    authors: dict[int, int | None] = {}
    for each in comments:
        authors[each.id] = each.author_id
        about = proposals[each.subject_id]
        answered = about.author_id if each.parent_id is None else authors[each.parent_id]
        kind = CommentPublished if each.parent_id is None else CommentReplied
        fact = kind(
            about.title,
            each.id,
            component.process.slug,
            component.key,
            [answered] if answered is not None else [],
        )
        yield _row(component, fact, each.author_id, about.id, each.published_at)


def _row(
    component: ComponentView,
    fact: Fact,
    person_id: int | None,
    proposal_id: int,
    at: dt.datetime | None,
) -> dict[str, Any]:
    return {
        "organization_id": component.organization_id,
        "name": fact.NAME,
        "at": at,
        "actor_id": person_id,
        "process_id": component.process.id,
        "component_id": component.id,
        "subject_kind": "proposal",
        "subject_id": proposal_id,
        "public": fact.PUBLIC,
        "data": fields_of(fact),
    }
