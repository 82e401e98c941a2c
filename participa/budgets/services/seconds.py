"""When a vote asks for a second person."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.second_person import Act, Demand
from participa.accounts.verification import census
from participa.budgets.models import Mark, Vote
from participa.budgets.services import closing
from participa.processes import queries as processes


def _asks(session: Session, component_ids: Iterable[int], process_id: int | None = None) -> bool:
    ids = list(component_ids)
    return bool(ids) and any(
        view.settings.second_person and process_id in {None, view.process.id}
        for key, view in processes.components(session, ids).items()
        if key in ids
    )


_running = sa.select(Vote.component_id).where(Vote.locked_at.is_not(None), Vote.closed_at.is_(None))


def for_release(session: Session, entry_id: int) -> bool:
    """Return whether somebody voted by a line in a vote that is not closed and asks for it."""
    voted = sa.select(Mark.component_id).where(
        Mark.component_id.in_(_running), Mark.voter == census.evidence(entry_id)
    )
    return _asks(session, session.scalars(voted))


def for_roles(session: Session, process_id: int | None) -> bool:
    """Return whether a vote that is firm and not closed asks for it, where a role would hold."""
    return _asks(session, session.scalars(_running), process_id)


DEMAND = Demand(for_release, for_roles)
CLOSE = Act(closing.CLOSE, closing.close_approved, ("budgets.closing", "process", "component"))
