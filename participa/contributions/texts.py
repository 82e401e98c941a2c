"""What holds for any text that people write: its length, its characters, its first words."""

import datetime as dt
import hashlib
import re
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core import words
from participa.core.errors import Problem
from participa.core.sanitize import control_characters, markdown_to_text

EXCERPT_LENGTH = 180

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
    plain = markdown_to_text(body)
    if len(plain) <= length:
        return plain
    return plain[: length - 1].rsplit(" ", 1)[0] + "…"


WITHOUT_KEY = dt.timedelta(minutes=10)
"""For how long, at least, the same words of the same person are one contribution, where the form
came without its key."""


def submission_keys(submission: str, at: dt.datetime, *words_sent: str) -> tuple[str, ...]:
    """Return the keys by which a form that was sent before is found; the first is to be kept.

    Whatever was sent, the same sent twice is one. A form without a key is known by its words, for
    ten to twenty minutes.
    """
    if re.fullmatch(r"[A-Za-z0-9-]{1,36}", submission):
        return (submission,)
    if submission:
        return (_short(submission),)
    turn = int(at.timestamp() // WITHOUT_KEY.total_seconds())
    return tuple(_short("\x00".join((str(each), *words_sent))) for each in (turn, turn - 1))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:36]


def fingerprint(*texts: str) -> str:
    """Return the SHA-256 of the texts' words, whatever their case, accents and punctuation."""
    return hashlib.sha256(words.normalize(" ".join(texts)).encode()).hexdigest()
