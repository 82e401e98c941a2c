"""Every write of this room."""

from participa.proposals.services.proposals import (
    BODY_MINIMUM,
    TITLE_LENGTH,
    WITHDRAWALS,
    Draft,
    checked,
    create,
    edit,
    editable_until,
    facing,
    fill,
    other_is_gone,
    stand_alone,
    support,
    take_support_back,
    withdraw,
)

__all__ = [
    "BODY_MINIMUM",
    "TITLE_LENGTH",
    "WITHDRAWALS",
    "Draft",
    "checked",
    "create",
    "edit",
    "editable_until",
    "facing",
    "fill",
    "other_is_gone",
    "stand_alone",
    "support",
    "take_support_back",
    "withdraw",
]
