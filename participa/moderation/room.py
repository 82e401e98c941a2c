"""What this room adds to the product."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import personal_data
from participa.accounts import policy as accounts
from participa.contributions.events import ContributionQuestioned
from participa.core.facts import FactRow
from participa.core.outbox import Subscriber
from participa.core.policy import Actor
from participa.core.registry import Room, StaffPage, registry
from participa.moderation import events, mornings, policy, queries
from participa.moderation.personal_data import own_moderation
from participa.moderation.services import checks, grounds, people
from participa.moderation.views import (
    blueprint,
    bulk,
    cases,
    deciding,
    flags,
    items,
    measures,
    notices,
    own,
    public,
    queue,
    reversals,
    terms,
)
from participa.moderation.views import grounds as ground_pages
from participa.moderation.views import people as people_pages
from participa.organizations import queries as organizations
from participa.organizations.events import OrganizationCreated
from participa.processes.snapshot import ProcessView

PAGES = (
    public,
    flags,
    own,
    queue,
    cases,
    deciding,
    bulk,
    items,
    people_pages,
    measures,
    ground_pages,
    terms,
    reversals,
)
"""The modules whose pages are on the blueprint."""


def wants(fact_name: str) -> bool:
    """Return whether a kind of fact opens, joins or closes a case, or begins an organization."""
    return fact_name in {ContributionQuestioned.NAME, OrganizationCreated.NAME, *_taken_back()}


def _taken_back() -> set[str]:
    return {
        each.moderation.taken_back for each in registry.resources() if each.moderation is not None
    }


def handle(session: Session, fact: FactRow) -> None:
    """Do what a fact means for moderation; idempotent."""
    if fact.name == OrganizationCreated.NAME:
        grounds.ensure(session, organizations.by_id(session, fact.organization_id))
    elif fact.subject is None:
        return
    elif fact.name == ContributionQuestioned.NAME:
        checks.question(session, fact.subject, fact.data["reasons"], fact.at)
    else:
        checks.close_withdrawn(session, fact.subject)


def waiting(
    session: Session, processes: Sequence[ProcessView], _actor: Actor, at: dt.datetime
) -> Mapping[int, int]:
    """Return how many cases wait in each process."""
    return queries.counts(session, [each.id for each in processes], at)


def init_app(app: Flask) -> None:
    """Ask for the job of every morning, and give templates the notice and the link to flag."""
    personal_data.add_source(own_moderation)
    personal_data.add_eraser(people.forget)
    jobs: Any = app.extensions["participa_jobs"]
    jobs.every("moderation", "*/10", mornings.run)
    app.jinja_env.globals.update(
        moderation_notice=notices.moderation_notice, flag_link=notices.flag_link
    )


ROOM = Room(
    name="moderation",
    label=_l("Moderación"),
    actions=policy.ACTIONS,
    facts=events.FACTS,
    subscribers=(Subscriber("moderation", wants, handle),),
    blueprints=(blueprint,),
    staff_pages=(
        StaffPage("moderation.queue", _l("Moderación"), policy.QUEUE, "flag", waiting),
        StaffPage(
            "moderation.people",
            _l("Personas y medidas"),
            accounts.SANCTION,
            "users",
            people_pages.appeals_waiting,
        ),
        StaffPage("moderation.queues", _l("Moderación"), policy.QUEUES, "flag"),
        StaffPage(
            "moderation.people_everywhere",
            _l("Personas y medidas"),
            accounts.SANCTION,
            "users",
            people_pages.appeals_waiting,
        ),
        StaffPage("moderation.grounds", _l("Motivos"), policy.GROUNDS, "scale"),
        StaffPage("moderation.terms", _l("Plazos"), policy.GROUNDS, "clock"),
    ),
    init=init_app,
)
