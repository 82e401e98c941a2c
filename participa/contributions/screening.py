"""Automatic checks of a text. They warn its author or call a moderator; they never hide anything.

Pure functions of the words: what depends on other contributions is counted by the service.
"""

import re
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from participa.core.errors import Invalid

REASONS: Mapping[str, object] = {
    "links": _l("trae varios enlaces"),
    "repeated": _l("repite un texto ya enviado"),
    "speed": _l("llegó muy seguido de otros de la misma persona"),
    "personal_data": _l("parece traer datos personales"),
    "first": _l("es de los primeros aportes de esta persona"),
    "everything": _l("en esta fase se revisa todo antes de publicar"),
    "parted": _l("se había unido a otro igual, que su autor retiró"),
}
"""Why an item is in the queue without anybody having flagged it."""


class Warned(Invalid):
    """The author should look again before sending: sent once more with consent, it goes through."""


MOST_QUOTED = 8
"""Findings that a warning names."""
MOST_LINKS = 2
"""Links that a text may carry before it is looked at."""
DOCUMENT_DIGITS = (6, 11)
PHONE_DIGITS = (10, 13)

_link = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
# Every repetition has an end: without one, a long word is looked through once per letter.
_mail = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,190}\w")
_number = r"\+?\d(?:[ .\-]?\d){%d,%d}"
_document = re.compile(
    r"\b(?:c\.?\s?c\.?|t\.?\s?i\.?|c\.?\s?e\.?|c[eé]dula|documento|identificaci[oó]n|pasaporte|dni"
    r"|cpf|rg)\b\D{0,25}?" + _number % (DOCUMENT_DIGITS[0] - 1, DOCUMENT_DIGITS[1] - 1),
    re.IGNORECASE,
)
_phone_word = re.compile(
    r"\b(?:tel[eé]fonos?|tel|cel|celular(?:es)?|m[oó]vil|whatsapp|wsp|ll[aá]me(?:me|nme)?)\b\D{0,20}?"
    + _number % (6, 12),
    re.IGNORECASE,
)
_mobile = re.compile(r"(?<![\d$.,])(?:\+?57[ -]?)?3\d{2}[ -]?\d{3}[ -]?\d{2}[ -]?\d{2}(?![\d.,]\d)")


def links(text: str) -> int:
    """Return how many links a text carries."""
    return len(_link.findall(text))


def personal_data(text: str) -> list[str]:
    """Return what in a text looks like a document or phone number or an address of mail, once each.

    A sum of money is none: numbers count only beside a word that says what they are, or written as
    a Colombian mobile phone is.
    """
    found: list[str] = []
    for pattern in (_mail, _document, _phone_word, _mobile):
        for match in pattern.finditer(text):
            words = match.group().strip()
            if not any(words in each for each in found):
                found.append(words)
            if len(found) == MOST_QUOTED:
                return found
    return found
