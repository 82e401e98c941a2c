"""Rolls: who may take part, without their names and without their document numbers."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, BigId, Json, OrganizationScoped

KEY_LENGTH, NAME_LENGTH, GROUP_LENGTH, REASON_LENGTH = 60, 160, 60, 500
"""The most characters."""
TYPE_LENGTH, WRITTEN_LENGTH = 10, 60
"""The most characters of a type of document, and of how a file writes one."""


class Roll(OrganizationScoped, Base):
    """A list of the people who may take part: a census, the members of an association."""

    __tablename__ = "rolls"
    __table_args__ = (sa.UniqueConstraint("organization_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(KEY_LENGTH))
    """What settings and commands call it."""
    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    document_types: Mapped[list[str]] = mapped_column(Json, default=list)
    """The types of document that its lines have, as people choose among them."""
    size: Mapped[int] = mapped_column(default=0)
    """Lines that count."""
    until: Mapped[dt.datetime | None]
    """When verifications by this roll end; ``None``: they do not."""
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    frozen_at: Mapped[dt.datetime | None]
    """No line comes or goes after this."""
    asks_birth_date: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether a document is not enough to claim a line, or to vote by it at a point."""
    digest: Mapped[str] = mapped_column(sa.String(64), default="")
    """SHA-256 of the lines as frozen."""


class RollEntry(OrganizationScoped, Base):
    """One line of a roll: a person whom only the owner of the document can recognise."""

    __tablename__ = "roll_entries"
    __table_args__ = (
        sa.UniqueConstraint("roll_id", "document_hash"),
        sa.UniqueConstraint("roll_id", "person_id"),
        sa.Index("ix_roll_entries_roll_id_territory_id", "roll_id", "territory_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    roll_id: Mapped[int] = mapped_column(sa.ForeignKey("rolls.id", ondelete="CASCADE"))
    document_hash: Mapped[str] = mapped_column(sa.String(64))
    """Keyed hash of type and number: see :mod:`participa.accounts.verification.documents`."""
    birth_date: Mapped[dt.date | None]
    territory_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="SET NULL"), index=True
    )
    group: Mapped[str] = mapped_column("group_key", sa.String(GROUP_LENGTH), default="")
    person_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="SET NULL"), index=True
    )
    """Who proved to be the one; nobody else can any more."""
    claimed_at: Mapped[dt.datetime | None]
    removed_at: Mapped[dt.datetime | None]
    removed_reason: Mapped[str] = mapped_column(sa.String(REASON_LENGTH), default="")


class RollUpload(OrganizationScoped, Base):
    """A file that was read and waits for its confirmation. The file itself is not kept."""

    __tablename__ = "roll_uploads"

    id: Mapped[int] = mapped_column(primary_key=True)
    roll_id: Mapped[int] = mapped_column(sa.ForeignKey("rolls.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    replace: Mapped[bool] = mapped_column("replaces", default=False)
    """Whether lines that the file does not have leave the roll."""
    reason: Mapped[str] = mapped_column(sa.String(REASON_LENGTH), default="")
    lines: Mapped[int] = mapped_column(default=0)
    """Lines read so far."""
    document_types: Mapped[list[str]] = mapped_column(Json, default=list)
    problems: Mapped[list[Any]] = mapped_column(Json, default=list)
    """The first ones: line, column and reason."""
    problem_count: Mapped[int] = mapped_column(default=0)
    found: Mapped[dict[str, Any]] = mapped_column(Json, default=dict, server_default="{}")
    """How it was understood: see :mod:`participa.accounts.services.rolls.settling`."""
    read_at: Mapped[dt.datetime | None]
    """When the last line had been read; ``None`` while it is being read."""
    by_id: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class RollUploadLine(Base):
    """A line of such a file, already without its document number."""

    __tablename__ = "roll_upload_lines"

    upload_id: Mapped[int] = mapped_column(
        sa.ForeignKey("roll_uploads.id", ondelete="CASCADE"), primary_key=True
    )
    document_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    line: Mapped[int]
    document_type: Mapped[str] = mapped_column(
        sa.String(TYPE_LENGTH), default="", server_default=""
    )
    length: Mapped[int] = mapped_column("number_length", default=0, server_default="0")
    """Characters of the number, which is all that is kept of it."""
    birth_date: Mapped[dt.date | None]
    other_birth_date: Mapped[dt.date | None]
    """The same with the month before the day, while nobody said which it is."""
    territory_id: Mapped[int | None]
    group: Mapped[str] = mapped_column("group_key", sa.String(GROUP_LENGTH), default="")


class RollUploadCandidate(Base):
    """What a line would be by one type of document, while nobody said which its word means."""

    __tablename__ = "roll_upload_candidates"

    upload_id: Mapped[int] = mapped_column(
        sa.ForeignKey("roll_uploads.id", ondelete="CASCADE"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document_type: Mapped[str] = mapped_column(sa.String(TYPE_LENGTH), primary_key=True)
    written_type: Mapped[str] = mapped_column(sa.String(WRITTEN_LENGTH))
    document_hash: Mapped[str] = mapped_column(sa.String(64))
    length: Mapped[int] = mapped_column("number_length", default=0)
    birth_date: Mapped[dt.date | None]
    other_birth_date: Mapped[dt.date | None]
    territory_id: Mapped[int | None]
    group: Mapped[str] = mapped_column("group_key", sa.String(GROUP_LENGTH), default="")
