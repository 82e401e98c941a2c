"""Grounds and terms."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.core.errors import Missing
from participa.moderation.models import Case, Flag, Ground, Terms


def grounds(session: Session, *, active: bool = True) -> Sequence[Ground]:
    """Return the grounds of the organization in order; with ``active=False``, retired ones too."""
    select = sa.select(Ground).order_by(Ground.position, Ground.id)
    return session.scalars(select.where(Ground.is_active) if active else select).all()


def ground(session: Session, ground_id: int) -> Ground:
    """Return a ground. Raises :class:`Missing`."""
    return _one(session, sa.select(Ground).where(Ground.id == ground_id))


def ground_for_update(session: Session, ground_id: int) -> Ground:
    """Return a ground, locked until the transaction ends. Raises :class:`Missing`."""
    return _one(
        session,
        sa.select(Ground)
        .where(Ground.id == ground_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    )


def _one(session: Session, select: sa.Select[Ground]) -> Ground:
    row: Ground | None = session.scalars(select).first()
    if row is None:
        message = "no such ground"
        raise Missing(message)
    return row


def ground_uses(session: Session) -> Mapping[int, int]:
    """Return how many flags and decisions name each ground, those that none names left out."""
    named = sa.union_all(
        sa.select(Flag.ground_id).where(Flag.ground_id.is_not(None)),
        sa.select(Case.ground_id).where(Case.ground_id.is_not(None)),
    ).subquery()
    rows = session.execute(
        sa.select(named.c.ground_id, sa.func.count()).group_by(named.c.ground_id)
    )
    return {row[0]: row[1] for row in rows}


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
