"""YAML is read without trusting it, and written for people."""

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from participa.processes import files


def sentences(text):
    document, _lines, problems = files.load(text)
    return document, [(each.line, str(each.message)) for each in problems]


def test_values_are_what_they_look_like():
    document, lines, problems = files.load(
        """\
date: 2026-03-03
hour: 2026-03-03T08:00
no: no
yes: true
empty:
number: 10
octal: 010
quoted: "10"
list: [1, null, "null"]
long: >-
  a
  b
"""
    )
    assert problems == []
    assert document == {
        "date": "2026-03-03",
        "hour": "2026-03-03T08:00",
        "no": "no",
        "yes": True,
        "empty": None,
        "number": 10,
        "octal": "010",
        "quoted": "10",
        "list": [1, None, "null"],
        "long": "a b",
    }
    assert (lines["date"], lines["list"], lines["list[2]"], lines["long"]) == (1, 9, 9, 10)


def test_a_byte_order_mark_is_no_character():
    assert files.load("\ufeffa: 1")[0] == {"a": 1}
    assert files.load("a: ñandú".encode())[0] == {"a": "ñandú"}


BOMB = "a: &a [x, x, x, x]\n" + "\n".join(f"{n}: &{n} [*a, *a, *a]" for n in "bcdefghi")

REFUSED = [
    ("anchors", BOMB, 1, "anclas"),
    ("anchor on a mapping", "a:\n  b: &x\n    c: 1\n", 2, "anclas"),
    ("alias", "a: 1\nb: *a\n", 2, "referencias"),
    ("merge key", "a: &x {b: 1}\nc:\n  <<: *x\n", 1, "anclas"),
    ("tag that runs code", "a: !!python/object/apply:os.system ['true']", 1, "etiquetas"),
    ("binary", "a: !!binary aGVsbG8=", 1, "etiquetas"),
    ("own tag", "a: 1\nb: !x y", 2, "etiquetas"),
    ("two documents", "a: 1\n---\nb: 2\n", 2, "más de un documento"),
    ("key that is a list", "a: 1\n? [b, c]\n: 2\n", 2, "no un grupo ni una lista"),
    ("tabulator", "a:\n\tb: 1\n", 2, "columna 1: hay un tabulador"),
    ("colon too many", "a: b: c\n", 1, "columna 5: sobran dos puntos"),
    ("no colon", "a: 1\nbcd\nc: 2\n", 3, "dos puntos"),
    ("indentation", "a:\n   b: 1\n  c: 2\n", 3, "sangría"),
    ("bracket", "a: [1, 2\nb: 3\n", 2, "corchete"),
    ("brace", "a: {b: 1\nc: 3\n", 2, "llave"),
    ("quotes", 'a: "b\nc: 3\n', 3, "comillas"),
    ("at sign", "a: @b\n", 1, "entre comillas"),
    ("escape", 'a: "\\q"\n', 1, "no existe"),
    ("invisible character", "a: 1\nb: x\x07\n", 2, "U+0007"),
    ("not UTF-8", b"a: 1\nb: \xff\n", 2, "UTF-8"),
    ("deep", "[" * 21 + "]" * 21, 1, "20 niveles"),
    ("very deep", "[" * 400_000, 1, "niveles"),
    ("deep mappings", "\n".join(f"{' ' * n}a:" for n in range(30)), 21, "niveles"),
    ("many nodes", "- 1\n" * 20_001, 20_000, "20000 valores"),
    ("5 MB", "a: " + "x" * 5_000_000, None, "1 MB"),
    ("5 MB of bytes", b"- 1\n" * 1_250_000, None, "1 MB"),
    ("1 MB in characters of four bytes", "a: " + "😀" * 250_000, None, "1 MB"),
]


@pytest.mark.parametrize(
    ("text", "line", "sentence"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_refused(text, line, sentence):
    document, problems = sentences(text)
    assert document is None
    ((found, message),) = problems
    assert (found, sentence in message) == (line, True), (found, message)


def test_a_repeated_key_is_named_with_both_lines():
    document, problems = sentences("a: 1\nb:\n  c: 1\n  c: {d: 2}\na: [3]\n")
    assert document == {"a": 1, "b": {"c": 1}}
    assert problems == [
        (4, "está repetido: ya aparece en la línea 3"),
        (5, "está repetido: ya aparece en la línea 1"),
    ]


def test_a_key_that_is_no_text():
    document, problems = sentences("1: a\nb: 2\ntrue: {c: 3}\n")
    assert document == {"b": 2}
    assert [line for line, _message in problems] == [1, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "a: " + "x " * 490_000,
        "- {a: [b, c, d]}\n" * 60_000,
        "? " * 490_000,
        "a:\n" * 330_000,
        "'" * 999_000,
        "- " * 490_000,
        "{a: " * 240_000,
        "#" * 999_000,
        "\n" * 999_000,
        '"' + "\\x41" * 240_000 + '"',
        "&" * 999_000,
    ],
    ids=range(11),
)
def test_nothing_of_the_allowed_size_takes_long(text):
    started = time.perf_counter()
    files.load(text)
    assert time.perf_counter() - started < 10


def test_written_for_people():
    document = {
        "slug": "p",
        "title": {"es": "Sí, no: #1", "en": "no"},
        "description": {"es": "Uno\n\n- dos\n- tres"},
        "phases": [
            {
                "key": "ideas",
                "start": "2026-03-03",
                "end": "2026-03-04T08:00",
                "opens": {
                    "propuestas": {
                        "create": {"state": "open", "requires": ["confirmed_email", {"age": 14}]},
                        "support": "open",
                    }
                },
            }
        ],
        "components": [],
    }
    text = files.dump(document)
    assert (
        text
        == """\
slug: p
title:
  es: 'Sí, no: #1'
  en: 'no'
description:
  es: |-
    Uno

    - dos
    - tres
phases:
  - key: ideas
    start: 2026-03-03
    end: 2026-03-04T08:00
    opens:
      propuestas:
        create: {state: open, requires: [confirmed_email, {age: 14}]}
        support: open
components: []
"""
    )
    assert files.load(text)[0] == document


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t :#-'\"|>%@&*!{}[],?"),
    max_size=200,
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | texts,
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(texts, inside, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(documents)
def test_what_is_written_is_read_back(document):
    text = files.dump(document)
    loaded, _lines, problems = files.load(text)
    assert problems == []
    assert loaded == document


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    files.load(text)


def test_the_reader_is_stricter_than_the_library():
    """What the file says is what any other reader of YAML would understand, dates apart."""
    text = "a: {b: [1, true, x, null]}\n"
    assert files.load(text)[0] == yaml.safe_load(text)
