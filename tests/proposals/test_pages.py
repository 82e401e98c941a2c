"""Proposals as a citizen meets them, without script."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
import time_machine

from participa.contributions import texts
from participa.core import clock
from participa.proposals import services
from participa.proposals.models import Proposal
from participa.proposals.services import Draft
from tests import factories

LIST = "/procesos/presupuesto/propuestas"
BODY = "Hace falta un puente peatonal para cruzar la quebrada sin peligro."


@pytest.fixture
def process(session):
    return factories.make_process(session)


@pytest.fixture
def person(session):
    return factories.make_person(session)


@pytest.fixture
def proposal(session, organization, process):
    author = factories.make_person(session, "Autora")
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


def submission(page):
    return re.search(r'name="submission"[^>]*value="([^"]+)"', page).group(1)


def test_an_empty_list_invites(client, process):
    page = client.get(LIST).text
    assert "La primera puede ser la suya." in page
    assert f"{LIST}/nueva" in page


def test_writing_reading_correcting_and_withdrawing(client, session, person, process):
    factories.sign_in(client, session, person)
    form = client.get(f"{LIST}/nueva").text
    answer = client.post(
        f"{LIST}/nueva",
        data={"title": "Puente peatonal", "body": BODY, "submission": submission(form)},
    )
    assert answer.status_code == 303
    own = answer.headers["Location"]
    assert "Puente peatonal" in client.get(own).text
    assert "Su propio apoyo no se suma" in client.get(own).text
    client.post(f"{own}/corregir", data={"title": "Puente de madera", "body": BODY})
    assert "Puente de madera" in client.get(own).text
    assert "Quienes la apoyaron recuperan su apoyo" in client.get(f"{own}/retirar").text
    typed = client.post(f"{own}/retirar", data={"reason": "Porque <b>fulano</b> es un ladrón"})
    assert typed.status_code == 422
    assert "Elija una de las razones de la lista." in typed.text
    assert "fulano" not in typed.text
    client.post(f"{own}/retirar", data={"reason": "done"})
    gone = client.get(own)
    assert gone.status_code == 410
    assert "Motivo: Lo que pedía ya se hizo" in gone.text
    assert "Puente de madera" not in gone.text
    assert "Puente de madera" not in client.get(LIST).text


def test_words_of_a_withdrawal_that_nobody_could_flag_are_not_shown(
    client, session, process, proposal
):
    """From before reasons were chosen from a list."""
    session.execute(
        sa.update(Proposal)
        .where(Proposal.id == proposal)
        .values(status="withdrawn", withdrawal_reason="Porque fulano es un ladrón")
    )
    session.commit()
    gone = client.get(f"{LIST}/{proposal}")
    assert gone.status_code == 410
    assert "fulano" not in gone.text
    assert "Motivo" not in gone.text


def test_a_wrong_form_says_why_beside_the_field_and_keeps_what_was_typed(
    client, session, person, process
):
    factories.sign_in(client, session, person)
    answer = client.post(
        f"{LIST}/nueva", data={"title": "Ay", "body": "Un texto que ya escribí, largo"}
    )
    assert answer.status_code == 422
    assert "al menos 5 caracteres" in answer.text
    assert "Un texto que ya escribí, largo" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_replayed_form_makes_one_proposal(client, session, person, process):
    factories.sign_in(client, session, person)
    data = {"title": "Puente peatonal", "body": BODY, "submission": "la-misma"}
    first = client.post(f"{LIST}/nueva", data=data)
    again = client.post(f"{LIST}/nueva", data=data)
    assert first.headers["Location"] == again.headers["Location"]


def test_without_its_key_a_form_is_known_by_its_words(client, session, person, process):
    """Within minutes; other words, or the same ones later, are another proposal."""
    factories.sign_in(client, session, person)

    def send(title="Puente peatonal", **more):
        answer = client.post(f"{LIST}/nueva", data={"title": title, "body": BODY, **more})
        assert answer.status_code == 303
        return answer.headers["Location"]

    with time_machine.travel(clock.now(), tick=False) as now:
        first = send()
        assert send() == first
        now.shift(texts.WITHOUT_KEY)
        assert send() == first
        assert send("Otro puente", submission="") != first
        now.shift(2 * texts.WITHOUT_KEY)
        assert send() != first


def test_what_a_visitor_typed_survives_signing_in(client, app, session, person, process):
    typed = {"title": "Puente que escribí antes", "body": BODY, "submission": "antes"}
    answer = client.post(f"{LIST}/nueva", data=typed)
    assert answer.status_code == 303
    assert "/entrar" in answer.headers["Location"]
    factories.sign_in(client, session, person)
    assert "Puente que escribí antes" in client.get(f"{LIST}/nueva").text


def test_supporting_without_script(client, session, person, process, proposal):
    factories.sign_in(client, session, person)
    address = f"{LIST}/{proposal}"
    assert client.post(f"{address}/apoyo", data={"on": "1"}).headers["Location"] == address
    assert "Usted apoya" in client.get(address).text
    assert client.post(f"{address}/apoyo", data={"on": "1"}).status_code == 303
    client.post(f"{address}/apoyo", data={"on": "0"})
    assert "Usted apoya" not in client.get(address).text


def test_supporting_with_script_answers_the_button_alone(
    client, session, person, process, proposal
):
    factories.sign_in(client, session, person)
    answer = client.post(
        f"{LIST}/{proposal}/apoyo",
        data={"on": "1"},
        headers={"HX-Request": "true", "HX-Target": f"apoyo-{proposal}"},
    )
    assert answer.status_code == 200
    assert f'id="apoyo-{proposal}"' in answer.text
    assert "<html" not in answer.text


def test_a_target_from_the_address_bar_is_harmless(client, session, person, process, proposal):
    factories.sign_in(client, session, person)
    answer = client.post(
        f"{LIST}/{proposal}/apoyo",
        data={"on": "1"},
        headers={"HX-Request": "true", "HX-Target": '"><script>alert(1)</script>'},
    )
    assert "<script>" not in answer.text


@pytest.mark.parametrize("rule", ["open_hidden"])
def test_hidden_supports_are_nowhere(client, session, organization, rule):
    now = clock.now()

    process = factories.make_process(
        session,
        phases=[
            {
                "key": "ideas",
                "start": now - dt.timedelta(days=1),
                "end": now + dt.timedelta(days=1),
                "opens": {"propuestas": {"create": "open", "support": rule}},
            }
        ],
    )
    author = factories.make_person(session, "Autora")
    made = services.create(
        session,
        factories.actor_of(session, author),
        organization,
        process.components[0],
        Draft("Luces en el sendero", BODY),
        "una",
    )
    for _ in range(7):
        friend = factories.make_person(session, "Amiga")
        services.support(session, factories.actor_of(session, friend), process.components[0], made)
    session.commit()
    for address in (
        LIST,
        f"{LIST}/{made}",
        f"{LIST}?orden=most_supported",
        "/procesos/presupuesto",
        "/procesos/presupuesto/actividad",
    ):
        page = client.get(address).text
        assert not re.search(r"\b7\s*<small>", page)
        assert 'value="most_supported"' not in page
    assert "Los apoyos se sabrán al cierre" in client.get(LIST).text


def test_malformed_cursors_and_filters_show_the_list(client, process, proposal):
    for query in (
        "desde=bnVsbA",
        "desde=zzz",
        "orden=x",
        "territorio=nada",
        "tema=%27",
        "semilla=-1",
        "semilla=99999999999999999999",
        "q=" + "a" * 5000,
    ):
        assert client.get(f"{LIST}?{query}").status_code == 200


def test_my_data_hold_my_proposals(client, session, organization, process, person):
    services.create(
        session,
        factories.actor_of(session, person),
        organization,
        process.components[0],
        Draft("Mi propuesta propia", BODY),
        "mia",
    )
    factories.sign_in(client, session, person)
    assert "Mi propuesta propia" in client.get("/cuenta/mis-datos").text
