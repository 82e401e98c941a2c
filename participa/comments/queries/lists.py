"""Lists of comments: the threads of a resource, the answers of a thread, what feeds tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.accounts.queries.staff import acts_for_entity
from participa.comments.models import Comment, CommentCount, CommentVote, Position
from participa.contributions.models import Standing
from participa.core.facts import Ref
from participa.core.keyset import Cursor, Page, page_of, window

THREADS = 10
"""Threads of a page."""
SHOWN_REPLIES = 3
"""Answers of each thread that a list shows; the rest is on the thread's own page."""
REPLIES = 30
"""Answers of a page of a thread."""
FEED = 40

ORDERS: Mapping[str, Any] = {
    "newest": _l("Más nuevos"),
    "oldest": _l("Más antiguos"),
    "useful": _l("Más útiles"),
}

_c = Comment.__table__.c
_counts = CommentCount.__table__.c
_votes = CommentVote.__table__.c
_persons = Person.__table__.c

_voted = sa.exists().where(_votes.comment_id == _c.id, _votes.person_id == sa.bindparam("person"))
COLUMNS = (
    _c.id,
    _c.subject_kind,
    _c.subject_id,
    _c.component_id,
    _c.author_id,
    _c.parent_id,
    _c.status,
    _c.under_review,
    _c.position,
    _c.body_html,
    _c.language,
    _c.published_at,
    _c.edited_at,
    _c.useful_count,
    _c.reply_count,
    _persons.name.label("author"),
    acts_for_entity(_c.author_id, _c.process_id).label("for_entity"),
)
_rows = sa.select(*COLUMNS, _voted.label("voted")).join_from(
    Comment.__table__, Person.__table__, _persons.id == _c.author_id
)
_in_organization = _c.organization_id == sa.bindparam("organization")


_STAND = (Standing.PUBLISHED, Standing.WITHDRAWN, Standing.REMOVED)


def _seen(c: Any) -> Any:
    """Return what stands in a list: texts, tombstones, and for author and moderators what waits."""
    return sa.or_(
        # Not IN: its list would be written into the statement anew for every page.
        *(c.status == each for each in _STAND),
        sa.and_(
            c.status == Standing.WAITING,
            sa.or_(
                c.reply_count > 0,  # others answered it: its line stays, and folds their answers
                c.author_id == sa.bindparam("person"),
                sa.bindparam("moderates", type_=sa.Boolean) == sa.true(),
            ),
        ),
    )


_visible = _seen(_c)
_answer = Comment.__table__.alias("answer").c
_last_read = (
    sa.select(_answer.id)
    .where(
        _answer.organization_id == sa.bindparam("organization"),
        _answer.parent_id == _c.id,
        _seen(_answer),
    )
    .order_by(_answer.id)
    .offset(SHOWN_REPLIES)
    .limit(1)
    .correlate(Comment.__table__)
    .scalar_subquery()
    .label("last_read")
)
"""The last answer that is read: the one after those that a list shows, which says that there are
more. Nothing where all are shown.

Looked up in the index of the thread. A window over all answers was faster by some microseconds, and
took half a minute when the planner did not know yet how many comments there are.
"""

_columns: Mapping[str, Sequence[tuple[Any, bool]]] = {
    "newest": ((_c.id, True),),
    "oldest": ((_c.id, False),),
    "useful": ((_c.useful_count, True), (_c.id, True)),
}
_keys: Mapping[str, Callable[[Any], tuple[Any, ...]]] = {
    "newest": lambda row: (row.id,),
    "oldest": lambda row: (row.id,),
    "useful": lambda row: (row.useful_count, row.id),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a list: what waits is shown to its author and to moderators."""

    organization_id: int
    person_id: int = 0
    moderates: bool = False

    def values(self) -> dict[str, Any]:
        """Return the parameters that every list takes."""
        return {
            "organization": self.organization_id,
            "person": self.person_id,
            "moderates": self.moderates,
        }


@dataclass(frozen=True, slots=True)
class Counts:
    """How many comments a resource has, answers included, and how many people on each side."""

    published: int = 0
    in_favour: int = 0
    against: int = 0
    neutral: int = 0


@dataclass(frozen=True, slots=True)
class Threads:
    """A page of threads, each with its first answers."""

    counts: Counts
    page: Page[Any]
    replies: Mapping[int, Sequence[Any]]
    """By the id of the comment that opens the thread; one more than is shown, if there are more."""


@lru_cache(maxsize=64)
def _threads(order: str, start: Cursor | None, *, one_side: bool, size: int) -> sa.Select[Any]:
    """Return the counts of a resource and, beside them, a page of its threads with first answers.

    One statement for all: a page pays for each question, however small. In no order.
    """
    opening = _rows.where(
        _in_organization,
        _c.subject_kind == sa.bindparam("kind"),
        _c.subject_id == sa.bindparam("subject"),
        _c.parent_id.is_(None),
        sa.and_(_c.status == Standing.PUBLISHED, _c.position == sa.bindparam("position"))
        if one_side
        else _visible,
    )
    columns = _columns[order]
    bounds = [
        sa.bindparam(f"after_{number}", type_=sa.BigInteger) for number in range(len(columns))
    ]
    page = window(opening.add_columns(_last_read), columns, start, size, bounds=bounds).cte("page")
    first = _rows.join(page, page.c.id == _c.parent_id).where(
        _in_organization,
        _visible,
        sa.or_(page.c.last_read.is_(None), _c.id <= page.c.last_read),
    )
    threads = [each for each in page.c if each is not page.c.last_read]
    part = sa.union_all(sa.select(*threads), first).subquery()
    return (
        sa.select(
            _counts.published,
            _counts.in_favour,
            _counts.against,
            _counts.neutral.label("neutral_count"),
            *part.c,
        )
        .select_from(sa.outerjoin(CommentCount.__table__, part, sa.true()))
        .where(
            _counts.organization_id == sa.bindparam("organization"),
            _counts.subject_kind == sa.bindparam("kind"),
            _counts.subject_id == sa.bindparam("subject"),
        )
    )


def threads(
    session: Session,
    reader: Reader,
    ref: Ref,
    *,
    order: str = "newest",
    position: Position | None = None,
    cursor: str | None = None,
    size: int = THREADS,
) -> Threads:
    """Return a page of the threads about a resource with their first answers, in one statement."""
    columns = _columns[order]
    start = Cursor.decode(cursor, [int] * len(columns))
    values = {**reader.values(), "kind": ref.kind, "subject": ref.id}
    shape = None
    if start is not None:
        values |= {f"after_{number}": value for number, value in enumerate(start.values)}
        shape = Cursor((), backwards=start.backwards)
    if position is not None:
        values["position"] = position
    statement = _threads(order, shape, one_side=position is not None, size=size)
    rows = session.connection().execute(statement, values).all()
    counts = Counts(*rows[0][:4]) if rows else Counts()
    opening = [row for row in rows if row.id is not None and row.parent_id is None]
    backwards = start is not None and start.backwards
    opening.sort(key=_keys[order], reverse=columns[0][1] != backwards)
    page = page_of(opening, _keys[order], start, size)
    replies: dict[int, list[Any]] = {row.id: [] for row in page.rows}
    for row in sorted((row for row in rows if row.parent_id in replies), key=lambda row: row.id):
        replies[row.parent_id].append(row)
    return Threads(counts, page, replies)


_answers = _rows.where(_in_organization, _c.parent_id == sa.bindparam("parent"), _visible)


@lru_cache(maxsize=4)
def _answers_page(start: Cursor | None) -> sa.Select[Any]:
    bounds = [sa.bindparam("after", type_=sa.BigInteger)]
    return window(_answers, [(_c.id, False)], start, REPLIES, bounds=bounds)


def replies(session: Session, reader: Reader, parent_id: int, cursor: str | None) -> Page[Any]:
    """Return a page of the answers of a thread, oldest first, in one statement."""
    start = Cursor.decode(cursor, [int])
    values = {**reader.values(), "parent": parent_id}
    shape = None
    if start is not None:
        values["after"] = start.values[0]
        shape = Cursor((), backwards=start.backwards)
    rows = session.connection().execute(_answers_page(shape), values).all()
    return page_of(rows, lambda row: (row.id,), start, REPLIES)


_before = sa.select(sa.func.count()).select_from(
    sa.select(_c.id)
    .where(
        _in_organization,
        _c.parent_id == sa.bindparam("parent"),
        _c.id < sa.bindparam("reply"),
        _visible,
    )
    .limit(REPLIES)
    .subquery()
)


def page_with(session: Session, reader: Reader, parent_id: int, reply_id: int) -> str | None:
    """Return the cursor of a page of the thread that shows an answer; ``None`` is the first."""
    values = {**reader.values(), "parent": parent_id, "reply": reply_id}
    before = session.connection().execute(_before, values).scalar_one()
    return None if before < REPLIES else Cursor((reply_id - 1,)).encode()


_published = (
    sa.select(*COLUMNS)
    .join_from(Comment.__table__, Person.__table__, _persons.id == _c.author_id)
    .where(_in_organization, _c.status == Standing.PUBLISHED)
    .order_by(_c.id.desc())
    .limit(FEED)
)
_of_subject = _published.where(
    _c.subject_kind == sa.bindparam("kind"), _c.subject_id == sa.bindparam("subject")
)
_of_component = _published.where(_c.component_id == sa.bindparam("component"))


def newest_about(session: Session, organization_id: int, ref: Ref) -> Sequence[Any]:
    """Return the newest published comments about a resource, answers included."""
    values = {"organization": organization_id, "kind": ref.kind, "subject": ref.id}
    return session.connection().execute(_of_subject, values).all()


def newest_in(session: Session, organization_id: int, component_id: int) -> Sequence[Any]:
    """Return the newest published comments of a component, answers included."""
    values = {"organization": organization_id, "component": component_id}
    return session.connection().execute(_of_component, values).all()


def counts(
    session: Session, organization_id: int, kind: str, ids: Sequence[int]
) -> Mapping[int, Counts]:
    """Return the counts of several resources of a kind, for lists that show them."""
    rows = session.connection().execute(
        sa.select(
            _counts.subject_id,
            _counts.published,
            _counts.in_favour,
            _counts.against,
            _counts.neutral,
        ).where(
            _counts.organization_id == organization_id,
            _counts.subject_kind == kind,
            _counts.subject_id.in_(ids),
        )
    )
    return {row[0]: Counts(*row[1:]) for row in rows}
