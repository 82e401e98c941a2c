"""What one person asked for and a second one must approve before it happens."""

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped
from participa.core.i18n import Localized


class ApprovalState(StrEnum):
    """How far a request is. One that nobody answered in time stays ``PENDING`` and is over."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Approval(OrganizationScoped, Base):
    """A request: the act as it was asked for, and what came of it."""

    __tablename__ = "approvals"
    __table_args__ = (
        sa.Index("ix_approvals_organization_id_state", "organization_id", "state"),
        sa.Index(
            "uq_approvals_pending",
            "organization_id",
            "kind",
            "target",
            unique=True,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organizations.id", ondelete="CASCADE")
    )
    kind: Mapped[str] = mapped_column(sa.String(40))
    """Which act: see :mod:`participa.accounts.second_person`."""
    target: Mapped[str] = mapped_column(sa.String(100))
    """On what: one request at a time may wait for each act on each thing."""
    process_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    """Where it would happen; ``None``: in the organization."""
    what: Mapped[Localized]
    """The act in words, as whoever approves it reads it."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the act needs."""
    asked_by_id: Mapped[int | None]
    asked_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[dt.datetime]
    state: Mapped[ApprovalState] = mapped_column(
        sa.Enum(
            ApprovalState,
            native_enum=False,
            length=20,
            values_callable=lambda states: [each.value for each in states],
        ),
        default=ApprovalState.PENDING,
    )
    decided_by_id: Mapped[int | None]
    decided_at: Mapped[dt.datetime | None]

    def waits(self, at: dt.datetime) -> bool:
        """Return whether somebody may still answer it."""
        return self.state is ApprovalState.PENDING and at < self.expires_at
