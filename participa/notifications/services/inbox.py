"""Reading one's notifications, and forgetting old ones."""

import datetime as dt
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Missing
from participa.core.policy import Actor
from participa.notifications import policy, queries
from participa.notifications.models import Follow, Notification, Preference
from participa.notifications.services.door import enter
from participa.organizations.queries import OrganizationView

KEPT = dt.timedelta(days=365)
"""How long a notification stays in the inbox."""

_notifications = cast("sa.Table", Notification.__table__)


def mark_read(
    session: Session, actor: Actor, organization: OrganizationView, notification_id: int
) -> Notification:
    """Mark one of the person's notifications as read; a mail still to come leaves it out.

    Raises :class:`Missing` for one that is not theirs.
    """
    person_id = enter(session, policy.READ, actor, organization)
    row = queries.own(session, person_id, notification_id)
    if row is None:
        message = f"no notification {notification_id} of person {person_id}"
        raise Missing(message)
    row.read_at = row.read_at or clock.now()
    row.mail = None
    return row


def mark_all_read(
    session: Session, actor: Actor, organization: OrganizationView, newest_id: int
) -> None:
    """Mark as read all up to the newest that the person saw, not what arrived meanwhile."""
    person_id = enter(session, policy.READ, actor, organization)
    session.execute(
        sa.update(_notifications)
        .where(
            _notifications.c.person_id == person_id,
            _notifications.c.id <= newest_id,
            _notifications.c.read_at.is_(None),
        )
        .values(read_at=clock.now(), mail=None)
    )


def prune(session: Session, organization_id: int, limit: int = 1000) -> int:
    """Delete some notifications older than :data:`KEPT`. Returns how many."""
    old = (
        sa.select(_notifications.c.id)
        .where(
            _notifications.c.organization_id == organization_id,
            _notifications.c.created_at < clock.now() - KEPT,
        )
        .limit(limit)
    )
    found = session.scalars(old).all()
    if found:
        session.execute(sa.delete(_notifications).where(_notifications.c.id.in_(found)))
    return len(found)


def forget(session: Session, person_id: int) -> None:
    """Delete all that this room keeps about a person, when their account ends."""
    for model in (Follow, Notification, Preference):
        session.execute(sa.delete(model).where(model.person_id == person_id))
