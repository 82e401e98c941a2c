"""Words for searching: the same on both databases, whatever the accents and the endings."""

import re
import unicodedata

import snowballstemmer

VERSION = 1
"""Stored beside what was normalised, so that a change can be applied again."""

_stemmer = snowballstemmer.stemmer("spanish")


def normalize(text: str) -> str:
    """Return the words of a text in lower case, stemmed, without accents, separated by blanks."""
    words = re.findall(r"\w+", text.lower())
    return _without_accents(" ".join(_stemmer.stemWords(words)))


def plain(text: str) -> str:
    """Return a name as people may write it: in lower case, without accents, single blanks."""
    return _without_accents(" ".join(text.lower().split()))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
