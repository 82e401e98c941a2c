"""Tables of a participatory budget: pots and projects, the roll, the box, paper, the outcome.

Who voted (:class:`Mark`) and what was voted (:class:`Ballot`) are two tables. While the vote is
open a ballot carries ``link``, a keyed hash of its mark, so that its owner can replace it; at
closing the key is destroyed, the links go, and the box is written anew in random order.
"""

import datetime as dt
import secrets
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, BigId, Json, OrganizationScoped, Stamped
from participa.core.i18n import Localized


def _enum(kind: type[StrEnum]) -> sa.Enum:
    return sa.Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda each: [member.value for member in each],
    )


def _component(*, index: bool = True) -> Any:
    return mapped_column(sa.ForeignKey("components.id", ondelete="RESTRICT"), index=index)


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


class Channel(StrEnum):
    """How a ballot came in."""

    WEB = "web"
    ASSISTED = "assisted"
    PAPER = "paper"


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
    component_id: Mapped[int] = _component(index=False)
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
    component_id: Mapped[int] = _component(index=False)
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
    component_id: Mapped[int] = _component(index=False)
    pot_id: Mapped[int] = mapped_column(sa.ForeignKey("budget_pots.id", ondelete="RESTRICT"))
    category_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("budget_categories.id", ondelete="SET NULL")
    )
    number: Mapped[int]
    """How people name it, on the ballot and on paper; also the order of submission."""
    status: Mapped[ProjectStatus] = mapped_column(_enum(ProjectStatus), default=ProjectStatus.DRAFT)
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
    search_text: Mapped[str] = mapped_column(sa.Text, default="")
    """Number, title and texts as :func:`participa.core.words.normalize` gives them."""


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
    drafts: Mapped[int] = mapped_column(default=0)
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
    component_id: Mapped[int] = _component(index=False)
    voter: Mapped[str] = mapped_column(sa.String(64))
    """``roll-<id>`` or ``person-<id>``."""
    channel: Mapped[Channel] = mapped_column(_enum(Channel))
    point_id: Mapped[int | None]
    receipt_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    """SHA-256 of the receipt: it proves that the ballot counts, not what it says."""
    territory_id: Mapped[int | None]
    age_band: Mapped[str] = mapped_column(sa.String(10), default="")
    """For the figures of participation: "14-17", "18-28"…"""
    day: Mapped[dt.date]
    """The day alone: an hour could tell whose ballot is whose."""


class Ballot(OrganizationScoped, Base):
    """What somebody voted. Carries no person, no place, no hour."""

    __tablename__ = "budget_ballots"
    __table_args__ = (sa.UniqueConstraint("component_id", "link"),)

    id: Mapped[int] = mapped_column(
        BigId, primary_key=True, autoincrement=False, default=lambda: secrets.randbits(62)
    )
    """Random: the order of the rows tells nothing."""
    component_id: Mapped[int] = _component()
    link: Mapped[str | None] = mapped_column(sa.String(64))
    """Keyed hash of the mark while the vote is open; empty from the closing on."""
    channel: Mapped[Channel | None] = mapped_column(_enum(Channel))
    """Empty from the closing on: a channel that few used would tell whose ballots are whose."""
    choice: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Project id (as text, for JSON) → 1, rank or points."""


class Draft(OrganizationScoped, Base):
    """A basket that has not been sent: visible to its owner only."""

    __tablename__ = "budget_drafts"

    component_id: Mapped[int] = mapped_column(
        sa.ForeignKey("components.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    choice: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seed: Mapped[int] = mapped_column(default=lambda: secrets.randbelow(2**31))
    """Where this person's random order of projects begins."""
    updated_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    reminded_at: Mapped[dt.datetime | None]


class Point(OrganizationScoped, Base):
    """A place where people vote with help or on paper."""

    __tablename__ = "budget_points"

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = _component()
    name: Mapped[str] = mapped_column(sa.String(160))
    address: Mapped[str] = mapped_column(sa.String(300), default="")
    territory_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("territories.id", ondelete="SET NULL")
    )
    signed: Mapped[int | None]
    """Signatures on the point's list of voters, as counted by hand."""
    reconciled_at: Mapped[dt.datetime | None]
    reconciled_by_id: Mapped[int | None]
    remarks: Mapped[str] = mapped_column(sa.String(2000), default="")


class Promoter(OrganizationScoped, Base):
    """Somebody who may register ballots at a point."""

    __tablename__ = "budget_promoters"

    point_id: Mapped[int] = mapped_column(
        sa.ForeignKey("budget_points.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    per_hour: Mapped[int] = mapped_column(default=30)
    """Ballots and sheets an hour past which an alert is raised; past twice as many none is taken."""
    given_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    ended_at: Mapped[dt.datetime | None]
    hour_at: Mapped[dt.datetime | None]
    """When the present hour of work began: with its first ballot or sheet."""
    in_hour: Mapped[int] = mapped_column(default=0, server_default="0")
    """Ballots registered and sheets handed out in that hour."""
    total: Mapped[int] = mapped_column(default=0, server_default="0")
    alerted_at: Mapped[dt.datetime | None]
    """When the staff were last told that an hour had too many."""


class SheetStatus(StrEnum):
    """Where a paper sheet is."""

    PRINTED = "printed"
    FIRST = "first"
    """Typed by one person."""
    COUNTED = "counted"
    """Typed alike by two people: its ballot is in the box."""
    DIFFERENT = "different"
    """Typed differently: somebody else looks at the paper."""
    REJECTED = "rejected"
    """Somebody voted on it, and it does not count."""
    SPOILED = "spoiled"
    """Handed out and damaged, and its person did not vote on another."""
    VOID = "void"
    """Given back: another took its place, or handing it out was undone. It stands for nobody."""


class Cause(StrEnum):
    """Why a sheet does not count."""

    BLANK = "blank"
    INVALID = "invalid"
    UNREADABLE = "unreadable"
    IDENTIFIES = "identifies"
    TORN = "torn"
    OTHER = "other"
    SPOILED = "spoiled"
    EXCHANGED = "exchanged"
    RETURNED = "returned"


CAUSES: Mapping[Cause, Any] = {
    Cause.BLANK: _l("Está en blanco"),
    Cause.INVALID: _l("Lo marcado no es un voto válido"),
    Cause.UNREADABLE: _l("No se entiende qué marcó"),
    Cause.IDENTIFIES: _l("Lleva un nombre, una firma u otra señal de quién es"),
    Cause.TORN: _l("Está rota o incompleta"),
    Cause.OTHER: _l("Otro motivo"),
    Cause.SPOILED: _l("Se dañó, y la persona no votó en otra"),
    Cause.EXCHANGED: _l("Se dañó, y la persona recibió otra"),
    Cause.RETURNED: _l("Se devolvió, y su entrega se deshizo"),
}


class Sheet(OrganizationScoped, Base):
    """A numbered paper ballot."""

    __tablename__ = "budget_sheets"
    __table_args__ = (
        sa.UniqueConstraint("component_id", "number"),
        sa.Index("ix_budget_sheets_point_id_status", "point_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    component_id: Mapped[int] = _component(index=False)
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("budget_points.id", ondelete="RESTRICT"))
    number: Mapped[int]
    check: Mapped[str] = mapped_column(sa.String(4))
    """Letters printed beside the number: a mistyped number is noticed."""
    status: Mapped[SheetStatus] = mapped_column(_enum(SheetStatus), default=SheetStatus.PRINTED)
    entries: Mapped[list[Any]] = mapped_column(Json, default=list)
    """What was typed, by whom, while nothing is decided: ``by``, and ``choice`` or ``cause``."""
    cause: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    """Why it does not count: a :class:`Cause`."""
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    """The same in somebody's own words, where the cause does not say enough."""
    by_ids: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Who typed it, or annulled it."""


class Outcome(OrganizationScoped, Base):
    """What one pot funds, with everything that explains it. Written once, never edited."""

    __tablename__ = "budget_outcomes"
    __table_args__ = (sa.UniqueConstraint("pot_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = _component()
    pot_id: Mapped[int] = mapped_column(sa.ForeignKey("budget_pots.id", ondelete="RESTRICT"))
    edition: Mapped[int] = mapped_column(default=0)
    """0 is the tally itself; each override computes the next by the same rule."""
    excluded: Mapped[list[Any]] = mapped_column(Json, default=list)
    """What overrides did to the edition 0, in order: ``{"project": id, "out": whether it was left
    out or taken back in, "reason": public text, "at": moment}``."""
    winners: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Ids of projects, in the order in which they won."""
    spent: Mapped[int] = mapped_column(sa.BigInteger)
    rounds: Mapped[list[Any]] = mapped_column(Json, default=list)
    explanations: Mapped[dict[str, Any]] = mapped_column(default=dict)
    counterfactuals: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)


class PublishedFile(OrganizationScoped, Base):
    """A file of the published recount, exactly as it was hashed."""

    __tablename__ = "budget_files"
    __table_args__ = (sa.UniqueConstraint("component_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = _component(index=False)
    name: Mapped[str] = mapped_column(sa.String(120))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
