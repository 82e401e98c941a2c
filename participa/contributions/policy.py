"""Who may read what is not published, and the checks that all rooms of contributions share."""

import datetime as dt
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from participa.contributions.models import Standing
from participa.core.policy import MODERATORS, Actor, Check


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


# --- checks that rooms put in their tables, with their own sentences ----------------------------


def stands(label: Any, absent: Mapping[Standing, Any], *, or_waits: bool = False) -> Check:
    """Return the check that a contribution is published; ``absent`` says why not, by standing.

    What is faced has a ``status``. ``or_waits``: what waits to be read will do as well.
    """

    def find(_actor: Actor, _scope: Any, item: Any, _at: dt.datetime) -> Any:
        if item is None or (or_waits and item.status is Standing.WAITING):
            return None
        return absent.get(item.status)

    return Check("stands", label, find)


def is_author(label: Any, refusal: Any) -> Check:
    """Return the check that a contribution is the actor's; what is faced has an ``author_id``."""

    def find(actor: Actor, _scope: Any, item: Any, _at: dt.datetime) -> Any:
        return refusal if item is not None and item.author_id != actor.person_id else None

    return Check("is_author", label, find)


def not_own(label: Any, refusal: Any) -> Check:
    """Return the check that a contribution is somebody else's."""

    def find(actor: Actor, _scope: Any, item: Any, _at: dt.datetime) -> Any:
        return refusal if item is not None and item.author_id == actor.person_id else None

    return Check("not_own", label, find)
