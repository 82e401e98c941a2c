"""Money as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participa.core.money import MOST, read_money, typed_money


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1200000", 120_000_000),
        ("1.200.000", 120_000_000),
        ("1,200,000", 120_000_000),
        ("1 200 000", 120_000_000),
        ("1\u00a0200\u202f000", 120_000_000),
        ("1'200.000", 120_000_000),
        ("$ 1.200.000", 120_000_000),
        ("COP 1.200.000", 120_000_000),
        ("1.200.000 COP", 120_000_000),
        ("1,200.50", 120_050),
        ("1.200,50", 120_050),
        ("1.200,5", 120_050),
        ("0,05", 5),
        ("850", 85_000),
        ("1.200", 120_000),
        ("1,200", 120_000),
    ],
)
def test_what_people_write_is_read(text, cents):
    assert read_money(text, "COP") == (cents, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "$",
        "mucho",
        "1.20.000",
        "1.2.3",
        "1,200,50",
        "12.3456",
        "-5",
        "−5",
        "1e6",
        "٣٠٠",
        "1.200.000.000.000.000.000",
        "1.200.50",
        "1..200",
        "1,",
        "0x10",
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(text):
    amount, sentence = read_money(text, "COP")
    assert amount is None
    assert str(sentence)


def test_a_currency_without_cents():
    assert read_money("1.200", "CLP") == (1200, None)
    assert read_money("1.200,5", "CLP")[0] is None


@given(st.integers(0, MOST))
def test_what_a_form_shows_is_read_again(amount):
    assert read_money(typed_money(amount, "COP"), "COP") == (amount, None)
