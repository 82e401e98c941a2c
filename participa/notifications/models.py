"""Tables of what people follow, of what they were told, and of how they want to be told."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped
from participa.core.events import How

ANY_KIND = "*"
"""In :attr:`Preference.fact_name`: what holds for every kind of fact not named."""

MAILED = (How.NOW, How.DAILY, How.WEEKLY)

_how = sa.Enum(
    How, native_enum=False, length=10, values_callable=lambda hows: [how.value for how in hows]
)


class Follow(OrganizationScoped, Base):
    """That a person wants to hear of a resource: a process, a proposal, a result."""

    __tablename__ = "follows"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "subject_kind", "subject_id"),
        sa.Index("ix_follows_subject", "subject_kind", "subject_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="CASCADE"))
    subject_kind: Mapped[str] = mapped_column(sa.String(40))
    subject_id: Mapped[int] = mapped_column(BigId)
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class Notification(OrganizationScoped, Base):
    """That a person is told of a fact; the fact itself says what happened."""

    __tablename__ = "notifications"
    __table_args__ = (
        sa.UniqueConstraint("fact_id", "person_id"),
        sa.Index("ix_notifications_person_id_id", "person_id", "id"),
        sa.Index(
            "ix_notifications_unread",
            "person_id",
            postgresql_where=sa.text("read_at IS NULL"),
            sqlite_where=sa.text("read_at IS NULL"),
        ),
        sa.Index(
            "ix_notifications_mail",
            "mail",
            "organization_id",
            "person_id",
            postgresql_where=sa.text("mail IS NOT NULL"),
            sqlite_where=sa.text("mail IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # No index of its own: every list starts from a person, from a fact or from the mails to send.
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organizations.id", ondelete="CASCADE")
    )
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="CASCADE"))
    fact_id: Mapped[int] = mapped_column(sa.ForeignKey("facts.id", ondelete="CASCADE"))
    fact_name: Mapped[str] = mapped_column(sa.String(80))
    process_id: Mapped[int | None]
    direct: Mapped[bool]
    """Told because it concerns the person, not because they follow something."""
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    read_at: Mapped[dt.datetime | None]
    mail: Mapped[How | None] = mapped_column(_how)
    """The mail that will carry it; ``None`` once sent, read on the site, or when there is none."""
    mailed_at: Mapped[dt.datetime | None]


class Preference(OrganizationScoped, Base):
    """How a person wants to be told of a kind of fact, where that is not its default."""

    __tablename__ = "notification_preferences"

    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True
    )
    fact_name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    how: Mapped[How] = mapped_column(_how)
    changed_at: Mapped[dt.datetime] = mapped_column(default=clock.now, onupdate=clock.now)
