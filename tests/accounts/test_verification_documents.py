"""Document numbers as people and spreadsheets write them: one document, one hash."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from participa.accounts.verification.documents import (
    BadDocument,
    document_hasher,
    normal_number,
    normal_type,
)

NUMBERS = st.from_regex(r"[1-9A-Z][0-9A-Z]{3,17}", fullmatch=True).filter(
    # "1E100" is what a spreadsheet makes of a long number.
    lambda text: not (text.replace("E", "", 1).isdecimal() and "E" in text)
)
SEPARATORS = st.text(alphabet=" .,-_/'\u00a0\u2009\t", max_size=2)


@given(NUMBERS, st.data())
def test_writing_a_number_otherwise_changes_nothing(number, data):
    written = "".join(
        (char.lower() if data.draw(st.booleans()) else char) + data.draw(SEPARATORS)
        for char in number
    )
    assume(len(written) <= 60)
    # "1234.0" is a number that a spreadsheet took for one with decimals.
    assume(not written.strip().endswith((".0", ",0")))
    found = normal_number(written)
    assert found == number
    assert normal_number(found) == found


@given(st.text(max_size=70))
def test_anything_typed_is_a_number_or_a_sentence(text):
    found = refused = None
    try:
        found = normal_number(text)
    except BadDocument as error:
        refused = error
    if refused is not None:
        assert str(refused.sentence)
        assert refused.args == ("number",), "the error quotes nothing of what was typed"
        return
    assert found.isascii()
    assert found.isalnum()
    assert 4 <= len(found) <= 20
    assert normal_number(found) == found


@given(NUMBERS, NUMBERS)
def test_other_numbers_stay_others(one, other):
    assert (normal_number(one) == normal_number(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.032.456.789", "1032456789"),
        ("1032456789.0", "1032456789"),
        ("0012345678", "12345678"),
        ("\uff11\uff12\uff13\uff14\uff15", "12345"),
        ("ab-123 456", "AB123456"),
    ],
)
def test_as_spreadsheets_write_them(text, number):
    assert normal_number(text) == number


@pytest.mark.parametrize("text", ["", "12", "0000000", "1,03E+09", "1.03e9", "Ж12345", "1" * 21])
def test_what_is_no_number(text):
    with pytest.raises(BadDocument) as refused:
        normal_number(text)
    assert refused.value.field == "number"
    assert len(str(refused.value.sentence)) > 20


def test_types():
    assert normal_type(" c.c. ") == "CC"
    assert normal_type("cédula") == "CEDULA"
    for bad in ("", "...", "x" * 11, "身分"):
        with pytest.raises(BadDocument):
            normal_type(bad)


def test_a_hash_is_of_its_city_and_its_key(app):
    with app.app_context():
        here, there = document_hasher(1), document_hasher(2)
        assert here("CC", "1.032.456") == here("c.c.", "1032456") != here("TI", "1032456")
        assert here("CC", "1032456") != there("CC", "1032456")
        first = here("CC", "1032456")
        app.config["SECRET_KEY"], before = "another-" * 5, app.config["SECRET_KEY"]
        try:
            assert document_hasher(1)("CC", "1032456") != first
        finally:
            app.config["SECRET_KEY"] = before
    assert len(first) == 64
