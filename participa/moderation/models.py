"""Tables of grounds, flags, cases and their histories."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from participa.contributions.models import STANDING, Standing
from participa.core import clock
from participa.core.db import Base, BigId, Json, OrganizationScoped, Stamped
from participa.core.facts import Ref
from participa.core.i18n import Localized


def _enum(kind: type[StrEnum], length: int = 20) -> sa.Enum:
    return sa.Enum(
        kind,
        native_enum=False,
        length=length,
        values_callable=lambda each: [member.value for member in each],
    )


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    STUDYING = "studying"
    KEPT = "kept"
    """Decided: the item stays (or is published, where it waited)."""
    REMOVED = "removed"
    CORRECTED = "corrected"
    """Decided: the author's correction is published."""
    MERGED = "merged"
    """Decided: a duplicate, joined to another with its supports."""
    APPEALED = "appealed"
    UPHELD = "upheld"
    """The removal was confirmed by somebody else."""
    REVERTED = "reverted"
    """The removal was undone by somebody else: exactly what was is back."""
    WITHDRAWN = "withdrawn"
    """Closed without a decision: its author took the item back."""


class Move(StrEnum):
    """One line of a case's history."""

    OPEN = "open"
    FLAG = "flag"
    QUESTION = "question"
    """An automatic check, or the rule of the phase, called a moderator."""
    CLAIM = "claim"
    RELEASE = "release"
    HAND_OVER = "hand_over"
    """Passed on, by choice or for a conflict of interest."""
    NOTE = "note"
    KEEP = "keep"
    REMOVE = "remove"
    REMOVE_URGENTLY = "remove_urgently"
    REVIEW_URGENT = "review_urgent"
    """A second person looked at an urgent removal and agreed."""
    MERGE = "merge"
    RESUBMIT = "resubmit"
    """The author corrected the text and sent it again."""
    ACCEPT = "accept"
    """The correction was read and published."""
    APPEAL = "appeal"
    UPHOLD = "uphold"
    REVERT = "revert"
    UNDO = "undo"
    """The moderator took the own decision back within the time for that."""
    EDIT = "edit"
    """The author changed the words while the case was pending."""
    WITHDRAW = "withdraw"
    """The author took the item back: there is nothing left to decide."""


DECISIONS = (Move.KEEP, Move.REMOVE, Move.REMOVE_URGENTLY, Move.MERGE, Move.ACCEPT)
"""The moves that decide: what accounts are given of."""


class Ground(OrganizationScoped, Base):
    """Why something may be removed, in words that everybody can read beforehand."""

    __tablename__ = "moderation_grounds"
    __table_args__ = (sa.UniqueConstraint("organization_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40))
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[Localized]
    text: Mapped[Localized]
    """What it means and what it does not, with an example: the public wording."""
    reply: Mapped[Localized] = mapped_column(default=Localized)
    """Template of the text to the author, which the moderator edits."""
    severity: Mapped[int] = mapped_column(default=2)
    """From 1 (mild) to 3 (grave): orders the queue and sets the due time."""
    is_urgent: Mapped[bool] = mapped_column(default=False)
    """May be removed in one key and reviewed by a second person afterwards."""
    merges: Mapped[bool] = mapped_column(default=False)
    """Duplicates are joined, never hidden."""
    is_active: Mapped[bool] = mapped_column(default=True)


class Terms(Base):
    """The time limits and thresholds that an organization promises in public."""

    __tablename__ = "moderation_terms"

    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    grave_hours: Mapped[int] = mapped_column(default=12)
    """Hours within which a case of severity 3 is decided."""
    ordinary_hours: Mapped[int] = mapped_column(default=48)
    mild_hours: Mapped[int] = mapped_column(default=96)
    urgent_review_hours: Mapped[int] = mapped_column(default=24)
    appeal_days: Mapped[int] = mapped_column(default=10)
    appeal_answer_days: Mapped[int] = mapped_column(default=5)
    review_threshold: Mapped[int] = mapped_column(default=3)
    """Flags by different people after which an item carries the notice "en revisión"."""

    def time_for(self, severity: int) -> dt.timedelta:
        """Return within what time a case of a severity is decided."""
        hours = {1: self.mild_hours, 2: self.ordinary_hours}.get(severity, self.grave_hours)
        return dt.timedelta(hours=hours)


class Morning(Base):
    """What an organization's moderators and administrators were told, so that it is told once."""

    __tablename__ = "moderation_mornings"

    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    summarized_on: Mapped[dt.date | None]
    """The last day of the organization's calendar on which moderators had their summary."""
    alerted: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """When administrators were last told of odd reversals, by what they were about."""


class Case(OrganizationScoped, Stamped, Base):
    """What is to be decided about one item, and what was: one case per item, with its history."""

    __tablename__ = "moderation_cases"
    __table_args__ = (
        sa.UniqueConstraint("kind", "item_id"),
        # One index per order of the queue.
        sa.Index("ix_moderation_cases_due", "process_id", "is_waiting", "due_at", "id"),
        sa.Index("ix_moderation_cases_oldest", "process_id", "is_waiting", "opened_at", "id"),
        sa.Index(
            "ix_moderation_cases_graver", "process_id", "is_waiting", "mildness", "due_at", "id"
        ),
        sa.Index("ix_moderation_cases_decided", "process_id", "decided_at", "id"),
        sa.Index("ix_moderation_cases_author_id", "author_id", "state"),
        sa.Index(
            "ix_moderation_cases_holder_id",
            "holder_id",
            postgresql_where=sa.text("holder_id IS NOT NULL"),
            sqlite_where=sa.text("holder_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    item_id: Mapped[int] = mapped_column(sa.BigInteger)
    process_id: Mapped[int] = mapped_column(sa.ForeignKey("processes.id", ondelete="CASCADE"))
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("components.id", ondelete="CASCADE"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="RESTRICT"))
    state: Mapped[CaseState] = mapped_column(_enum(CaseState), default=CaseState.OPEN)
    is_waiting: Mapped[bool] = mapped_column(default=True)
    """Whether moderation has something to do: what the queue lists."""
    revision: Mapped[int] = mapped_column(default=0)
    """Counts the moves that change what a decision rests on: who decides names it, so that nobody
    decides on what has changed. Notes and further flags do not count."""
    edited_at: Mapped[dt.datetime | None]
    """The item's own when its words were last taken into account here."""
    severity: Mapped[int] = mapped_column(default=1)
    mildness: Mapped[int] = mapped_column(default=3)
    """4 less the severity, and follows it by itself: the grave come first in ascending order."""
    reasons: Mapped[list[str]] = mapped_column(Json, default=list)
    """Keys of the automatic checks that called a moderator."""
    flag_count: Mapped[int] = mapped_column(default=0)
    """Flags since the case was last opened."""
    opened_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    due_at: Mapped[dt.datetime]
    """Until when what it waits for is promised: a decision, a second look, an appeal's answer."""
    holder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("persons.id", ondelete="SET NULL"))
    """Who is working on it now."""
    held_until: Mapped[dt.datetime | None]
    excused: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Ids of moderators who handed it over for a conflict of interest."""
    ground_id: Mapped[int | None] = mapped_column(sa.ForeignKey("moderation_grounds.id"))
    reply: Mapped[str] = mapped_column(sa.String(4000), default="")
    """What the author was told."""
    decided_by_id: Mapped[int | None]
    decided_at: Mapped[dt.datetime | None]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    """Removed in one key, and no second person has looked yet."""
    standing_before: Mapped[Standing | None] = mapped_column(STANDING)
    """How the item stood before the last decision: what restoring brings back."""
    review_before: Mapped[bool] = mapped_column(default=False)
    """Whether it carried the notice "en revisión" before the last decision."""
    resubmitted_at: Mapped[dt.datetime | None]
    """When the author sent a correction, where that is what is to be decided."""
    appeal: Mapped[str] = mapped_column(sa.String(4000), default="")
    appealed_at: Mapped[dt.datetime | None]
    appeal_until: Mapped[dt.datetime | None]
    appeal_reply: Mapped[str] = mapped_column(sa.String(4000), default="")
    appeal_decided_by_id: Mapped[int | None]
    appeal_decided_at: Mapped[dt.datetime | None]

    @validates("severity")
    def _grade(self, _key: str, severity: int) -> int:
        self.mildness = 4 - severity
        return severity

    @property
    def ref(self) -> Ref:
        """The item that the case is about."""
        return Ref(self.kind, self.item_id)


class CaseStep(OrganizationScoped, Base):
    """One line of a case's history. Rows are only ever added."""

    __tablename__ = "moderation_steps"
    __table_args__ = (
        sa.Index("ix_moderation_steps_organization_id_move", "organization_id", "move", "id"),
        sa.Index("ix_moderation_steps_organization_id_at", "organization_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(
        sa.ForeignKey("moderation_cases.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    actor_id: Mapped[int | None]
    move: Mapped[Move] = mapped_column(_enum(Move))
    before: Mapped[CaseState | None] = mapped_column(_enum(CaseState))
    after: Mapped[CaseState] = mapped_column(_enum(CaseState))
    ground_id: Mapped[int | None]
    text: Mapped[str] = mapped_column(sa.String(4000), default="")
    """A note, a reply, an appeal: notes are never shown outside of moderation."""
    words: Mapped[dict[str, Any] | None]
    """Of a correction: the words that it replaced, by field, for moderators only."""
    about_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("moderation_steps.id", ondelete="CASCADE"), index=True
    )
    """The decision that this line undoes, reviews, appeals, confirms or reverts."""
    seconds: Mapped[int | None] = mapped_column(sa.BigInteger)
    """Of a decision: how long after the case was opened; of an appeal's outcome, after it."""


class Flag(OrganizationScoped, Base):
    """That a person says an item breaks a rule: once per person and item."""

    __tablename__ = "moderation_flags"
    __table_args__ = (sa.UniqueConstraint("kind", "item_id", "person_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    case_id: Mapped[int] = mapped_column(
        sa.ForeignKey("moderation_cases.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(sa.String(40))
    item_id: Mapped[int] = mapped_column(sa.BigInteger)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    ground_id: Mapped[int] = mapped_column(sa.ForeignKey("moderation_grounds.id"))
    detail: Mapped[str] = mapped_column(sa.String(1000), default="")
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
