"""What a room says of a kind of contribution, so that others can moderate it without knowing it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, has_request_context, url_for
from sqlalchemy.orm import Session

from participa.contributions.models import Standing
from participa.core.facts import Ref
from participa.core.registry import registry


@dataclass(frozen=True, slots=True)
class Text:
    """One thing that the author typed: the field, what the form calls it, and the words."""

    field: str
    label: Any
    words: str
    multiline: bool = True


@dataclass(frozen=True, slots=True)
class Written:
    """A contribution as moderators and its author see it, whatever its standing."""

    ref: Ref
    author_id: int
    component_id: int
    status: Standing
    under_review: bool
    title: str
    """A short name of it: its title or its first words."""
    texts: tuple[Text, ...]
    url: str
    """Path of the page that shows it, or its tombstone."""
    at: dt.datetime
    """When it was written."""
    edited_at: dt.datetime | None = None
    """Changes with every edit: who decides names it, so that nobody decides on other words."""
    language: str = "es"
    parent: Ref | None = None
    """What it answers or hangs under."""


@dataclass(frozen=True, slots=True)
class Moderation:
    """How a kind of contribution is read, locked, moved and rewritten. All take a session."""

    load: Callable[[Session, Sequence[int]], Mapping[int, Written]]
    """``(session, ids)`` → what exists, any standing, in a fixed number of statements."""
    lock: Callable[[Session, int], Written]
    """``(session, id)``: read it with its row locked. Raises ``Missing``."""
    stand: Callable[[Session, int, Standing, dt.datetime], None]
    """``(session, id, standing, at)``: move it, with every counter that depends on it.

    Exactly reversible: nothing that hangs on it (supports, replies, votes) is deleted. The first
    time that it is published after it waited, it is published now and records so; never again.
    """
    mark: Callable[[Session, int, bool], None]
    """``(session, id, under review)``: set the notice."""
    rewrite: Callable[[Session, int, Mapping[str, str], dt.datetime], None]
    """``(session, id, words by field, at)``: the author's correction. Raises ``Invalid``."""
    merge: Callable[[Session, int, int, dt.datetime], None] | None = None
    """``(session, duplicate, into, at)``: join a duplicate to another, supports included."""
    split: Callable[[Session, int, dt.datetime], None] | None = None
    """``(session, duplicate, at)``: undo a merge exactly; nothing where it was undone already."""
    find: Callable[[Session, int, str, int], Sequence[int]] | None = None
    """``(session, component id, words, limit)`` → published items to merge into."""
    taken_back: str = ""
    """Name of the fact, with the item as its subject, that says that its author took it back."""


def path_of(endpoint: str, **values: Any) -> str:
    """Return the path of a page, also for jobs: there is an app around them, but no request."""
    if has_request_context():
        return url_for(endpoint, **values)
    anchor = values.pop("_anchor", "")
    path = current_app.url_map.bind("localhost").build(endpoint, values)
    return f"{path}#{anchor}" if anchor else path


def moderation_of(kind: str) -> Moderation | None:
    """Return how a kind of resource is moderated, or ``None`` when it is not."""
    resource = registry.resource(kind)
    return resource.moderation if resource is not None else None


def written(session: Session, refs: Sequence[Ref]) -> Mapping[Ref, Written]:
    """Return contributions of any kind: one call per kind; what no longer exists is missing."""
    by_kind: dict[str, list[int]] = {}
    for ref in refs:
        by_kind.setdefault(ref.kind, []).append(ref.id)
    return {
        Ref(kind, item_id): found
        for kind, ids in by_kind.items()
        if (moderation := moderation_of(kind)) is not None
        for item_id, found in moderation.load(session, ids).items()
    }
