"""When mails leave: at once after a fact, every morning, and every Monday morning."""

import datetime as dt
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.db import across_organizations, bind_to_organization, db, in_batches
from participa.core.events import How
from participa.notifications import mails, queries
from participa.notifications.services import inbox
from participa.organizations import queries as organizations
from participa.organizations.queries import OrganizationView

HOUR = 7
"""The hour of the organization's day at which digests leave."""
MONDAY = 0
A_SECOND = dt.timedelta(seconds=1)


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
            sent += _send_all(session, organization, how, before)
        in_batches(session, lambda: inbox.prune(session, organization.id))  # noqa: B023
    return sent


def send_at_once() -> int:
    """Queue the mails of people who want to know at once. Runs whenever facts were delivered."""
    session = db.session()
    with across_organizations(session):
        waiting = queries.organizations_waiting(session, How.NOW)
    sent = 0
    for organization_id in waiting:
        bind_to_organization(session, organization_id)
        organization = organizations.by_id(session, organization_id)
        sent += _send_all(session, organization, How.NOW, clock.now() + A_SECOND)
    return sent


def _send_all(
    session: Session, organization: OrganizationView, how: How, before: dt.datetime
) -> int:
    last = 0

    def step() -> int:
        nonlocal last
        people = queries.people_due(session, how, before, after=last, limit=mails.PEOPLE)
        if people:
            mails.send(session, organization, how, before, people)
            last = people[-1]
        return len(people)

    return in_batches(session, step)
