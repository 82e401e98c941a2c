"""A conversation as its pages draw it: who sees what, and what each reader may do with it."""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import g, request, session, url_for

from participa.accounts.kept_forms import kept_fields
from participa.comments import policy
from participa.comments.forms import POSITIONS, CommentForm
from participa.comments.models import Position
from participa.comments.queries import lists, subjects
from participa.comments.queries.lists import SHOWN_REPLIES, Counts, Reader
from participa.comments.services import writing
from participa.comments.views import has_comments
from participa.contributions.models import Standing
from participa.contributions.policy import Sight, sight
from participa.core import clock, templates
from participa.core.db import db
from participa.core.facts import Ref
from participa.core.i18n import current_locale
from participa.core.policy import MODERATORS, Action, Actor, Denial, denial
from participa.core.web import actor, request_app

SENT_KEY = "sent_comment"
"""In the browser's cookie, for one page: the draft on the device that was sent and may go."""


class Line(NamedTuple):
    """One comment in its place, with what this reader may do with it."""

    row: Any
    whole: bool
    """Whether the words are shown; else only that there was a comment."""
    votable: bool
    may_reply: bool
    editable_until: dt.datetime | None
    may_delete: bool
    replies: Sequence["Line"] = ()
    more: bool = False
    """Whether the thread has answers that are not shown here."""


class Choice(NamedTuple):
    """A way to look at the conversation: an order, or one side of it."""

    name: str
    label: Any
    url: str
    current: bool
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What all the lines of a page share."""

    base: str
    """Address under which every comment has its own."""
    back: str
    """The page being shown, to come back to."""
    author_id: int | None
    """Who wrote what is commented."""
    locale: str
    among: Sequence[Any] = ()
    """All the rows of the page: what moderation says of them is asked for at once."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is said about a resource: a page of it."""

    ref: Ref
    look: Look
    counts: Counts
    lines: Sequence[Line]
    orders: Sequence[Choice]
    sides: Sequence[Choice]
    next_url: str | None
    previous_url: str | None
    all_url: str
    feed_url: str
    form: Callable[[], CommentForm] | None
    """Makes the form: its fields are kept, as long as nothing was typed in them."""
    typed: bool
    submission: str
    """The key of a form in which nothing was typed yet."""
    denial: Denial | None
    """Why there is no form, or to sign in first."""
    create_url: str
    closes_at: dt.datetime | None
    draft: str
    sent: str | None
    folded: bool


def reader() -> Reader:
    """Return who reads, as lists ask for it."""
    who = actor()
    moderates = bool(who.roles_in(g.component.process_id) & MODERATORS)
    return Reader(g.component.organization_id, who.person_id or 0, moderates)


def draft_key(kind: str, id: int) -> str:
    """Return the name under which the device keeps what is typed."""
    return f"comentario-{kind}-{id}"


def sent_draft() -> str | None:
    """Return the draft that may go from the device, once."""
    found: str | None = session.pop(SENT_KEY, None) if SENT_KEY in session else None
    return found


def look(author_id: int | None, among: Sequence[Any]) -> Look:
    """Return what the lines of this page share."""
    return Look(
        url_for("comments.component_feed").removesuffix(".atom"),
        request.full_path.rstrip("?"),
        author_id,
        current_locale(),
        among,
    )


class Offers(NamedTuple):
    """What this reader may do with the comments of this page, whichever comment it is."""

    at: dt.datetime
    who: Actor
    votable: bool
    unvotable: bool
    repliable: bool


def offers() -> Offers:
    """Return what is offered to this reader."""
    at, who = clock.moment(), actor()

    def is_offered(action: Action) -> bool:
        return _offered(denial(action, who, g.component, at=at))

    return Offers(at, who, *map(is_offered, (policy.VOTE, policy.UNVOTE, policy.REPLY)))


def lines(rows: Sequence[Any], offered: Offers, *, open_to_all: bool = True) -> list[Line]:
    """Return rows as this reader sees them. ``open_to_all`` is whether their thread stands."""
    at, who, component = offered.at, offered.who, g.component
    found = []
    for row in rows:
        is_own = row.author_id == who.person_id
        is_open = open_to_all and row.status is Standing.PUBLISHED
        item = writing.facing_of(row) if is_own else None
        found.append(
            Line(
                row,
                sight(who, component, row.status, row.author_id) is Sight.WHOLE,
                (offered.unvotable if row.voted else offered.votable) and is_open and not is_own,
                offered.repliable and is_open,
                writing.editable_until(row, component)
                if is_own and denial(policy.EDIT, who, component, item, at=at) is None
                else None,
                is_own and denial(policy.DELETE, who, component, item, at=at) is None,
            )
        )
    return found


def _offered(refused: Denial | None) -> bool:
    """Return whether a button is shown: also where it asks to sign in first."""
    return refused is None or refused.invite == "sign_in"


def threads(found: lists.Threads, *, subject_stands: bool) -> list[Line]:
    """Return a page of threads with their first answers."""
    offered = offers()
    return [
        line._replace(
            replies=lines(
                (rows := found.replies.get(line.row.id, ()))[:SHOWN_REPLIES],
                offered,
                open_to_all=subject_stands and line.row.status is Standing.PUBLISHED,
            ),
            more=len(rows) > SHOWN_REPLIES,
        )
        for line in lines(found.page.rows, offered, open_to_all=subject_stands)
    ]


def conversation(
    ref: Ref,
    *,
    author_id: int | None,
    stands: bool = True,
    order: str = "newest",
    position: Position | None = None,
    cursor: str | None = None,
) -> Conversation:
    """Return a page of what is said about a resource of this component, in one statement."""
    component, at = g.component, clock.moment()
    found = lists.threads(
        db.session(), reader(), ref, order=order, position=position, cursor=cursor
    )
    address: dict[str, Any] = {"subject_kind": subjects.segment_of(ref.kind), "subject_id": ref.id}
    everything = url_for("comments.index", **address)
    refused = denial(policy.CREATE, actor(), component, policy.Facing(subject_stands=stands), at=at)
    create_url = f"{everything}/nuevo"
    typed = kept_fields(create_url)
    asked: dict[str, Any] = {} if position is None else {"posicion": position.value}

    def page(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return url_for("comments.index", **address, **asked, orden=order, desde=cursor)

    return Conversation(
        ref,
        look(author_id, [*found.page.rows, *chain.from_iterable(found.replies.values())]),
        found.counts,
        threads(found, subject_stands=stands),
        [
            Choice(
                name,
                label,
                f"{everything}?{urlencode({**asked, 'orden': name})}",
                name == order,
            )
            for name, label in lists.ORDERS.items()
        ],
        _sides(found.counts, everything, order, position),
        page(found.page.next),
        page(found.page.previous),
        everything,
        f"{everything}.atom",
        (lambda: CommentForm(typed).prepare(component, asks_position=True))
        if _offered(refused)
        else None,
        typed is not None,
        str(uuid.uuid4()),
        refused,
        create_url,
        component.closes_at("comment", at),
        draft_key(ref.kind, ref.id),
        sent_draft(),
        not stands,
    )


def _sides(
    counts: Counts, everything: str, order: str, position: Position | None
) -> Sequence[Choice]:
    """Return how many are on each side, where the component asks and somebody said so."""
    numbers = dict(zip(POSITIONS, (counts.in_favour, counts.against, counts.neutral), strict=True))
    if not g.component.settings.comment_positions or not any(numbers.values()):
        return ()
    return [
        Choice(
            side.value,
            POSITIONS[side],
            f"{everything}?posicion={side.value}&orden={order}",
            side is position,
            number,
        )
        for side, number in numbers.items()
    ]


def comments_section(
    kind: str, id: int, *, author_id: int | None = None, stands: bool = True
) -> Any:
    """Return what a resource's page shows of its comments: a global of templates.

    Nothing where the component has none or the phase does not show them. ``author_id`` is who wrote
    the resource; without ``stands``, what was said about it is folded.
    """
    if not has_comments(g.component) or not policy.shows_comments(g.component, clock.moment()):
        return ""
    found = conversation(Ref(kind, id), author_id=author_id, stands=stands)
    if not stands and not found.lines:
        return ""
    template: Any = templates.template(request_app(), "comments/section.html").module
    return template.section(found, g.component)
