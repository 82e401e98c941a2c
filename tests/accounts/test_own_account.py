"""One's own data, consents, and deletion."""

import json
import re

import pytest

from participa.accounts import personal_data
from participa.accounts.events import ProfileChanged
from participa.accounts.models import (
    Consent,
    Group,
    GroupMember,
    OneTimeCode,
    Person,
    RoleGrant,
    SanctionKind,
    UserSession,
    VerificationRecord,
)
from participa.accounts.models.sanctions import SANCTION_LABELS
from participa.accounts.passwords import hashed
from participa.accounts.services.facts import record_about
from participa.core import seals
from participa.core.db import bind_to_organization
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.policy import Role
from participa.organizations import queries as organizations
from participa.organizations.models import Organization, Territory
from tests import factories

PASSWORD = "cuatro gatos en la loma"
HASH = hashed(PASSWORD)


@pytest.fixture
def rosa(session):
    return factories.make_person(session, email="rosa@ejemplo.com", password_hash=HASH)


@pytest.fixture
def browser(client, session, rosa):
    return factories.sign_in(client, session, rosa)


@pytest.mark.parametrize(
    "path",
    [
        "/cuenta",
        "/cuenta/datos",
        "/cuenta/correo",
        "/cuenta/clave",
        "/cuenta/sesiones",
        "/cuenta/segundo-paso",
        "/cuenta/consentimientos",
        "/cuenta/verificacion",
        "/cuenta/mis-datos",
        "/cuenta/eliminar",
    ],
)
def test_every_page_of_the_account(app, browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200
    if path != "/cuenta/mis-datos":
        assert answer.text.count("<h1") == 1
        assert "no-store" in answer.headers["Cache-Control"]
    stranger = app.test_client().get(path)
    assert (stranger.status_code, stranger.location[:7]) == (303, "/entrar")


@pytest.mark.parametrize(
    "path", ["/entrar", "/registro", "/registro/otro-enlace", "/clave/olvidada", "/primer-ingreso"]
)
def test_every_page_before_it(client, organization, path):
    for answer, status in ((client.get(path), 200), (client.post(path), 422)):
        assert answer.status_code == status
        assert answer.text.count("<h1") == 1
        assert "noindex" in answer.text


def test_changing_what_is_known(browser, session, rosa, organization):
    place = next(iter(organization.territories))
    answer = browser.post(
        "/cuenta/datos",
        data={
            "name": "Rosa María",
            "locale": "pt",
            "birth_date": "1980-02-03",
            "territory_id": str(place),
            "volver": "/cuenta/verificacion",
        },
    )
    assert (answer.status_code, answer.location) == (303, "/cuenta/verificacion")
    assert "idioma=pt" in answer.headers["Set-Cookie"]
    session.expire_all()
    assert (rosa.name, rosa.locale, rosa.birth_date.year) == ("Rosa María", "pt", 1980)
    assert rosa.territory_id == place
    fact = session.query(FactRow).filter_by(name="accounts.profile_changed").one()
    assert fact.data == {"fields": ["name", "locale", "birth_date", "territory_id"]}
    page = browser.get("/cuenta/datos").text
    assert "Guardamos sus datos" not in page, "said in the language just chosen"
    assert 'value="1980-02-03"' in page
    assert f'selected value="{place}"' in page
    bad = browser.post("/cuenta/datos", data={"name": "R\x01", "locale": "xx"})
    assert bad.status_code == 422


def test_consents_are_added_never_changed(browser, session, rosa, organization):
    place = "/cuenta/consentimientos"
    assert browser.post(place, data={"participation": "y", "notifications": "y"}).status_code == 303
    browser.post(place, data={"participation": "y", "notifications": "y"})
    browser.post(place, data={"participation": "y"})
    rows = session.query(Consent).order_by(Consent.id).all()
    assert [(row.purpose, row.granted) for row in rows] == [
        ("participation", True),
        ("notifications", True),
        ("notifications", False),
    ]
    session.get(Organization, organization.id).consent_version = "2"
    session.get(Organization, organization.id).version += 1
    session.commit()
    browser.post(place, data={"participation": "y"})
    newest = session.query(Consent).order_by(Consent.id.desc()).first()
    assert (newest.purpose, newest.granted, newest.text_version) == ("participation", True, "2")
    refused = browser.post(place, data={"statistics": "y"})
    assert refused.status_code == 422
    assert "elimine su cuenta" in refused.text


def test_the_text_of_the_entity_is_what_people_agree_to(client, session, organization):
    assert "Texto provisional" in client.get("/registro").text
    row = session.get(Organization, organization.id)
    row.consent_text, row.version = {"es": "Nuestra política."}, row.version + 1
    session.commit()
    page = client.get("/registro").text
    assert "Nuestra política." in page
    assert "Texto provisional" not in page


def test_everything_held_is_in_the_download(browser, session, rosa):
    group = Group(key="consejo", name="Consejo")
    session.add(group)
    session.flush()
    session.add(GroupMember(group_id=group.id, person_id=rosa.id))
    session.add(VerificationRecord(person_id=rosa.id, method="in_person"))
    session.commit()
    browser.post("/cuenta/consentimientos", data={"participation": "y"})
    personal_data.add_source(more := lambda _session, person_id: ("otra", [person_id]))
    personal_data.add_source(more)
    try:
        answer = browser.get("/cuenta/mis-datos")
    finally:
        personal_data.sources.remove(more)
    assert "attachment" in answer.headers["Content-Disposition"]
    data = json.loads(answer.text)
    assert data["cuenta"]["correo"] == "rosa@ejemplo.com"
    assert data["autorizaciones"][0]["clave"] == "participation"
    assert data["autorizaciones"][0]["finalidad"].startswith("Participar: publicar mis aportes")
    assert len(data["sesiones"]) == 1
    assert data["roles_grupos_y_verificaciones"]["grupos"] == ["Consejo"]
    assert data["actividad"][0]["hecho"] == "accounts.consents_changed"
    assert data["otra"] == [rosa.id]
    assert "argon2" not in answer.text


def test_the_download_names_the_place_the_role_and_the_measure(session, organization, rosa):
    village = Territory(code="lejos", name="Vereda Lejana", level="vereda", path=["lejos"])
    session.add(village)
    session.flush()
    organizations.forget()
    rosa.territory_id = village.id
    session.add(RoleGrant(person_id=rosa.id, role=Role.MODERATOR))
    session.flush()
    data = personal_data.everything(session, rosa.id)
    assert data["cuenta"]["territorio"] == {"id": village.id, "nombre": "Vereda Lejana"}
    assert data["roles_grupos_y_verificaciones"]["roles"][0]["rol"] == "Moderación"
    assert set(SANCTION_LABELS) == set(SanctionKind)


def test_deleting_an_account_leaves_no_name(browser, session, rosa):
    process = factories.make_process(session)
    session.add(RoleGrant(person_id=rosa.id, role=Role.MODERATOR, process_id=process.id))
    session.add(VerificationRecord(person_id=rosa.id, method="in_person"))
    session.commit()
    browser.post("/cuenta/consentimientos", data={"participation": "y"})
    browser.post("/clave/olvidada", data={"email": "rosa@ejemplo.com"})
    erased = []
    personal_data.add_eraser(eraser := lambda _session, person_id: erased.append(person_id))
    try:
        wrong = browser.post("/cuenta/eliminar", data={"password": "x", "understood": "y"})
        unticked = browser.post("/cuenta/eliminar", data={"password": PASSWORD})
        assert (wrong.status_code, unticked.status_code) == (422, 422)
        answer = browser.post("/cuenta/eliminar", data={"password": PASSWORD, "understood": "y"})
    finally:
        personal_data.erasers.remove(eraser)
    assert (answer.status_code, answer.location, erased) == (303, "/", [rosa.id])
    session.expire_all()
    person = session.query(Person).filter_by(id=rosa.id).one()
    kept = {
        column.name: getattr(person, column.key)
        for column in Person.__mapper__.columns
        if getattr(person, column.key) not in (None, "")
    }
    assert set(kept) <= {
        "id",
        "organization_id",
        "locale",
        "created_at",
        "updated_at",
        "deleted_at",
    }
    for table in (RoleGrant, VerificationRecord, UserSession, OneTimeCode):
        assert session.query(table).filter_by(person_id=rosa.id).count() == 0
    assert session.query(Consent).count() == 1
    (letter,) = session.query(Mail).all()
    assert "eliminó" in letter.subject
    fact = session.query(FactRow).filter_by(name="accounts.deleted").one()
    assert fact.data == {"person_id": rosa.id}
    assert browser.get("/cuenta").status_code == 303
    again = browser.post("/entrar", data={"login": "rosa@ejemplo.com", "password": PASSWORD})
    assert again.status_code == 422


def test_what_an_account_did_with_itself_is_erased_and_the_seals_stay_whole(
    browser, session, organization, rosa
):
    browser.post("/cuenta/consentimientos", data={"participation": "y"})
    browser.post("/cuenta/sesiones/cerrar-todas")
    actor = factories.actor_of(session, rosa)
    record_about(session, actor, organization, rosa.id, ProfileChanged(["name"]))
    session.commit()
    seals.seal_all(session)
    browser.post("/cuenta/eliminar", data={"password": PASSWORD, "understood": "y"})
    session.expire_all()
    bind_to_organization(session, organization.id)
    seals.seal_all(session)
    bind_to_organization(session, organization.id)
    facts = {each.name: each for each in session.query(FactRow).filter_by(subject_id=rosa.id)}
    changed = facts["accounts.profile_changed"]
    assert (changed.data, changed.salt, changed.request_id) == ({}, None, None)
    assert facts["accounts.consents_changed"].data["given"], "what was allowed is proof"
    assert facts["accounts.deleted"].data == {"person_id": rosa.id}
    flaws = {each.fact_id: each.flaw for each in seals.verify(session, organization.id)}
    assert flaws[changed.id] is seals.Flaw.ERASED
    assert set(flaws.values()) == {seals.Flaw.ERASED}


def test_an_address_is_free_again_after_deletion(browser, session, rosa):
    browser.post("/cuenta/eliminar", data={"password": PASSWORD, "understood": "y"})
    answer = browser.post(
        "/registro",
        data={
            "name": "Rosa",
            "email": "rosa@ejemplo.com",
            "participation": "y",
        },
    )
    assert answer.status_code == 303
    letter = session.query(Mail).order_by(Mail.id.desc()).first()
    link = re.search(r"http://localhost(/confirmar/\S+)", letter.text)[1]
    answer = browser.post(link, data={"name": "Rosa", "password": PASSWORD})
    assert answer.status_code == 303
    session.expire_all()
    assert session.query(Person).filter_by(email="rosa@ejemplo.com").one().id != rosa.id


def test_a_page_with_errors_asks_for_the_password_where_there_was_one(browser, session, rosa):
    asked = browser.post("/cuenta/eliminar", data={"password": PASSWORD})
    assert "Escriba la clave otra vez" in asked.text
    assert "no se ha perdido nada" not in asked.text
    session.query(Person).filter_by(id=rosa.id).one().password_hash = None
    session.commit()
    unasked = browser.post("/cuenta/eliminar", data={})
    assert unasked.status_code == 422
    assert "no se ha perdido nada" in unasked.text
    assert browser.post("/cuenta/eliminar", data={"understood": "y"}).status_code == 303


def test_the_last_administrator_does_not_leave(browser, session, rosa):
    session.add(RoleGrant(person_id=rosa.id, role=Role.ORGANIZATION_ADMIN))
    session.commit()
    answer = browser.post("/cuenta/eliminar", data={"password": PASSWORD, "understood": "y"})
    assert answer.status_code == 422
    assert "única persona" in answer.text
    factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    answer = browser.post("/cuenta/eliminar", data={"password": PASSWORD, "understood": "y"})
    assert answer.status_code == 303


def test_an_account_on_paper_is_deleted_with_a_tick(client, session, organization):
    person = factories.make_person(session, email=None, username="jose1234", password_hash=None)
    factories.sign_in(client, session, person)
    assert client.post("/cuenta/eliminar", data={}).status_code == 422
    assert client.post("/cuenta/eliminar", data={"understood": "y"}).status_code == 303
