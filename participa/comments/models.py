"""Tables of comments, of the votes on them, and of their counters."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.contributions.models import Moderated
from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped
from participa.core.sanitize import VERSION


class Position(StrEnum):
    """Where a comment stands on what it is about."""

    FOR = "for"
    AGAINST = "against"
    NEUTRAL = "neutral"


POSITION = sa.Enum(
    Position,
    native_enum=False,
    length=10,
    values_callable=lambda each: [member.value for member in each],
)


class Comment(Moderated, OrganizationScoped, Base):
    """What somebody says about a resource, or answers to another comment on it."""

    __tablename__ = "comments"
    __table_args__ = (
        # One index per order, each over what opens a thread and, by the parent, over its answers.
        sa.Index("ix_comments_newest", "subject_kind", "subject_id", "parent_id", "id"),
        sa.Index(
            "ix_comments_most_useful",
            *("subject_kind", "subject_id", "parent_id", "useful_count", "id"),
        ),
        sa.Index("ix_comments_thread", "parent_id", "id"),
        sa.Index("ix_comments_component", "component_id", "status", "id"),
        sa.Index("ix_comments_subject", "subject_kind", "subject_id", "status", "id"),
        sa.UniqueConstraint("author_id", "submission"),
        sa.CheckConstraint("useful_count >= 0", name="useful_count_not_negative"),
        sa.CheckConstraint("reply_count >= 0", name="reply_count_not_negative"),
        sa.CheckConstraint(
            "parent_id IS NULL OR position IS NULL", name="replies_take_no_position"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int] = mapped_column(sa.BigInteger)
    process_id: Mapped[int] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("components.id", ondelete="RESTRICT"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="RESTRICT"))
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("comments.id", ondelete="RESTRICT"))
    """The comment that opens the thread; ``None`` for that one itself. There is no third level."""
    answers_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("comments.id", ondelete="RESTRICT")
    )
    """The comment that it answers, of the same thread."""
    position: Mapped[Position | None] = mapped_column(POSITION)
    body: Mapped[str] = mapped_column(sa.Text)
    """Markdown, as it was written."""
    body_html: Mapped[str] = mapped_column(sa.Text)
    body_html_version: Mapped[int] = mapped_column(default=VERSION)
    language: Mapped[str] = mapped_column(sa.String(8), default="es")
    published_at: Mapped[dt.datetime]
    edited_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    useful_count: Mapped[int] = mapped_column(default=0)
    reply_count: Mapped[int] = mapped_column(default=0)
    """Published answers in the thread that it opens."""
    submission: Mapped[str] = mapped_column(sa.String(36))
    """The form's own key: sending the same form twice makes one comment."""


class CommentVote(OrganizationScoped, Base):
    """That a person finds a comment useful: one per person and comment, kept by the database."""

    __tablename__ = "comment_votes"

    comment_id: Mapped[int] = mapped_column(
        sa.ForeignKey("comments.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class CommentCount(OrganizationScoped, Base):
    """How many comments a resource has, and how many people on each side."""

    __tablename__ = "comment_counts"
    __table_args__ = tuple(
        sa.CheckConstraint(f"{name} >= 0", name=f"{name}_not_negative")
        for name in ("published", "in_favour", "against", "neutral")
    )

    subject_kind: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    subject_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    published: Mapped[int] = mapped_column(default=0)
    """Published comments, answers included."""
    in_favour: Mapped[int] = mapped_column(default=0)
    against: Mapped[int] = mapped_column(default=0)
    neutral: Mapped[int] = mapped_column(default=0)
