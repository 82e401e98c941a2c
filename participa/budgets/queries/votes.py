"""What is known of a vote as a whole: whether it is locked, and by which rules."""

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from participa.budgets.events import BackupMade
from participa.budgets.models import Mark, Vote
from participa.budgets.rules import Rules, rules_of
from participa.core.db import bound_organization
from participa.core.facts import FactRow
from participa.processes.models import Component

_votes = cast("sa.Table", Vote.__table__)

_state = sa.select(
    *[
        each
        for each in _votes.c
        if each.name not in {"link_key", "organization_id", "published_by_id"}
    ]
).where(
    _votes.c.organization_id == sa.bindparam("organization"),
    _votes.c.component_id == sa.bindparam("component"),
)


def state(session: Session, component: Any) -> Any:
    """Return a component's vote as a plain row, or ``None`` before anything of it was written.

    Never carries the key that ties ballots to marks.
    """
    return (
        session.connection()
        .execute(_state, {"organization": component.organization_id, "component": component.id})
        .first()
    )


def rules(component: Any, vote: Any) -> Rules:
    """Return the rules of a vote: as locked, else as the settings say now."""
    if vote is not None and vote.locked_at is not None:
        return Rules.read(vote.rules)
    return rules_of(component.settings)


def for_update(session: Session, component_id: int) -> Vote:
    """Return a component's vote, locked until the transaction ends; made where there is none."""
    row = _locked(session, component_id)
    if row is None:
        insert = _insert(session).values(
            organization_id=session.info["organization_id"],
            component_id=component_id,
            rules={},
            sha256="",
            amendments=[],
            seed_source="",
            seed="",
            roll_digest="",
            figures={},
        )
        session.connection().execute(insert.on_conflict_do_nothing())
        row = _locked(session, component_id)
    if row is None:  # pragma: no cover  (the insert above made it or somebody else's did)
        message = f"no vote of component {component_id}"
        raise LookupError(message)
    return row


def _locked(session: Session, component_id: int) -> Vote | None:
    return session.scalars(
        sa.select(Vote)
        .where(Vote.component_id == component_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def _insert(session: Session) -> Any:
    dialect = session.connection().dialect.name
    return (sqlite_insert if dialect == "sqlite" else postgresql_insert)(_votes)


def people_in(session: Session, component_id: int) -> int:
    """Return how many people have voted, for the staff who change something."""
    return (
        session.scalar(
            sa.select(sa.func.count()).select_from(Mark).where(Mark.component_id == component_id)
        )
        or 0
    )


def open_boxes(session: Session) -> Sequence[sa.Row[int, int, int]]:
    """Return ``(organization, process, component)`` of every vote that is firm and not closed."""
    return session.execute(
        sa.select(Vote.organization_id, Component.process_id, Vote.component_id)
        .join(Component, Component.id == Vote.component_id)
        .where(Vote.locked_at.is_not(None), Vote.closed_at.is_(None))
        .order_by(Vote.component_id)
    ).all()


def backups_while_open(session: Session, component_id: int) -> Sequence[FactRow]:
    """Return what is known of the backups that were made while a vote was open, oldest first."""
    return session.scalars(
        sa.select(FactRow)
        .where(
            FactRow.organization_id == bound_organization(session),
            FactRow.component_id == component_id,
            FactRow.name == BackupMade.NAME,
        )
        .order_by(FactRow.id)
    ).all()
