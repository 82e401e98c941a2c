"""Every SELECT on people, sessions and roles."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import (
    Group,
    GroupMember,
    Person,
    RoleGrant,
    SanctionKind,
    SanctionRecord,
    UserSession,
    VerificationRecord,
)
from participa.core.policy import Actor, Role, Sanction, Verification
from participa.organizations.queries import OrganizationView


def digest(secret: str) -> str:
    """Return the SHA-256 of a random secret, as tables keep it."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A live session with its actor."""

    session_id: int
    seen_at: dt.datetime
    actor: Actor


_session = UserSession.__table__.c
_person = Person.__table__.c

_signed_in = (
    sa.select(
        _session.id.label("session_id"),
        _session.seen_at,
        _person.id,
        _person.name,
        _person.username,
        _person.locale,
        _person.email_confirmed_at,
        _person.birth_date,
        _person.territory_id,
        _person.totp_confirmed_at,
    )
    .join_from(UserSession.__table__, Person.__table__, _person.id == _session.person_id)
    .where(
        _session.token_hash == sa.bindparam("token_hash"),
        _session.expires_at > sa.bindparam("moment", type_=UserSession.expires_at.type),
        _person.organization_id == sa.bindparam("organization"),
        _person.deleted_at.is_(None),
    )
)

_no_moment = sa.cast(sa.null(), VerificationRecord.expires_at.type)
_no_process = sa.cast(sa.null(), sa.Integer)
_whose: sa.BindParameter[int] = sa.bindparam("person")

# Everything that a person holds, one row each, in one statement.
_marks = sa.union_all(
    sa.select(
        sa.literal("role").label("kind"),
        sa.cast(RoleGrant.__table__.c.role, sa.String(60)).label("key"),
        RoleGrant.__table__.c.process_id.label("process_id"),
        _no_moment.label("expires_at"),
    ).where(RoleGrant.__table__.c.person_id == _whose),
    sa.select(
        sa.literal("verification"),
        VerificationRecord.__table__.c.method,
        _no_process,
        VerificationRecord.__table__.c.expires_at,
    ).where(
        VerificationRecord.__table__.c.person_id == _whose,
        VerificationRecord.__table__.c.revoked_at.is_(None),
    ),
    sa.select(sa.literal("group"), Group.__table__.c.key, _no_process, _no_moment)
    .join_from(GroupMember.__table__, Group.__table__)
    .where(GroupMember.__table__.c.person_id == _whose),
    sa.select(
        sa.literal("sanction"),
        sa.cast(SanctionRecord.__table__.c.per_day, sa.String(60)),
        SanctionRecord.__table__.c.process_id,
        SanctionRecord.__table__.c.ends_at,
    ).where(
        SanctionRecord.__table__.c.person_id == _whose,
        SanctionRecord.__table__.c.kind != SanctionKind.WARNING.value,
        SanctionRecord.__table__.c.lifted_at.is_(None),
    ),
)


def signed_in(
    session: Session, organization: OrganizationView, token: str, at: dt.datetime
) -> SignedIn | None:
    """Return the session behind a cookie's token with its actor, or ``None``. Two statements."""
    connection = session.connection()
    row = connection.execute(
        _signed_in, {"token_hash": digest(token), "moment": at, "organization": organization.id}
    ).first()
    if row is None:
        return None
    marks = connection.execute(_marks, {"person": row.id}).all()
    return SignedIn(row.session_id, row.seen_at, _actor(organization, row, marks))


def _actor(organization: OrganizationView, person: Any, marks: Sequence[Any]) -> Actor:
    organization_roles = frozenset(
        Role(mark.key) for mark in marks if mark.kind == "role" and mark.process_id is None
    )
    process_roles: dict[int, frozenset[Role]] = {}
    for mark in marks:
        if mark.kind == "role" and mark.process_id is not None:
            held = process_roles.get(mark.process_id, frozenset())
            process_roles[mark.process_id] = held | {Role(mark.key)}
    has_role = bool(organization_roles or process_roles)
    return Actor(
        organization_id=organization.id,
        person_id=person.id,
        name=person.name,
        locale=person.locale,
        email_confirmed=person.email_confirmed_at is not None or person.username is not None,
        birth_date=person.birth_date,
        territories=organization.territory_path(person.territory_id),
        verifications=tuple(
            Verification(mark.key, mark.expires_at) for mark in marks if mark.kind == "verification"
        ),
        groups=frozenset(mark.key for mark in marks if mark.kind == "group"),
        sanctions=tuple(
            Sanction(mark.process_id, mark.expires_at, int(mark.key))
            for mark in marks
            if mark.kind == "sanction"
        ),
        organization_roles=organization_roles,
        process_roles=process_roles,
        needs_second_factor=has_role
        and organization.staff_second_factor
        and person.totp_confirmed_at is None,
    )


def names(session: Session, person_ids: list[int]) -> Mapping[int, str]:
    """Return the public names of people; those deleted are missing."""
    if not person_ids:
        return {}
    rows = session.execute(
        sa.select(Person.id, Person.name).where(
            Person.id.in_(set(person_ids)), Person.deleted_at.is_(None)
        )
    ).all()
    return {row.id: row.name for row in rows}
