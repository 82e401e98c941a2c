"""Saying that a comment is useful, and taking it back."""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.queries import people
from participa.comments import events, policy
from participa.comments.models import Comment, CommentVote
from participa.comments.queries import items
from participa.comments.queries.lists import Reader
from participa.comments.services.writing import facing_of
from participa.core import clock
from participa.core.facts import Ref
from participa.core.policy import Actor, authorize
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

_comments = cast("sa.Table", Comment.__table__)
_votes = cast("sa.Table", CommentVote.__table__)


def vote(session: Session, actor: Actor, component: ComponentView, comment_id: int) -> int:
    """Say that a comment is useful and return its new count. Raises ``Denied``, ``Missing``."""
    return _turn(session, actor, component, comment_id, useful=True)


def unvote(session: Session, actor: Actor, component: ComponentView, comment_id: int) -> int:
    """Take that back and return the new count. Raises ``Denied``, ``Missing``."""
    return _turn(session, actor, component, comment_id, useful=False)


def _turn(
    session: Session, actor: Actor, component: ComponentView, comment_id: int, *, useful: bool
) -> int:
    """Lock the person, so that two clicks at once do not cross; then ask, write and count."""
    at = clock.now()
    people.hold(session, actor.person_id)
    reader = Reader(actor.organization_id, actor.person_id or 0)
    row = items.detail(session, reader, component.id, comment_id)
    action = policy.VOTE if useful else policy.UNVOTE
    authorize(action, actor, component, facing_of(row), at=at)
    if useful:
        session.execute(
            sa.insert(_votes),
            {
                "organization_id": component.organization_id,
                "comment_id": comment_id,
                "person_id": actor.person_id,
                "at": at,
            },
        )
    else:
        session.execute(
            sa.delete(_votes).where(
                _votes.c.comment_id == comment_id, _votes.c.person_id == actor.person_id
            )
        )
    count: int = session.execute(
        sa.update(_comments)
        .where(_comments.c.id == comment_id)
        .values(useful_count=_comments.c.useful_count + (1 if useful else -1))
        .returning(_comments.c.useful_count)
    ).scalar_one()
    record_in(
        session,
        actor,
        component,
        events.CommentVoted() if useful else events.CommentUnvoted(),
        subject=Ref("comment", comment_id),
    )
    return count
