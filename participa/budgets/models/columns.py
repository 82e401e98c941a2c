"""How the tables of this room are written."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import mapped_column


def enum(kind: type[StrEnum]) -> sa.Enum:
    """Return the type of a column that holds a member of ``kind``."""
    return sa.Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda each: [member.value for member in each],
    )


def of_component(*, index: bool = True) -> Any:
    """Return the column of the component that a row belongs to."""
    return mapped_column(sa.ForeignKey("components.id", ondelete="RESTRICT"), index=index)
