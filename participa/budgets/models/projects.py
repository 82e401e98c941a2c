"""Money and what competes for it: pots, categories, projects."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from participa.budgets.models.columns import enum, of_component
from participa.core.db import Base, BigId, OrganizationScoped, Stamped
from participa.core.i18n import Localized
from participa.core.words import Words

TITLE_LENGTH = (5, 200)
"""Least and most characters; the other lengths are the most."""
SUMMARY_LENGTH = 500
BODY_LENGTH = 20_000
FEASIBILITY_LENGTH = 5_000
ALT_LENGTH = 300
NAME_LENGTH = (2, 80)
REASON_LENGTH = 500
SOURCE_LENGTH = (10, 300)
SHEET: Mapping[str, tuple[Any, int]] = {
    "area": (_l("Área responsable"), 160),
    "months": (_l("Meses que toma"), 3),
    "beneficiaries": (_l("A quiénes sirve"), 300),
    "upkeep": (_l("Mantenimiento al año"), 40),
    "risks": (_l("Riesgos y condiciones"), 1000),
}
"""Lines of the technical sheet: what people read and the most characters. ``months`` is kept as a
number and ``upkeep`` as minor currency units."""


class ProjectStatus(StrEnum):
    """Whether a project is on the ballot."""

    DRAFT = "draft"
    FEASIBLE = "feasible"
    """On the ballot."""
    INFEASIBLE = "infeasible"
    """Shown with the reason, and not on the ballot."""
    WITHDRAWN = "withdrawn"


class Pot(OrganizationScoped, Base):
    """Money that projects compete for: of the city, of a district, of a category."""

    __tablename__ = "budget_pots"
    __table_args__ = (sa.UniqueConstraint("component_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = of_component(index=False)
    key: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[Localized]
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    """Minor currency units."""
    citywide: Mapped[bool] = mapped_column(default=False)
    territory_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="SET NULL")
    )
    maximum: Mapped[int | None]
    """Projects that a person may choose here, where it differs from the rest."""
    position: Mapped[int] = mapped_column(default=0)


class Category(OrganizationScoped, Base):
    """A kind of projects, for quotas and filters."""

    __tablename__ = "budget_categories"
    __table_args__ = (sa.UniqueConstraint("component_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = of_component(index=False)
    key: Mapped[str] = mapped_column(sa.String(60))
    name: Mapped[Localized]
    position: Mapped[int] = mapped_column(default=0)


class Project(OrganizationScoped, Stamped, Base):
    """Something that the pot may pay for."""

    __tablename__ = "budget_projects"
    __table_args__ = (
        sa.UniqueConstraint("component_id", "number"),
        sa.Index("ix_budget_projects_pot_id_number", "pot_id", "number"),
        sa.CheckConstraint("cost > 0 OR (cost = 0 AND status = 'draft')", name="cost_positive"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    component_id: Mapped[int] = of_component(index=False)
    pot_id: Mapped[int] = mapped_column(sa.ForeignKey("budget_pots.id", ondelete="RESTRICT"))
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("budget_categories.id", ondelete="SET NULL")
    )
    number: Mapped[int]
    """How people name it, on the ballot and on paper; also the order of submission."""
    status: Mapped[ProjectStatus] = mapped_column(enum(ProjectStatus), default=ProjectStatus.DRAFT)
    title: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.String(500), default="")
    body: Mapped[str] = mapped_column(sa.Text, default="")
    body_html: Mapped[str] = mapped_column(sa.Text, default="")
    body_html_version: Mapped[int] = mapped_column(default=1)
    language: Mapped[str] = mapped_column(sa.String(8), default="es")
    cost: Mapped[int] = mapped_column(sa.BigInteger)
    """Minor currency units; 0 while a draft has no cost yet."""
    territory_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="SET NULL")
    )
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    sheet: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Technical sheet: a value per line of :data:`SHEET` that was filled in."""
    feasibility: Mapped[str] = mapped_column(sa.Text, default="")
    """What the technical review said, in words for everybody."""
    image: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    """WebP, re-encoded; ``None`` without picture."""
    image_alt: Mapped[str] = mapped_column(sa.String(300), default="")
    image_version: Mapped[str] = mapped_column(sa.String(16), default="")
    search_text: Mapped[str] = mapped_column(Words, default="", deferred=True)
    """Number, title and texts as :func:`participa.core.words.normalize` gives them."""
