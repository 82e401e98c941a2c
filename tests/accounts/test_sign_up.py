"""Sign-up, confirmation, sign-in, and coming back with everything that was typed."""

import datetime as dt
import re

import pytest

from participa.accounts.models import Consent, Person
from participa.accounts.passwords import hashed
from participa.core import clock
from participa.core.facts import FactRow
from participa.core.mail import Mail
from tests import factories

PASSWORD = "cuatro gatos en la loma"
TYPED = {
    "name": "Rosa Quintero",
    "email": "Rosa@Ejemplo.com",
    "participation": "y",
}


CHOSEN = {"name": "Rosa Quintero", "password": PASSWORD}


def links(session, recipient=None):
    rows = session.query(Mail).order_by(Mail.id).all()
    texts = [mail.text for mail in rows if recipient in (None, mail.recipient)]
    return [found for text in texts for found in re.findall(r"http://localhost(/\S+)", text)]


def test_from_sign_up_to_sign_in(client, session, organization):
    answer = client.post(
        "/registro", data={**TYPED, "notifications": "y", "volver": "/cuenta/datos"}
    )
    assert (answer.status_code, answer.location) == (303, "/registro/revise-su-correo")
    assert "Rosa@Ejemplo.com" in client.get(answer.location).text
    (link,) = links(session)
    assert link.startswith("/confirmar/")

    page = client.get(link)
    assert page.status_code == 200
    assert 'value="Rosa Quintero"' in page.text
    assert session.query(Person).count() == 0

    answer = client.post(link, data=CHOSEN)
    assert (answer.status_code, answer.location) == (303, "/cuenta/datos")
    person = session.query(Person).one()
    assert (person.email, person.locale) == ("rosa@ejemplo.com", "es")
    assert person.email_confirmed_at is not None
    assert client.get("/cuenta/datos").status_code == 200

    client.post("/salir")
    answer = client.post("/entrar", data={"login": "ROSA@ejemplo.com ", "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.location == "/"


def test_the_first_to_sign_up_with_somebody_else_s_address_gains_nothing(app, client, session):
    """Whoever signed up before the owner of an address, or after, has no way in and left nothing."""
    thief = app.test_client()
    attack = {**TYPED, "name": "Quien sea", "birth_date": "1990-01-01", "notifications": "y"}
    thief.post("/registro", data={**attack, "password": "la clave de otra persona"})
    client.post("/registro", data=TYPED)
    thief.post("/registro", data={**attack, "password": "la clave de otra persona"})
    _first, own, _last = links(session)
    client.post(own, data=CHOSEN)
    person = session.query(Person).one()
    assert (person.name, person.birth_date, person.totp_secret) == ("Rosa Quintero", None, None)
    granted = {row.purpose for row in session.query(Consent).filter_by(granted=True)}
    assert granted == {"participation"}
    for link in links(session):
        assert (
            client.post(link, data={**CHOSEN, "password": "otra clave bien larga"}).status_code
            == 410
        )
    wrong = {"login": "rosa@ejemplo.com", "password": "la clave de otra persona"}
    assert thief.post("/entrar", data=wrong).status_code == 422
    assert thief.get("/cuenta").status_code == 303


def test_an_account_that_an_earlier_version_made_keeps_nothing_unproved(client, session):
    person = factories.make_person(
        session, "Quien sea", email="rosa@ejemplo.com", email_confirmed_at=None,
        password_hash=hashed("la clave de otra persona"), totp_secret="x",
        totp_confirmed_at=clock.now(), birth_date=dt.date(1990, 1, 1),
    )  # fmt: skip
    thief = factories.sign_in(client.application.test_client(), session, person)
    client.post("/registro", data=TYPED)
    (link,) = links(session)
    assert client.post(link, data=CHOSEN).status_code == 303
    session.expire_all()
    assert session.query(Person).one().id == person.id
    assert (person.name, person.birth_date, person.totp_secret) == ("Rosa Quintero", None, None)
    assert thief.get("/cuenta").status_code == 303
    assert client.get("/cuenta").status_code == 200


def test_what_people_allow_is_kept_with_version_time_and_channel(client, session, organization):
    client.post("/registro", data={**TYPED, "statistics": "y"})
    (link,) = links(session)
    assert session.query(Consent).count() == 0
    client.post(link, data=CHOSEN)
    rows = {row.purpose: row for row in session.query(Consent)}
    assert {purpose: row.granted for purpose, row in rows.items()} == {
        "participation": True,
        "notifications": False,
        "statistics": True,
    }
    assert {(row.text_version, row.channel) for row in rows.values()} == {("1", "web")}
    assert all(row.at is not None for row in rows.values())


def test_a_known_address_gets_the_same_answer_and_a_letter(client, session, organization):
    factories.make_person(session, email="rosa@ejemplo.com", name="Rosa de Antes")
    known = client.post("/registro", data=TYPED)
    fresh = client.post("/registro", data={**TYPED, "email": "nadie@ejemplo.com"})
    assert (known.status_code, known.location) == (fresh.status_code, fresh.location)
    to_known = session.query(Mail).filter_by(recipient="rosa@ejemplo.com").one()
    assert "ya tiene una" in to_known.text
    assert "/confirmar/" not in to_known.text
    assert session.query(Person).filter_by(email="rosa@ejemplo.com").one().name == "Rosa de Antes"


def test_signing_in_before_confirming_answers_like_a_wrong_password(client, session, organization):
    client.post("/registro", data=TYPED)
    factories.make_person(
        session, email="otra@ejemplo.com", password_hash=hashed("otra clave larga")
    )
    unconfirmed = client.post("/entrar", data={"login": TYPED["email"], "password": PASSWORD})
    wrong = client.post("/entrar", data={"login": "otra@ejemplo.com", "password": PASSWORD})
    nobody = client.post("/entrar", data={"login": "nadie@ejemplo.com", "password": PASSWORD})
    assert unconfirmed.status_code == wrong.status_code == nobody.status_code == 422
    said = {re.sub(r"value=\"[^\"]*\"", "", page.text) for page in (unconfirmed, wrong, nobody)}
    assert len(said) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "R"}, "Escriba un nombre de 2 a 80"),
        ({"name": "Rosa\u202eanitseT"}, "caracteres invisibles"),
        ({"name": "Rosa\x07"}, "caracteres invisibles"),
        ({"name": "x" * 81}, "hasta 80"),
        ({"email": "rosa"}, "correo completo"),
        ({"email": "rosa@ejemplo.test"}, "son para pruebas"),
        ({"email": "rosa@ejemplo.com\x00"}, "correo completo"),
        ({"participation": ""}, "necesitamos esta autorización"),
        ({"birth_date": "2015-01-01"}, "desde los 14 años"),
        ({"birth_date": "1850-01-01"}, "Revise la fecha"),
        ({"birth_date": "ayer"}, "fecha completa"),
        ({"territory_id": "999999"}, "de la lista"),
    ],
)
def test_bad_input_is_told_beside_the_field_and_nothing_typed_is_lost(
    client, session, organization, change, sentence
):
    typed = {**TYPED, **change}
    if not typed["participation"]:
        del typed["participation"]
    answer = client.post("/registro", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "field-error" in answer.text
    if "email" not in change:
        assert "Rosa@Ejemplo.com" in answer.text
    assert session.query(Person).count() == 0
    assert session.query(Mail).count() == 0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "R"}, "Escriba un nombre de 2 a 80"),
        ({"password": ""}, "Elija una clave"),
        ({"password": "corta"}, "al menos 10"),
        ({"password": "x" * 201}, "como máximo 200"),
        ({"password": "contraseña123"}, "las primeras que alguien"),
        ({"password": "12345678901"}, "las primeras que alguien"),
        ({"password": "rosaquintero1"}, "su nombre ni su correo"),
    ],
)
def test_a_bad_password_uses_no_link_up(client, session, organization, change, sentence):
    client.post("/registro", data=TYPED)
    (link,) = links(session)
    answer = client.post(link, data={**CHOSEN, **change})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert session.query(Person).count() == 0
    assert client.post(link, data=CHOSEN).status_code == 303


def test_fourteen_is_old_enough(client, session, organization):
    answer = client.post("/registro", data={**TYPED, "birth_date": "2010-01-01"})
    assert answer.status_code == 303
    client.post(links(session)[0], data=CHOSEN)
    assert session.query(Person).one().birth_date.year == 2010


def test_the_same_sign_up_twice_makes_one_account(client, session, organization):
    client.post("/registro", data=TYPED)
    client.post("/registro", data=TYPED)
    first, second = links(session)
    assert client.post(first, data=CHOSEN).status_code == 303
    assert client.post(second, data=CHOSEN).status_code == 410
    assert session.query(Person).count() == 1
    assert session.query(FactRow).filter_by(name="accounts.signed_up").count() == 1


def test_another_link_goes_on_with_what_was_typed(client, session, organization):
    client.post("/registro", data={**TYPED, "statistics": "y"})
    client.post("/registro/otro-enlace", data={"email": "ROSA@ejemplo.com"})
    first, second = links(session)
    assert first != second
    assert client.post(second, data=CHOSEN).status_code == 303
    assert session.query(Consent).filter_by(purpose="statistics").one().granted
    assert client.get(first).status_code == 410


def test_facts_hold_no_address_and_no_secret(client, session, organization):
    client.post("/registro", data=TYPED)
    (link,) = links(session)
    client.post(link, data=CHOSEN)
    text = str([(row.name, row.data) for row in session.query(FactRow)])
    assert "accounts.signed_up" in text
    assert "accounts.email_confirmed" in text
    assert "@" not in text
    assert link.rpartition("/")[2] not in text


def test_the_letter_speaks_the_language_of_the_page(client, session, organization):
    client.get("/idioma/en?volver=/registro")
    client.post("/registro", data=TYPED)
    assert session.query(Mail).count() == 1
    client.post(links(session)[0], data=CHOSEN)
    assert session.query(Person).one().locale == "en"
