"""Words for searching: the same on both databases, whatever the accents and the endings."""

import re
import threading
import unicodedata
from typing import Any

import snowballstemmer
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

VERSION = 1
"""Stored beside what was normalised, so that a change can be applied again."""

LONGEST = 60
"""Characters of a word that are kept: nobody types more, and PostgreSQL refuses 2,047 bytes."""


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


def plain_name(text: str) -> str:
    """Return a name as :func:`plain` does, signs and hyphens being blanks: ``VILLA-ROSA``."""
    return plain(re.sub(r"[\W_]+", " ", text))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


class Words(sa.types.TypeDecorator[str]):
    """The words of a text, as :func:`normalize` gives them, to be searched; they are not read back.

    PostgreSQL keeps each once, sorted (``tsvector``), and indexes them; SQLite keeps the text.
    """

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(TSVECTOR() if _keeps_words(dialect) else sa.Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(word[:LONGEST] for word in value.split())


class _Beginning(sa.types.TypeDecorator[str]):
    """One normalised word, as the question that each database is asked about it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        word = (value or "")[:LONGEST]
        # Of the characters of words, only "_" means something to LIKE, and none to a tsquery.
        return f"{word}:*" if _keeps_words(dialect) else f"% {word.replace('_', '/_')}%"


def _keeps_words(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


class _HasWord(FunctionElement[bool]):
    type = sa.Boolean()
    inherit_cache = True


@compiles(_HasWord)
def _like(element: Any, compiler: Any, **options: Any) -> str:
    column, word = (compiler.process(each, **options) for each in element.clauses)
    return f"' ' || {column} LIKE {word} ESCAPE '/'"


@compiles(_HasWord, "postgresql")
def _match(element: Any, compiler: Any, **options: Any) -> str:
    column, word = (compiler.process(each, **options) for each in element.clauses)
    return f"{column} @@ CAST({word} AS tsquery)"


def has_word(column: Any, name: str) -> sa.ColumnElement[bool]:
    """Return the condition that some word of a column of :class:`Words` begins with a parameter's.

    The value of the parameter ``name`` is one of the words that :func:`normalize` gives. It is
    written out: how rare a word is, and so how best to look for it, is seen only when it is known.
    """
    return _HasWord(column, sa.bindparam(name, type_=_Beginning(), literal_execute=True))
