"""When a request's transactions begin, and what is answered when they cannot."""

import io
import sqlite3
import threading
from unittest.mock import Mock

import pytest
import sqlalchemy as sa

from participa.accounts import passwords
from participa.core import faults
from participa.core.db import db
from participa.organizations.models import Organization
from tests import factories
from tests.conftest import new_app

PASSWORD = "caballo grapa correcta"


@pytest.fixture
def served(engine_name):
    """An app whose sessions are its own, with somebody who can sign in."""
    app = new_app(engine_name, PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        session = db.session()
        factories.make_organization(session)
        session.commit()
        session.info["organization_id"] = session.scalar(sa.select(Organization.id))
        person = factories.make_person(session, "Ana")
        person.email, person.password_hash = "ana@ejemplo.org", passwords.hashed(PASSWORD)
        session.commit()
    yield app
    with app.app_context():
        db.engine.dispose()


def sign_in(app, password=PASSWORD):
    return app.test_client().post(
        "/entrar", data={"login": "ana@ejemplo.org", "password": password, "volver": "/procesos"}
    )


def test_the_body_is_read_with_no_transaction_open(served):
    asked = []

    class Body(io.BytesIO):  # as Werkzeug reads it
        def readinto(self, buffer):
            asked.append(db.session().in_transaction())
            return super().readinto(buffer)

    body = b"login=nadie&password=no"
    answer = served.test_client().post(
        "/entrar",
        input_stream=Body(body),
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        },
    )
    assert answer.status_code == 422
    assert asked
    assert set(asked) == {False}


def test_a_password_is_checked_with_no_transaction_open(served, monkeypatch):
    open_while_checking = []
    matches = passwords.matches

    def noted(*args):
        open_while_checking.append(db.session().in_transaction())
        return matches(*args)

    monkeypatch.setattr(passwords, "matches", noted)
    assert sign_in(served).status_code == 303
    assert sign_in(served, "otra cosa distinta").status_code == 422
    assert open_while_checking == [False, False]


def test_a_page_that_refuses_what_was_typed_has_locked_nobody(served):
    """A POST opens a transaction to write with its view's first statement, not before."""
    begun = []
    sa.event.listen(
        sa.Engine, "begin", note := lambda c: begun.append(c.get_execution_options().get("rw"))
    )
    try:
        assert served.test_client().post("/entrar", data={"login": ""}).status_code == 422
    finally:
        sa.event.remove(sa.Engine, "begin", note)
    assert True not in begun


@pytest.fixture
def locked():
    """An app on SQLite, that waits for nobody, while another program writes."""
    app = new_app("sqlite", PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        session = db.session()
        factories.make_organization(session)
        session.commit()
        path = db.engine.url.database
        sa.event.listen(
            db.engine, "begin", lambda c: c.exec_driver_sql("PRAGMA busy_timeout=1"), insert=True
        )
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield app, other
    other.close()
    with app.app_context():
        db.engine.dispose()


def test_who_waits_too_long_to_write_is_asked_to_send_again(locked):
    app, other = locked
    client = app.test_client()
    assert client.get("/procesos").status_code == 200
    answer = client.post("/clave/olvidada", data={"email": "nelly@ejemplo.org", "code": "secreto"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == str(faults.RETRY_AFTER)
    assert 'name="email" value="nelly@ejemplo.org"' in answer.text
    assert "Enviar otra vez" in answer.text
    assert "secreto" not in answer.text
    other.execute("ROLLBACK")
    assert client.post("/clave/olvidada", data={"email": "nelly@ejemplo.org"}).status_code < 400


def fault(code):
    """Return what SQLite raises with a result code."""
    cause = sqlite3.OperationalError("in words that nobody reads")
    cause.sqlite_errorcode = code
    return sa.exc.OperationalError("a statement", {}, cause)


def test_a_commit_that_fails_is_answered_like_any_other_fault(served, monkeypatch):
    monkeypatch.setattr(db.session, "commit", Mock(side_effect=fault(sqlite3.SQLITE_FULL)))
    answer = sign_in(served)
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers
    assert "<h1" in answer.text


def test_a_fault_after_the_view_is_answered_so_too(served, monkeypatch):
    seen = Mock(side_effect=fault(sqlite3.SQLITE_BUSY))
    monkeypatch.setattr("participa.accounts.login.sessions.seen", seen)
    assert sign_in(served).status_code == 503


@pytest.mark.parametrize(
    ("code", "kind"),
    [(sqlite3.SQLITE_BUSY_SNAPSHOT, "busy"), (sqlite3.SQLITE_READONLY, "read_only"),
     (sqlite3.SQLITE_ERROR, None)],
)  # fmt: skip
def test_what_is_a_fault_of_ours_is_none_of_the_database(code, kind):
    assert faults.kind(fault(code)) == kind


def test_an_outage_leaves_one_line_per_kind_and_second(monkeypatch):
    told = []
    monkeypatch.setattr(faults.log, "warning", lambda _event, **values: told.append(values))
    now = [100.0]
    monkeypatch.setattr(faults.time, "monotonic", lambda: now[0])
    throttle = faults.Throttle()
    threads = [
        threading.Thread(target=throttle.warn, args=("away",), kwargs={"reason": reason})
        for reason in ("busy", "full") * 5
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    now[0] += 1
    throttle.warn("away", reason="busy")
    assert sorted((each["reason"], each["left_out"]) for each in told) == [
        ("busy", 0), ("busy", 4), ("full", 0),
    ]  # fmt: skip
