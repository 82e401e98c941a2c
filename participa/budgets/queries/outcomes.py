"""What closing, counting and publishing read.

Nothing here names a mark and a ballot together but to count each.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.budgets.models import (
    Ballot,
    Channel,
    Mark,
    Outcome,
    PublishedFile,
    SheetStatus,
    Vote,
)
from participa.core.errors import Missing

BATCH = 5000
UNCOUNTED = (SheetStatus.REJECTED, SheetStatus.SPOILED)
"""Sheets for which somebody signed, and which are no ballot."""

_ballots = cast("sa.Table", Ballot.__table__)
_marks = cast("sa.Table", Mark.__table__)
_outcomes = cast("sa.Table", Outcome.__table__)


def _here(table: sa.Table, component: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        table.c.organization_id == component.organization_id,
        table.c.component_id == component.id,
    )


def _counts(session: Session, column: sa.ColumnElement[Any], component: Any) -> dict[Any, int]:
    table = cast("sa.Table", column.table)
    rows = session.connection().execute(
        sa.select(column, sa.func.count()).where(*_here(table, component)).group_by(column)
    )
    return {value: number for value, number in rows}  # noqa: C416  (rows are no pairs to mypy)


def ballots_by_channel(session: Session, component: Any) -> dict[str, int]:
    """Return how many ballots are in the box, by channel, while it says channels."""
    found = _counts(session, _ballots.c.channel, component)
    return {str(channel): number for channel, number in found.items()}


def marks_by(session: Session, component: Any, column: str) -> dict[Any, int]:
    """Return how many have voted by ``channel``, ``territory_id`` or ``age_band``."""
    return _counts(session, _marks.c[column], component)


def box_size(session: Session, component: Any) -> int:
    """Return how many ballots are in the box."""
    count = sa.select(sa.func.count()).select_from(_ballots).where(*_here(_ballots, component))
    return session.connection().execute(count).scalar_one()


def linked_marks(session: Session, component: Any) -> Iterator[Sequence[Any]]:
    """Give id and channel of every mark that has a ballot of its own, batch by batch."""
    return _batches(
        session,
        sa.select(_marks.c.id, _marks.c.channel).where(
            *_here(_marks, component), _marks.c.channel != Channel.PAPER
        ),
    )


_CHECKED = (_ballots.c.id, _ballots.c.link, _ballots.c.channel, _ballots.c.choice, _ballots.c.code)


def ballots_of(session: Session, component: Any, links: Sequence[str]) -> Sequence[Any]:
    """Return the ballots of some links, with what authenticates them."""
    select = sa.select(*_CHECKED).where(*_here(_ballots, component), _ballots.c.link.in_(links))
    return session.connection().execute(select).all()


def sheet_ballots(session: Session, component: Any) -> Iterator[Sequence[Any]]:
    """Give the ballots that are tied to no mark, with what authenticates them, batch by batch."""
    return _batches(
        session,
        sa.select(*_CHECKED).where(*_here(_ballots, component), _ballots.c.link.is_(None)),
    )


def _batches(session: Session, select: sa.Select[Any]) -> Iterator[Sequence[Any]]:
    """Give rows by their ids, a statement per batch: no cursor is held while others are asked."""
    ident = select.selected_columns.id
    last = None
    while True:
        wanted = select if last is None else select.where(ident > last)
        rows = session.connection().execute(wanted.order_by(ident).limit(BATCH)).all()
        if not rows:
            return
        yield rows
        last = rows[-1].id


def released_lines(session: Session, component: Any) -> int:
    """Return how many lines staff released after somebody had voted by them."""
    count = sa.select(sa.func.count()).select_from(_marks)
    count = count.where(*_here(_marks, component), _marks.c.released)
    return session.connection().execute(count).scalar_one()


def choices(session: Session, component: Any) -> Iterator[dict[int, int]]:
    """Give every ballot's choice by project id, batch by batch."""
    rows = session.connection().execute(
        sa.select(_ballots.c.choice).where(*_here(_ballots, component)),
        execution_options={"yield_per": BATCH},
    )
    for (choice,) in rows:
        yield {int(key): value for key, value in choice.items()}


def outcomes(session: Session, component: Any) -> dict[int, list[Outcome]]:
    """Return the outcomes by pot, each pot's editions in order."""
    found: dict[int, list[Outcome]] = {}
    for row in session.scalars(
        sa.select(Outcome)
        .where(Outcome.component_id == component.id)
        .order_by(Outcome.pot_id, Outcome.edition)
    ):
        found.setdefault(row.pot_id, []).append(row)
    return found


def editions(session: Session, component: Any, pot_id: int) -> Sequence[Outcome]:
    """Return the editions of a pot's outcome, in order."""
    return session.scalars(
        sa.select(Outcome)
        .where(Outcome.component_id == component.id, Outcome.pot_id == pot_id)
        .order_by(Outcome.edition)
    ).all()


def counted_pots(session: Session, component: Any) -> set[int]:
    """Return the pots that were counted."""
    return set(
        session.scalars(sa.select(Outcome.pot_id).where(Outcome.component_id == component.id))
    )


def winners(session: Session, component: Any) -> dict[int, set[int]]:
    """Return the projects that each pot funds by its last edition. One statement."""
    rows = session.connection().execute(
        sa.select(_outcomes.c.pot_id, _outcomes.c.winners)
        .where(*_here(_outcomes, component))
        .order_by(_outcomes.c.pot_id, _outcomes.c.edition)
    )
    return {pot_id: set(ids) for pot_id, ids in rows}


def won(session: Session, component: Any, vote: Any) -> set[int] | None:
    """Return the projects that are funded; ``None``, without asking, before that is published."""
    if vote is None or vote.published_at is None:
        return None
    return set().union(*winners(session, component).values())


def winning(session: Session, component_ids: Sequence[int]) -> dict[int, set[int]]:
    """Return the projects that win, by component; of those alone that published."""
    rows = session.execute(
        sa.select(Outcome.component_id, Outcome.pot_id, Outcome.winners)
        .join(Vote, Vote.component_id == Outcome.component_id)
        .where(Outcome.component_id.in_(component_ids), Vote.published_at.is_not(None))
        .order_by(Outcome.pot_id, Outcome.edition)
    )
    last: dict[tuple[int, int], set[int]] = {}
    for component_id, pot_id, ids in rows:
        last[component_id, pot_id] = set(ids)
    found: dict[int, set[int]] = {}
    for (component_id, _pot), ids in last.items():
        found[component_id] = found.get(component_id, set()) | ids
    return found


def files(session: Session, component: Any) -> Sequence[Any]:
    """Return name, digest and size of every published file, by name."""
    return session.execute(
        sa.select(PublishedFile.name, PublishedFile.sha256, PublishedFile.size)
        .where(PublishedFile.component_id == component.id)
        .order_by(PublishedFile.id)
    ).all()


def file(session: Session, component: Any, name: str) -> Any:
    """Return a published file with what it holds. Raises :class:`Missing`."""
    row = session.execute(
        sa.select(PublishedFile.sha256, PublishedFile.content, PublishedFile.at).where(
            PublishedFile.component_id == component.id, PublishedFile.name == name
        )
    ).first()
    if row is None:
        message = f"no file {name}"
        raise Missing(message)
    return row


def open_on(session: Session, besides: int) -> Sequence[int]:
    """Return the components whose vote is firm and not closed, but for one of them."""
    return session.scalars(
        sa.select(Vote.component_id).where(
            Vote.locked_at.is_not(None), Vote.closed_at.is_(None), Vote.component_id != besides
        )
    ).all()


def to_publish(session: Session) -> Sequence[tuple[int, int]]:
    """Return what is to be counted and published, as (organization, component). One statement.

    Of every organization: the session must not be bound to one.
    """
    rows = session.execute(
        sa.select(Vote.organization_id, Vote.component_id)
        .where(Vote.publishing_at.is_not(None), Vote.published_at.is_(None))
        .order_by(Vote.organization_id, Vote.component_id)
    )
    return [(row.organization_id, row.component_id) for row in rows]
