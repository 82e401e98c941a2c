"""The job that reminds those with a vote that was not sent."""

from flask import g

from participa.budgets.queries import casting as queries
from participa.budgets.services import reminders
from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.organizations import queries as organizations
from participa.processes import queries as processes


def run() -> int:
    """Remind in every organization. Returns how many drafts were looked after."""
    session = db.session()
    told = 0
    for organization_id in organizations.all_ids(session):
        bind_to_organization(session, organization_id)
        g.time_zone = organizations.by_id(session, organization_id).zone
        wanted = set(queries.with_drafts(session))
        for process in processes.by_components(session, wanted):
            for component in process.components:
                if component.id in wanted:
                    while found := reminders.remind(session, component, clock.now()):
                        told += found
    return told
