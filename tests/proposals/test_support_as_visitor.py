"""Pressing «Apoyar» before having signed in: people come back to the proposal, and press again."""

import pytest

from participa.accounts.passwords import hashed
from participa.proposals import services
from participa.proposals.services import Draft
from tests import factories

LIST = "/procesos/presupuesto/propuestas"
PASSWORD = "cuatro gatos en la loma"
BODY = "Hace falta un puente peatonal para cruzar la quebrada sin peligro."
AGAIN = "presione otra vez el botón"


@pytest.fixture
def proposal(session, organization):
    process = factories.make_process(session)
    author = factories.make_person(session, "Autora")
    factories.make_person(session, email="rosa@ejemplo.com", password_hash=hashed(PASSWORD))
    made = services.create(
        session,
        factories.actor_of(session, author),
        organization,
        process.components[0],
        Draft("Luces en el sendero", BODY),
        "una",
    )
    session.commit()
    return made


def enter(client, back):
    return client.post(
        "/entrar", data={"login": "rosa@ejemplo.com", "password": PASSWORD, "volver": back}
    )


def test_the_list_leads_back_to_the_proposal_that_was_pressed(client, proposal):
    address = f"{LIST}/{proposal}"
    assert f'name="volver" value="{address}"' in client.get(LIST).text
    asked = client.post(
        f"{address}/apoyo",
        data={"on": "1", "volver": address},
        headers={"Referer": f"http://localhost{LIST}?orden=newest"},
    )
    assert asked.headers["Location"].endswith(f"volver={address.replace('/', '%2F')}")
    door = client.get(asked.headers["Location"]).text
    assert "podrá presionar el botón otra vez" in door
    assert "Guardamos lo que escribió" not in door
    assert enter(client, address).headers["Location"] == address
    page = client.get(address).text
    assert AGAIN in page
    assert "Apoyar" in page
    assert AGAIN not in client.get(address).text


def test_without_a_referrer_nobody_ends_where_only_forms_go(client, proposal):
    address = f"{LIST}/{proposal}"
    assert enter(client, f"{address}/apoyo").headers["Location"] == address
    assert client.get(address).status_code == 200


def test_signing_in_for_something_else_does_not_speak_of_a_button(client, proposal):
    client.post(f"{LIST}/{proposal}/apoyo", data={"on": "1", "volver": f"{LIST}/{proposal}"})
    assert enter(client, "/procesos").headers["Location"] == "/procesos"
    assert AGAIN not in client.get("/procesos").text


def test_the_links_of_an_error_page_lead_to_pages_that_open(client, proposal):
    wrong = client.post("/entrar", data={"login": "rosa@ejemplo.com", "password": "otra"}).text
    assert "/idioma/en?volver=/entrar" in wrong
    lost = client.get(f"{LIST}/{proposal}/apoyo")
    assert lost.status_code == 405
    assert "Ir al inicio" in lost.text
