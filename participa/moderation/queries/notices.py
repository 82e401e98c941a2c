"""What the notice on an item says of its case: one statement for all items of a page."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.moderation.models import Case, CaseState, Ground


@dataclass(frozen=True, slots=True)
class Notice:
    """The public side of a case; never the words that it is about."""

    case_id: int
    state: CaseState
    decided_at: dt.datetime | None
    appeal_until: dt.datetime | None
    ground: Any
    """Name of the ground, or ``None`` before any decision."""
    wording: Any


def notices(session: Session, kind: str, item_ids: Iterable[int]) -> Mapping[int, Notice]:
    """Return what there is to say of the items of a kind that have a case, by item id."""
    wanted = sorted(set(item_ids))
    if not wanted:
        return {}
    rows = session.execute(
        sa.select(
            Case.item_id,
            Case.id,
            Case.state,
            Case.decided_at,
            Case.appeal_until,
            Ground.name,
            Ground.text,
        )
        .outerjoin(Ground, Ground.id == Case.ground_id)
        .where(Case.kind == kind, Case.item_id.in_(wanted))
    )
    return {
        row.item_id: Notice(row.id, row.state, row.decided_at, row.appeal_until, row.name, row.text)
        for row in rows
    }
