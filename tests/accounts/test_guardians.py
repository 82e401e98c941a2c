"""Who is under age takes part with the permission of whoever looks after them."""

import datetime as dt
import json
import re

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts import personal_data
from participa.accounts.models import (
    GuardianConsent,
    GuardianState,
    Person,
    VerificationRecord,
)
from participa.accounts.services import guardians as services
from participa.accounts.verification import guardian
from participa.core import clock
from participa.core.db import Base
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.policy import Role, Verification
from participa.core.requirements import Guardian
from tests import factories

NOW = dt.datetime(2026, 3, 10, 15, 0, tzinfo=dt.UTC)
ASK = "/cuenta/verificacion/guardian"
BORN = dt.date(2010, 6, 5)
TYPED = {
    "guardian_name": "Marleny Pabón",
    "guardian_relation": "mother",
    "guardian_email": "Marleny@correo.com",
}
YES = {"name": "Marleny Pabón Ruiz", "understood": "y", "answer": "yes"}


def frozen(moment):
    """Freeze the clock."""
    return time_machine.travel(moment, tick=False)


@pytest.fixture(autouse=True)
def _now():
    with frozen(NOW):
        yield


@pytest.fixture
def ana(session):
    return factories.make_person(session, "Ana Joven", birth_date=BORN)


@pytest.fixture
def browser(client, session, ana):
    return factories.sign_in(client, session, ana)


@pytest.fixture
def outside(app):
    """The browser of whoever gets the mail."""
    return app.test_client()


def ask(browser, **changes):
    return browser.post(f"{ASK}/codigo", data=TYPED | changes)


def link(session):
    session.expire_all()
    mail = (
        session.query(Mail)
        .filter(Mail.recipient == "marleny@correo.com")
        .order_by(Mail.id.desc())
        .first()
    )
    return re.search(r"/permiso/[\w-]+", mail.text).group()


def consent(session):
    session.expire_all()
    return session.query(GuardianConsent).order_by(GuardianConsent.id.desc()).first()


def allowed(session, person):
    session.expire_all()
    rows = session.query(VerificationRecord).filter_by(person_id=person.id, revoked_at=None)
    held = tuple(Verification(row.method, row.expires_at) for row in rows)
    row = session.get_one(Person, person.id)
    actor = factories.actor_of(session, row, birth_date=row.birth_date, verifications=held)
    return Guardian().denial(actor, clock.now(), dt.UTC) is None


def facts(session):
    session.expire_all()
    rows = session.scalars(sa.select(FactRow).where(FactRow.name.startswith("accounts.guardian")))
    return [(row.name.removeprefix("accounts.guardian_"), row.actor_id, row.data) for row in rows]


def everywhere(session, text, *, but=()):
    """Return the tables in which a text is found."""
    session.expire_all()
    return {
        table.name
        for table in Base.metadata.sorted_tables
        if table.name not in but
        for row in session.connection().execute(sa.select(table))
        if text in repr(tuple(row))
    }


def test_the_guardian_says_yes(browser, outside, session, ana):
    assert "toma dos minutos" in str(
        Guardian().denial(factories.actor_of(session, ana, birth_date=BORN), NOW, dt.UTC)
    )
    page = browser.get("/cuenta/verificacion").text
    assert "permiso de quien le cuida" in page
    form = browser.get(f"{ASK}?volver=/procesos").text
    assert "Pedir el permiso" in form
    assert "Ya lo tengo" not in form
    done = ask(browser, volver="/procesos")
    assert (done.status_code, done.location) == (303, "/cuenta/verificacion?volver=/procesos")
    assert "falta su respuesta" in browser.get("/cuenta/verificacion").text
    assert not allowed(session, ana)
    where = link(session)
    page = outside.get(where)
    assert page.headers["Cache-Control"] == "no-store"
    for words in ("Ana Joven le pide su permiso", "El voto es secreto", "5 de junio de 2028"):
        assert words in page.text
    assert consent(session).state is GuardianState.ASKED, "opening the page does nothing"
    assert outside.post(where, data=YES).status_code == 303
    assert "Usted dio su permiso" in outside.get(where).text
    assert allowed(session, ana)
    row = consent(session)
    assert (row.state, row.guardian_name) == (GuardianState.ACCEPTED, "Marleny Pabón Ruiz")
    assert row.text_version == guardian.TEXT_VERSION
    record = session.query(VerificationRecord).one()
    assert record.evidence == f"guardian-{row.id}"
    assert record.expires_at == row.ends_at == dt.datetime(2028, 6, 5, 5, 0, tzinfo=dt.UTC)
    assert facts(session) == [
        ("asked", ana.id, {"person_id": ana.id}),
        ("answered", None, {"person_id": ana.id, "accepts": True}),
    ]
    told = session.query(Mail).filter(Mail.recipient == ana.email).one()
    assert "dio su permiso" in told.text
    assert "dio su permiso" in browser.get("/cuenta/verificacion").text
    assert "ya tiene el permiso" in browser.get(ASK).text
    assert ask(browser).status_code == 422
    again = outside.post(where, data=YES)
    assert (again.status_code, "Usted ya dio su permiso" in again.text) == (422, True)


def test_the_guardian_says_no_and_nothing_of_them_stays(browser, outside, session, ana):
    ask(browser)
    where = link(session)
    assert outside.post(where, data={"answer": "no"}).status_code == 200
    assert not allowed(session, ana)
    row = consent(session)
    assert row.state is GuardianState.REFUSED
    assert (row.guardian_name, row.relation, row.email, row.token_hash) == ("", "", None, None)
    for text in ("Marleny", "marleny@correo.com", where.rpartition("/")[2]):
        assert everywhere(session, text) == set()
    assert outside.get(where).status_code == 410
    assert "pedirlo de nuevo" in outside.get(where).text
    told = session.query(Mail).filter(Mail.recipient == ana.email).one()
    assert "dijo que no" in told.text
    assert ask(browser).status_code == 303, "one may ask again"


def test_a_yes_needs_a_name_and_a_tick_and_keeps_what_was_typed(browser, outside, session):
    ask(browser)
    where = link(session)
    for data in (
        {"answer": "yes"},
        {"answer": "yes", "name": "Marleny Pabón"},
        {"answer": "yes", "understood": "y"},
        {"answer": "yes", "understood": "y", "name": "x" * 81},
    ):
        answer = outside.post(where, data=data)
        assert answer.status_code == 422
        assert data.get("name", "") in answer.text
    assert consent(session).state is GuardianState.ASKED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"guardian_email": "no es"}, "correo completo"),
        ({"guardian_email": "ana@example.com"}, "Ese es su correo"),
        ({"guardian_relation": "boss"}, "guardian_relation-error"),
        ({"guardian_name": "!"}, "2 a 80"),
        ({"guardian_name": ""}, "hace falta"),
    ],
)
def test_what_is_asked_is_checked(browser, session, ana, changes, words):
    ana.email = "ana@example.com"
    session.commit()
    answer = ask(browser, **changes)
    assert answer.status_code == 422
    assert words in answer.text, re.findall("field-error.*", answer.text)
    assert "Marleny" in answer.text or "guardian_name" in changes, "nothing typed is lost"
    assert session.query(Mail).count() == session.query(GuardianConsent).count() == 0


def test_adults_and_those_of_unknown_age_are_told(app, session):
    for born, words in ((dt.date(2008, 3, 10), "ya tiene 18"), (None, "fecha de nacimiento")):
        person = factories.make_person(session, birth_date=born)
        theirs = factories.sign_in(app.test_client(), session, person)
        assert words in theirs.get(ASK).text
        assert theirs.post(f"{ASK}/codigo", data=TYPED).status_code == 422
    assert session.query(GuardianConsent).count() == 0


def test_it_is_only_for_somebody_else_to_finish(browser, session):
    ask(browser)
    assert browser.post(ASK, data=TYPED).status_code == 404
    where = link(session)
    own = browser.post(where, data=YES)
    assert own.status_code == 403
    assert "Esto lo responde quien le cuida" in own.text
    assert consent(session).state is GuardianState.ASKED


def test_asking_again_replaces_and_is_limited(browser, outside, session):
    ask(browser)
    first = link(session)
    ask(browser, guardian_name="Otra Persona")
    assert outside.get(first).status_code == 410
    assert outside.get(link(session)).status_code == 200
    states = [row.state for row in session.query(GuardianConsent).order_by(GuardianConsent.id)]
    assert states == [GuardianState.WITHDRAWN, GuardianState.ASKED]
    assert [ask(browser).status_code for _each in range(3)] == [303, 303, 429]


def test_asking_too_often_in_a_month(browser, session, ana):
    for _each in range(guardian.MOST_ASKED):
        session.add(
            GuardianConsent(
                person_id=ana.id,
                state=GuardianState.REFUSED,
                asked_at=NOW - dt.timedelta(days=2),
                ends_at=NOW + dt.timedelta(days=9),
            )
        )
    session.commit()
    answer = ask(browser)
    assert (answer.status_code, "varias veces este mes" in answer.text) == (422, True)
    with frozen(NOW + dt.timedelta(days=29)):
        factories.sign_in(browser, session, ana)
        assert ask(browser).status_code == 303


def test_one_address_answers_for_few(browser, session):
    for _each in range(guardian.MOST_PER_ADDRESS):
        session.add(
            GuardianConsent(
                person_id=factories.make_person(session).id,
                email="marleny@correo.com",
                ends_at=NOW + dt.timedelta(days=9),
            )
        )
    session.commit()
    answer = ask(browser)
    assert (answer.status_code, "varias personas" in answer.text) == (422, True)


# --- the end of it


def given(browser, outside, session):
    ask(browser)
    where = link(session)
    outside.post(where, data=YES)
    return where


def gone(session):
    row = consent(session)
    return (row.state, row.guardian_name, row.email, row.token_hash, row.mail_id) == (
        GuardianState.WITHDRAWN,
        "",
        None,
        None,
        None,
    )


def test_the_guardian_takes_it_back(browser, outside, session, ana):
    where = given(browser, outside, session)
    assert allowed(session, ana)
    sure = outside.post(f"{where}/retirar")
    assert "Sí, retirarlo" in sure.text
    assert allowed(session, ana)
    assert outside.post(f"{where}/retirar", data={"confirmado": "1"}).status_code == 200
    assert not allowed(session, ana)
    assert gone(session)
    assert outside.post(f"{where}/retirar", data={"confirmado": "1"}).status_code == 410
    assert facts(session)[-1] == ("ended", None, {"person_id": ana.id, "by": "guardian"})
    assert everywhere(session, "Marleny") == set()


def test_the_minor_gives_it_up(browser, outside, session, ana):
    given(browser, outside, session)
    where = "/cuenta/verificacion/permiso/retirar"
    assert "Sí, quitarlo" in browser.post(where).text
    assert browser.post(where, data={"confirmado": "1"}).status_code == 303
    assert not allowed(session, ana)
    assert gone(session)
    assert browser.post(where, data={"confirmado": "1"}).status_code == 303, "nothing to end"


def test_staff_end_it(app, browser, outside, session, ana):
    given(browser, outside, session)
    boss = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    desk = factories.sign_in(app.test_client(), session, boss)
    number = session.query(VerificationRecord).one().id
    path = f"/gestion/personas/{ana.id}/verificaciones/{number}/anular"
    assert desk.post(path, data={"confirmado": "1"}).status_code == 303
    assert not allowed(session, ana)
    assert gone(session)


def test_it_ends_on_the_birthday_and_is_forgotten(browser, outside, session, ana):
    given(browser, outside, session)
    eve = dt.datetime(2028, 6, 5, 4, 59, tzinfo=dt.UTC)
    with frozen(eve):
        services.forget(session)
        assert allowed(session, ana)
    with frozen(eve + dt.timedelta(minutes=1)):
        services.forget(session)
        session.commit()
        assert session.query(GuardianConsent).count() == 0


def test_a_link_that_nobody_answered_is_forgotten(browser, outside, session):
    ask(browser)
    where = link(session)
    with frozen(NOW + guardian.ANSWER_WITHIN):
        assert outside.get(where).status_code == 410
        assert outside.post(where, data=YES).status_code == 410
        services.forget(session)
        session.commit()
    assert session.query(GuardianConsent).count() == 0


@pytest.mark.parametrize(
    ("born", "comes_of_age"),
    [
        (dt.date(2008, 2, 29), dt.date(2026, 3, 1)),
        (dt.date(2008, 12, 31), dt.date(2026, 12, 31)),
        (dt.date(2010, 1, 31), dt.date(2028, 1, 31)),
    ],
)
def test_coming_of_age(organization, born, comes_of_age):
    ends = guardian.of_age_at(born, organization)
    person = Person(birth_date=born)
    assert ends.astimezone(organization.zone).date() == comes_of_age
    assert guardian.is_minor(person, organization, ends - dt.timedelta(seconds=1))
    assert not guardian.is_minor(person, organization, ends)


# --- on paper


def test_staff_print_the_sheet_that_a_guardian_signs(app, session, ana):
    boss = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    desk = factories.sign_in(app.test_client(), session, boss)
    sheet = f"/gestion/personas/{ana.id}/hoja-de-permiso"
    assert sheet in desk.get(f"/gestion/personas/{ana.id}").text
    page = desk.get(sheet).text
    assert "Ana Joven quiere participar" in page
    assert guardian.TEXT_VERSION in page
    assert "Firma" in page
    empty = desk.get("/gestion/personas/hoja-de-permiso").text
    assert "Nombre de la persona joven" in empty
    assert "Ana Joven" not in empty
    adult = factories.make_person(session, birth_date=dt.date(1990, 1, 1))
    assert desk.get(f"/gestion/personas/{adult.id}/hoja-de-permiso").status_code == 404
    neighbour = factories.sign_in(app.test_client(), session, ana)
    assert neighbour.get(sheet).status_code == 403


def test_staff_note_a_signed_sheet(app, session, ana):
    boss = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    desk = factories.sign_in(app.test_client(), session, boss)
    place = f"/gestion/personas/{ana.id}"
    assert "hoja que firmó" in desk.get(place).text
    typed = {"guardian_name": "Marleny Pabón", "guardian_relation": "tutor"}
    for wrong, words in (
        ({"guardian_name": ""}, "2 a 80"),
        ({"guardian_relation": ""}, "Elija una opción"),
        ({"guardian_until": "ayer"}, "2026-03-12"),
        ({"guardian_until": "2026-03-01"}, "no haya pasado"),
    ):
        answer = desk.post(f"{place}/permiso", data=typed | wrong)
        assert (answer.status_code, words in answer.text) == (422, True), wrong
    assert session.query(GuardianConsent).count() == 0
    answer = desk.post(f"{place}/permiso", data=typed | {"guardian_until": "2026-12-31"})
    assert answer.status_code == 303
    row = consent(session)
    assert (row.by_id, row.email, row.state) == (boss.id, None, GuardianState.ACCEPTED)
    assert row.ends_at == dt.datetime(2027, 1, 1, 5, 0, tzinfo=dt.UTC)
    assert allowed(session, ana)
    assert facts(session) == [("noted", boss.id, {"person_id": ana.id, "expires": "2026-12-31"})]
    # Once more, for longer: the one of before ends.
    assert desk.post(f"{place}/permiso", data=typed).status_code == 303
    states = [each.state for each in session.query(GuardianConsent).order_by(GuardianConsent.id)]
    assert states == [GuardianState.WITHDRAWN, GuardianState.ACCEPTED]
    adult = factories.make_person(session, birth_date=dt.date(1990, 1, 1))
    assert "hoja que firmó" not in desk.get(f"/gestion/personas/{adult.id}").text
    refused = desk.post(f"/gestion/personas/{adult.id}/permiso", data=typed)
    assert (refused.status_code, "no le hace falta" in refused.text) == (422, True)


# --- one's own data


def test_the_download_has_it_and_deleting_takes_it(browser, outside, session, ana):
    where = given(browser, outside, session)
    (mine,) = personal_data.everything(session, ana.id)["permisos_de_quien_cuida"]
    assert (mine["correo"], mine["estado"]) == ("marleny@correo.com", "accepted")
    assert "token" not in json.dumps(mine)
    assert browser.post("/cuenta/eliminar", data={"understood": "y"}).status_code == 303
    assert session.query(GuardianConsent).count() == 0
    assert outside.get(where).status_code == 410
    for text in ("Marleny", "marleny@correo.com", where.rpartition("/")[2]):
        assert everywhere(session, text) == set()


def test_the_link_is_kept_as_a_keyed_hash(browser, session):
    ask(browser)
    token = link(session).rpartition("/")[2]
    assert everywhere(session, token, but={"mails"}) == set()
    assert len(consent(session).token_hash) == 64
