"""What came of a vote: written once."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.budgets.models.columns import of_component
from participa.core import clock
from participa.core.db import Base, Json, OrganizationScoped


class Outcome(OrganizationScoped, Base):
    """What one pot funds, with everything that explains it. Written once, never edited."""

    __tablename__ = "budget_outcomes"
    __table_args__ = (sa.UniqueConstraint("pot_id", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    component_id: Mapped[int] = of_component()
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
    component_id: Mapped[int] = of_component(index=False)
    name: Mapped[str] = mapped_column(sa.String(120))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
    at: Mapped[dt.datetime] = mapped_column(default=clock.now)
