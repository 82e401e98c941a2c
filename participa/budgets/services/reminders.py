"""Reminding those who chose and did not send."""

import datetime as dt

from sqlalchemy.orm import Session

from participa.budgets import events
from participa.budgets.queries import casting as queries
from participa.core import clock
from participa.core.db import bind_to_organization
from participa.core.i18n import format_last_day, in_languages
from participa.core.policy import SYSTEM
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

BEFORE = (dt.timedelta(hours=12), dt.timedelta(hours=48))
"""How long before the closing people are reminded, each once; the nearest first."""
QUIET = dt.timedelta(hours=1)
"""Who touched their draft a moment ago is at it and needs no mail."""
AT_ONCE = 500
"""People in one fact."""


def remind(session: Session, component: ComponentView, at: dt.datetime) -> int:
    """Tell those whose draft waits that the vote closes soon. Returns how many.

    Twice in a row: nothing more. Through facts, so that whoever stops these mails gets none.
    """
    closes = component.closes_at("cast", at)
    due = [closes - before for before in BEFORE if closes - before <= at] if closes else []
    if closes is None or not due:
        return 0
    rows = queries.to_remind(
        session, component.id, not_since=due[0], quiet_since=at - QUIET, most=AT_ONCE
    )
    for row in rows:
        row.reminded_at = at
    persons = [row.person_id for row in rows if row.sealed is not None]
    if persons:
        fact = events.UnsentReminded(
            component.title,
            in_languages(lambda: format_last_day(closes, zone=component.zone)),
            component.process.slug,
            component.key,
            persons,
        )
        record_in(session, SYSTEM, component, fact, at=at)
    session.flush()
    return len(rows)


def tell_lost(session: Session, component: ComponentView, at: dt.datetime) -> int:
    """Tell those whose draft an upgrade threw away, once, while they may vote. Returns how many."""
    rows = queries.lost(session, component.id)
    if rows and component.closes_at("cast", at) is not None:
        fact = events.DraftsLost(
            component.title,
            component.process.slug,
            component.key,
            [row.person_id for row in rows],
        )
        record_in(session, SYSTEM, component, fact, at=at)
    for row in rows:
        session.delete(row)
    session.flush()
    return len(rows)


def run(session: Session) -> int:
    """Remind in every organization. Returns how many drafts were looked after."""
    told = 0
    for organization_id in organizations.all_ids(session):
        bind_to_organization(session, organization_id)
        wanted = set(queries.with_drafts(session))
        for process in processes.by_components(session, wanted):
            for component in process.components:
                if component.id in wanted:
                    told += tell_lost(session, component, clock.now())
                    while found := remind(session, component, clock.now()):
                        told += found
    return told
