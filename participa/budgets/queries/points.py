"""What points of voting have left to do before a vote can be closed."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.budgets.models import Point


def unreconciled(session: Session, component: Any) -> Sequence[str]:
    """Return the names of the points whose signatures and sheets were not reconciled, by name."""
    return session.scalars(
        sa.select(Point.name)
        .where(Point.component_id == component.id, Point.reconciled_at.is_(None))
        .order_by(Point.name, Point.id)
    ).all()
