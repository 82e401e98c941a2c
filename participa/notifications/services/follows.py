"""Following and unfollowing any resource."""

from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.core.registry import Card
from participa.notifications import policy, queries
from participa.notifications.models import Follow
from participa.notifications.services.door import enter
from participa.organizations.queries import OrganizationView

_follows = cast("sa.Table", Follow.__table__)


def follow(session: Session, actor: Actor, organization: OrganizationView, ref: Ref) -> Card:
    """Follow a resource and return its card. Following twice is following once.

    Raises :class:`Missing` for what does not exist or may not be shown to everybody.
    """
    person_id = enter(session, policy.FOLLOW, actor, organization)
    card = queries.card(session, ref)
    if card is None:
        message = f"nothing to follow at {ref}"
        raise Missing(message)
    add(session, organization.id, person_id, ref)
    return card


def unfollow(session: Session, actor: Actor, organization: OrganizationView, ref: Ref) -> None:
    """Stop following a resource, also one that is not shown any more."""
    person_id = enter(session, policy.FOLLOW, actor, organization)
    session.execute(
        sa.delete(Follow).where(
            Follow.person_id == person_id,
            Follow.subject_kind == ref.kind,
            Follow.subject_id == ref.id,
        )
    )


def add(session: Session, organization_id: int, person_id: int, ref: Ref) -> None:
    """Write that a person follows a resource, once; the caller holds the person's lock."""
    if ref not in queries.following(session, person_id, [ref]):
        session.execute(
            sa.insert(_follows),
            {
                "organization_id": organization_id,
                "person_id": person_id,
                "subject_kind": ref.kind,
                "subject_id": ref.id,
                "created_at": clock.now(),
            },
        )
