"""The second step: codes once, recovery codes once, staff refused without it."""

import dataclasses
import datetime as dt
import re

import pyotp
import pytest
import time_machine

from participa.accounts import policy
from participa.accounts.models import Person, RecoveryCode, UserSession
from participa.accounts.passwords import hashed
from participa.accounts.queries import signed_in
from participa.accounts.services import second_factor, sessions
from participa.core import clock
from participa.core.encryption import decrypt
from participa.core.errors import Conflict
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.policy import Denied, Role, denial
from participa.organizations import queries as organizations
from participa.organizations.models import Organization
from participa.organizations.services import entity as entity_services
from tests import factories
from tests.conftest import SECRET_KEY

PASSWORD = "cuatro gatos en la loma"
HASH = hashed(PASSWORD)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def travel():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def rosa(session):
    return factories.make_person(session, email="rosa@ejemplo.com", password_hash=HASH)


def secret_of(person):
    return decrypt("totp", SECRET_KEY, person.totp_secret, person.id)


def code_of(session, person, steps=0):
    session.expire_all()
    moment = clock.now() + dt.timedelta(seconds=30 * steps)
    return pyotp.TOTP(secret_of(person)).at(moment)


@pytest.fixture
def codes(client, session, rosa):
    """The recovery codes of Rosa, who has turned the second step on."""
    factories.sign_in(client, session, rosa)
    begun = client.post("/cuenta/segundo-paso/empezar", data={"empezar-password": PASSWORD})
    assert begun.status_code == 303
    page = client.get("/cuenta/segundo-paso").text
    session.expire_all()
    assert "data:image/svg+xml" in page
    assert secret_of(rosa)[:4] in page
    assert secret_of(rosa) not in rosa.totp_secret
    wrong = client.post("/cuenta/segundo-paso/activar", data={"code": "000000"})
    assert wrong.status_code == 422
    shown = client.post("/cuenta/segundo-paso/activar", data={"code": code_of(session, rosa)})
    assert shown.status_code == 200
    assert shown.headers["Cache-Control"] == "no-store"
    found = re.findall(r"<li>(\w{4}-\w{4}-\w{4})</li>", shown.text)
    assert len(set(found)) == 10
    client.post("/salir")
    return found


def first_step(client):
    return client.post("/entrar", data={"login": "rosa@ejemplo.com", "password": PASSWORD})


def second_step(client, code):
    return client.post("/entrar/segundo-paso", data={"code": code})


def test_no_session_before_the_second_step(client, session, rosa, codes, travel):
    travel.shift(60)
    answer = client.post(
        "/entrar",
        data={"login": "rosa@ejemplo.com", "password": PASSWORD, "volver": "/cuenta/datos"},
    )
    assert answer.location == "/entrar/segundo-paso"
    assert session.query(UserSession).count() == 0
    assert client.get("/cuenta").status_code == 303
    assert client.get("/entrar/segundo-paso").status_code == 200
    answer = second_step(client, code_of(session, rosa))
    assert (answer.status_code, answer.location) == (303, "/cuenta/datos")
    assert client.get("/cuenta").status_code == 200


def test_a_code_works_once(app, client, session, rosa, codes, travel):
    travel.shift(60)
    code = code_of(session, rosa)
    first_step(client)
    assert second_step(client, code).status_code == 303
    thief = app.test_client()
    first_step(thief)
    assert second_step(thief, code).status_code == 422
    assert second_step(thief, code_of(session, rosa, -1)).status_code == 422
    assert second_step(thief, code_of(session, rosa, 1)).status_code == 303


def test_the_code_that_turned_it_on_does_not_open(client, session, rosa, codes):
    first_step(client)
    assert second_step(client, code_of(session, rosa)).status_code == 422


@pytest.mark.parametrize(("steps", "status"), [(-3, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_clocks_may_differ_by_one_step(client, session, rosa, codes, travel, steps, status):
    travel.shift(600)
    first_step(client)
    code = code_of(session, rosa, steps)
    assert second_step(client, f"{code[:3]} {code[3:]}").status_code == status


def test_a_recovery_code_works_once(app, client, session, rosa, codes):
    first_step(client)
    assert second_step(client, codes[0].upper().replace("-", " ")).status_code == 303
    assert "Le quedan 9" in client.get("/cuenta").text
    other = app.test_client()
    first_step(other)
    assert second_step(other, codes[0]).status_code == 422
    assert second_step(other, codes[1]).status_code == 303
    hashes = str([row.code_hash for row in session.query(RecoveryCode)])
    assert codes[2].replace("-", "") not in hashes


def test_the_second_step_is_guessed_slowly(client, session, rosa, codes, travel):
    travel.shift(60)
    first_step(client)
    for _attempt in range(10):
        assert second_step(client, "000000").status_code == 422
    assert second_step(client, code_of(session, rosa)).status_code == 429
    assert session.query(UserSession).count() == 0


def test_the_pause_between_the_steps_ends(client, session, rosa, codes, travel):
    first_step(client)
    travel.shift(601)
    answer = second_step(client, code_of(session, rosa))
    assert answer.location.startswith("/entrar?")
    assert session.query(UserSession).count() == 0


def test_another_password_ends_the_pause(client, session, rosa, codes, travel):
    travel.shift(60)
    first_step(client)
    rosa.password_hash = hashed("otra clave distinta")
    session.commit()
    assert second_step(client, code_of(session, rosa)).location.startswith("/entrar?")
    assert client.get("/entrar/segundo-paso").status_code == 303


def test_new_codes_replace_the_old(client, session, rosa, codes, travel):
    factories.sign_in(client, session, rosa)
    travel.shift(60)
    wrong = client.post("/cuenta/segundo-paso/codigos", data={"nuevos-code": "123"})
    assert wrong.status_code == 422
    answer = client.post(
        "/cuenta/segundo-paso/codigos", data={"nuevos-code": code_of(session, rosa)}
    )
    fresh = re.findall(r"<li>(\w{4}-\w{4}-\w{4})</li>", answer.text)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    client.post("/salir")
    first_step(client)
    assert second_step(client, codes[0]).status_code == 422
    assert second_step(client, fresh[0]).status_code == 303


def test_turning_it_off_needs_password_and_code(client, session, rosa, codes, travel):
    factories.sign_in(client, session, rosa)
    travel.shift(60)
    place = "/cuenta/segundo-paso/quitar"
    code = code_of(session, rosa)
    assert client.post(place, data={"quitar-password": "x", "quitar-code": code}).status_code == 422
    bad = client.post(place, data={"quitar-password": PASSWORD, "quitar-code": "000000"})
    assert bad.status_code == 422
    good = client.post(place, data={"quitar-password": PASSWORD, "quitar-code": code})
    assert good.status_code == 303
    session.expire_all()
    assert rosa.totp_secret is None
    assert session.query(RecoveryCode).count() == 0


def test_turning_it_on_asks_for_the_password(client, session, rosa):
    factories.sign_in(client, session, rosa)
    place = "/cuenta/segundo-paso/empezar"
    assert client.post(place).status_code == 422
    wrong = client.post(place, data={"empezar-password": "la de otra persona"})
    assert (wrong.status_code, "no es su clave" in wrong.text) == (422, True)
    session.expire_all()
    assert rosa.totp_secret is None


def test_the_owner_is_told_by_mail(client, session, rosa, codes, travel):
    def subjects():
        return [letter.subject.partition(" · ")[0] for letter in session.query(Mail)]

    assert subjects() == ["Activó el segundo paso para entrar"]
    first_step(client)
    second_step(client, codes[0])
    assert subjects()[1:] == [
        "Entraron a su cuenta con un código de recuperación",
        "Entraron a su cuenta desde otro navegador",
    ]
    assert codes[0] not in str([letter.text for letter in session.query(Mail)])
    travel.shift(60)
    data = {"quitar-password": PASSWORD, "quitar-code": code_of(session, rosa)}
    client.post("/cuenta/segundo-paso/quitar", data=data)
    assert subjects()[-1] == "El segundo paso para entrar se desactivó"


def test_two_administrators_help_who_lost_phone_and_codes(app, client, session, rosa, codes):
    role = Role.ORGANIZATION_ADMIN
    first, second = (factories.make_person(session, roles=[role]) for _number in range(2))
    ana, ben = (factories.sign_in(app.test_client(), session, person) for person in (first, second))
    phone = factories.sign_in(app.test_client(), session, rosa)
    place = f"/gestion/personas/{rosa.id}"

    def press(browser, what):
        answer = browser.post(f"{place}/segundo-paso", data={"what": what})
        assert answer.status_code == 303
        session.expire_all()
        return browser.get(place).text

    assert "falta que otra persona" in press(ana, "ask")
    assert "lo confirma otra persona" in press(ana, "accept")
    assert rosa.totp_secret is not None
    assert "Confirmar y restablecer" in ben.get(place).text
    press(ben, "refuse")
    assert rosa.totp_secret is not None
    assert "alguien lo decidió antes" in press(ben, "accept")
    press(ben, "ask")
    press(ana, "accept")
    assert rosa.totp_secret is None
    assert phone.get("/cuenta").status_code == 303
    assert first_step(client).location == "/"
    facts = [row for row in session.query(FactRow).order_by(FactRow.id) if "reset" in row.name]
    assert [(row.name.rpartition("_")[2], row.actor_id) for row in facts] == [
        ("asked", first.id), ("refused", second.id), ("asked", second.id), ("reset", first.id),
    ]  # fmt: skip
    assert facts[-1].data == {"person_id": rosa.id, "asked_by_id": second.id}
    told = [m.subject for m in session.query(Mail) if "restable" in m.subject]
    assert len(told) == 3


def test_nobody_resets_their_own_and_no_citizen_anybody_s(session, organization, rosa, codes):
    boss = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    actor = factories.actor_of(session, boss)
    with pytest.raises(Conflict):
        second_factor.ask_reset(session, actor, organization, boss.id)
    with pytest.raises(Denied):
        second_factor.ask_reset(session, factories.actor_of(session, rosa), organization, boss.id)


def test_asking_for_it_gives_days_says_who_lacks_it_and_leads_through(
    client, session, rosa, organization, travel
):
    boss = factories.make_person(session, "Ana Jefa", roles=[Role.ORGANIZATION_ADMIN])
    late = factories.make_person(session, "Luz Tardía", roles=[Role.ORGANIZATION_ADMIN])
    factories.sign_in(client, session, boss)
    page = client.get("/gestion/entidad")
    assert "Luz Tardía" in page.text
    assert "Rosa Quintero" not in page.text
    view = organizations.by_id(session, organization.id)
    row = session.get(Organization, organization.id)
    entity_services.edit(
        session, factories.actor_of(session, boss), view,
        dataclasses.replace(entity_services.entity_of(view), staff_second_factor=True),
        version=row.version,
    )  # fmt: skip
    session.commit()
    assert client.get("/gestion/entidad").status_code == 200
    assert "Se exige desde el" in client.get("/gestion/entidad").text
    account = client.get("/cuenta").text
    assert "hace falta para usar su rol" in account
    assert "/cuenta/segundo-paso" in account
    travel.shift(dt.timedelta(days=7))
    client = factories.sign_in(client.application.test_client(), session, late)
    assert client.get("/gestion/entidad").status_code == 403


def test_staff_without_it_are_refused_and_told_where_to_go(client, session, rosa, organization):
    session.get(Organization, organization.id).staff_second_factor = True
    session.get(Organization, organization.id).version += 1
    session.commit()
    staff = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    token = sessions.start(session, staff, "")
    session.commit()
    fresh = organizations.by_id(session, organization.id)
    found = signed_in(session, fresh, token, clock.now())
    refused = denial(policy.MANAGE_PEOPLE, found.actor, fresh, at=clock.now())
    assert (refused.key, refused.invite) == ("second_factor", "second_factor")
    factories.sign_in(client, session, staff)
    assert "Activar el segundo paso" in client.get("/cuenta").text
    person = session.get(Person, staff.id)
    person.totp_secret, person.totp_confirmed_at = "not looked at", clock.now()
    session.commit()
    found = signed_in(session, fresh, token, clock.now())
    assert denial(policy.MANAGE_PEOPLE, found.actor, fresh, at=clock.now()) is None
