"""Tables of the engine."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped, Stamped
from participa.core.i18n import Localized


class PhaseKind(StrEnum):
    """The five kinds of phase of an innovation cycle."""

    DIAGNOSIS = "diagnosis"
    IDEATION = "ideation"
    PROTOTYPING = "prototyping"
    PILOT = "pilot"
    EVALUATION = "evaluation"


class ProcessStatus(StrEnum):
    """Whether people see a process."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


def _enum(kind: type[StrEnum]) -> sa.Enum:
    return sa.Enum(
        kind, native_enum=False, length=20, values_callable=lambda each: [m.value for m in each]
    )


class Process(OrganizationScoped, Stamped, Base):
    """A participatory process of an organization."""

    __tablename__ = "processes"
    __table_args__ = (sa.UniqueConstraint("organization_id", "slug"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80))
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every change to the process, its phases or its components."""
    status: Mapped[ProcessStatus] = mapped_column(_enum(ProcessStatus), default=ProcessStatus.DRAFT)
    published_at: Mapped[dt.datetime | None]
    title: Mapped[Localized]
    summary: Mapped[Localized] = mapped_column(default=Localized)
    """At most 300 characters, in plain language."""
    description: Mapped[Localized] = mapped_column(default=Localized)
    """Markdown."""
    description_html: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Safe HTML by language, made when the description is written."""
    notice: Mapped[Localized] = mapped_column(default=Localized)
    """A sentence on top of the process's pages ("fechas desplazadas para la demostración")."""
    outcome: Mapped[Localized] = mapped_column(default=Localized)
    """What came of it, once it has ended."""
    template: Mapped[str | None] = mapped_column(sa.String(80))
    territory_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="SET NULL")
    )
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("themes.id", ondelete="SET NULL"))

    phases: Mapped[list["Phase"]] = relationship(
        order_by="Phase.position", cascade="all, delete-orphan", back_populates="process"
    )
    components: Mapped[list["Component"]] = relationship(
        order_by="Component.position", cascade="all, delete-orphan", back_populates="process"
    )


class Phase(Base):
    """A stretch of a process: ``[start, end)`` in UTC."""

    __tablename__ = "phases"
    __table_args__ = (
        sa.UniqueConstraint("process_id", "key"),
        sa.CheckConstraint('"end" > start', name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[PhaseKind] = mapped_column(_enum(PhaseKind))
    title: Mapped[Localized]
    description: Mapped[Localized] = mapped_column(default=Localized)
    start: Mapped[dt.datetime]
    end: Mapped[dt.datetime] = mapped_column("end")
    position: Mapped[int] = mapped_column(default=0)

    process: Mapped[Process] = relationship(back_populates="phases")
    overrides: Mapped[list["PhaseOverride"]] = relationship(
        order_by="PhaseOverride.id", cascade="all, delete-orphan", back_populates="phase"
    )
    opens: Mapped[list["PhaseComponent"]] = relationship(
        cascade="all, delete-orphan", back_populates="phase"
    )


class PhaseOverride(Base):
    """That staff opened or closed a phase against its dates, with a public reason."""

    __tablename__ = "phase_overrides"

    id: Mapped[int] = mapped_column(primary_key=True)
    phase_id: Mapped[int] = mapped_column(
        sa.ForeignKey("phases.id", ondelete="CASCADE"), index=True
    )
    opens: Mapped[bool]
    """True: open it; False: close it."""
    start: Mapped[dt.datetime]
    until: Mapped[dt.datetime | None]
    """Up to when; ``None`` means up to the phase's planned end."""
    reason: Mapped[str] = mapped_column(sa.String(500))
    by_id: Mapped[int | None]
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)

    phase: Mapped[Phase] = relationship(back_populates="overrides")


class Component(OrganizationScoped, Base):
    """An instance of a component type in a process."""

    __tablename__ = "components"
    __table_args__ = (sa.UniqueConstraint("process_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    key: Mapped[str] = mapped_column(sa.String(60))
    type: Mapped[str] = mapped_column(sa.String(40))
    title: Mapped[Localized]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    position: Mapped[int] = mapped_column(default=0)

    process: Mapped[Process] = relationship(back_populates="components")


class PhaseComponent(Base):
    """What a phase opens in a component. No row, or a capability not named: closed."""

    __tablename__ = "phase_components"

    phase_id: Mapped[int] = mapped_column(
        sa.ForeignKey("phases.id", ondelete="CASCADE"), primary_key=True
    )
    component_id: Mapped[int] = mapped_column(
        sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    capabilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Capability name → state, or ``{"state": …, "requires": […]}``, as in a process file."""
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)

    phase: Mapped[Phase] = relationship(back_populates="opens")
    component: Mapped[Component] = relationship()


class PreviewLink(OrganizationScoped, Base):
    """A link that lets somebody without an account read an unpublished process until a moment."""

    __tablename__ = "preview_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_by_id: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[dt.datetime]


class LinkKind(StrEnum):
    """How one resource relates to another: the thread from finding to published account."""

    DERIVES_FROM = "derives_from"
    ANSWERS = "answers"
    FUNDS = "funds"
    TESTS = "tests"
    REPORTS_ON = "reports_on"


class ResourceLink(OrganizationScoped, Base):
    """A typed link between two resources of any component."""

    __tablename__ = "resource_links"
    __table_args__ = (
        sa.UniqueConstraint("kind", "source_kind", "source_id", "target_kind", "target_id"),
        sa.Index("ix_resource_links_target", "target_kind", "target_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(_enum(LinkKind))
    source_kind: Mapped[str] = mapped_column(sa.String(40))
    source_id: Mapped[int]
    target_kind: Mapped[str] = mapped_column(sa.String(40))
    target_id: Mapped[int]
    made_by_id: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
