"""That somebody under age may take part, said by whoever looks after them."""

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped

_STANDS = sa.text("state IN ('asked', 'accepted')")


class GuardianState(StrEnum):
    """Where a permission is."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    """By the guardian, by the minor or by staff; or asked for again."""


class GuardianConsent(OrganizationScoped, Base):
    """One permission asked for: at most one stands per person, and the database keeps it so.

    Who the guardian is is known while it stands, and no longer.
    """

    __tablename__ = "guardian_consents"
    __table_args__ = (
        sa.Index(
            "uq_guardian_consents_standing",
            "person_id",
            unique=True,
            postgresql_where=_STANDS,
            sqlite_where=_STANDS,
        ),
        sa.Index("ix_guardian_consents_organization_id_email", "organization_id", "email"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    """The minor."""
    state: Mapped[GuardianState] = mapped_column(
        sa.Enum(
            GuardianState,
            native_enum=False,
            length=20,
            values_callable=lambda each: [member.value for member in each],
        ),
        default=GuardianState.ASKED,
    )
    guardian_name: Mapped[str] = mapped_column(sa.String(80), default="")
    """As the minor wrote it; as the guardian signed, once they did."""
    relation: Mapped[str] = mapped_column(sa.String(20), default="")
    email: Mapped[str | None] = mapped_column(sa.String(254))
    """Where the link goes; ``None`` on paper."""
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Keyed hash of what is in the link."""
    mail_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    """The mail with the link, which goes with the permission."""
    text_version: Mapped[str] = mapped_column(sa.String(20), default="")
    """Of the page that the guardian answered, or of the sheet that they signed."""
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    """When it was withdrawn."""
    ends_at: Mapped[dt.datetime]
    """Until when the link waits for its answer, or the permission holds. The row goes then."""
    by_id: Mapped[int | None]
    """Who of the staff saw the signed sheet."""
