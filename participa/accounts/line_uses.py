"""What lines of rolls, and accounts, are in use for: rooms above say so when they start.

::

    line_uses.add(LineUse(keeps, reason, freed, by_account))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import RollEntry


@dataclass(frozen=True, slots=True)
class LineUse:
    """A use of lines that outlasts who claimed them, such as that somebody voted by one."""

    keeps: Callable[[], sa.ColumnElement[bool]]
    """The condition on a :class:`RollEntry` that its line may not leave its roll now."""
    reason: Callable[[Session, int], Any]
    """Why the line with an id may not, as a sentence for staff."""
    freed: Callable[[Session, Sequence[int]], None]
    """Told the ids of lines that staff released, in the same transaction."""
    by_account: Callable[[Session, int], bool]
    """Whether somebody used their account itself, so that what it was verified by must not do the
    same again through another one now."""


_uses: list[LineUse] = []


def add(use: LineUse) -> None:
    """Add a use; the same one twice is once."""
    if use not in _uses:
        _uses.append(use)


def kept() -> sa.ColumnElement[bool]:
    """Return the condition that a line may not leave its roll now."""
    return sa.or_(sa.false(), *[each.keeps() for each in _uses])


def why_kept(session: Session, entry_id: int) -> Any:
    """Return why a line may not leave its roll now, or ``None``."""
    for each in _uses:
        select = sa.select(RollEntry.id).where(RollEntry.id == entry_id, each.keeps())
        if session.scalar(select) is not None:
            return each.reason(session, entry_id)
    return None


def freed(session: Session, entry_ids: Sequence[int]) -> None:
    """Tell every use that staff released these lines."""
    if entry_ids:
        for each in _uses:
            each.freed(session, entry_ids)


def used_by_account(session: Session, person_id: int) -> bool:
    """Return whether somebody's account, deleted or not, is in use now."""
    return any(each.by_account(session, person_id) for each in _uses)
