"""Tables of the tenant."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, OrganizationScoped, Stamped
from participa.core.i18n import Localized


class Organization(Stamped, Base):
    """A city or entity that runs participation here."""

    __tablename__ = "organizations"

    id: Mapped[int] = mapped_column(primary_key=True)
    host: Mapped[str | None] = mapped_column(sa.String(253), unique=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    """Answers every host name that no other organization claims. At most one does."""
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every change, so that the copy in memory knows when it is old."""
    processes_version: Mapped[int] = mapped_column(default=1, server_default=sa.text("1"))
    """Grows with every change of a process, which every request learns with the city itself."""
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(160))
    summary: Mapped[Localized] = mapped_column(default=Localized)
    locales: Mapped[list[str]] = mapped_column(default=lambda: ["es"])
    locale: Mapped[str] = mapped_column(sa.String(8), default="es")
    country: Mapped[str] = mapped_column(sa.String(2), default="CO")
    time_zone: Mapped[str] = mapped_column(sa.String(60), default="America/Bogota")
    currency: Mapped[str] = mapped_column(sa.String(3), default="COP")
    accent: Mapped[str] = mapped_column(sa.String(7), default="#0b5c53")
    theme: Mapped[str] = mapped_column(sa.String(20), default="neutral")
    logo: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    logo_digest: Mapped[str | None] = mapped_column(sa.String(16))
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    hours: Mapped[str] = mapped_column(sa.String(200), default="")
    phone: Mapped[str] = mapped_column(sa.String(80), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    reporting_url: Mapped[str] = mapped_column(sa.String(500), default="")
    """Where to report corruption (shown in the footer of every page)."""
    footer: Mapped[Localized] = mapped_column(default=Localized)
    consent_version: Mapped[str] = mapped_column(sa.String(20), default="1")
    consent_text: Mapped[Localized] = mapped_column(default=Localized)
    staff_second_factor: Mapped[bool] = mapped_column(default=True)
    staff_second_factor_from: Mapped[dt.datetime | None]
    """Until then, days of grace; ``None``: it is asked for at once."""

    __table_args__ = (
        sa.Index(
            "uq_organizations_is_default",
            "is_default",
            unique=True,
            postgresql_where=sa.text("is_default"),
            sqlite_where=sa.text("is_default"),
        ),
    )


class Territory(OrganizationScoped, Base):
    """A place of the organization's tree: area → municipality → comuna → barrio or vereda."""

    __tablename__ = "territories"
    __table_args__ = (sa.UniqueConstraint("organization_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="RESTRICT"), index=True
    )
    code: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[str] = mapped_column(sa.String(160))
    level: Mapped[str] = mapped_column(sa.String(40))
    """The word for its level: municipio, comuna, corregimiento, barrio, vereda…"""
    path: Mapped[list[str]] = mapped_column(default=list)
    """Codes from the root down to this one."""
    position: Mapped[int] = mapped_column(default=0)


class Theme(OrganizationScoped, Base):
    """A subject that proposals and processes are filed under."""

    __tablename__ = "themes"
    __table_args__ = (sa.UniqueConstraint("organization_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[Localized]
    position: Mapped[int] = mapped_column(default=0)


class Upload(OrganizationScoped, Base):
    """A CSV file between its preview and its confirmation; gone once applied, or after a day."""

    __tablename__ = "uploads"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    """``territories`` or ``themes``."""
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    remove_missing: Mapped[bool] = mapped_column(default=False)
    by_id: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
