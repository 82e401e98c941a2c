"""What people type is looked through once, however it was made to be slow."""

import signal

import pytest

from participa.contributions import screening, texts
from participa.core import logs, money

LENGTH = 60_000
"""Three times what a form takes: a pattern that looks again from each letter takes minutes."""
SECONDS = 6
"""Of work, whatever else the machine does; a sound pattern takes a fraction of one."""


@pytest.fixture(autouse=True)
def a_bound():
    def stop(*_):
        pytest.fail("looks through the text again and again")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


PARTS = ("a", ".", "1", "1.", "3", "\n", "\t", "a@", "(http://", "cc ", "DETAIL: ")


@pytest.mark.parametrize(
    "look",
    [
        screening.personal_data,
        screening.links,
        texts.excerpt,
        lambda text: logs._hide_addresses(None, "", {"event": text + "@"}),
        lambda text: logs._hide_rows(None, "", {"event": text}),
    ],
    ids=["personal data", "links", "excerpt", "addresses in logs", "rows in logs"],
)
def test_a_text_made_to_be_slow(look):
    for part in PARTS:
        look(f"x{part * (LENGTH // len(part))}@")


def test_an_endless_amount_is_no_amount(app):
    with app.test_request_context():
        assert money.read_money("1" * 5000, "COP")[0] is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("escriba a rosa.perez+agua@correo.com.co.", ["rosa.perez+agua@correo.com.co"]),
        ("x" * 500 + "@correo.com", ["x" * 64 + "@correo.com"]),
        ("a las 3@ la plaza", []),
    ],
)
def test_addresses_are_still_found(text, found):
    assert screening.personal_data(text) == found


def test_excerpts_are_still_plain():
    body = "# Uno\n\n- *dos*\n  1. tres [aquí](https://a.co/b) > cuatro\n"
    assert texts.excerpt(body) == "Uno dos tres aquí > cuatro"


def test_addresses_are_still_hidden_in_logs():
    line = {"event": "x <rosa@a-b.co> y juan+1@c.gov.co."}
    assert logs._hide_addresses(None, "", line)["event"] == "x <•••@•••> y •••@•••."
