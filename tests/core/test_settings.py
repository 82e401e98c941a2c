"""Declared settings: every kind, errors by path, and what is dumped is read again."""

import datetime as dt
from dataclasses import dataclass, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participa.core.i18n import SUPPORTED_LOCALES, Localized
from participa.core.settings import declared, dump, is_optional, kind_of, parse, setting


@dataclass(frozen=True)
class Everything:
    """One setting of each kind."""

    on: bool = setting(False, label="On", help="…")
    count: int = setting(3, label="Count", help="…", minimum=0, maximum=10)
    free: int = setting(0, label="Free", help="…")
    title: str = setting("", label="Title", help="…", maximum=20)
    words: Localized = setting(Localized(), label="Words", help="…", maximum=30)
    order: str = setting("a", label="Order", help="…", choices={"a": "A", "b": "B"})
    several: tuple[str, ...] = setting((), label="Several", help="…", choices={"x": "X", "y": "Y"})
    day: dt.date | None = setting(None, label="Day", help="…")
    limit: int | None = setting(None, label="Limit", help="…", minimum=1)
    undeclared: int = 9


def test_kinds_in_the_order_they_are_written():
    assert [(each.name, kind_of(each)) for each in declared(Everything)] == [
        ("on", "bool"),
        ("count", "int"),
        ("free", "int"),
        ("title", "text"),
        ("words", "localized"),
        ("order", "choice"),
        ("several", "choices"),
        ("day", "date"),
        ("limit", "int"),
    ]
    assert [each.name for each in declared(Everything) if is_optional(each)] == ["day", "limit"]
    assert declared(type(None)) == ()


def test_nothing_said_is_the_defaults_and_defaults_are_not_dumped():
    assert parse(Everything, None) == (Everything(), [])
    assert parse(Everything, {}) == (Everything(), [])
    assert dump(Everything()) == {}


_text = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf")), max_size=20)
_localized = st.dictionaries(
    st.sampled_from(sorted(SUPPORTED_LOCALES)), _text.filter(bool), max_size=3
).map(Localized)


@given(
    st.builds(
        Everything,
        on=st.booleans(),
        count=st.integers(0, 10),
        free=st.integers(),
        title=_text,
        words=_localized,
        order=st.sampled_from("ab"),
        several=st.lists(st.sampled_from("xy")).map(tuple),
        day=st.none() | st.dates(),
        limit=st.none() | st.integers(1),
    )
)
def test_what_is_dumped_is_read_again(instance):
    plain = dump(instance)
    assert set(plain) <= {each.name for each in fields(Everything)} - {"undeclared"}
    again, problems = parse(Everything, plain)
    assert problems == []
    assert again == instance


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("on", 1),
        ("on", "true"),
        ("on", None),
        ("on", []),
        ("count", -1),
        ("count", 11),
        ("count", "3"),
        ("count", 3.0),
        ("count", True),
        ("count", None),
        ("title", 3),
        ("title", "x" * 21),
        ("title", "a\x00b"),
        ("title", "\u202eabc"),
        ("words", 3),
        ("words", {"fr": "x"}),
        ("words", {"es": 3}),
        ("words", {"es": "x" * 31}),
        ("words", {"es": "\x1b[2J"}),
        ("words", ["es"]),
        ("order", "c"),
        ("order", 1),
        ("order", ["a"]),
        ("order", {}),
        ("several", "x"),
        ("several", ["z"]),
        ("several", [["x"]]),
        ("several", 3),
        ("day", "3/3/2026"),
        ("day", "2026-02-30"),
        ("day", 20260303),
        ("day", ""),
        ("limit", 0),
        ("limit", "1"),
        ("unknown", 1),
        ("undeclared", 1),
    ],
)
def test_what_is_wrong_says_where_and_leaves_the_default(name, value):
    instance, problems = parse(Everything, {name: value, "free": 4}, "components[2].settings")
    assert [each.path for each in problems] == [f"components[2].settings.{name}"]
    assert str(problems[0].message)
    assert instance == Everything(free=4)


@pytest.mark.parametrize("data", [3, "x", [], ["on"]])
def test_what_is_no_mapping_is_one_problem(data):
    instance, problems = parse(Everything, data, "here")
    assert instance == Everything()
    assert [each.path for each in problems] == ["here"]


@given(
    st.dictionaries(
        st.sampled_from([each.name for each in fields(Everything)]) | st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
            max_leaves=5,
        ),
        max_size=6,
    )
)
def test_whatever_is_said_never_crashes(data):
    instance, problems = parse(Everything, data)
    assert isinstance(instance, Everything)
    assert {each.path for each in problems} <= set(data)
    for each in problems:
        str(each)


def test_a_plain_text_is_spanish():
    instance, problems = parse(Everything, {"words": "Hola"})
    assert problems == []
    assert dict(instance.words) == {"es": "Hola"}
