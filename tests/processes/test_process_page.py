"""What the page of a process says to whom, where its components invite to nothing."""

import datetime as dt

import pytest

from participa.core import clock
from tests import factories

OTHERS = "pide requisitos que su cuenta no cumple"
ANYBODY = "Mire abajo dónde puede participar ahora."


@pytest.fixture
def process(session):
    """Only commenting is open, to whoever is 60: no component invites to that."""
    made = factories.make_process(
        session,
        components=[{"key": "propuestas", "type": "proposals"}],
        phases=[
            {
                "key": "ideas",
                "start": clock.now() - dt.timedelta(days=3),
                "end": clock.now() + dt.timedelta(days=3),
                "opens": {"propuestas": {"comment": {"state": "open", "requires": [{"age": 60}]}}},
            }
        ],
    )
    session.commit()
    return made


@pytest.mark.parametrize(
    ("year", "said", "unsaid"), [(2010, OTHERS, ANYBODY), (1950, ANYBODY, OTHERS)]
)
def test_who_meets_what_is_asked_is_not_told_otherwise(
    client, session, process, year, said, unsaid
):
    person = factories.make_person(session, "Vecina", birth_date=dt.date(year, 1, 1))
    factories.sign_in(client, session, person)
    page = client.get(f"/procesos/{process.slug}").text
    assert said in page
    assert unsaid not in page


def test_a_visitor_is_not_told_about_an_account(client, process):
    page = client.get(f"/procesos/{process.slug}").text
    assert ANYBODY in page
    assert OTHERS not in page
