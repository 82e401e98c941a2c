"""The accounts of a demonstration answer in a demonstration only."""

import dataclasses

import pytest

from tests import factories


@pytest.fixture
def demo(app):
    before = app.extensions["participa_config"]
    app.extensions["participa_config"] = dataclasses.replace(before, demo=True)
    yield
    app.extensions["participa_config"] = before


def test_outside_of_a_demonstration_there_is_no_such_page(client, session):
    ana = factories.make_person(session, "Ana", email="ana@demo.participa")
    assert client.post(f"/entrar/demo/{ana.id}").status_code == 404
    assert "/entrar/demo/" not in client.get("/entrar").text


def test_one_button_per_invented_person(client, session, demo):
    ana = factories.make_person(session, "Ana Moderadora", email="ana@demo.participa")
    rosa = factories.make_person(session, "Rosa de Verdad")
    sly = factories.make_person(session, "Sly", email="ana@demo.participa.example.com")
    page = client.get("/entrar?volver=/cuenta/datos").text
    assert "Ana Moderadora" in page
    assert "Rosa de Verdad" not in page
    for person in (rosa, sly):
        assert client.post(f"/entrar/demo/{person.id}").status_code == 404
    answer = client.post(f"/entrar/demo/{ana.id}", data={"volver": "/cuenta/datos"})
    assert (answer.status_code, answer.location) == (303, "/cuenta/datos")
    assert client.get("/cuenta").status_code == 200
