"""Proposals of the same process from which projects can be made."""

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.contributions.models import Contribution, Standing
from participa.core.keyset import Cursor, Page, page_of, window
from participa.processes.models import LinkKind, ResourceLink

PAGE_SIZE = 50
PROPOSAL = "proposal"
PROJECT = "budget_project"

_written = cast("sa.Table", Contribution.__table__).c
_links = cast("sa.Table", ResourceLink.__table__).c
_taken = sa.exists().where(
    _links.organization_id == _written.organization_id,
    _links.kind == LinkKind.DERIVES_FROM,
    _links.source_kind == PROJECT,
    _links.target_kind == PROPOSAL,
    _links.target_id == _written.item_id,
)
_standing = sa.select(_written.item_id, _taken.label("taken")).where(
    _written.organization_id == sa.bindparam("organization"),
    _written.process_id == sa.bindparam("process"),
    _written.kind == PROPOSAL,
    _written.status == Standing.PUBLISHED,
)


def page(session: Session, component: Any, cursor: str | None) -> Page[Any]:
    """Return standing proposals of the component's process, newest first: id, and if taken."""
    start = Cursor.decode(cursor, [int])
    statement = window(_standing, ((_written.item_id, True),), start, PAGE_SIZE)
    rows = session.connection().execute(statement, _where(component)).all()
    return page_of(rows, lambda row: (row.item_id,), start, PAGE_SIZE)


def among(session: Session, component: Any, proposal_ids: Sequence[int]) -> dict[int, bool]:
    """Return which of some ids are standing proposals of the process, and if each is taken."""
    rows = session.connection().execute(
        _standing.where(_written.item_id.in_(proposal_ids)), _where(component)
    )
    return {row.item_id: row.taken for row in rows}


def _where(component: Any) -> dict[str, int]:
    return {"organization": component.organization_id, "process": component.process.id}
