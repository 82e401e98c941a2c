"""Sessions: fixation, tampering, planted cookies, taken roles, revoked links, limits."""

import datetime as dt

import pytest
import sqlalchemy as sa
from argon2 import Type
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from participa.accounts import passwords
from participa.accounts.models import RoleGrant, UserSession
from participa.core import clock
from participa.processes.models import PreviewLink, ProcessStatus
from participa.processes.services import previews
from tests import factories
from tests.conftest import SERVED_HASHER

PASSWORD = "tres palabras sueltas"


@pytest.fixture
def person(session):
    return factories.make_person(session, password_hash=passwords.hashed(PASSWORD))


def cookie_of(client):
    found = client.get_cookie("participa")
    return found.value if found else None


def enter(client, person):
    return client.post("/entrar", data={"login": person.email, "password": PASSWORD})


def test_a_planted_cookie_is_worth_nothing_after_signing_in(app, client, session, person):
    """Whoever plants a cookie in a victim's browser does not share the session that follows."""
    attacker = app.test_client()
    with attacker.session_transaction() as planted:
        planted["planted"] = "x"
        planted["_user_id"] = "token-del-atacante"
    before = cookie_of(attacker)
    client.set_cookie("participa", before)
    enter(client, person)
    assert client.get("/cuenta").status_code == 200
    assert cookie_of(client) != before
    assert attacker.get("/cuenta").status_code == 303
    with client.session_transaction() as kept:
        assert "planted" not in kept
        assert kept["_user_id"] != "token-del-atacante"


def test_signing_out_ends_a_stolen_cookie_too(app, client, person):
    enter(client, person)
    thief = app.test_client()
    thief.set_cookie("participa", cookie_of(client))
    assert thief.get("/cuenta").status_code == 200
    client.post("/salir")
    assert thief.get("/cuenta").status_code == 303
    assert client.get("/cuenta").status_code == 303


@pytest.mark.parametrize("change", ["cut", "flip", "garbage", "empty", "other key", "no signature"])
def test_a_cookie_that_was_changed_is_nobody(app, client, person, change):
    enter(client, person)
    value = cookie_of(client)
    data, _dot, _signature = value.rpartition(".")
    serializer = URLSafeTimedSerializer(
        "otra clave", salt="cookie-session", signer_kwargs={"key_derivation": "hmac"}
    )
    forged = {
        "cut": value[:-3],
        "flip": value[:5] + ("a" if value[5] != "a" else "b") + value[6:],
        "garbage": "%%%\\x00",
        "empty": "",
        "other key": serializer.dumps({"_user_id": "x"}),
        "no signature": data,
    }[change]
    other = app.test_client()
    other.set_cookie("participa", forged)
    assert other.get("/").status_code == 200
    assert other.get("/cuenta").status_code == 303


@pytest.mark.parametrize(
    "content",
    [
        {"_user_id": ""},
        {"_user_id": "x" * 3000},
        {"_user_id": "\x00"},
        {"kept": "no existe"},
        {"second_step": None},
        {"mailed": "<script>"},
        {"volver": "//evil.test"},
        {"previews": []},
        {"preview": "x"},
        {"azar": 5},
    ],
)
def test_an_old_cookie_is_no_crash(app, client, content):
    with client.session_transaction() as cookie:
        cookie.update(content)
    for path in ("/", "/cuenta", "/entrar", "/entrar/segundo-paso", "/registro/revise-su-correo"):
        answer = client.get(path)
        assert answer.status_code < 500, path
        assert "<script>" not in answer.text
        assert "evil" not in answer.headers.get("Location", "")


def test_an_expired_session_is_over(app, client, session, person):
    enter(client, person)
    session.execute(sa.update(UserSession).values(expires_at=clock.now()))
    session.commit()
    assert client.get("/cuenta").status_code == 303


def test_the_cookie_of_one_city_opens_nothing_in_another(app, any_session, client, person):
    other = factories.make_organization(any_session, "otra")
    enter(client, person)
    stranger = app.test_client()
    stranger.set_cookie("participa", cookie_of(client), domain=other.host)
    assert stranger.get("/cuenta", base_url=f"http://{other.host}").status_code == 303


def test_a_role_that_was_taken_is_gone_at_the_next_click(client, session):
    boss = factories.make_person(session, roles=["organization_admin"])
    factories.sign_in(client, session, boss)
    assert client.get("/gestion/registro").status_code == 200
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == boss.id))
    session.commit()
    assert client.get("/gestion/registro").status_code == 403
    assert (
        client.post("/gestion/temas/nuevo", data={"code": "x", "name_es": "X"}).status_code == 403
    )


def test_a_revoked_preview_link_closes_the_draft_at_once(app, client, session, organization):
    process = factories.make_process(session, status=ProcessStatus.DRAFT)
    boss = factories.make_person(session, roles=["organization_admin"])
    actor = factories.actor_of(session, boss)
    token = previews.make_preview_link(session, actor, process.id, hours=24)
    session.commit()
    assert client.get("/procesos/presupuesto").status_code == 404
    assert client.get(f"/vista-previa/{token}").status_code == 303
    assert client.get("/procesos/presupuesto").status_code == 200
    # Reading only, and only this process.
    assert client.post("/procesos/presupuesto/propuestas/nueva").status_code == 303
    link = session.scalars(sa.select(PreviewLink)).one()
    previews.revoke_preview_link(session, actor, process.id, link.id)
    session.commit()
    assert client.get("/procesos/presupuesto").status_code == 404
    assert client.get("/procesos/presupuesto/propuestas").status_code == 404


def test_a_preview_link_that_expired_closes_the_draft(client, session, organization):
    process = factories.make_process(session, status=ProcessStatus.DRAFT)
    boss = factories.make_person(session, roles=["organization_admin"])
    token = previews.make_preview_link(
        session, factories.actor_of(session, boss), process.id, hours=1
    )
    session.commit()
    assert client.get(f"/vista-previa/{token}").status_code == 303
    session.execute(sa.update(PreviewLink).values(expires_at=clock.now() - dt.timedelta(seconds=1)))
    session.commit()
    assert client.get("/procesos/presupuesto").status_code == 404


def test_guessing_passwords_ends_in_a_page_that_asks_for_patience(client, person):
    for _ in range(10):
        client.post("/entrar", data={"login": person.email, "password": "adivinanza"})
    answer = client.post("/entrar", data={"login": person.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert "Pruebe de nuevo en 15 minutos" in answer.text
    assert person.email in answer.text, "what was typed is not lost"
    assert PASSWORD not in answer.text


def test_many_clicks_are_told_in_spanish(client, session):
    process = factories.make_process(session)
    factories.sign_in(client, session, factories.make_person(session))
    statuses = {client.post(f"/seguir/process/{process.id}").status_code for _ in range(120)}
    assert statuses == {303}
    answer = client.post(f"/seguir/process/{process.id}")
    assert answer.status_code == 429
    assert "Demasiados intentos seguidos" in answer.text
    assert 1 <= int(answer.headers["Retry-After"]) <= 61


def test_the_cookie_is_signed_by_flask(app):
    assert isinstance(app.session_interface, SecureCookieSessionInterface)


def test_an_installation_hashes_as_slowly_as_owasp_asks():
    """Tests hash quickly; what is served does not."""
    assert SERVED_HASHER.type is Type.ID
    assert SERVED_HASHER.memory_cost >= 19 * 1024
    assert SERVED_HASHER.time_cost >= 2


def test_the_window_that_refused_says_until_when(client, organization):
    """An hour for the mails to one address, not the minute of the address."""
    typed = {"name": "Rosa", "email": "rosa@correo.com.co", "participation": "y"}
    for _each in range(4):
        assert client.post("/registro", data=typed).status_code == 303
    answer = client.post("/registro", data=typed)
    assert answer.status_code == 429
    assert "Pruebe de nuevo en 60 minutos" in answer.text
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
