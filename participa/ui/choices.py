"""Options of a select, in the form that WTForms asks for."""

from collections.abc import Iterable
from typing import Any

from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Return (value, label) pairs as the choices of a ``SelectField``; labels may be lazy."""
    return [SelectChoice(str(value), label) for value, label in pairs]
