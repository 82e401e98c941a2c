"""Sentences of the tally: kept as data, and said in the reader's language and money. Pure."""

from fractions import Fraction
from typing import Any

from flask_babel import get_translations

from participa.core.i18n import format_money, format_number
from participa.tally import Money, Number, Sentence


def say(sentence: Sentence, unit: int) -> str:
    """Write a sentence in the reader's language; ``unit`` is a unit of money in minor units."""
    catalogue = get_translations()

    def write(value: Any) -> str:
        if isinstance(value, Money):
            return format_money(round(Fraction(value.amount) * unit))
        if isinstance(value, Number):
            return format_number(round(float(value.value), 1))
        return format_number(value) if isinstance(value, int) else str(value)

    return sentence.text(catalogue.ugettext, catalogue.ungettext, write)


def plain(value: Any) -> Any:
    """Return a sentence, or what one holds, as plain data that JSON keeps exactly."""
    if isinstance(value, Sentence):
        values = {name: plain(each) for name, each in value.values.items()}
        data: dict[str, Any] = {"message": value.message, "values": values}
        if value.plural is not None:
            data |= {"plural": value.plural, "number": value.number}
        return data
    if isinstance(value, Money):
        return {"money": str(value.amount)}
    if isinstance(value, Number):
        return {"number": str(value.value)}
    if isinstance(value, tuple):
        return {"list": [plain(each) for each in value]}
    return value if isinstance(value, int) else str(value)


def read(data: Any) -> Any:
    """Return what :func:`plain` made data of."""
    if not isinstance(data, dict):
        return data
    if "money" in data:
        return Money(Fraction(data["money"]))
    if "message" not in data and "number" in data:
        return Number(Fraction(data["number"]))
    if "list" in data:
        return tuple(read(each) for each in data["list"])
    values = {name: read(each) for name, each in data["values"].items()}
    return Sentence(data["message"], values, data.get("plural"), data.get("number", 0))
