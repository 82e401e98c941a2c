"""What happened to an account, on its record."""

import datetime as dt

from sqlalchemy.orm import Session

from participa.core.events import Fact, record
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.organizations.queries import OrganizationView


def record_about(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    person_id: int,
    fact: Fact,
    at: dt.datetime | None = None,
) -> None:
    """Record a fact of which a person is the subject."""
    record(
        session,
        fact,
        actor=actor,
        organization_id=organization.id,
        subject=Ref("person", person_id),
        at=at,
    )


def record_own(session: Session, actor: Actor, organization: OrganizationView, fact: Fact) -> None:
    """Record a fact of which the actor is the subject."""
    record_about(session, actor, organization, actor.person_id or 0, fact)
