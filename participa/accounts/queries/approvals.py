"""Requests that wait for a second person, and those that were answered."""

import datetime as dt
from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Approval, ApprovalState
from participa.accounts.queries import staff
from participa.core.errors import Missing
from participa.core.policy import Role

LATEST = 20
"""Answered requests that the page shows."""


def get(session: Session, approval_id: int, *, lock: bool = False) -> Approval:
    """Return a request; with ``lock`` nobody else answers it meanwhile. Raises `Missing`."""
    select = sa.select(Approval).where(Approval.id == approval_id)
    if lock:
        select = select.with_for_update().execution_options(populate_existing=True)
    row = session.scalars(select).first()
    if row is None:
        message = f"no request {approval_id}"
        raise Missing(message)
    return row


def _in(processes: Collection[int] | None) -> sa.ColumnElement[bool]:
    return sa.true() if processes is None else Approval.process_id.in_(processes)


def waiting(
    session: Session, at: dt.datetime, processes: Collection[int] | None = None
) -> Sequence[Approval]:
    """Return the requests that wait, oldest first: all of them, or those in some processes."""
    return session.scalars(
        sa.select(Approval)
        .where(Approval.state == ApprovalState.PENDING, Approval.expires_at > at, _in(processes))
        .order_by(Approval.id)
    ).all()


def over(
    session: Session, at: dt.datetime, processes: Collection[int] | None = None
) -> Sequence[Approval]:
    """Return the newest requests that do not wait any more."""
    return session.scalars(
        sa.select(Approval)
        .where(
            sa.or_(Approval.state != ApprovalState.PENDING, Approval.expires_at <= at),
            _in(processes),
        )
        .order_by(Approval.id.desc())
        .limit(LATEST)
    ).all()


def of_target(session: Session, kind: str, target: str, at: dt.datetime) -> Approval | None:
    """Return the request that waits for one act on one thing."""
    return session.scalars(
        sa.select(Approval).where(
            Approval.kind == kind,
            Approval.target == target,
            Approval.state == ApprovalState.PENDING,
            Approval.expires_at > at,
        )
    ).first()


def of_person(session: Session, kind: str, person_id: int, at: dt.datetime) -> Sequence[Approval]:
    """Return the requests about a person that wait."""
    return [
        each
        for each in waiting(session, at)
        if each.kind == kind and each.data.get("person_id") == person_id
    ]


def deciders(session: Session, process_id: int | None) -> set[int]:
    """Return who may decide in a process, or in the organization: its administrators."""
    found = {
        person.id
        for grant, person in staff.grants_in(session, None)
        if grant.role is Role.ORGANIZATION_ADMIN
    }
    if process_id is not None:
        found |= {
            person.id
            for grant, person in staff.grants_in(session, process_id)
            if grant.role is Role.PROCESS_ADMIN
        }
    return found
