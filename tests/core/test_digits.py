"""Whole numbers from what anybody sends: never an error, never more than a database keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participa.core.digits import MOST, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("7", 7), (" 42 ", 42), ("007", 7), (12, 12), (str(MOST), MOST)],
)
def test_what_is_a_number(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", None, "x", "-1", "+1", "1.0", "1,0", "1_000", "0x1f", "1e3", "1 2", "1\n2"),
        *("٣", "３", "²", "Ⅳ", "1٣", str(MOST + 1), "9" * 4300, "9" * 4301, "0" * 100_000),
    ],
)
def test_what_is_none(text):
    assert whole_number(text) is None


def test_the_most_can_be_told():
    assert [whole_number(text, 500) for text in ("500", "501", "5000", "0500")] == [500] + [
        None
    ] * 3


@given(st.one_of(st.text(), st.text("0123456789٣²", min_size=1), st.integers()))
def test_whatever_comes_a_number_or_nothing_comes_back(text):
    number = whole_number(text)
    assert number is None or 0 <= number <= MOST
