"""Tables of proposals and of their supports."""

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.contributions.models import STANDING, Moderated, Standing
from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped, Stamped
from participa.core.sanitize import VERSION
from participa.core.shuffle import SPAN
from participa.core.words import Words


class Proposal(Moderated, OrganizationScoped, Stamped, Base):
    """What a citizen proposes."""

    __tablename__ = "proposals"
    __table_args__ = (
        # One index per order. Place and theme stand behind the order's own columns, so that rows of
        # other places are passed over inside the index, without being fetched.
        sa.Index("ix_proposals_newest", "component_id", "status", "id", "territory_id", "theme_id"),
        sa.Index(
            "ix_proposals_most_supported",
            *("component_id", "status", "support_count", "id", "territory_id", "theme_id"),
        ),
        sa.Index(
            "ix_proposals_random",
            *("component_id", "status", "shuffle", "id", "territory_id", "theme_id"),
        ),
        # For a place with few proposals among many.
        sa.Index("ix_proposals_territory", "component_id", "status", "territory_id", "id"),
        sa.Index("ix_proposals_author", "author_id", "component_id", "status", "id"),
        # For rare words; SQLite reads through the texts.
        sa.Index(
            "ix_proposals_search_text",
            "search_text",
            postgresql_using="gin",
            info={"only_on": "postgresql"},
        ),
        sa.UniqueConstraint("author_id", "submission"),
        sa.CheckConstraint("support_count >= 0", name="support_count_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    component_id: Mapped[int] = mapped_column(sa.ForeignKey("components.id", ondelete="RESTRICT"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="RESTRICT"))
    title: Mapped[str] = mapped_column(sa.String(150))
    body: Mapped[str] = mapped_column(sa.Text)
    """Markdown, as it was written."""
    body_html: Mapped[str] = mapped_column(sa.Text)
    body_html_version: Mapped[int] = mapped_column(default=VERSION)
    excerpt: Mapped[str] = mapped_column(sa.String(300), default="")
    language: Mapped[str] = mapped_column(sa.String(8), default="es")
    territory_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="SET NULL")
    )
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("themes.id", ondelete="SET NULL"))
    published_at: Mapped[dt.datetime]
    edited_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    withdrawal_reason: Mapped[str] = mapped_column(sa.String(500), default="")
    """A key of :data:`participa.proposals.services.WITHDRAWALS`. Of before there were keys: free
    words, which nobody could flag and which are not shown."""
    merged_into_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("proposals.id", ondelete="SET NULL")
    )
    """The proposal that it duplicates: it stands aside, and its supports count there."""
    joined_as: Mapped[Standing | None] = mapped_column(STANDING)
    """How it stood when it was joined: what setting it apart brings back."""
    support_count: Mapped[int] = mapped_column(default=0)
    shuffle: Mapped[int] = mapped_column(default=lambda: secrets.randbelow(SPAN))
    """Place on the ring of the random order, drawn once: see :mod:`participa.core.shuffle`."""
    search_text: Mapped[str] = mapped_column(Words, default="", deferred=True)
    """Title and text as :func:`participa.core.words.normalize` gives them."""
    submission: Mapped[str] = mapped_column(sa.String(36))
    """The form's own key: sending the same form twice makes one proposal."""


class Support(OrganizationScoped, Base):
    """That a person supports a proposal: one per person and proposal, kept by the database."""

    __tablename__ = "supports"
    __table_args__ = (sa.Index("ix_supports_component_id_person_id", "component_id", "person_id"),)

    proposal_id: Mapped[int] = mapped_column(
        sa.ForeignKey("proposals.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    component_id: Mapped[int]
    given_to_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The proposal it was first given to, where that one was joined to another since."""
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
