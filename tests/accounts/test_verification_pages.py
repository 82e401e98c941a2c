"""Proving who one is, on the pages; two people with one document; and no number anywhere."""

import threading

import pytest
import sqlalchemy as sa
from flask import g

from participa.accounts.models import Person, Roll, RollEntry, VerificationRecord
from participa.accounts.services import verification as services
from participa.accounts.verification import methods, records
from participa.accounts.verification.method import Field, Method, Refusal
from participa.core.db import Base, bind_to_organization, db
from participa.core.errors import ParticipaError
from participa.core.requirements import VERIFICATION_METHODS
from tests import factories
from tests.conftest import new_app

NUMBER = "1032456781"
HERE = "/cuenta/verificacion/census"


@pytest.fixture
def roll(app, session, organization):
    with app.app_context():
        made = factories.make_roll(session, organization, [NUMBER, "55555555"])
    session.commit()
    return made[0]


@pytest.fixture
def rosa(session):
    return factories.make_person(session)


@pytest.fixture
def browser(client, session, rosa):
    return factories.sign_in(client, session, rosa)


def typed(number=NUMBER, **more):
    return {"document_type": "CC", "document_number": number, **more}


def test_without_a_roll_the_page_says_so(browser):
    assert "todavía no ha cargado un padrón" in browser.get("/cuenta/verificacion").text
    assert "todavía no ha cargado un padrón" in browser.get(HERE).text
    assert browser.post(HERE, data=typed()).status_code == 422


def test_verifying_leads_back_to_what_one_was_doing(browser, session, rosa, roll):
    page = browser.get("/cuenta/verificacion?volver=/procesos").text
    assert "Verificarme así" in page
    assert "volver=/procesos" in page
    form = browser.get(f"{HERE}?volver=/procesos").text
    assert 'value="/procesos"' in form
    assert "Cédula de ciudadanía" in form
    assert browser.post(HERE, data={"document_type": "CC"}).status_code == 422
    wrong = browser.post(HERE, data=typed("99999999", volver="/procesos"))
    assert wrong.status_code == 422
    assert "no está en el padrón" in wrong.text
    assert 'value="99999999"' in wrong.text, "nothing typed is lost"
    done = browser.post(HERE, data=typed("1.032.456.781", volver="/procesos"))
    assert (done.status_code, done.location) == (303, "/procesos")
    session.expire_all()
    assert session.query(VerificationRecord).one().person_id == rosa.id
    page = browser.get("/cuenta/verificacion").text
    assert "Vigente" in page
    assert "con su documento en el padrón" in page
    assert browser.get("/cuenta/verificacion/in_person").status_code == 404
    assert browser.post("/cuenta/verificacion/no-existe").status_code == 404


def test_guesses_are_few(app, browser, session, roll):
    answers = [
        browser.post(HERE, data=typed(str(90_000_000 + each))).status_code for each in range(6)
    ]
    assert answers == [422] * 5 + [429]
    assert browser.post(HERE, data=typed()).status_code == 429, "the right one too"
    assert session.query(VerificationRecord).count() == 0


def test_what_the_roll_says_is_not_changed_in_the_profile(
    app, browser, session, organization, rosa, roll
):
    place = next(i for i, t in organization.territories.items() if t.code == "centro")
    line = session.query(RollEntry).order_by(RollEntry.id).first()
    line.birth_date, line.territory_id = rosa.created_at.date().replace(year=1990), place
    session.commit()
    browser.post(HERE, data=typed())
    page = browser.get("/cuenta/datos").text
    assert "viene del padrón" in page
    assert 'name="birth_date"' not in page
    data = {"name": "Rosa", "locale": "es", "birth_date": "2001-01-01", "territory_id": ""}
    assert browser.post("/cuenta/datos", data=data).status_code == 303
    session.expire_all()
    person = session.get_one(Person, rosa.id)
    assert (person.name, person.birth_date.year, person.territory_id) == ("Rosa", 1990, place)


def test_deleting_the_account_frees_the_line(app, browser, session, rosa, roll):
    browser.post(HERE, data=typed())
    assert browser.post("/cuenta/eliminar", data={"understood": "y"}).status_code == 303
    session.expire_all()
    assert session.query(RollEntry).filter(RollEntry.person_id.is_not(None)).count() == 0
    other = factories.sign_in(app.test_client(), session, factories.make_person(session))
    assert other.post(HERE, data=typed()).status_code == 303


def test_third_parties_add_methods(app, browser, session, rosa):
    def check(session, _organization, person, typed, at):
        if typed["word"] != "ábrete":
            return Refusal("Esa no es la palabra.", "word")
        return records.write(session, person, "word", at)

    method = Method(
        key="word",
        label="con la palabra",
        title="Con la palabra",
        how=lambda _organization: "Diga la palabra.",
        verify=check,
        fields=(Field("word", "Palabra"),),
    )
    methods.add(method)
    try:
        methods.add(method)
        with pytest.raises(ParticipaError):
            methods.add(Method("word", "", "", lambda _o: "", check))
        assert VERIFICATION_METHODS["word"] == "con la palabra"
        assert "Con la palabra" in browser.get("/cuenta/verificacion").text
        refused = browser.post("/cuenta/verificacion/word", data={"word": "ciérrate"})
        assert "Esa no es la palabra." in refused.text
        done = browser.post("/cuenta/verificacion/word", data={"word": "ábrete"})
        assert done.status_code == 303
    finally:
        methods._added.pop("word")
        VERIFICATION_METHODS.pop("word")


def test_no_document_number_is_anywhere(app, browser, session, roll, capfd, caplog):
    caplog.set_level("DEBUG")
    browser.post(HERE, data=typed("99999999"))
    browser.post(HERE, data=typed("99 999-99"))
    browser.post(HERE, data=typed("1.032.456.781"))
    # Whoever is signed out meanwhile has what was typed kept for them, but not this.
    stranger = app.test_client()
    stranger.post(HERE, data=typed("1032456781", volver="/procesos"))
    for table in Base.metadata.sorted_tables:
        for row in session.connection().execute(sa.select(table)):
            text = repr(tuple(row))
            for number in (NUMBER, "1.032.456.781", "99999999", "99 999-99", "9999999"):
                assert number not in text, f"{table.name}: {text}"
    said = "".join(capfd.readouterr()) + caplog.text
    assert NUMBER not in said
    assert "99999999" not in said


def test_two_people_claim_one_line_at_once(engine_name):
    """Each on a connection of its own: one is verified, the other is told, and nobody crashes."""
    app = new_app(engine_name)
    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        factories.make_roll(session, organization, [NUMBER])
        session.commit()
        people = [factories.make_person(session, f"Persona {each}") for each in range(6)]
        actors = [factories.actor_of(session, each) for each in people]
        session.commit()
        db.session.remove()
    found, start = [], threading.Barrier(len(actors))

    def claim(actor):
        with app.app_context():
            session = db.session()
            bind_to_organization(session, organization.id)
            g.organization = organization
            start.wait()
            try:
                refused = services.verify(session, actor, organization, "census", typed())
                session.commit()
                found.append(str(refused.sentence) if refused else None)
            except Exception as error:  # noqa: BLE001
                found.append(repr(error))
            finally:
                db.session.remove()

    threads = [threading.Thread(target=claim, args=(each,)) for each in actors]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found.count(None) == 1, found
    assert all("otra cuenta" in each for each in found if each), found
    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        assert session.query(VerificationRecord).count() == 1
        assert session.query(Roll).one().size == 1
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
