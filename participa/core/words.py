"""Words for searching: the same on both databases, whatever the accents and the endings."""

import re
import threading
import unicodedata

import snowballstemmer

VERSION = 1
"""Stored beside what was normalised, so that a change can be applied again."""


class _Stemmers(threading.local):
    """A stemmer works in its own fields: two threads on one cut each other's words."""

    def __init__(self) -> None:
        self.spanish = snowballstemmer.stemmer("spanish")


_stemmers = _Stemmers()


def normalize(text: str) -> str:
    """Return the words of a text in lower case, stemmed, without accents, separated by blanks."""
    words = re.findall(r"\w+", text.lower())
    return _without_accents(" ".join(_stemmers.spanish.stemWords(words)))


def plain(text: str) -> str:
    """Return a name as people may write it: in lower case, without accents, single blanks."""
    return _without_accents(" ".join(text.lower().split()))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
