"""The record of facts, as the people who audit read it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from participa.core.errors import Missing
from participa.core.facts import FactRow
from participa.core.keyset import Cursor, Page, paginate
from participa.processes.models import Phase, Process

PAGE_SIZE = 50
BATCH = 1000


@dataclass(frozen=True, slots=True)
class FactFilter:
    """Which facts: every field that is given must hold."""

    names: tuple[str, ...] = ()
    process_id: int | None = None
    actor_ids: tuple[int, ...] | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    """Half-open: up to but not including."""


def _select(wanted: FactFilter) -> sa.Select[Any]:
    select = sa.select(FactRow)
    if wanted.names:
        select = select.where(FactRow.name.in_(wanted.names))
    if wanted.process_id is not None:
        select = select.where(FactRow.process_id == wanted.process_id)
    if wanted.actor_ids is not None:
        select = select.where(FactRow.actor_id.in_(wanted.actor_ids))
    if wanted.since is not None:
        select = select.where(FactRow.at >= wanted.since)
    if wanted.until is not None:
        select = select.where(FactRow.at < wanted.until)
    return select


def facts(
    session: Session, wanted: FactFilter, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[FactRow]:
    """Return a page of facts, newest first. One statement."""
    return paginate(
        lambda select: session.scalars(select).all(),
        _select(wanted),
        [(FactRow.id, True)],
        lambda row: (row.id,),
        Cursor.decode(cursor, (int,)),
        size,
    )


def fact(session: Session, fact_id: int) -> FactRow:
    """Return one fact. Raises :class:`Missing`."""
    row = session.scalars(sa.select(FactRow).where(FactRow.id == fact_id)).first()
    if row is None:
        message = f"no fact {fact_id}"
        raise Missing(message)
    return row


def facts_before(
    session: Session, wanted: FactFilter, before: int | None = None
) -> Sequence[FactRow]:
    """Return the next batch of facts, newest first, older than the id ``before``."""
    select = _select(wanted).order_by(FactRow.id.desc()).limit(BATCH)
    if before is not None:
        select = select.where(FactRow.id < before)
    return session.scalars(select).all()


def process_row(session: Session, process_id: int) -> Process:
    """Return a process's row with all that its file says. Raises :class:`Missing`."""
    row = session.scalars(
        sa.select(Process)
        .where(Process.id == process_id)
        .options(
            selectinload(Process.phases).selectinload(Phase.overrides),
            selectinload(Process.phases).selectinload(Phase.opens),
            selectinload(Process.components),
        )
    ).first()
    if row is None:
        message = f"no process {process_id}"
        raise Missing(message)
    return row
