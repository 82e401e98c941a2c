"""How a contribution stands, and the ledger of everything that people have written."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped


class Standing(StrEnum):
    """Whether a contribution can be read, and if not, why."""

    WAITING = "waiting"
    """Written, and not yet published: a moderator reads it first."""
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    """Taken back by who wrote it."""
    REMOVED = "removed"
    """Taken down by moderation: a tombstone says why, and what hangs under it is folded."""
    MERGED = "merged"
    """Found to be the same as another, and joined to it."""


STANDING = sa.Enum(
    Standing,
    native_enum=False,
    length=20,
    values_callable=lambda each: [member.value for member in each],
)


class Moderated:
    """Mixin of every table of contributions. Lists, counts and search show ``PUBLISHED`` only."""

    status: Mapped[Standing] = mapped_column(STANDING, default=Standing.PUBLISHED)
    under_review: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Published, with the notice that it is being looked at."""
    was_published: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether it has ever stood published: that it is gets told once, the first time."""

    @validates("status")
    def _remember(self, _key: str, status: Standing) -> Standing:
        if Standing.PUBLISHED in (status, self.status):
            self.was_published = True
        return status


class Contribution(OrganizationScoped, Base):
    """One line of the ledger: who wrote what, where and when. Never the words themselves."""

    __tablename__ = "contributions"
    __table_args__ = (
        sa.UniqueConstraint("kind", "item_id"),
        sa.Index("ix_contributions_author_id_at", "author_id", "at"),
        sa.Index("ix_contributions_fingerprint_at", "fingerprint", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    item_id: Mapped[int] = mapped_column(sa.BigInteger)
    process_id: Mapped[int] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    component_id: Mapped[int] = mapped_column(
        sa.ForeignKey("components.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="RESTRICT"))
    status: Mapped[Standing] = mapped_column(STANDING)
    """A copy of the item's own, kept in the same transaction."""
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """SHA-256 of the normalized words: the same text sent twice is found without keeping it."""
