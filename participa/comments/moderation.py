"""How comments are moderated: read, moved, marked and rewritten. They are never joined."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.comments import events
from participa.comments.models import Comment
from participa.comments.queries import items
from participa.comments.services import counters, telling, writing
from participa.contributions.contract import Moderation, Text, Written, path_of
from participa.contributions.models import Standing
from participa.contributions.texts import excerpt
from participa.core.facts import Ref
from participa.processes import queries as processes
from participa.processes.snapshot import ComponentView

TITLE = 80
"""Characters of a comment that name it in lists."""


def _load(session: Session, comment_ids: Sequence[int]) -> Mapping[int, Written]:
    rows = items.any_by_ids(session, comment_ids)
    places = processes.components(session, {row.component_id for row in rows})
    return {row.id: _written(row, places[row.component_id]) for row in rows}


def _written(row: Comment, place: ComponentView) -> Written:
    parent = Ref(row.subject_kind, row.subject_id)
    if row.parent_id is not None:
        parent = Ref("comment", row.answers_id or row.parent_id)
    return Written(
        Ref("comment", row.id),
        row.author_id,
        row.component_id,
        row.status,
        row.under_review,
        excerpt(row.body, TITLE) or "…",
        (Text("body", _l("Comentario"), row.body),),
        url(row.id, place),
        row.published_at,
        row.edited_at,
        row.language,
        parent,
    )


def url(comment_id: int, place: ComponentView) -> str:
    """Return the address of a comment in its thread, on the page of it that holds the comment."""
    return path_of(
        "comments.thread",
        process=place.process.slug,
        component=place.key,
        comment=comment_id,
        _anchor=f"comentario-{comment_id}",
    )


def _lock(session: Session, comment_id: int) -> Written:
    row = items.any_for_update(session, comment_id)
    return _written(row, processes.component(session, row.component_id))


def _stand(session: Session, comment_id: int, standing: Standing, at: dt.datetime) -> None:
    row = items.any_for_update(session, comment_id)
    was, is_first = row.status, row.status is Standing.WAITING and not row.was_published
    row.status = standing
    if standing is not Standing.PUBLISHED:
        row.under_review = False
    if is_first and standing is Standing.PUBLISHED:
        row.published_at = at
    counted = (standing is Standing.PUBLISHED) - (was is Standing.PUBLISHED)
    if counted:
        counters.change(session, row, counted)
    if is_first and standing is Standing.PUBLISHED:
        telling.published(session, processes.component(session, row.component_id), row)
    session.flush()


def _mark(session: Session, comment_id: int, under_review: bool) -> None:  # noqa: FBT001
    items.any_for_update(session, comment_id).under_review = under_review
    session.flush()


def _rewrite(session: Session, comment_id: int, typed: Mapping[str, str], at: dt.datetime) -> None:
    row = items.any_for_update(session, comment_id)
    component = processes.component(session, row.component_id)
    body = typed.get("body", row.body)
    draft = writing.checked(writing.Draft(body), component)
    writing.fill(row, replace(draft, position=row.position))
    row.edited_at = at
    session.flush()


MODERATION = Moderation(
    _load, _lock, _stand, _mark, _rewrite, taken_back=events.CommentDeleted.NAME
)
