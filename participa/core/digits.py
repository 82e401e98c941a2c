"""Whole numbers as people type them and as forms carry them."""

from typing import Any

from flask_babel import lazy_gettext as _l

MOST = 2**63 - 1
"""The largest number that a database keeps: no id is larger."""

NOT_WHOLE = _l("Escriba un número entero desde 0.")
"""What is said of anything else in a field for a number of things."""


def whole_number(text: Any, most: int = MOST) -> int | None:
    """Return a whole number from 0 to ``most``, or ``None`` for nothing and for anything else.

    Only the digits 0 to 9, and no more of them than ``most`` has: Python reads those of every
    script and refuses thousands with an error, and no database keeps more than :data:`MOST`.
    """
    written = str(text).strip()
    if not (written.isascii() and written.isdecimal()) or len(written) > len(str(most)):
        return None
    number = int(written)
    return number if number <= most else None
