"""Backups and open votes: what is copied while a vote is open must be destroyed once it closes."""

from sqlalchemy.orm import Session

from participa.budgets import events
from participa.budgets.queries import votes
from participa.core.db import across_organizations
from participa.core.events import record
from participa.core.policy import SYSTEM


def note(session: Session, file: str) -> int:
    """Record in every open vote that the database is copied to ``file``. Returns how many.

    Only the installation's own command calls it: it holds the database already.
    """
    with across_organizations(session):
        found = votes.open_boxes(session)
        for organization_id, process_id, component_id in found:
            record(
                session,
                events.BackupMade(file),
                actor=SYSTEM,
                organization_id=organization_id,
                process_id=process_id,
                component_id=component_id,
            )
    return len(found)
