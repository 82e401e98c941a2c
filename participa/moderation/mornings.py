"""The job of every morning, for each organization, before the mails of the day leave."""

from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.moderation.services import grounds, mornings
from participa.organizations import queries as organizations

HOURS = range(5, 7)
"""Hours of the organization's day in which it runs; the mails of the day leave at seven."""


def run() -> int:
    """Tell moderators what waits, and administrators what is odd. Twice in a row: nothing more.

    A server that was off all the while tells nothing that day: what waits is in the queue, and
    this morning's numbers would only confuse in tomorrow's mail. Returns how many facts.
    """
    session = db.session()
    told = 0
    for organization_id in organizations.all_ids(session):
        bind_to_organization(session, organization_id)
        organization = organizations.by_id(session, organization_id)
        grounds.ensure(session, organization)
        at = clock.now()
        if at.astimezone(organization.zone).hour in HOURS:
            told += mornings.summarize(session, organization, at)
            told += mornings.alert(session, organization, at)
        session.flush()
    return told
