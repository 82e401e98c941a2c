"""Pages of people: one module per noun."""

from participa.accounts.views import (
    account,
    approvals,
    demo,
    guardians,
    language,
    own_data,
    passwords,
    sanctions,
    second_factor,
    sessions,
    sign_in,
    sign_up,
    verification,
)
from participa.accounts.views.site import blueprint

__all__ = [
    "account",
    "approvals",
    "blueprint",
    "demo",
    "guardians",
    "language",
    "own_data",
    "passwords",
    "sanctions",
    "second_factor",
    "sessions",
    "sign_in",
    "sign_up",
    "verification",
]
