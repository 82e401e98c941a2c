"""Who may read a contribution that is not published."""

from enum import Enum, auto
from typing import Any

from participa.contributions.models import Standing
from participa.core.policy import MODERATORS, Actor


class Sight(Enum):
    """What somebody gets to see of a contribution."""

    WHOLE = auto()
    TOMBSTONE = auto()
    """That there was something, why it went, and how to appeal."""
    NOTHING = auto()


def sight(actor: Actor, scope: Any, status: Standing, author_id: int | None) -> Sight:
    """Return what ``actor`` may see: all, of what is published or their own; moderators, all."""
    if status is Standing.PUBLISHED:
        return Sight.WHOLE
    if status in {Standing.WITHDRAWN, Standing.MERGED}:
        return Sight.TOMBSTONE
    is_author = author_id is not None and author_id == actor.person_id
    if is_author or actor.roles_in(scope.process_id) & MODERATORS:
        return Sight.WHOLE
    return Sight.TOMBSTONE if status is Standing.REMOVED else Sight.NOTHING
