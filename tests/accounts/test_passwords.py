"""Forgotten passwords, links that are over, and first access with a code on paper."""

import datetime as dt
import re

import pytest
import time_machine

from participa.accounts import passwords
from participa.accounts.models import OneTimeCode, Person, UserSession
from participa.accounts.passwords import hashed
from participa.accounts.services import registration
from participa.core import clock
from participa.core.mail import Mail
from participa.core.policy import Role
from tests import factories
from tests.statements import recorded

OLD = "cuatro gatos en la loma"
NEW = "cinco perros en el valle"
HASH = hashed(OLD)


@pytest.fixture
def rosa(session):
    return factories.make_person(session, email="rosa@ejemplo.com", password_hash=HASH)


def last_link(session):
    text = session.query(Mail).order_by(Mail.id.desc()).first().text
    return re.search(r"http://localhost(/clave/nueva/\S+|/cuenta/correo/\S+|/confirmar/\S+)", text)[
        1
    ]


def enter(client, password, login="rosa@ejemplo.com"):
    return client.post("/entrar", data={"login": login, "password": password})


def test_a_forgotten_password_is_replaced_and_every_session_closes(app, client, session, rosa):
    phone = factories.sign_in(app.test_client(), session, rosa)
    assert client.post("/clave/olvidada", data={"email": "Rosa@ejemplo.com"}).status_code == 303
    link = last_link(session)
    assert client.get(link).status_code == 200
    weak = client.post(link, data={"password": "corta"})
    assert (weak.status_code, "al menos 10" in weak.text) == (422, True)
    answer = client.post(link, data={"password": NEW})
    assert (answer.status_code, answer.location) == (303, "/entrar?volver=/")
    assert phone.get("/cuenta").status_code == 303
    assert enter(client, OLD).status_code == 422
    assert enter(client, NEW).status_code == 303
    assert any("Su clave cambió" in letter.subject for letter in session.query(Mail))


def test_a_link_works_once_and_says_what_to_do(client, session, rosa):
    client.post("/clave/olvidada", data={"email": "rosa@ejemplo.com"})
    link = last_link(session)
    client.post(link, data={"password": NEW})
    for answer in (client.get(link), client.post(link, data={"password": NEW + "!"})):
        assert answer.status_code == 410
        assert "ya se usó" in answer.text
        assert 'href="/clave/olvidada"' in answer.text


def test_a_link_expires(client, session, rosa):
    with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as travel:
        client.post("/clave/olvidada", data={"email": "rosa@ejemplo.com"})
        link = last_link(session)
        travel.shift(dt.timedelta(hours=2))
        answer = client.get(link)
        assert answer.status_code == 410
        assert "ya venció" in answer.text


@pytest.mark.parametrize("place", ["/confirmar/", "/clave/nueva/", "/cuenta/correo/confirmar/"])
def test_an_invented_link_is_gone_too(client, organization, place):
    assert client.get(place + "x" * 43).status_code == 410
    assert client.get(place + "¡hola!").status_code == 404


def test_asking_answers_the_same_for_everybody(client, session, rosa):
    pages = []
    for address in ("rosa@ejemplo.com", "nadie@ejemplo.com"):
        answer = client.post("/clave/olvidada", data={"email": address})
        page = client.get(answer.location).text.replace(address, "X")
        pages.append((answer.status_code, answer.location, page))
    assert pages[0] == pages[1]
    assert session.query(Mail).filter_by(recipient="").one().due_at is None
    assert session.query(Mail).filter(Mail.due_at.is_not(None)).one().recipient == rosa.email


@pytest.mark.parametrize(
    ("place", "typed"),
    [
        ("/clave/olvidada", {}),
        ("/registro", {"name": "Rosa", "participation": "y"}),
        ("/registro/otro-enlace", {}),
    ],
)
def test_every_address_costs_the_same_work(client, session, rosa, place, typed):
    """Counted, not timed: as many statements, one letter written, one wake-up of the worker."""
    counts = []
    for address in ("rosa@ejemplo.com", "nadie@ejemplo.com"):
        before = session.query(Mail).count()
        with recorded() as statements:
            client.post(place, data={"email": address, **typed})
        counts.append((len(statements), session.query(Mail).count() - before))
    assert counts[0][1] == counts[1][1] == 1
    assert abs(counts[0][0] - counts[1][0]) <= 1


def test_whoever_asks_on_and_on_for_somebody_keeps_nobody_from_a_link(app, client, session, rosa):
    with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as travel:
        stranger = app.test_client()
        for _time in range(20):
            asked = stranger.post("/clave/olvidada", data={"email": "rosa@ejemplo.com"})
            assert asked.status_code == 303
        sent = session.query(Mail).filter_by(recipient=rosa.email)
        assert sent.count() == 1  # it works: another so soon would only flood
        assert client.post("/clave/olvidada", data={"email": rosa.email}).status_code == 303
        travel.shift(dt.timedelta(minutes=5))
        client.post("/clave/olvidada", data={"email": rosa.email})
        assert sent.count() == 2
        first, second = (
            re.search(r"(/clave/nueva/\S+)", letter.text)[1] for letter in sent.order_by(Mail.id)
        )
        assert client.post(first, data={"password": NEW}).status_code == 303
        # Once used there is none left: whoever asks gets one at once.
        client.post("/clave/olvidada", data={"email": rosa.email})
        assert client.get(second).status_code == 410
        assert client.get(last_link(session)).status_code == 200


def test_sign_ups_by_others_keep_nobody_from_one(app, client, session, organization):
    typed = {"name": "Rosa", "email": "rosa@ejemplo.com", "participation": "y"}
    for _time in range(5):
        last = client.post("/registro", data=typed, environ_base={"REMOTE_ADDR": "203.0.113.7"})
    assert last.status_code == 429
    own = {"REMOTE_ADDR": "198.51.100.7"}
    assert client.post("/registro", data=typed, environ_base=own).status_code == 303
    assert client.post("/registro/otro-enlace", data=typed, environ_base=own).status_code == 303


def test_a_reset_of_an_address_that_waits_sends_its_link(client, session, organization):
    typed = {"name": "Rosa", "email": "rosa@ejemplo.com", "participation": "y"}
    client.post("/registro", data=typed)
    client.post("/clave/olvidada", data={"email": "rosa@ejemplo.com"})
    link = last_link(session)
    assert link.startswith("/confirmar/")
    assert client.post(link, data={"name": "Rosa", "password": NEW}).status_code == 303


def test_a_reset_takes_an_unproved_account_from_whoever_made_it(app, client, session):
    """Those of an earlier version: no name, no session and no second step are left."""
    person = factories.make_person(
        session, "Quien sea", email="rosa@ejemplo.com", email_confirmed_at=None,
        password_hash=HASH, totp_secret="x", totp_confirmed_at=clock.now(),
    )  # fmt: skip
    thief = factories.sign_in(app.test_client(), session, person)
    client.post("/clave/olvidada", data={"email": "rosa@ejemplo.com"})
    client.post(last_link(session), data={"password": NEW})
    assert thief.get("/cuenta").status_code == 303
    assert enter(client, OLD).status_code == 422
    assert enter(client, NEW).location == "/"
    session.expire_all()
    assert (person.totp_secret, "Quien" in person.name) == (None, False)


def test_changing_the_password_closes_the_other_sessions(app, client, session, rosa):
    phone = factories.sign_in(app.test_client(), session, rosa)
    factories.sign_in(client, session, rosa)
    wrong = client.post("/cuenta/clave", data={"current": "x", "password": "corta"})
    assert wrong.status_code == 422
    assert "no es su clave actual" in wrong.text
    assert "al menos 10" in wrong.text
    assert client.post("/cuenta/clave", data={"current": OLD, "password": NEW}).status_code == 303
    assert client.get("/cuenta").status_code == 200
    assert phone.get("/cuenta").status_code == 303


def test_another_address_counts_once_it_is_proved(client, session, rosa):
    factories.sign_in(client, session, rosa)
    client.post("/cuenta/correo", data={"email": "Nueva@ejemplo.com", "password": OLD})
    told = {mail.recipient for mail in session.query(Mail)}
    assert told == {"nueva@ejemplo.com", "rosa@ejemplo.com"}
    session.expire_all()
    assert rosa.email == "rosa@ejemplo.com"
    assert "nueva@ejemplo.com" in client.get("/cuenta/correo").text
    mail = session.query(Mail).filter_by(recipient="nueva@ejemplo.com").one()
    link = re.search(r"http://localhost(/cuenta/correo/\S+)", mail.text)[1]
    assert client.get(link).status_code == 200
    session.expire_all()
    assert rosa.email == "rosa@ejemplo.com"
    assert client.post(link).status_code == 303
    session.expire_all()
    assert (rosa.email, rosa.new_email) == ("nueva@ejemplo.com", None)
    assert client.post(link).status_code == 410


def test_an_address_in_use_answers_the_same_and_changes_nothing(client, session, rosa):
    factories.make_person(session, email="otra@ejemplo.com")
    factories.sign_in(client, session, rosa)
    answer = client.post("/cuenta/correo", data={"email": "otra@ejemplo.com", "password": OLD})
    assert answer.status_code == 303
    letter = session.query(Mail).filter_by(recipient="otra@ejemplo.com").one()
    assert "/cuenta/correo/confirmar/" not in letter.text


def test_an_address_taken_meanwhile_is_gone(client, session, rosa):
    factories.sign_in(client, session, rosa)
    client.post("/cuenta/correo", data={"email": "nueva@ejemplo.com", "password": OLD})
    mail = session.query(Mail).filter_by(recipient="nueva@ejemplo.com").one()
    link = re.search(r"http://localhost(/cuenta/correo/\S+)", mail.text)[1]
    factories.make_person(session, email="nueva@ejemplo.com")
    assert client.post(link).status_code == 410
    session.expire_all()
    assert rosa.email == "rosa@ejemplo.com"


def test_the_confirmation_is_sent_again(client, session, rosa):
    rosa.email_confirmed_at = None
    session.commit()
    factories.sign_in(client, session, rosa)
    assert "Falta confirmarlo" in client.get("/cuenta/correo").text
    assert client.post("/cuenta/correo/otro-enlace").status_code == 303
    assert client.post(last_link(session)).status_code == 303
    session.expire_all()
    assert rosa.email_confirmed_at is not None


@pytest.fixture
def sheet(session, organization):
    staff = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    made = registration.register_person(
        session,
        factories.actor_of(session, staff),
        organization,
        name="Ángela Ñáñez",
        purposes=["participation"],
    )
    session.commit()
    return made


def test_the_first_access_with_the_code_on_paper(client, session, sheet):
    assert re.fullmatch(r"angela\d{4}", sheet.username)
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", sheet.code)
    secret = sheet.code.replace("-", "")
    assert secret not in str([row.code_hash for row in session.query(OneTimeCode)])
    typed = {"username": sheet.username.upper(), "code": sheet.code.upper().replace("-", " ")}
    weak = client.post("/primer-ingreso", data={**typed, "password": "corta"})
    assert (weak.status_code, sheet.username.upper() in weak.text) == (422, True)
    answer = client.post("/primer-ingreso", data={**typed, "password": NEW, "volver": "/cuenta"})
    assert (answer.status_code, answer.location) == (303, "/cuenta")
    assert client.get("/cuenta").status_code == 200
    client.post("/salir")
    again = client.post("/primer-ingreso", data={**typed, "password": OLD})
    assert again.status_code == 422
    assert "ya se usó o venció" in again.text
    assert enter(client, NEW, sheet.username).status_code == 303


def test_the_code_on_paper_is_of_one_person_and_guessed_slowly(client, session, sheet):
    for _attempt in range(10):
        typed = {"username": sheet.username, "code": "aaaa-bbbb-cccc", "password": NEW}
        assert client.post("/primer-ingreso", data=typed).status_code == 422
    answer = client.post(
        "/primer-ingreso", data={"username": sheet.username, "code": sheet.code, "password": NEW}
    )
    assert answer.status_code == 429
    assert session.query(UserSession).count() == 0


def test_a_new_code_replaces_the_lost_one(client, session, organization, sheet):
    staff = session.query(Person).filter(Person.email.is_not(None)).one()
    actor = factories.actor_of(session, staff)
    fresh = registration.new_code(session, actor, organization, sheet.person_id)
    session.commit()
    typed = {"username": sheet.username, "password": NEW}
    assert client.post("/primer-ingreso", data={**typed, "code": sheet.code}).status_code == 422
    assert client.post("/primer-ingreso", data={**typed, "code": fresh.code}).status_code == 303


@pytest.mark.parametrize(
    ("password", "fine"),
    [
        ("cuatro gatos", True),
        ("a" * 10, False),
        ("abababababab", False),
        ("abcdefghijklm", False),
        ("9876543210", False),
        ("Contraseña 123", False),
        ("ROSA.QUINTERO", False),
        ("rosa@ejemplo.com", False),
        ("x" * 9, False),
        ("ñ" * 5 + "a b c d e", True),
        ("perro" * 41, False),
    ],
)
def test_which_passwords_are_refused(password, fine):
    assert (passwords.problem(password, "Rosa Quintero", "rosa@ejemplo.com") is None) is fine


def test_a_password_typed_on_another_keyboard_is_the_same():
    composed, decomposed = "canción larga", "cancio\u0301n larga"
    assert passwords.matches(passwords.hashed(composed), decomposed)
    assert not passwords.matches(None, composed)
    assert not passwords.matches("not a hash", composed)
