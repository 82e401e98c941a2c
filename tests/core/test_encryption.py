"""Encryption at rest: what is opened is what was closed, and nothing else opens it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participa.core.encryption import DecryptionError, decrypt, encrypt

KEY = "a key of the installation, long enough"


@given(st.text(max_size=200), st.text(max_size=20))
def test_what_is_opened_is_what_was_closed(text, context):
    assert decrypt("use", KEY, encrypt("use", KEY, text, context), context) == text


@pytest.mark.parametrize(
    ("label", "key", "context"),
    [("another use", KEY, 1), ("use", KEY + "x", 1), ("use", KEY, 2), ("use", KEY, "")],
)
def test_another_use_key_or_row_does_not_open_it(label, key, context):
    with pytest.raises(DecryptionError):
        decrypt(label, key, encrypt("use", KEY, "secret", 1), context)


@pytest.mark.parametrize("change", [-1, -20, 5])
def test_an_altered_text_does_not_open(change):
    text = encrypt("use", KEY, "a secret of some length")
    other = "A" if text[change] != "A" else "B"
    with pytest.raises(DecryptionError):
        decrypt("use", KEY, text[:change] + other + text[change:][1:])


@pytest.mark.parametrize(
    "text", ["", "v1.", "v1.AAAA", "JBSWY3DPEHPK3PXP", "v1.ñ", "v1.A", "v1.A*=="]
)
def test_what_was_never_encrypted_does_not_open(text):
    with pytest.raises(DecryptionError):
        decrypt("use", KEY, text)


def test_two_of_the_same_differ():
    assert encrypt("use", KEY, "secret") != encrypt("use", KEY, "secret")
