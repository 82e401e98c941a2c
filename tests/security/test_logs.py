"""Logs tell what happened and to which page: never an address, a password, a code or a link."""

import io
import json
import re

import pytest
import sqlalchemy as sa
import structlog

from participa.core import logs
from participa.core.mail import Mail
from tests import factories

PASSWORD = "tres palabras sueltas"
EMAIL = "rosa.quintero+1@correo.com.co"


@pytest.fixture
def lines(app, monkeypatch):
    """Log as a server does; return what was written."""
    written = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stderr", written)
        logs.configure("DEBUG")
    yield written.getvalue
    logs.configure("ERROR")


def test_signing_up_in_and_choosing_passwords_leaves_nothing(app, client, session, lines):
    client.post("/entrar", data={"login": EMAIL, "password": "adivinanza incorrecta"})
    answer = client.post(
        "/registro",
        data={"name": "Rosa Quintero", "email": EMAIL, "participation": "y"},
    )
    assert answer.status_code == 303, answer.text
    session.expire_all()
    text = session.scalars(sa.select(Mail.text).where(Mail.recipient == EMAIL)).one()
    token = re.search(r"/confirmar/([\w-]+)", text)[1]
    client.get(f"/confirmar/{token}")
    chosen = {"name": "Rosa Quintero", "password": PASSWORD}
    assert client.post(f"/confirmar/{token}", data=chosen).status_code == 303
    client.post("/salir")
    assert client.post("/entrar", data={"login": EMAIL, "password": PASSWORD}).status_code == 303
    client.post("/clave/olvidada", data={"email": EMAIL})
    session.expire_all()
    texts = session.scalars(sa.select(Mail.text).where(Mail.recipient == EMAIL)).all()
    reset = re.search(r"/clave/nueva/([\w-]+)", "\n".join(texts))[1]
    client.get(f"/clave/nueva/{reset}")
    client.post(f"/clave/nueva/{reset}", data={"password": "otras cuatro palabras sueltas"})
    written = lines()
    assert '"rule": "/clave/nueva/<token>"' in written
    for secret in (EMAIL, "rosa.quintero", PASSWORD, "adivinanza", "sueltas", token, reset):
        assert secret not in written
    for line in written.splitlines():
        json.loads(line)


def test_a_crash_tells_the_page_and_not_what_was_in_it(app, client, session, lines, monkeypatch):
    def fail(*_args, **_values):
        message = f"INSERT failed for {EMAIL}"
        raise RuntimeError(message)

    monkeypatch.setattr("participa.accounts.services.one_time_codes.look", fail)
    answer = client.get("/clave/nueva/este-enlace-es-un-secreto-largo")
    assert answer.status_code == 500
    assert EMAIL not in answer.text
    assert "Traceback" not in answer.text
    written = lines()
    assert "request_failed" in written
    assert "este-enlace-es-un-secreto" not in written
    assert EMAIL not in written


def test_what_the_database_refuses_is_not_written(app, session, organization, lines):
    factories.make_person(session, email=EMAIL)
    with pytest.raises(sa.exc.IntegrityError) as caught:
        factories.make_person(session, email=EMAIL)
    session.rollback()
    structlog.get_logger().error("failed", exc_info=caught.value)
    written = lines()
    assert "IntegrityError" in written
    assert EMAIL not in written


def test_nothing_a_person_writes_begins_a_line(client, session, lines):
    client.get(
        "/procesos/x%0a%7B%22event%22:%22falso%22%7D?q=a%0ab", headers={"User-Agent": "a\tb"}
    )
    client.post("/entrar", data={"login": 'x\n{"event": "falso"}', "password": "y\n"})
    written = lines()
    assert "falso" not in written
    assert all(line.startswith("{") for line in written.splitlines())
