"""When mails leave: at once after a fact, every morning, and every Monday morning."""

import datetime as dt
from zoneinfo import ZoneInfo

from participa.core import clock
from participa.core.db import bind_to_organization, db, in_batches
from participa.core.events import How
from participa.notifications import mails
from participa.notifications.services import inbox
from participa.organizations import queries as organizations

HOUR = 7
"""The hour of the organization's day at which digests leave."""
MONDAY = 0


def edges(at: dt.datetime, zone: ZoneInfo) -> dict[How, dt.datetime]:
    """Return, for each kind of mail, the moment before which facts are due at ``at``.

    Daily: the last seven in the morning. Weekly: the last Monday's. A server that was off at seven
    sends later what it would have sent then, and keeps what is newer for the next time.
    """
    local = at.astimezone(zone)
    day = local.date() if local.hour >= HOUR else local.date() - dt.timedelta(days=1)
    monday = day - dt.timedelta(days=(day.weekday() - MONDAY) % 7)
    hour = dt.time(HOUR)
    return {
        How.DAILY: dt.datetime.combine(day, hour, zone).astimezone(dt.UTC),
        How.WEEKLY: dt.datetime.combine(monday, hour, zone).astimezone(dt.UTC),
    }


def send_digests() -> int:
    """Queue every digest that is due, in every organization. Twice in a row: nothing more."""
    session = db.session()
    sent = 0
    for organization_id in organizations.all_ids(session):
        bind_to_organization(session, organization_id)
        organization = organizations.by_id(session, organization_id)
        for how, before in edges(clock.now(), organization.zone).items():
            sent += in_batches(
                session,
                lambda: mails.send(session, organization, how, before),  # noqa: B023
            )
        in_batches(session, lambda: inbox.prune(session, organization.id))  # noqa: B023
    return sent


def send_at_once() -> int:
    """Queue the mails of people who want to know at once. Runs whenever facts were delivered."""
    session = db.session()
    sent = 0
    for organization_id in organizations.all_ids(session):
        bind_to_organization(session, organization_id)
        organization = organizations.by_id(session, organization_id)
        now = clock.now() + dt.timedelta(seconds=1)
        sent += in_batches(
            session,
            lambda: mails.send(session, organization, How.NOW, now),  # noqa: B023
        )
    return sent
