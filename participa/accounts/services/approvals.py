"""Asking a second person, and answering: the act happens when another person says yes."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.models import Approval, ApprovalState
from participa.accounts.queries import approvals as queries
from participa.accounts.second_person import Within, acts
from participa.core import clock
from participa.core.errors import Conflict
from participa.core.events import Fact, record
from participa.core.i18n import in_languages
from participa.core.policy import Action, Actor, authorize
from participa.organizations.queries import OrganizationView

LASTS = dt.timedelta(days=3)
"""How long a request waits."""

ASKED = _l("Esto ya se pidió y espera a que otra persona lo apruebe.")


def ask(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    target: str,
    what: Callable[[], Any],
    organization_id: int,
    process_id: int | None = None,
    **data: Any,
) -> Approval:
    """Ask a second person for an act. Returns the request.

    The caller has authorized the act itself and holds what it is about, so that nobody asks twice.
    Raises :class:`Conflict` where the same waits already.
    """
    at = clock.now()
    session.execute(
        sa.update(Approval)
        .where(
            Approval.kind == kind,
            Approval.target == target,
            Approval.state == ApprovalState.PENDING,
            Approval.expires_at <= at,
        )
        .values(state=ApprovalState.EXPIRED)
        .execution_options(synchronize_session=False)
    )
    if queries.of_target(session, kind, target, at) is not None:
        raise Conflict(ASKED)
    row = Approval(
        organization_id=organization_id,
        kind=kind,
        target=target,
        process_id=process_id,
        what=in_languages(what),
        data=data,
        asked_by_id=actor.person_id,
        asked_at=at,
        expires_at=at + LASTS,
        state=ApprovalState.PENDING,
    )
    session.add(row)
    session.flush()
    others = sorted(queries.deciders(session, process_id) - {actor.person_id or 0})
    fact = events.ApprovalAsked(row.id, row.what, row.expires_at.isoformat(), others)
    _record(session, actor, row, fact)
    return row


def approve(
    session: Session, actor: Actor, organization: OrganizationView, approval_id: int
) -> Approval:
    """Approve what somebody else asked for: it happens now, as the act of who approves it.

    Raises what the act raises too; nothing is approved then.
    """
    row = _held(session, actor, organization, approval_id, policy.DECIDE_APPROVAL)
    _answer(session, actor, row, ApprovalState.APPROVED)
    fact = events.ApprovalGiven(row.id, row.what, row.asked_by_id or 0)
    _record(session, actor, row, fact)
    acts[row.kind].run(session, actor, organization, row)
    return row


def decline(
    session: Session, actor: Actor, organization: OrganizationView, approval_id: int
) -> Approval:
    """Say no to what somebody else asked for."""
    row = _held(session, actor, organization, approval_id, policy.DECIDE_APPROVAL)
    _answer(session, actor, row, ApprovalState.DECLINED)
    fact = events.ApprovalDeclined(row.id, row.what, row.asked_by_id or 0)
    _record(session, actor, row, fact)
    return row


def withdraw(
    session: Session, actor: Actor, organization: OrganizationView, approval_id: int
) -> Approval:
    """Take back what one asked for oneself."""
    row = _held(session, actor, organization, approval_id, policy.WITHDRAW_APPROVAL)
    _answer(session, actor, row, ApprovalState.WITHDRAWN)
    _record(session, actor, row, events.ApprovalWithdrawn(row.id, row.what))
    return row


def _held(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    approval_id: int,
    action: Action,
) -> Approval:
    row = queries.get(session, approval_id, lock=True)
    authorize(action, actor, Within(organization, row.process_id), row, at=clock.now())
    return row


def _answer(session: Session, actor: Actor, row: Approval, state: ApprovalState) -> None:
    row.state, row.decided_by_id, row.decided_at = state, actor.person_id, clock.now()
    session.flush()


def _record(session: Session, actor: Actor, row: Approval, fact: Fact) -> None:
    record(
        session,
        fact,
        actor=actor,
        organization_id=row.organization_id,
        process_id=row.process_id,
    )
