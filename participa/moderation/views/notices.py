"""What other rooms show of moderation: the globals ``flag_link`` and ``moderation_notice``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import g, url_for

from participa.contributions.models import Standing
from participa.core import clock, templates
from participa.core.db import db
from participa.core.policy import MODERATORS, Actor, denial
from participa.core.registry import registry
from participa.core.web import request_app
from participa.moderation import policy
from participa.moderation.models import CaseState
from participa.moderation.queries import Notice, notices

_KNOWN = "moderation_notices"
"""On ``g``: what is known of the items of this page, by kind and id."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a notice shows of a case."""

    case_id: int
    state: CaseState
    decided_at: Any
    appeal_until: Any
    may_appeal: bool
    ground: Any
    wording: Any
    staff_url: str


def _parts() -> Any:
    template: Any = templates.template(request_app(), "moderation/parts.html")
    return template.module


def segment_of(kind: str) -> str:
    """Return the word of a kind of item in addresses: its own, else its name."""
    return getattr(registry.resource(kind), "segment", "") or kind


def flag_link(kind: str, id: int, author_id: int | None = None) -> Any:
    """Return the quiet link that reports an item; nothing on own items (``author_id``).

    Visitors follow it through sign-in. Nothing where the person may not report at all.
    """
    who: Actor = g.actor
    if who.is_signed_in:
        if author_id == who.person_id:
            return ""
        if denial(policy.FLAG, who, g.scope, at=clock.now()) is not None:
            return ""
    return _parts().flag_link(segment_of(kind), id)


def moderation_notice(
    kind: str, row: Any, *, compact: bool = False, among: Iterable[Any] | None = None
) -> Any:
    """Return what moderation has to say of an item, for whoever reads: nothing, mostly.

    ``row`` has ``id``, ``author_id``, ``status`` and ``under_review``. ``compact`` is one line, for
    lists; there ``among`` are all rows of the page, so that one statement serves them all.
    """
    what = _what(row)
    if not what:
        return ""
    whose = _whose(row)
    found = None
    if what == "removed" or whose == "staff":
        found = _found(kind, row, [row] if among is None else among)
    parts = _parts()
    if compact:
        return parts.compact(what, found, whose)
    return getattr(parts, what)(found, whose)


def _what(row: Any) -> str:
    standing = Standing(row.status)
    if standing is Standing.PUBLISHED:
        return "under_review" if row.under_review else ""
    return {Standing.WAITING: "waiting", Standing.REMOVED: "removed"}.get(standing, "")


def _whose(row: Any) -> str:
    who: Actor = g.actor
    if who.is_signed_in and row.author_id == who.person_id:
        return "own"
    return "staff" if who.roles_in(g.scope.process_id) & MODERATORS else ""


def _found(kind: str, row: Any, rows: Iterable[Any]) -> Shown | None:
    known: dict[tuple[str, int], Shown | None] = g.setdefault(_KNOWN, {})
    if (kind, row.id) not in known:
        wanted = {row.id, *(each.id for each in rows if _what(each))}
        found = notices(db.session(), kind, wanted)
        known |= {(kind, key): _shown(found.get(key)) for key in wanted}
    return known[kind, row.id]


def _shown(found: Notice | None) -> Shown | None:
    if found is None:
        return None
    return Shown(
        found.case_id,
        found.state,
        found.decided_at,
        found.appeal_until,
        found.appeal_until is not None and clock.now() < found.appeal_until,
        found.ground,
        found.wording,
        url_for("moderation.case", case_id=found.case_id),
    )
