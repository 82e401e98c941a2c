"""Single comments: to read, to lock, to moderate, to give to their author."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.comments.models import Comment, CommentVote
from participa.comments.queries.lists import COLUMNS, Reader
from participa.contributions.models import Standing
from participa.core.errors import Missing

MOST_NAMES = 200
"""Participants of a thread who can be named in it."""

_c = Comment.__table__.c
_votes = CommentVote.__table__.c
_opening = Comment.__table__.alias("opening")
_detail = (
    sa.select(
        *COLUMNS,
        _c.body,
        _c.answers_id,
        sa.func.coalesce(_opening.c.status, _c.status).label("thread_status"),
        sa.exists()
        .where(_votes.comment_id == _c.id, _votes.person_id == sa.bindparam("person"))
        .label("voted"),
    )
    .join_from(Comment.__table__, Person.__table__, Person.__table__.c.id == _c.author_id)
    .outerjoin(_opening, _opening.c.id == _c.parent_id)
    .where(
        _c.organization_id == sa.bindparam("organization"),
        _c.component_id == sa.bindparam("component"),
        _c.id == sa.bindparam("comment"),
    )
)


def detail(session: Session, reader: Reader, component_id: int, comment_id: int) -> Any:
    """Return one comment of a component as a plain row. Raises :class:`Missing`."""
    row = (
        session.connection()
        .execute(
            _detail,
            {
                "organization": reader.organization_id,
                "person": reader.person_id,
                "component": component_id,
                "comment": comment_id,
            },
        )
        .first()
    )
    if row is None:
        message = f"no comment {comment_id}"
        raise Missing(message)
    return row


def for_update(session: Session, component_id: int, comment_id: int) -> Comment:
    """Return a comment's row, locked until the transaction ends. Raises :class:`Missing`."""
    return _locked(session, Comment.id == comment_id, Comment.component_id == component_id)


def any_for_update(session: Session, comment_id: int) -> Comment:
    """Return a comment of any component, locked as :func:`for_update`. Raises :class:`Missing`."""
    return _locked(session, Comment.id == comment_id)


def _locked(session: Session, *which: sa.ColumnElement[bool]) -> Comment:
    row = session.scalars(
        sa.select(Comment).where(*which).with_for_update().execution_options(populate_existing=True)
    ).first()
    if row is None:
        message = "no such comment"
        raise Missing(message)
    return row


def any_by_ids(session: Session, comment_ids: Sequence[int]) -> Sequence[Comment]:
    """Return comments by id, whatever their standing, in no order."""
    return session.scalars(sa.select(Comment).where(Comment.id.in_(comment_ids))).all()


def published_by_ids(session: Session, comment_ids: Sequence[int]) -> Sequence[Comment]:
    """Return published comments by id, in no order."""
    return session.scalars(
        sa.select(Comment).where(Comment.id.in_(comment_ids), Comment.status == Standing.PUBLISHED)
    ).all()


def submitted(session: Session, author_id: int, keys: Sequence[str]) -> int | None:
    """Return the comment that a form already made, if it was sent before."""
    return session.scalar(
        sa.select(Comment.id).where(Comment.author_id == author_id, Comment.submission.in_(keys))
    )


def authors(session: Session, comment_ids: Sequence[int]) -> list[int]:
    """Return who wrote some comments."""
    return list(
        session.scalars(sa.select(Comment.author_id).where(Comment.id.in_(comment_ids)).distinct())
    )


def participants(session: Session, opening_id: int, limit: int = MOST_NAMES) -> Mapping[int, str]:
    """Return the names of those who wrote in a thread what is published, by person, newest first.

    Nobody else can be named there: who has an account is nobody's business.
    """
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .join(Comment, Comment.author_id == Person.id)
        .where(
            sa.or_(Comment.id == opening_id, Comment.parent_id == opening_id),
            Comment.status == Standing.PUBLISHED,
            Person.name != "",
        )
        .group_by(Person.id, Person.name)
        .order_by(sa.func.max(Comment.id).desc())
        .limit(limit)
    )
    return {row.id: row.name for row in rows}


def written_by(session: Session, person_id: int) -> Sequence[Comment]:
    """Return every comment that a person wrote, those deleted or removed included."""
    return session.scalars(
        sa.select(Comment).where(Comment.author_id == person_id).order_by(Comment.id)
    ).all()


def useful_to(session: Session, person_id: int) -> list[int]:
    """Return the ids of the comments that a person finds useful."""
    return list(
        session.scalars(
            sa.select(CommentVote.comment_id)
            .where(CommentVote.person_id == person_id)
            .order_by(CommentVote.comment_id)
        )
    )
