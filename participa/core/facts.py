"""The append-only table of facts: the audit log of everything that changed."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from participa.core.db import Base, BigId, OrganizationScoped
from participa.core.digits import whole_number


@dataclass(frozen=True, slots=True)
class Ref:
    """Points at any resource: its kind and its id."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: Any) -> "Ref | None":
        """Return what ``str(ref)`` wrote, or ``None`` for anything else."""
        kind, _colon, written = str(text).rpartition(":")
        number = whole_number(written)
        return cls(kind, number) if kind and number is not None else None


def new_salt() -> bytes:
    """Return the salt of a fact's leaf (see :mod:`participa.core.seals`)."""
    return secrets.token_bytes(16)


class FactRow(OrganizationScoped, Base):
    """One recorded fact. Rows are only ever added."""

    __tablename__ = "facts"
    __table_args__ = (
        sa.Index("ix_facts_organization_id_id", "organization_id", "id"),
        sa.Index("ix_facts_process_id_id", "process_id", "id"),
        sa.Index("ix_facts_subject_kind_subject_id", "subject_kind", "subject_id"),
        sa.Index("ix_facts_sealed_in", "sealed_in", "organization_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organizations.id", ondelete="CASCADE")
    )
    name: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[dt.datetime]
    actor_id: Mapped[int | None]
    process_id: Mapped[int | None]
    component_id: Mapped[int | None]
    subject_kind: Mapped[str | None] = mapped_column(sa.String(40))
    subject_id: Mapped[int | None]
    public: Mapped[bool] = mapped_column(default=False)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str | None] = mapped_column(sa.String(36))
    salt: Mapped[bytes | None] = mapped_column(sa.LargeBinary, default=new_salt, deferred=True)
    """Gone once what the fact said of a person was erased."""
    sealed_in: Mapped[int | None] = mapped_column(deferred=True)
    """The number of the seal that holds it; ``None`` until a worker has sealed it."""

    @property
    def subject(self) -> Ref | None:
        """What the fact is about, if it is about one thing."""
        if self.subject_kind is None or self.subject_id is None:
            return None
        return Ref(self.subject_kind, self.subject_id)
