"""Voting with help and on paper: points, who is in charge of them, numbered sheets."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from participa.budgets.models.columns import enum, of_component
from participa.core import clock
from participa.core.db import Base, BigId, Json, OrganizationScoped

POINT_NAME_LENGTH, ADDRESS_LENGTH = (3, 160), 300
"""Least and most characters of a name; the most of an address."""
SHEET_REASON_LENGTH = 300


class Point(OrganizationScoped, Base):
    """A place where people vote with help or on paper."""

    __tablename__ = "budget_points"

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = of_component()
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
    """Ballots and sheets an hour past which an alert is raised; past twice as many, none is taken.
    """
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
    """Given back, or nobody got it: another took its place, handing it out was undone, or it is one
    too many. It stands for nobody."""


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
    SURPLUS = "surplus"


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
    Cause.SURPLUS: _l("Sobra: nadie la recibió"),
}


TYPED_CAUSES = (
    Cause.BLANK,
    Cause.UNREADABLE,
    Cause.IDENTIFIES,
    Cause.TORN,
    Cause.SPOILED,
    Cause.EXCHANGED,
    Cause.SURPLUS,
    Cause.OTHER,
)
"""What whoever types may say; that a choice is not valid is found by its rules."""


class Sheet(OrganizationScoped, Base):
    """A numbered paper ballot."""

    __tablename__ = "budget_sheets"
    __table_args__ = (
        sa.UniqueConstraint("component_id", "number"),
        sa.Index("ix_budget_sheets_point_id_status", "point_id", "status"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    component_id: Mapped[int] = of_component(index=False)
    point_id: Mapped[int] = mapped_column(sa.ForeignKey("budget_points.id", ondelete="RESTRICT"))
    number: Mapped[int]
    check: Mapped[str] = mapped_column(sa.String(4))
    """Letters printed beside the number: a mistyped number is noticed."""
    status: Mapped[SheetStatus] = mapped_column(enum(SheetStatus), default=SheetStatus.PRINTED)
    entries: Mapped[list[Any]] = mapped_column(Json, default=list)
    """What was typed, by whom, while nothing is decided: ``by``, and ``choice`` or ``cause``."""
    cause: Mapped[str] = mapped_column(sa.String(20), default="", server_default="")
    """Why it does not count: a :class:`Cause`."""
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    """The same in somebody's own words, where the cause does not say enough."""
    by_ids: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Who typed it, or annulled it."""
