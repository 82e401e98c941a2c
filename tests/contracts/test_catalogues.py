"""The interface is whole in every language: Spanish in the source, the others in catalogues."""

import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from dev.translations import LOCALES, ROOT, catalogue_path, extract

NAMED = re.compile(r"(?<!%)(?:%%)*%\((\w+)\)([a-z])")
BRACED = re.compile(r"(?<!\{)\{(\w*)\}(?!\})")
TAG = re.compile(r"</?([a-z][a-z0-9]*)\b", re.IGNORECASE)

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("locale", LOCALES)]


@cache
def template() -> Catalog:
    """What the source says today."""
    return extract()


@cache
def catalogue(locale: str) -> Catalog:
    path = catalogue_path(locale)
    assert path.is_file(), (
        f"{path.relative_to(ROOT)} does not exist: run `make translations` and translate it"
    )
    with path.open("rb") as stream:
        return read_po(stream, locale=locale, abort_invalid=True)


def key(message: Message) -> tuple[str | None, str]:
    identifier = message.id if isinstance(message.id, str) else message.id[0]
    return message.context, identifier


def messages(found: Catalog) -> dict[tuple[str | None, str], Message]:
    return {key(message): message for message in found if message.id}


def forms(message: Message) -> list[tuple[str, str, str]]:
    """Pairs of (name of the form, Spanish, translation)."""
    if isinstance(message.id, str):
        return [("", message.id, str(message.string))]
    singular, plural = message.id[0], message.id[1]
    return [
        (f" [{number}]", plural if number else singular, text)
        for number, text in enumerate(message.string)
    ]


def placeholders(text: str) -> set[str]:
    named = {f"%({name}){kind}" for name, kind in NAMED.findall(text)}
    return named | {f"{{{name}}}" for name in BRACED.findall(text)}


def pairs(locale: str) -> Iterator[tuple[Message, str, str, str]]:
    for message in catalogue(locale):
        if message.id:
            for name, source, text in forms(message):
                yield message, name, source, text


def refuse(locale: str, why: str, offenders: list[str]) -> None:
    found = [f"  {one}" for one in sorted(set(offenders))]
    if found:
        heading = f"(translations/{locale}, {len(found)} in all)"
        pytest.fail("\n".join([why, heading, "", *found[:60]]), pytrace=False)


def test_the_source_has_messages(locale):
    assert len(template()) > 0, "nothing was extracted: see [tool.babel] in pyproject.toml"
    assert catalogue(locale).locale.language == locale


def test_every_message_is_in_the_catalogue(locale):
    missing = messages(template()).keys() - messages(catalogue(locale)).keys()
    refuse(
        locale,
        "The source has sentences that the catalogue does not: run `make translations` and"
        " translate them.",
        [identifier for _context, identifier in missing],
    )


def test_the_catalogue_has_nothing_else(locale):
    surplus = messages(catalogue(locale)).keys() - messages(template()).keys()
    obsolete = [key(message) for message in catalogue(locale).obsolete.values()]
    refuse(
        locale,
        "The catalogue has sentences that the source no longer has: run `make translations`.",
        [identifier for _context, identifier in [*surplus, *obsolete]],
    )


def test_every_message_is_translated(locale):
    refuse(
        locale,
        "These sentences would be shown in Spanish: translate them (every plural form).",
        [f"{source}{name}" for _message, name, source, text in pairs(locale) if not text.strip()],
    )


def test_every_plural_form_is_there(locale):
    expected = catalogue(locale).num_plurals
    refuse(
        locale,
        f"This language has {expected} plural forms; these messages have another number.",
        [
            str(message.id[0])
            for message in catalogue(locale)
            if message.id
            and not isinstance(message.id, str)
            and (isinstance(message.string, str) or len(message.string) != expected)
        ],
    )


def test_nothing_is_a_guess(locale):
    refuse(
        locale,
        "A fuzzy entry is a guess and is not shown: read it, correct it and remove the mark.",
        [key(message)[1] for message in catalogue(locale) if message.id and message.fuzzy],
    )


def test_placeholders_are_the_same(locale):
    offenders = []
    for message, name, source, text in pairs(locale):
        given, wanted = placeholders(text), placeholders(source)
        # "Una propuesta" may be "%(num)s proposal": the singular may name what the plural names.
        optional = placeholders(message.id[1]) if name == " [0]" else set()
        if text.strip() and not wanted <= given <= wanted | optional:
            offenders.append(f"{source}{name}: {sorted(wanted)} became {sorted(given)}")
    refuse(locale, "A placeholder that is lost or misspelt breaks the page.", offenders)


def test_formats_are_valid(locale):
    refuse(
        locale,
        "Babel's own checks: formats that Python could not fill.",
        [
            f"{key(message)[1]}: {error}"
            for message, errors in catalogue(locale).check()
            for error in errors
        ],
    )


def test_markup_is_the_same(locale):
    refuse(
        locale,
        "A translation has the tags of the sentence it translates, no more and no fewer.",
        [
            f"{source}{name}"
            for _message, name, source, text in pairs(locale)
            if text.strip() and sorted(TAG.findall(source)) != sorted(TAG.findall(text))
        ],
    )


def test_edges_are_the_same(locale):
    refuse(
        locale,
        "Blanks at the beginning or the end of a sentence glue it to its neighbours: the"
        " translation has the same.",
        [
            repr(source)
            for _message, _name, source, text in pairs(locale)
            if text.strip()
            and (source[:1].isspace(), source[-1:].isspace())
            != (text[:1].isspace(), text[-1:].isspace())
        ],
    )
