"""The vote, who voted, what was voted, and what waits to be sent."""

import datetime as dt
import secrets
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.budgets.models.columns import enum, of_component
from participa.core import clock
from participa.core.db import Base, BigId, Json, OrganizationScoped


class Channel(StrEnum):
    """How a ballot came in."""

    WEB = "web"
    ASSISTED = "assisted"
    PAPER = "paper"


class Vote(OrganizationScoped, Base):
    """One component's vote: what was locked when it opened, and how far the closing is."""

    __tablename__ = "budget_votes"

    component_id: Mapped[int] = mapped_column(
        sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True
    )
    locked_at: Mapped[dt.datetime | None]
    """Rules, pots, projects and costs do not move after this."""
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """As locked: :meth:`participa.budgets.rules.Rules.plain`."""
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    """Of the canonical document of rules, pots and projects as they stand, once locked."""
    amendments: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Corrections of what was firm, oldest first: ``at``, ``what``, ``reason``, and the digest
    ``before`` and after (``sha256``)."""
    seed_source: Mapped[str] = mapped_column(sa.String(300), default="")
    """Where the seed of the draw among ties will come from: said before anybody votes."""
    link_key: Mapped[str | None] = mapped_column(sa.String(64))
    """Ties ballots to marks while the vote is open; destroyed at closing."""
    closed_at: Mapped[dt.datetime | None]
    """The roll is frozen, the key is destroyed, the box is shuffled."""
    closed_by_id: Mapped[int | None]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=sa.text("'{}'"))
    """What was counted at the closing: see :mod:`participa.budgets.services.closing`."""
    roll_digest: Mapped[str] = mapped_column(sa.String(64), default="")
    seed: Mapped[str] = mapped_column(sa.String(200), default="")
    """The public seed of the draw among ties, with where it comes from."""
    publishing_at: Mapped[dt.datetime | None]
    """When somebody asked to count and publish, which a job does."""
    tallied_at: Mapped[dt.datetime | None]
    published_at: Mapped[dt.datetime | None]
    published_by_id: Mapped[int | None]


class Mark(OrganizationScoped, Base):
    """That somebody voted: one per voter and vote, across all channels, kept by the database.

    A voter is a line of the roll where there is one, and a person where there is not.
    """

    __tablename__ = "budget_marks"
    __table_args__ = (
        sa.UniqueConstraint("component_id", "voter"),
        sa.Index("ix_budget_marks_component_id_channel", "component_id", "channel"),
    )

    id: Mapped[int] = mapped_column(
        BigId, primary_key=True, autoincrement=False, default=lambda: secrets.randbits(62)
    )
    """Random, as those of ballots: the order of the rows tells nothing."""
    component_id: Mapped[int] = of_component(index=False)
    voter: Mapped[str] = mapped_column(sa.String(64))
    """``roll-<id>`` or ``person-<id>``."""
    channel: Mapped[Channel] = mapped_column(enum(Channel))
    point_id: Mapped[int | None]
    receipt_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    """SHA-256 of the receipt: it proves that the ballot counts, not what it says."""
    territory_id: Mapped[int | None]
    age_band: Mapped[str] = mapped_column(sa.String(10), default="")
    """For the figures of participation: "14-17", "18-28"…"""
    day: Mapped[dt.date]
    """The day alone: an hour could tell whose ballot is whose."""
    handed_on: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether staff released its line and nobody has voted by it since."""
    released: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether staff released its line after the vote, whatever came of it."""


class Ballot(OrganizationScoped, Base):
    """What somebody voted. Carries no person, no place, no hour."""

    __tablename__ = "budget_ballots"
    __table_args__ = (sa.UniqueConstraint("component_id", "link"),)

    id: Mapped[int] = mapped_column(
        BigId, primary_key=True, autoincrement=False, default=lambda: secrets.randbits(62)
    )
    """Random: the order of the rows tells nothing."""
    component_id: Mapped[int] = of_component()
    link: Mapped[str | None] = mapped_column(sa.String(64))
    """Keyed hash of the mark while the vote is open; empty from the closing on."""
    channel: Mapped[Channel | None] = mapped_column(enum(Channel))
    """Empty from the closing on: a channel that few used would tell whose ballots are whose."""
    choice: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Project id (as text, for JSON) → 1, rank or points."""
    code: Mapped[str | None] = mapped_column(sa.String(64))
    """Authenticates the ballot while the vote is open: see
    :func:`participa.budgets.services.box.coder`. Empty from the closing on."""
    replaced: Mapped[bool | None]
    """Whether it took the place of an earlier one; empty where not, and from the closing on."""


class VoidReceipt(OrganizationScoped, Base):
    """A receipt whose vote does not count: somebody else voted since by its line."""

    __tablename__ = "budget_void_receipts"

    component_id: Mapped[int] = mapped_column(
        sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True
    )
    receipt_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)


class Draft(OrganizationScoped, Base):
    """A basket that has not been sent: what is in it can be read in its owner's browser alone."""

    __tablename__ = "budget_drafts"

    component_id: Mapped[int] = mapped_column(
        sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    sealed: Mapped[str | None] = mapped_column(sa.Text)
    """What is chosen, encrypted with a key that only a cookie of the browser holds; empty where
    nothing is. See :mod:`participa.budgets.services.sealing`."""
    lost: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether an upgrade threw away what was chosen, and the owner is still to be told."""
    seed: Mapped[int] = mapped_column(default=lambda: secrets.randbelow(2**31))
    """Where this person's random order of projects begins."""
    updated_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    reminded_at: Mapped[dt.datetime | None]
