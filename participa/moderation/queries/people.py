"""Who moderates a process."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person, RoleGrant
from participa.core.policy import Role

_STAFF = (Role.MODERATOR, Role.PROCESS_ADMIN)


def moderators(session: Session, process_id: int) -> Sequence[tuple[int, Role]]:
    """Return the ids of those who may decide in a process with their roles, once per role."""
    rows = session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.role)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            Person.deleted_at.is_(None),
            sa.or_(
                sa.and_(RoleGrant.process_id == process_id, RoleGrant.role.in_(_STAFF)),
                sa.and_(RoleGrant.process_id.is_(None), RoleGrant.role == Role.ORGANIZATION_ADMIN),
            ),
        )
        .order_by(RoleGrant.person_id, RoleGrant.id)
    ).all()
    return [(row[0], row[1]) for row in rows]


def administrators(session: Session) -> list[int]:
    """Return the ids of those who administer the organization."""
    return list(
        session.scalars(
            sa.select(RoleGrant.person_id)
            .join(Person, Person.id == RoleGrant.person_id)
            .where(
                Person.deleted_at.is_(None),
                RoleGrant.process_id.is_(None),
                RoleGrant.role == Role.ORGANIZATION_ADMIN,
            )
            .order_by(RoleGrant.person_id)
        )
    )


def locale_of(session: Session, person_id: int) -> str | None:
    """Return the language that a person reads; ``None`` for whoever is not there."""
    return session.scalar(sa.select(Person.locale).where(Person.id == person_id))
