"""Money as people write it: "$ 1.200.000", "1,200.50", "1 200 000,5"."""

import re
from typing import Any

from babel import numbers as babel_numbers
from flask_babel import lazy_gettext as _l

from participa.core.i18n import format_money, reading_currency

MOST = 10**15
"""Minor units: more fits in the column, and in no public budget."""
LONGEST = 40
"""Characters of an amount."""
_BLANKS = "\u00a0\u202f\u2009 '’_"  # noqa: RUF001  (the apostrophes that people type)
_GROUPS = r"(\d{%s}(?:([.,])\d{3})(?:\2\d{3})*|\d+)(?:([.,])(\d+))?"
_SHAPE = re.compile(_GROUPS % "1,3")
_MIXED = re.compile(_GROUPS % "1,")
"""After blanks or apostrophes were taken out: 1'200.000 is one million two hundred thousand."""


def read_money(text: str, currency: str | None = None) -> tuple[int | None, Any]:
    """Read an amount typed by a person: ``(minor units, None)`` or ``(None, sentence)``.

    Dots and commas are read by what they can only mean: groups of three digits are thousands,
    whatever the language; one or two digits at the end are cents.
    """
    code = currency or reading_currency()
    bare = text.strip()
    for sign in (code, babel_numbers.get_currency_symbol(code), "$", "€"):
        bare = bare.removeprefix(sign).removesuffix(sign).strip()
    typed, bare = bare, bare.translate(dict.fromkeys(map(ord, _BLANKS)))
    if not bare:
        return None, _l("Escriba cuánto es.")
    if bare.startswith(("-", "\u2212")):
        return None, _l("El valor no puede ser negativo.")
    digits = babel_numbers.get_currency_precision(code)
    found = (_SHAPE if bare == typed else _MIXED).fullmatch(bare)
    if found is None or not bare.isascii() or len(bare) > LONGEST:
        return None, _unclear()
    whole, group, decimal, cents = found.groups()
    if decimal is not None and decimal == group:
        return None, _unclear()
    if cents is not None and len(cents) > digits:
        return None, (
            _l("Sobran decimales: esta moneda tiene %(digits)s.", digits=digits)
            if digits
            else _l("Escriba el valor sin decimales.")
        )
    amount = int(re.sub(r"\D", "", whole) + (cents or "").ljust(digits, "0"))
    if amount > MOST:
        return None, _l("Es demasiado: el máximo es %(most)s.", most=format_money(MOST, code))
    return amount, None


def _unclear() -> Any:
    return _l("No entendimos el valor. Escríbalo así: 1.200.000 o 1200000,50.")


def in_units(minor_units: int, currency: str) -> str:
    """Return an amount as files write it: digits, and a point before cents if any."""
    digits = babel_numbers.get_currency_precision(currency)
    whole, cents = divmod(minor_units, 10**digits)
    return f"{whole}.{cents:0{digits}d}" if cents else str(whole)


def typed_money(minor_units: int, currency: str | None = None) -> str:
    """Return an amount as a form shows it again: digits, and a comma before cents if any."""
    digits = babel_numbers.get_currency_precision(currency or reading_currency())
    whole, cents = divmod(minor_units, 10**digits)
    grouped = f"{whole:,}".replace(",", ".")
    return f"{grouped},{cents:0{digits}d}" if cents else grouped
