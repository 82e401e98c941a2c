"""Sentences as data: a Spanish message, its values, and how to write both.

The tally knows no web page and no language of a reader. It says :class:`Sentence`; whoever shows it
gives its own functions of translation, or takes the Spanish that is the message itself. Messages
are collected for translation by the names ``_l`` and ``_ln``, as everywhere in the product.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in units of the currency, exact; shown rounded to two decimals."""

    amount: Fraction


@dataclass(frozen=True, slots=True)
class Number:
    """A number that need not be whole, exact; shown rounded to two decimals."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message with named places and what goes there; with two forms where something is counted.

    Values are texts, integers, :class:`Money`, :class:`Number`, sentences, or tuples of these
    (shown as a list).
    """

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    plural: str | None = None
    number: int = 0

    def text(
        self,
        translate: Callable[[str], str] = str,
        translate_many: Callable[[str, str, int], str] | None = None,
        write: Callable[[Any], str] | None = None,
    ) -> str:
        """Write the sentence: translated by ``translate``, its numbers and money by ``write``."""
        write = write or spanish
        if self.plural is None:
            pattern = translate(self.message)
        elif translate_many is not None:
            pattern = translate_many(self.message, self.plural, self.number)
        else:
            pattern = self.message if self.number == 1 else self.plural

        def written(value: Any) -> str:
            if isinstance(value, Sentence):
                return value.text(translate, translate_many, write)
            if isinstance(value, tuple):
                return "; ".join(map(written, value))
            return write(value)

        return pattern % {name: written(value) for name, value in self.values.items()}

    def __str__(self) -> str:
        return self.text()


def _l(message: str, **values: Any) -> Sentence:
    return Sentence(message, values)


def _ln(message: str, plural: str, number: int, **values: Any) -> Sentence:
    return Sentence(message, {"num": number, **values}, plural, number)


def spanish(value: Any) -> str:
    """Write a number as in Spanish text: 1.234.567, 12,50; texts as they are."""
    if isinstance(value, Money | Number):
        cents = round((value.amount if isinstance(value, Money) else value.value) * 100)
        sign = "-" if cents < 0 else ""
        whole, rest = divmod(abs(cents), 100)
        return f"{sign}{spanish(whole)}" + (f",{rest:02}" if rest else "")
    if isinstance(value, int):
        return f"{value:,}".replace(",", ".")
    return str(value)
