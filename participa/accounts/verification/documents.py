"""Document numbers: written in many ways, compared as one, kept as a keyed hash only.

Types are codes that the entity uses in its rolls (``CC``, ``TI``, ``DNI``); those that
:data:`TYPE_LABELS` knows are shown with their names.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.keyed import hasher

TYPE_LABELS: Mapping[str, Any] = {
    "CC": _l("Cédula de ciudadanía"),
    "TI": _l("Tarjeta de identidad"),
    "CE": _l("Cédula de extranjería"),
    "PPT": _l("Permiso por protección temporal"),
    "PA": _l("Pasaporte"),
    "DNI": _l("Documento nacional de identidad"),
}
OTHER_WORDS: Mapping[str, str] = {
    "CEDULA": "CC", "CEDULADECIUDADANIA": "CC", "CEDULACIUDADANIA": "CC", "CCIUDADANIA": "CC",
    "TARJETADEIDENTIDAD": "TI", "TARJETAIDENTIDAD": "TI", "TARJETA": "TI",
    "CEDULADEEXTRANJERIA": "CE", "CEDULAEXTRANJERIA": "CE", "CEXTRANJERIA": "CE",
    "PERMISOPORPROTECCIONTEMPORAL": "PPT", "PERMISODEPROTECCIONTEMPORAL": "PPT",
    "PASAPORTE": "PA", "PAS": "PA",
    "DOCUMENTONACIONALDEIDENTIDAD": "DNI",
}  # fmt: skip
"""Types as people write them in files, without accents, dots and blanks."""
SHORTEST, LONGEST = 4, 20
"""Characters of a number, without dots and blanks."""
LONGEST_TYPE = 10
LONGEST_TYPED = 60

_SEPARATORS = re.compile(r"[\s.,\-_/'`\u00b4\u2019\u00b7]+")
_ROUNDED = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)
_DECIMAL = re.compile(
    r"(\d+|\d{1,3}(?:\.\d{3})+(?=,)|\d{1,3}(?:,\d{3})+(?=\.)|\d{1,3}(?:[ '\u00a0]\d{3})+)"
    r"[.,](\d{1,2})",
    re.ASCII,
)
"""A number as spreadsheets show it, with one or two decimals: they are none of the document's."""

BAD_NUMBER = _l("Escriba el número como está en el documento: de 4 a 20 letras y cifras.")
ROUNDED = _l("La hoja de cálculo recortó este número: dé formato de texto a la columna.")
HAS_DECIMALS = _l("Este número tiene decimales: dé formato de texto a la columna.")
BAD_TYPE = _l("Escriba el tipo de documento con sus letras, por ejemplo CC.")


class BadDocument(ValueError):
    """A type or number that no document has. Carries the sentence, never the number."""

    def __init__(self, sentence: Any, field: str) -> None:
        self.field = field
        self.sentence = sentence
        super().__init__(field)


def normal_type(text: str) -> str:
    """Return a type of document in capital letters without dots. Raises :class:`BadDocument`."""
    bare = _bare(text)
    if not bare or len(bare) > LONGEST_TYPE or not bare.isascii():
        raise BadDocument(BAD_TYPE, "type")
    return bare


def recognised_type(text: str, own: Collection[str]) -> str | None:
    """Return the type that a file means: one of the roll's ``own``, or a known one in any words.

    ``None``: whoever loads the file must say it. Raises :class:`BadDocument` for no type at all.
    """
    bare = _bare(text)
    if not bare:
        raise BadDocument(BAD_TYPE, "type")
    if bare in own or bare in TYPE_LABELS:
        return bare
    return OTHER_WORDS.get(bare)


def normal_number(text: str) -> str:
    """Return a number without dots, blanks, hyphens and leading zeros, its letters in capitals.

    Raises :class:`BadDocument`, also for what a spreadsheet rounded (``1,03E+09``).
    """
    if len(text) > LONGEST_TYPED:
        raise BadDocument(BAD_NUMBER, "number")
    text = unicodedata.normalize("NFKC", text).strip()
    if _ROUNDED.fullmatch(text):
        raise BadDocument(ROUNDED, "number")
    decimal = _DECIMAL.fullmatch(text)
    if decimal and decimal[2].strip("0"):
        raise BadDocument(HAS_DECIMALS, "number")
    bare = _bare(decimal[1] if decimal else text)
    if bare.isdecimal():
        bare = bare.lstrip("0")
    if not SHORTEST <= len(bare) <= LONGEST or not (bare.isascii() and bare.isalnum()):
        raise BadDocument(BAD_NUMBER, "number")
    return bare


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.upper())
    letters = "".join(char for char in folded if not unicodedata.combining(char))
    return _SEPARATORS.sub("", letters)


def document_hasher(organization_id: int) -> Callable[[str, str], str]:
    """Return a function from a type and a number, as typed, to what rolls keep of them.

    It raises :class:`BadDocument`.
    """
    keyed = hasher("roll", organization_id)
    return lambda kind, number: keyed(f"{normal_type(kind)}:{normal_number(number)}")


def type_label(kind: str) -> str:
    """Return a type of document in words, or its code."""
    label = TYPE_LABELS.get(kind)
    return f"{label} ({kind})" if label is not None else kind
