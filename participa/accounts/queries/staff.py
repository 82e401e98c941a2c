"""Roles, verifications and groups."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import (
    Group,
    GroupMember,
    Person,
    RoleGrant,
    SecondFactorReset,
    VerificationRecord,
)
from participa.core.errors import Missing
from participa.core.policy import Role

_grants = RoleGrant.__table__.c


def acts_for_entity(person_id: Any, process_id: Any) -> Any:
    """Return the SQL condition that whoever writes holds a role there: they act for the entity.

    Both are columns or scalar subqueries. Whoever only looks on (observers, auditors) does not act.
    """
    return sa.exists().where(
        _grants.person_id == person_id,
        _grants.role != Role.OBSERVER,
        _grants.role != Role.AUDITOR,
        sa.or_(_grants.process_id.is_(None), _grants.process_id == process_id),
    )


def grants_of(session: Session, person_id: int) -> Sequence[RoleGrant]:
    """Return the roles of a person, the organization's first."""
    return session.scalars(
        sa.select(RoleGrant)
        .where(RoleGrant.person_id == person_id)
        .order_by(RoleGrant.process_id.is_not(None), RoleGrant.process_id, RoleGrant.id)
    ).all()


def grants_in(session: Session, process_id: int | None) -> Sequence[tuple[RoleGrant, Person]]:
    """Return who holds roles in a process (``None``: in the organization), by name."""
    where = (
        RoleGrant.process_id.is_(None) if process_id is None else RoleGrant.process_id == process_id
    )
    rows = session.execute(
        sa.select(RoleGrant, Person)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(where, Person.deleted_at.is_(None))
        .order_by(Person.search_name, Person.id, RoleGrant.id)
    ).all()
    return [(row[0], row[1]) for row in rows]


def without_second_factor(session: Session) -> Sequence[Person]:
    """Return who has a role and no second factor, by name."""
    holders = sa.select(RoleGrant.person_id)
    return session.scalars(
        sa.select(Person)
        .where(
            Person.id.in_(holders),
            Person.totp_confirmed_at.is_(None),
            Person.deleted_at.is_(None),
        )
        .order_by(Person.search_name, Person.id)
    ).all()


def second_factor_reset(session: Session, person_id: int) -> SecondFactorReset | None:
    """Return the reset that waits for a second administrator, or ``None``."""
    return session.get(SecondFactorReset, person_id)


def grant(session: Session, person_id: int, role: Role, process_id: int | None) -> RoleGrant | None:
    """Return one role of a person, or ``None``."""
    where = (
        RoleGrant.process_id.is_(None) if process_id is None else RoleGrant.process_id == process_id
    )
    return session.scalars(
        sa.select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.role == role, where)
    ).first()


def lock_administrators(session: Session) -> Sequence[int]:
    """Return the ids of the organization's administrators; their grants stay locked."""
    return session.scalars(
        sa.select(RoleGrant.person_id)
        .where(RoleGrant.role == Role.ORGANIZATION_ADMIN, RoleGrant.process_id.is_(None))
        .order_by(RoleGrant.id)
        .with_for_update()
    ).all()


def verifications_of(session: Session, person_id: int) -> Sequence[VerificationRecord]:
    """Return a person's verifications, revoked and expired ones too, newest first."""
    return session.scalars(
        sa.select(VerificationRecord)
        .where(VerificationRecord.person_id == person_id)
        .order_by(VerificationRecord.id.desc())
    ).all()


def verification(session: Session, verification_id: int) -> VerificationRecord:
    """Return one verification. Raises :class:`Missing`."""
    row = session.scalars(
        sa.select(VerificationRecord).where(VerificationRecord.id == verification_id)
    ).first()
    if row is None:
        message = f"no verification {verification_id}"
        raise Missing(message)
    return row


def groups(session: Session) -> Sequence[tuple[Group, int]]:
    """Return every group with its number of members, by name."""
    rows = session.execute(
        sa.select(Group, sa.func.count(GroupMember.person_id))
        .outerjoin(GroupMember, GroupMember.group_id == Group.id)
        .group_by(Group.id)
        .order_by(Group.name, Group.id)
    ).all()
    return [(row[0], row[1]) for row in rows]


def groups_of(session: Session, person_id: int) -> Sequence[Group]:
    """Return the groups that a person belongs to."""
    return session.scalars(
        sa.select(Group)
        .join(GroupMember, GroupMember.group_id == Group.id)
        .where(GroupMember.person_id == person_id)
        .order_by(Group.name, Group.id)
    ).all()


def group(session: Session, group_id: int) -> Group:
    """Return a group. Raises :class:`Missing`."""
    row = session.scalars(sa.select(Group).where(Group.id == group_id)).first()
    if row is None:
        message = f"no group {group_id}"
        raise Missing(message)
    return row


def members(session: Session, group_id: int) -> Sequence[Person]:
    """Return the members of a group, by name."""
    return session.scalars(
        sa.select(Person)
        .join(GroupMember, GroupMember.person_id == Person.id)
        .where(GroupMember.group_id == group_id, Person.deleted_at.is_(None))
        .order_by(Person.search_name, Person.id)
    ).all()


def member(session: Session, group_id: int, person_id: int) -> GroupMember | None:
    """Return a membership, or ``None``."""
    return session.scalars(
        sa.select(GroupMember).where(
            GroupMember.group_id == group_id, GroupMember.person_id == person_id
        )
    ).first()
