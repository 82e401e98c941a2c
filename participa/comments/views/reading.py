"""Reading: all that is said about a resource, one thread, and the feeds of both."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import g, make_response, render_template, request, url_for
from flask_babel import gettext as _

from participa.comments import policy
from participa.comments.models import Position
from participa.comments.queries import items, lists, subjects
from participa.comments.queries.subjects import Subject
from participa.comments.views import ABOUT, PREFIX, blueprint
from participa.comments.views.conversation import (
    conversation,
    lines,
    look,
    offers,
    reader,
    sent_draft,
)
from participa.contributions.models import Standing
from participa.contributions.policy import Sight, sight
from participa.core import clock, templates
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.core.policy import authorize
from participa.core.registry import registry
from participa.core.web import absolute, actor, page, render, request_app, see_other

LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""When a feed with nothing in it last changed."""


def subject_at(subject_kind: str, subject_id: int) -> Subject:
    """Return the resource that an address names. Raises :class:`Missing`."""
    ref = Ref(subjects.kind_at(subject_kind), subject_id)
    return subjects.subject(db.session(), g.component, ref)


def subject_of(row: Any) -> Subject:
    """Return what a comment is about. Raises :class:`Missing`."""
    return subjects.subject(db.session(), g.component, Ref(row.subject_kind, row.subject_id))


def comment_at(comment: int) -> Any:
    """Return a comment that this reader may know of. Raises :class:`Missing`."""
    row = items.detail(db.session(), reader(), g.component.id, comment)
    if sight(actor(), g.component, row.status, row.author_id) is Sight.NOTHING:
        message = f"comment {comment} is not published"
        raise Missing(message)
    return row


def place_of(comment: int, parent: int | None) -> str:
    """Return the address of the page of a thread that shows a comment, at its line."""
    cursor = None
    if parent is not None:
        cursor = lists.page_with(db.session(), reader(), parent, comment)
    return url_for(
        "comments.thread",
        comment=parent or comment,
        desde=cursor,
        _anchor=f"comentario-{comment}",
    )


@blueprint.get(ABOUT)
@page(policy.VIEW)
def index(subject_kind: str, subject_id: int) -> Any:
    """Show all that is said about a resource, in the order and on the side asked for."""
    authorize(policy.VIEW, actor(), g.component, at=clock.moment())
    subject = subject_at(subject_kind, subject_id)
    order = request.args.get("orden", "newest")
    side = request.args.get("posicion", "")
    found = conversation(
        subject.ref,
        author_id=subject.author_id,
        stands=subject.stands,
        order=order if order in lists.ORDERS else "newest",
        position=Position(side) if side in set(Position) else None,
        cursor=request.args.get("desde"),
    )
    return render(
        "comments/index.html",
        component=g.component,
        process=g.process,
        subject=subject,
        found=found,
        side=side if side in set(Position) else "",
    )


@blueprint.get(f"{PREFIX}/<int:comment>")
@page(policy.VIEW)
def thread(comment: int) -> Any:
    """Show one thread; an answer is shown in its thread, on the page that holds it."""
    authorize(policy.VIEW, actor(), g.component, at=clock.moment())
    row = comment_at(comment)
    subject = subject_of(row)
    if row.parent_id is not None:
        return see_other(place_of(row.id, row.parent_id))
    answers = lists.replies(db.session(), reader(), row.id, request.args.get("desde"))
    stands = row.status is Standing.PUBLISHED and subject.stands
    offered = offers()
    (opening,) = lines([row], offered, open_to_all=subject.stands)
    return render(
        "comments/thread.html",
        200 if opening.whole else 410,
        component=g.component,
        process=g.process,
        subject=subject,
        segment=subjects.segment_of(subject.ref.kind),
        opening=opening,
        replies=lines(answers.rows, offered, open_to_all=stands),
        next_url=url_for("comments.thread", comment=row.id, desde=answers.next)
        if answers.next
        else None,
        previous_url=url_for("comments.thread", comment=row.id, desde=answers.previous)
        if answers.previous
        else None,
        look=look(subject.author_id, [row, *answers.rows]),
        sent=sent_draft(),
    )


# --- feeds ---------------------------------------------------------------------------------------


@blueprint.get(f"{ABOUT}.atom")
@page(policy.VIEW)
def subject_feed(subject_kind: str, subject_id: int) -> Any:
    """Tell feed readers what is said about a resource."""
    authorize(policy.VIEW, actor(), g.component, at=clock.moment())
    subject = subject_at(subject_kind, subject_id)
    if not subject.stands:
        message = f"{subject.ref} is not published"
        raise Missing(message)
    rows = lists.newest_about(db.session(), g.component.organization_id, subject.ref)
    return _feed(
        _("Comentarios a «%(title)s»", title=subject.title),
        url_for("comments.index", subject_kind=subject_kind, subject_id=subject_id),
        [(row, subject.title) for row in rows],
    )


@blueprint.get(f"{PREFIX}.atom")
@page(policy.VIEW)
def component_feed() -> Any:
    """Tell feed readers what is said in a component, about all that is published in it."""
    authorize(policy.VIEW, actor(), g.component, at=clock.moment())
    rows = lists.newest_in(db.session(), g.component.organization_id, g.component.id)
    cards = registry.cards(db.session(), [Ref(row.subject_kind, row.subject_id) for row in rows])
    told = [
        (row, card.title)
        for row in rows
        if (card := cards.get(Ref(row.subject_kind, row.subject_id))) is not None
    ]
    kind = g.component.type
    return _feed(
        _("Comentarios en %(title)s", title=g.component.title), url_for(kind.endpoint), told
    )


def _feed(title: str, page_url: str, entries: Sequence[tuple[Any, str]]) -> Any:
    """Return an Atom feed (RFC 4287). Readers may keep it, and ask whether it has changed.

    It is never served from a copy without asking: what moderation removes leaves it at once.
    """
    changed = [row.edited_at or row.published_at for row, _title in entries]
    root = absolute("processes.index").removesuffix(url_for("processes.index"))
    answer = make_response(
        render_template(
            templates.template(request_app(), "comments/feed.xml"),
            title=title,
            root=root,
            page_url=page_url,
            entries=entries,
            updated=max(changed, default=g.process.published_at or LONG_AGO),
        )
    )
    answer.content_type = "application/atom+xml; charset=utf-8"
    public = g.component.is_public and not actor().is_signed_in
    answer.headers["Cache-Control"] = "public, no-cache" if public else "private, no-cache"
    answer.vary.update(["Accept-Language", "Cookie"])
    answer.add_etag()
    return answer.make_conditional(request)
