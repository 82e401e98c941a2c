"""What happened to a process or in a component of it, on its record."""

import datetime as dt

from sqlalchemy.orm import Session

from participa.core.events import Fact, record
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.processes.models import Process
from participa.processes.snapshot import ComponentView


def record_of(
    session: Session, actor: Actor, process: Process, fact: Fact, *, subject: Ref | None = None
) -> None:
    """Record a fact of a process; ``subject`` is what else it is about."""
    record(
        session,
        fact,
        actor=actor,
        organization_id=process.organization_id,
        process_id=process.id,
        subject=subject,
    )


def record_in(
    session: Session,
    actor: Actor,
    component: ComponentView,
    fact: Fact,
    *,
    subject: Ref | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Record a fact of a component, at ``at`` or now; ``subject`` is what it is about."""
    record(
        session,
        fact,
        actor=actor,
        organization_id=component.organization_id,
        process_id=component.process.id,
        component_id=component.id,
        subject=subject,
        at=at,
    )
