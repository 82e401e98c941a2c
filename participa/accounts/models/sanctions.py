"""How moderation answers people, with the dates and the appeal."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Mapped, mapped_column

from participa.core import clock
from participa.core.db import Base, BigId, OrganizationScoped


class SanctionKind(StrEnum):
    """How moderation answers a person, not a text; from the mildest."""

    WARNING = "warning"
    LIMIT = "limit"
    SUSPENSION = "suspension"


SANCTION_LABELS: Mapping[SanctionKind, Any] = {
    SanctionKind.WARNING: _l("Advertencia"),
    SanctionKind.LIMIT: _l("Límite de aportes"),
    SanctionKind.SUSPENSION: _l("Suspensión"),
}


class SanctionRecord(OrganizationScoped, Base):
    """A warning, a daily limit or a suspension, with its reason, its dates and its appeal."""

    __tablename__ = "sanctions"
    __table_args__ = (
        sa.Index("ix_sanctions_person_id_ends_at", "person_id", "ends_at"),
        sa.CheckConstraint("per_day >= 0", name="per_day_not_negative"),
        # For who asks, no contributions a day is a suspension: a limit always leaves some.
        sa.CheckConstraint("(kind = 'limit') = (per_day > 0)", name="per_day_of_limits"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("persons.id", ondelete="CASCADE"))
    process_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("processes.id", ondelete="CASCADE"), index=True
    )
    """Where it holds; ``None`` is the whole organization."""
    kind: Mapped[SanctionKind] = mapped_column(
        sa.Enum(
            SanctionKind,
            native_enum=False,
            length=20,
            values_callable=lambda kinds: [kind.value for kind in kinds],
        )
    )
    per_day: Mapped[int] = mapped_column(default=0)
    """Contributions a day that a limit still allows."""
    reason: Mapped[str] = mapped_column(sa.String(2000))
    """What the person is told."""
    starts_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    ends_at: Mapped[dt.datetime | None]
    by_id: Mapped[int | None]
    lifted_at: Mapped[dt.datetime | None]
    lifted_by_id: Mapped[int | None]
    appeal_until: Mapped[dt.datetime]
    """Until when the person may appeal: what the organization promised when it was imposed."""
    appeal: Mapped[str] = mapped_column(sa.String(4000), default="")
    appealed_at: Mapped[dt.datetime | None]
    appeal_answer: Mapped[str] = mapped_column(sa.String(2000), default="")
    appeal_decided_at: Mapped[dt.datetime | None]
    appeal_decided_by_id: Mapped[int | None]

    @property
    def label(self) -> Any:
        """How it is called on pages and in the person's download."""
        return SANCTION_LABELS[self.kind]

    def runs(self, at: dt.datetime) -> bool:
        """Return whether it limits the person at a moment. A warning never does."""
        return (
            self.kind is not SanctionKind.WARNING
            and self.lifted_at is None
            and (self.ends_at is None or at < self.ends_at)
        )

    @property
    def awaits_answer(self) -> bool:
        """Whether the person appealed and nobody has decided yet."""
        return (
            self.appealed_at is not None
            and self.appeal_decided_at is None
            and self.lifted_at is None
        )
