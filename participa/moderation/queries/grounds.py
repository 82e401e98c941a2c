"""Grounds and terms."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.core.errors import Missing
from participa.moderation.models import Ground, Terms


def grounds(session: Session, *, active: bool = True) -> Sequence[Ground]:
    """Return the grounds of the organization in order; with ``active=False``, retired ones too."""
    select = sa.select(Ground).order_by(Ground.position, Ground.id)
    return session.scalars(select.where(Ground.is_active) if active else select).all()


def ground(session: Session, ground_id: int) -> Ground:
    """Return a ground. Raises :class:`Missing`."""
    row = session.scalars(sa.select(Ground).where(Ground.id == ground_id)).first()
    if row is None:
        message = f"no ground {ground_id}"
        raise Missing(message)
    return row


def terms(session: Session, organization_id: int) -> Terms:
    """Return what the organization promises; the defaults, not saved, where it chose nothing."""
    return session.get(Terms, organization_id) or defaults(organization_id)


def defaults(organization_id: int) -> Terms:
    """Return the terms of an organization that chose nothing, as a row that is not saved."""
    return Terms(
        organization_id=organization_id,
        **{
            column.name: column.default.arg
            for column in Terms.__table__.columns
            if isinstance(column.default, sa.ColumnDefault)
        },
    )
