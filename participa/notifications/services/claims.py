"""Taking what is to be mailed, so that it is mailed once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.events import How
from participa.notifications import queries
from participa.notifications.models import Notification

_notifications = cast("sa.Table", Notification.__table__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notification taken to be mailed by whoever claimed it, and by nobody else."""

    id: int
    person_id: int
    fact_id: int
    direct: bool


def claim(
    session: Session, organization_id: int, how: How, before: dt.datetime, person_ids: Sequence[int]
) -> list[Claimed]:
    """Take the mails due to some people; a second call, also at once, gets nothing.

    The caller queues the mails in the same transaction.
    """
    rows = session.execute(
        sa.update(_notifications)
        .where(
            _notifications.c.organization_id == organization_id,
            _notifications.c.mail == how,
            _notifications.c.created_at < before,
            _notifications.c.person_id.in_(person_ids),
        )
        .values(mail=None)
        .returning(
            _notifications.c.id,
            _notifications.c.person_id,
            _notifications.c.fact_id,
            _notifications.c.direct,
        )
    ).all()
    return sorted(
        (Claimed(row.id, row.person_id, row.fact_id, row.direct) for row in rows),
        key=lambda each: each.id,
    )


def unread(session: Session, notification_ids: Sequence[int]) -> list[Claimed]:
    """Return those of the notifications of a mail that nobody has read meanwhile."""
    rows = queries.unread_among(session, notification_ids)
    return [Claimed(row.id, row.person_id, row.fact_id, row.direct) for row in rows]


def mark_mailed(session: Session, notification_ids: Sequence[int]) -> None:
    """Remember that notifications went out in a mail."""
    if notification_ids:
        session.execute(
            sa.update(_notifications)
            .where(_notifications.c.id.in_(notification_ids))
            .values(mailed_at=clock.now())
        )
