"""That people are who they say they are."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped

_LIVING = sa.text("revoked_at IS NULL AND evidence <> ''")


class VerificationRecord(OrganizationScoped, Base):
    """That a person's identity was checked, by which method, by whom, until when."""

    __tablename__ = "verifications"
    __table_args__ = (
        sa.Index(
            "uq_verifications_evidence",
            "organization_id",
            "method",
            "evidence",
            unique=True,
            postgresql_where=_LIVING,
            sqlite_where=_LIVING,
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), index=True
    )
    method: Mapped[str] = mapped_column(sa.String(40))
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    by_id: Mapped[int | None]
    expires_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    evidence: Mapped[str] = mapped_column(sa.String(80), default="", server_default="")
    """What was shown, by a name that tells nothing of it (``roll-<id>``, the keyed hash of a
    telephone): one thing verifies one person at a time, and the database keeps it so."""

    def holds(self, at: dt.datetime) -> bool:
        """Return whether it counts at a moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class VerificationCode(OrganizationScoped, Base):
    """A short code that was sent to somebody and that they have not typed yet: one per method."""

    __tablename__ = "verification_codes"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True
    )
    method: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    """Keyed, since six digits are soon tried."""
    evidence: Mapped[str] = mapped_column(sa.String(80), default="")
    """Keyed hash of the telephone that it went to."""
    attempts: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[dt.datetime]
