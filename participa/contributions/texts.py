"""What holds for any text that people write: its length, its characters, its first words."""

import hashlib
import re
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core import words
from participa.core.errors import Problem
from participa.core.sanitize import control_characters

EXCERPT_LENGTH = 180

# Within a line, and no address longer than browsers take: what repeats without an end is looked
# through once per character.
_MARKUP = re.compile(
    r"^[ \t]*(?:[-*+]|\d{1,9}\.)[ \t]+|[*_`>#\[\]]|\(https?://[^)\s]{0,2000}\)", re.MULTILINE
)

INVISIBLE = _l(
    "El texto trae caracteres invisibles que no se pueden publicar. Bórrelos y escríbalo de nuevo."
)


def problems(path: str, text: str, minimum: int, maximum: int, *, missing: Any) -> list[Problem]:
    """Return what is wrong with a normalized text; lengths in characters.

    ``missing`` is the sentence for an empty one; a ``minimum`` of 0 lets it be empty.
    """
    if control_characters(text):
        return [Problem(path, INVISIBLE)]
    if not text:
        return [Problem(path, missing)] if minimum else []
    if len(text) < minimum:
        return [
            Problem(
                path,
                _l(
                    "Es muy corto: escriba al menos %(minimum)s caracteres (van %(length)s).",
                    minimum=minimum,
                    length=len(text),
                ),
            )
        ]
    return [Problem(path, too_long(text, maximum))] if len(text) > maximum else []


def too_long(text: str, maximum: int) -> Any:
    """Return the sentence for a text that does not fit."""
    return _l(
        "Son %(length)s caracteres y caben %(maximum)s. Acorte un poco el texto.",
        length=len(text),
        maximum=maximum,
    )


def excerpt(body: str, length: int = EXCERPT_LENGTH) -> str:
    """Return the first words of a Markdown text as plain text, at most ``length`` characters."""
    plain = re.sub(r"\s+", " ", _MARKUP.sub("", body)).strip()
    if len(plain) <= length:
        return plain
    return plain[: length - 1].rsplit(" ", 1)[0] + "…"


def submission_key(submission: str) -> str:
    """Return a form's key as it fits its column: whatever was sent, the same sent twice is one."""
    if re.fullmatch(r"[A-Za-z0-9-]{1,36}", submission):
        return submission
    return hashlib.sha256(submission.encode("utf-8", "surrogatepass")).hexdigest()[:36]


def fingerprint(*texts: str) -> str:
    """Return the SHA-256 of the texts' words, whatever their case, accents and punctuation."""
    return hashlib.sha256(words.normalize(" ".join(texts)).encode()).hexdigest()
