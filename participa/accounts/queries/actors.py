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
    RollEntry,
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

_token = _session.token_hash == sa.bindparam("token_hash")
_whose = sa.select(_session.person_id).where(_token).scalar_subquery()
_no_moment = sa.cast(sa.null(), VerificationRecord.expires_at.type)
_no_process = sa.cast(sa.null(), sa.Integer)

_who = (
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
        sa.literal("person").label("kind"),
        sa.literal("").label("key"),
        _no_process.label("process_id"),
        _no_moment.label("expires_at"),
    )
    .join_from(UserSession.__table__, Person.__table__, _person.id == _session.person_id)
    .where(
        _token,
        _session.expires_at > sa.bindparam("moment", type_=UserSession.expires_at.type),
        _person.organization_id == sa.bindparam("organization"),
        _person.deleted_at.is_(None),
    )
)


def _mark(
    kind: str, key: Any, *, process_id: Any = _no_process, expires_at: Any = _no_moment
) -> Any:
    """Select something that the person holds, with nothing in the person's own columns."""
    own = len(_who.selected_columns) - 4
    return sa.select(*[sa.null()] * own, sa.literal(kind), key, process_id, expires_at)


_role = RoleGrant.__table__.c
_verification = VerificationRecord.__table__.c
_sanction = SanctionRecord.__table__.c
_line = RollEntry.__table__.c

# Who it is, and everything that the person holds, one row each: one statement for every request.
_signed_in: sa.CompoundSelect[Any] = sa.union_all(
    _who,
    _mark("role", sa.cast(_role.role, sa.String(60)), process_id=_role.process_id).where(
        _role.person_id == _whose
    ),
    _mark("verification", _verification.method, expires_at=_verification.expires_at).where(
        _verification.person_id == _whose, _verification.revoked_at.is_(None)
    ),
    _mark("group", Group.__table__.c.key)
    .join_from(GroupMember.__table__, Group.__table__)
    .where(GroupMember.__table__.c.person_id == _whose),
    # The group that a roll says, such as "rural": it comes and goes with the line.
    _mark("group", _line.group_key).where(
        _line.person_id == _whose, _line.group_key != "", _line.removed_at.is_(None)
    ),
    _mark(
        "sanction",
        sa.cast(_sanction.per_day, sa.String(60)),
        process_id=_sanction.process_id,
        expires_at=_sanction.ends_at,
    ).where(
        _sanction.person_id == _whose,
        _sanction.kind != SanctionKind.WARNING.value,
        _sanction.lifted_at.is_(None),
    ),
)


def signed_in(
    session: Session, organization: OrganizationView, token: str, at: dt.datetime
) -> SignedIn | None:
    """Return the session behind a cookie's token with its actor, or ``None``. One statement."""
    values = {"token_hash": digest(token), "moment": at, "organization": organization.id}
    rows = session.connection().execute(_signed_in, values).all()
    person = next((row for row in rows if row.kind == "person"), None)
    if person is None:
        return None
    return SignedIn(person.session_id, person.seen_at, _actor(organization, person, rows, at))


def _actor(
    organization: OrganizationView, person: Any, marks: Sequence[Any], at: dt.datetime
) -> Actor:
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
        and organization.asks_second_factor(at)
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
