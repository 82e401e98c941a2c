"""Signing in, out, and coming back with what was typed; sessions closed with immediate effect."""

import datetime as dt

import pytest
import time_machine
from argon2 import PasswordHasher

from participa.accounts import attempts
from participa.accounts.kept_forms import kept_fields
from participa.accounts.models import KeptForm, Person, UserSession
from participa.accounts.passwords import hashed
from participa.accounts.services import kept_forms
from participa.core import clock
from participa.core.db import db
from participa.core.facts import FactRow
from participa.core.mail import Mail
from tests import factories

PASSWORD = "cuatro gatos en la loma"
HASH = hashed(PASSWORD)


@pytest.fixture
def rosa(session):
    return factories.make_person(session, email="rosa@ejemplo.com", password_hash=HASH)


def enter(client, **more):
    return client.post("/entrar", data={"login": "rosa@ejemplo.com", "password": PASSWORD, **more})


def test_a_page_that_needs_an_account_leads_back_to_itself(client, rosa):
    answer = client.get("/cuenta/sesiones?x=1")
    assert answer.status_code == 303
    assert answer.location == "/entrar?volver=%2Fcuenta%2Fsesiones%3Fx%3D1"
    page = client.get(answer.location)
    assert 'name="volver" value="/cuenta/sesiones?x=1"' in page.text
    assert enter(client, volver="/cuenta/sesiones?x=1").location == "/cuenta/sesiones?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://malo.example/",
        "//malo.example/",
        "/\\malo.example",
        "\\\\malo.example",
        "/%0d%0aLocation: https://malo.example".replace("%0d%0a", "\r\n"),
        "javascript:alert(1)",
        "/" + "x" * 3000,
        "cuenta",
    ],
)
def test_nobody_is_sent_to_another_site(client, rosa, target):
    assert enter(client, volver=target).location == "/"
    signed_in = client.get("/entrar", query_string={"volver": target})
    assert signed_in.location == "/"


def test_nothing_typed_is_lost_on_the_way_through_sign_in(client, session, rosa):
    typed = {"name": "Rosa María", "locale": "en", "again_token": "x", "password": "secreta"}
    answer = client.post(
        "/cuenta/datos", data=typed, headers={"Referer": "http://localhost/cuenta/datos"}
    )
    assert answer.status_code == 303
    assert answer.location.startswith("/entrar?volver=%2Fcuenta%2Fdatos&guardado=")
    nonce = answer.location.partition("guardado=")[2]
    kept = session.query(KeptForm).one()
    assert (kept.path, kept.action) == ("/cuenta/datos", "/cuenta/datos")
    assert kept.fields == [["name", "Rosa María"], ["locale", "en"]]
    assert "Guardamos lo que escribió" in client.get(answer.location).text

    assert enter(client, volver="/cuenta/datos", guardado=nonce).location == "/cuenta/datos"
    for _twice in range(2):
        page = client.get("/cuenta/datos")
        assert 'value="Rosa María"' in page.text
    assert client.post("/cuenta/datos", data={**typed, "name": "R"}).status_code == 422
    assert 'value="Rosa María"' in client.get("/cuenta/datos").text

    assert client.post("/cuenta/datos", data=typed).status_code == 303
    session.expire_all()
    assert session.query(Person).one().name == "Rosa María"
    assert session.query(KeptForm).count() == 0


class TestSharedComputer:
    """What somebody typed is given to the sign-in that it began, and to no other."""

    @pytest.fixture
    def link(self, client, rosa):
        """Where somebody who typed was sent to sign in, and walked away from."""
        return client.post("/cuenta/datos", data={"name": "De quien se fue"}).location

    def shown(self, client):
        return "De quien se fue" in client.get("/cuenta/datos").text

    def test_the_next_person_signs_in_from_the_home_page(self, client, session, link):
        page = client.get("/entrar?volver=/cuenta/datos").text
        assert "Guardamos lo que escribió" not in page
        enter(client, volver="/cuenta/datos")
        assert not self.shown(client)
        assert session.query(KeptForm).count() == 0

    def test_the_next_person_makes_an_account(self, client, session, link):
        data = {
            "name": "Beatriz",
            "email": "b@ejemplo.com",
            "password": PASSWORD,
            "participation": "y",
        }
        assert client.post("/registro", data=data).status_code == 303
        assert session.query(KeptForm).one().person_id is None

    def test_somebody_finds_the_page_much_later(self, client, link):
        nonce = link.partition("guardado=")[2]
        with time_machine.travel(clock.now() + dt.timedelta(minutes=31)):
            assert "Guardamos lo que escribió" not in client.get(link).text
            enter(client, guardado=nonce)
            assert not self.shown(client)

    def test_a_nonce_of_another_browser_opens_nothing(self, app, client, session, link):
        other = app.test_client()
        other.post("/cuenta/datos", data={"name": "Otra"})
        enter(other, guardado=link.partition("guardado=")[2])
        assert "Otra" not in other.get("/cuenta/datos").text
        assert not self.shown(other)

    def test_it_goes_on_through_the_second_step(self, client, session, rosa, link):
        rosa.totp_confirmed_at = clock.now()
        session.commit()
        answer = enter(client, guardado=(nonce := link.partition("guardado=")[2]))
        assert answer.location == f"/entrar/segundo-paso?guardado={nonce}"
        assert f'action="{answer.location}"' not in client.get("/entrar/segundo-paso").text

    def test_it_goes_on_after_a_new_password_for_that_account_alone(self, client, session, link):
        nonce = link.partition("guardado=")[2]
        factories.make_person(session, email="otra@ejemplo.com", password_hash=HASH)
        session.commit()
        page = client.get(link).text
        assert f'href="/clave/olvidada?guardado={nonce}"' in page
        client.post(f"/clave/olvidada?guardado={nonce}", data={"email": "rosa@ejemplo.com"})
        data = {"login": "otra@ejemplo.com", "password": PASSWORD}
        assert client.post("/entrar", data=data).status_code == 303
        assert not self.shown(client)
        client.post("/salir")
        link = client.post("/cuenta/datos", data={"name": "De quien se fue"}).location
        nonce = link.partition("guardado=")[2]
        client.post(f"/clave/olvidada?guardado={nonce}", data={"email": "rosa@ejemplo.com"})
        enter(client)
        assert self.shown(client)


def test_what_was_typed_follows_a_new_account_to_another_browser(app, client, session):
    link = client.post("/cuenta/datos", data={"name": "Rosa María"}).location
    assert (
        f'name="guardado" value="{link.partition("guardado=")[2]}"'
        in client.get(link.replace("/entrar", "/registro")).text
    )
    client.post(
        "/registro",
        data={
            "guardado": link.partition("guardado=")[2],
            "name": "Rosa",
            "email": "rosa@ejemplo.com",
            "participation": "y",
            "volver": "/cuenta/datos",
        },
    )
    text = session.query(Mail).one().text
    link = next(word for word in text.split() if "/confirmar/" in word).removeprefix(
        "http://localhost"
    )
    phone = app.test_client()
    answer = phone.post(link, data={"name": "Rosa", "password": PASSWORD})
    assert answer.location == "/cuenta/datos"
    assert 'value="Rosa María"' in phone.get("/cuenta/datos").text


def test_kept_fields_belong_to_their_page_and_action(app, client, session, rosa):
    with app.test_request_context("/comentar", method="POST"):
        assert list(kept_fields().items()) == []
    link = client.post(
        "/cuenta/datos",
        data={"body": "Hola"},
        headers={"Referer": "http://localhost/procesos/agua?orden=2"},
    ).location
    enter(client, guardado=link.partition("guardado=")[2])
    with client.session_transaction() as cookie:
        key = cookie["kept"]
    kept = session.query(KeptForm).one()
    assert kept.path == "/procesos/agua?orden=2"
    assert key not in kept.key_hash


def test_htmx_is_told_where_to_go(client, rosa):
    answer = client.post(
        "/cuenta/sesiones/cerrar-otras",
        headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/procesos?x=1"},
    )
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/entrar?volver=%2Fprocesos%3Fx%3D1"


def test_a_foreign_referrer_leads_nowhere_else(client, rosa):
    answer = client.post(
        "/cuenta/sesiones/cerrar-otras", headers={"Referer": "https://malo.example/x"}
    )
    assert answer.location == "/entrar?volver=%2F"


def test_too_much_to_keep_is_not_kept(client, session, rosa):
    client.post("/cuenta/datos", data={"name": "x" * 200_001})
    assert session.query(KeptForm).count() == 0


def test_signing_in_makes_a_new_cookie_and_signing_out_closes_the_session(
    app, client, session, rosa
):
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        cookie["_user_id"] = "known-to-somebody-else"
    enter(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        token = cookie["_user_id"]
    assert token != "known-to-somebody-else"
    row = session.query(UserSession).one()
    assert token not in row.token_hash
    assert client.post("/salir").status_code == 303
    assert client.get("/cuenta").status_code == 303
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert client.get("/cuenta").status_code == 303


def test_signing_out_is_no_link(client, rosa):
    assert client.get("/salir").status_code == 405


def test_a_session_closes_at_once_from_another_browser(app, client, session, rosa):
    phone = app.test_client()
    enter(phone)
    enter(client)
    rows = session.query(UserSession).order_by(UserSession.id).all()
    page = client.get("/cuenta/sesiones").text
    assert "Esta sesión" in page
    assert phone.get("/cuenta").status_code == 200
    assert client.post(f"/cuenta/sesiones/{rows[0].id}/cerrar").status_code == 303
    assert phone.get("/cuenta").status_code == 303
    assert client.get("/cuenta").status_code == 200
    fact = session.query(FactRow).filter_by(name="accounts.session_revoked").one()
    assert (fact.actor_id, fact.data) == (rosa.id, {"count": 1})


def test_closing_the_others_keeps_this_one(app, client, session, rosa):
    others = [app.test_client() for _number in range(2)]
    for other in others:
        enter(other)
    enter(client)
    client.post("/cuenta/sesiones/cerrar-otras")
    assert [other.get("/cuenta").status_code for other in others] == [303, 303]
    assert client.get("/cuenta").status_code == 200


def test_nobody_closes_the_sessions_of_others(app, client, session, rosa):
    enter(client)
    row = session.query(UserSession).one()
    other = factories.sign_in(app.test_client(), session, factories.make_person(session))
    assert other.post(f"/cuenta/sesiones/{row.id}/cerrar").status_code == 404
    assert client.get("/cuenta").status_code == 200


def test_a_session_slides_with_use_and_ends_without(client, session, rosa):
    start = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    with time_machine.travel(start, tick=False) as travel:
        enter(client)
        travel.shift(dt.timedelta(minutes=5))
        client.post("/cuenta/sesiones/cerrar-otras")
        session.expire_all()
        assert session.query(UserSession).one().seen_at == start
        client.get("/cuenta")  # shows what that said, and forgets it
        travel.shift(dt.timedelta(days=20))
        answer = client.get("/cuenta")
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (200, None)
        session.expire_all()
        assert session.query(UserSession).one().seen_at == start
        answer = client.post("/cuenta/sesiones/cerrar-otras")
        assert answer.headers["Set-Cookie"].startswith("participa=")
        session.expire_all()
        assert session.query(UserSession).one().seen_at == clock.now()
        travel.shift(dt.timedelta(days=29))
        assert client.get("/cuenta").status_code == 200
        travel.shift(dt.timedelta(days=2))
        assert client.get("/cuenta").status_code == 303


WRONG = {"login": "rosa@ejemplo.com", "password": "x"}


def at(address):
    return {"REMOTE_ADDR": address}


def test_attempts_on_one_account_are_few_and_what_was_typed_stays(client, rosa):
    for _attempt in range(10):
        assert client.post("/entrar", data=WRONG).status_code == 422
    answer = enter(client)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "demasiados intentos" in answer.text
    assert 'value="rosa@ejemplo.com"' in answer.text
    other = client.post("/entrar", data={"login": "otra@ejemplo.com", "password": "x"})
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("attacker", "same_network", "owner"),
    [
        ("203.0.113.7", "203.0.113.200", "203.0.114.7"),
        ("2001:db8:1:1::7", "2001:db8:1:ff::9", "2001:db8:1:100::7"),
        ("203.0.113.7", "::ffff:203.0.113.9", "2001:db8::7"),
    ],
)
def test_wrong_passwords_from_elsewhere_keep_nobody_out(
    app, client, rosa, attacker, same_network, owner
):
    for _attempt in range(11):
        last = client.post("/entrar", data=WRONG, environ_base=at(attacker))
    assert last.status_code == 429
    data = {"login": "rosa@ejemplo.com", "password": PASSWORD}
    neighbour = app.test_client().post("/entrar", data=data, environ_base=at(same_network))
    assert neighbour.status_code == 429
    assert app.test_client().post("/entrar", data=data, environ_base=at(owner)).status_code == 303


def test_a_browser_that_was_signed_in_before_passes_beside_the_attacker(app, client, rosa):
    """On the same network, behind the same telephone company."""
    enter(client)
    client.post("/salir")
    stranger = app.test_client()
    for _attempt in range(11):
        last = stranger.post("/entrar", data=WRONG)
    assert last.status_code == 429
    assert enter(client).status_code == 303
    client.post("/salir")
    # Its own attempts count apart, and end too.
    for _attempt in range(11):
        last = client.post("/entrar", data=WRONG)
    assert last.status_code == 429
    assert enter(client).status_code == 429


def test_the_whole_world_guesses_slowly_and_the_known_browser_passes(
    app, client, rosa, monkeypatch
):
    enter(client)
    client.post("/salir")
    monkeypatch.setattr(attempts, "BY_TARGET_FROM_ANYWHERE", "5 per hour")
    answers = [
        app.test_client().post("/entrar", data=WRONG, environ_base=at(f"203.0.{n}.7")).status_code
        for n in range(6)
    ]
    assert answers == [422] * 5 + [429]
    assert enter(client).status_code == 303


def test_the_cookie_of_a_browser_tells_nothing_and_cannot_be_made(app, client, session, rosa):
    answer = enter(client)
    cookie = client.get_cookie("dispositivo")
    line = next(each for each in answer.headers.getlist("Set-Cookie") if "dispositivo" in each)
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert "rosa" not in cookie.value
    stranger = app.test_client()
    number = cookie.value.partition(".")[0]
    stranger.set_cookie("dispositivo", f"{number}.{'0' * 24}")
    for _attempt in range(11):
        last = stranger.post("/entrar", data=WRONG)
    assert last.status_code == 429
    other = factories.make_person(session, email="otra@ejemplo.com", password_hash=HASH)
    stranger.set_cookie("dispositivo", "no/tal;cosa")
    answer = stranger.post("/entrar", data={"login": other.email, "password": PASSWORD})
    assert answer.status_code == 303


def test_a_new_browser_is_told_by_mail_and_a_known_one_is_not(app, client, session, rosa):
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140"}
    data = {"login": "rosa@ejemplo.com", "password": PASSWORD}
    client.post("/entrar", data=data, headers=agent)
    letter = session.query(Mail).one()
    assert letter.recipient == "rosa@ejemplo.com"
    assert "Firefox, Linux" in letter.text
    client.post("/salir")
    client.post("/entrar", data=data)
    assert session.query(Mail).count() == 1


def test_success_forgives_the_attempts_before_it(client, rosa):
    for _round in range(3):
        for _attempt in range(5):
            client.post("/entrar", data={"login": "rosa@ejemplo.com", "password": "x"})
        assert enter(client).status_code == 303
        client.post("/salir")


def test_attempts_from_one_address_are_many_but_not_endless(client, rosa, monkeypatch):
    assert attempts.BY_ADDRESS.startswith("60 per minute")
    monkeypatch.setattr(attempts, "BY_ADDRESS", "3 per minute")
    for number in range(3):
        wrong = client.post(
            "/entrar", data={"login": f"nadie{number}@ejemplo.com", "password": "x"}
        )
        assert wrong.status_code == 422
    assert enter(client).status_code == 429


def test_a_person_of_another_organization_cannot_sign_in_here(
    app, client, any_session, organization
):
    factories.make_organization(any_session, "bruma")
    elsewhere = factories.make_person(any_session, email="rosa@ejemplo.com", password_hash=HASH)
    assert enter(client).status_code == 422
    there = app.test_client()
    answer = there.post(
        "/entrar",
        data={"login": "rosa@ejemplo.com", "password": PASSWORD},
        base_url="http://bruma.test",
    )
    assert answer.status_code == 303
    row = any_session.query(UserSession).filter_by(person_id=elsewhere.id).one()
    with there.session_transaction(base_url="http://bruma.test") as cookie:
        token = cookie["_user_id"]
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert client.get("/cuenta").status_code == 303
    assert row.device == ""


def test_old_hashes_are_renewed(client, session, rosa):
    weak = "$argon2id$v=19$m=8,t=1,p=1$"
    rosa.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    session.commit()
    assert enter(client).status_code == 303
    session.expire_all()
    assert not session.query(Person).one().password_hash.startswith(weak)


def test_what_has_expired_is_forgotten(app, session, rosa):
    with time_machine.travel("2026-03-01"):
        kept_forms.keep(session, path="/a", action="/a", fields=[("a", "b")])
        session.commit()
    with app.app_context():
        kept_forms.forget_expired(db.session())
        db.session.commit()
    session.expire_all()
    assert session.query(KeptForm).count() == 0


def test_the_language_is_a_cookie_and_nothing_else(client, organization):
    answer = client.get("/idioma/en?volver=/entrar")
    assert (answer.status_code, answer.location) == (303, "/entrar")
    assert "idioma=en" in answer.headers["Set-Cookie"]
    assert '<html lang="en">' in client.get("/entrar").text
    assert client.get("/idioma/fr").status_code == 404
    assert client.get("/idioma/pt?volver=//malo.example").location == "/"
