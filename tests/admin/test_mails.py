"""Mails that were given up: administrators see them, send them again, and it is recorded."""

import pytest
import sqlalchemy as sa

from participa.core import clock, heartbeat
from participa.core.facts import FactRow
from participa.core.mail import Mail


@pytest.fixture
def given_up(session, organization):
    def make(recipient, organization_id=organization.id):
        row = Mail(
            organization_id=organization_id, recipient=recipient, subject="Confirme su correo",
            text="un enlace secreto", created_at=clock.now(), attempts=43, last_error="OSError: x",
        )  # fmt: skip
        session.add(row)
        session.flush()
        row.due_at = None
        session.commit()
        return row.id

    return make


def waiting(session):
    session.expire_all()
    return set(session.scalars(sa.select(Mail.recipient).where(Mail.due_at.is_not(None))))


def test_what_did_not_leave_is_told_and_sent_again(admin, session, given_up):
    assert "Todos los correos salieron" in admin.get("/gestion/correos").text
    one = given_up("ana@x.test")
    given_up("luz@x.test")
    given_up("otra@ciudad.test", 99)
    assert "2 correos no se pudieron entregar" in admin.get("/gestion").text
    page = admin.get("/gestion/correos").text
    assert "ana@x.test" in page
    assert "Se intentó 43 veces" in page
    assert "secreto" not in page
    assert "ciudad.test" not in page
    answer = admin.post("/gestion/correos/otra-vez", data={"mail": one}, follow_redirects=True)
    assert "1 correo sale de nuevo" in answer.text
    assert waiting(session) == {"ana@x.test"}
    answer = admin.post("/gestion/correos/otra-vez", data={"mail": "x"}, follow_redirects=True)
    assert "ya no está" in answer.text
    admin.post("/gestion/correos/otra-vez")
    assert waiting(session) == {"ana@x.test", "luz@x.test"}
    facts = sa.select(FactRow.data).where(FactRow.name == "organizations.mail_sent_again")
    assert [each["number"] for each in session.scalars(facts.order_by(FactRow.id))] == [1, 1]


def test_only_administrators(browser, given_up):
    given_up("ana@x.test")
    for role in ("process_admin", "moderator", None):
        assert browser(role).get("/gestion/correos").status_code == 403
        assert browser(role).post("/gestion/correos/otra-vez").status_code == 403
    assert "no se pudieron" not in browser("process_admin").get("/gestion").text


def test_that_no_worker_runs_is_told(admin, session):
    sentence = "El programa de tareas no está en marcha"
    assert sentence in admin.get("/gestion").text
    heartbeat.beat(session)
    assert sentence not in admin.get("/gestion").text
