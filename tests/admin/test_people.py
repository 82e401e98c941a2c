import re

import pytest

from participa.accounts.models import Person, RoleGrant, VerificationRecord
from participa.core.policy import Role
from tests import factories


@pytest.fixture
def neighbour(session):
    return factories.make_person(session, "Marta Gómez Ñáñez")


@pytest.fixture
def page(neighbour):
    return f"/gestion/personas/{neighbour.id}"


def test_people_are_found_without_accents(admin, neighbour):
    assert "Marta Gómez" in admin.get("/gestion/personas?q=gomez").text
    assert "Nadie se llama así" in admin.get("/gestion/personas?q=zzz").text


def test_somebody_without_mail_gets_a_sheet_once(session, admin):
    data = {"name": "Pedro Sin Correo", "purposes": ["participation"], "territory": "la-loma"}
    answer = admin.post("/gestion/personas/nueva", data=data)
    assert answer.status_code == 200
    row = session.query(Person).filter_by(name="Pedro Sin Correo").one()
    assert row.username in answer.text
    assert re.search(r"<dt>Código</dt><dd><strong>[^<]+</strong>", answer.text)
    assert "no-store" in answer.headers["Cache-Control"]
    asked = admin.post(f"/gestion/personas/{row.id}/codigo")
    assert "¿Imprimir otro código" in asked.text
    again = admin.post(f"/gestion/personas/{row.id}/codigo", data={"confirmado": "1"})
    assert row.username in again.text


def test_where_somebody_lives_is_chosen_by_name(session, organization, admin):
    roll, _line = factories.make_roll(session, organization)
    session.commit()
    for path in ("personas/nueva", f"padrones/{roll}/agregar"):
        page = admin.get(f"/gestion/{path}").text
        select = re.search(r'<select id="f-territory".*?</select>', page)
        options = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)', select[0])
        assert options[0][0] == ""
        assert dict(options[1:]) == dict(organization.place_options)
        assert "selected" not in select[0].replace('value="" selected', "")
        wrong = admin.post(f"/gestion/{path}", data={"territory": "narnia"})
        assert wrong.status_code == 422
        assert "Elija un lugar de la lista" in wrong.text
    chosen = admin.post("/gestion/personas/nueva", data={"territory": "la-loma"})
    assert '<option value="la-loma" selected>' in chosen.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "", "purposes": "participation"}, "nombre"),
        ({"name": "Pedro"}, "autorización"),
        ({"name": "Pedro", "purposes": "participation", "birth_date": "ayer"}, "Escriba el día"),
        (
            {"name": "Pedro", "purposes": "participation", "territory": "narnia"},
            "Elija un lugar de la lista",
        ),
    ],
)
def test_a_bad_registration_keeps_what_was_typed(admin, data, words):
    answer = admin.post("/gestion/personas/nueva", data=data)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{data["name"]}"' in answer.text


def test_roles_are_asked_for_given_and_taken(session, process, admin, neighbour, page):
    given = {"role": "reviewer", "process_slug": process.slug}
    assert "¿Darle un rol a Marta" in admin.post(f"{page}/roles/dar", data=given).text
    assert not session.query(RoleGrant).filter_by(person_id=neighbour.id).count()
    admin.post(f"{page}/roles/dar", data={**given, "confirmado": "1"})
    assert session.query(RoleGrant).filter_by(person_id=neighbour.id).one().role is Role.REVIEWER
    assert "Revisión técnica" in admin.get(page).text
    admin.post(f"{page}/roles/quitar", data={**given, "confirmado": "1"})
    assert not session.query(RoleGrant).filter_by(person_id=neighbour.id).count()


def test_the_last_administrator_stays(session, admin):
    last = session.query(RoleGrant).filter_by(role=Role.ORGANIZATION_ADMIN).one()
    answer = admin.post(
        f"/gestion/personas/{last.person_id}/roles/quitar",
        data={"role": "organization_admin", "confirmado": "1"},
        follow_redirects=True,
    )
    assert "Es la única persona que administra" in answer.text
    assert session.query(RoleGrant).filter_by(role=Role.ORGANIZATION_ADMIN).count() == 1


def test_a_verification_is_noted_and_revoked(session, admin, neighbour, page):
    assert admin.post(f"{page}/verificar", data={"expires_on": "2099-12-31"}).status_code == 303
    row = session.query(VerificationRecord).one()
    assert "31 de diciembre de 2099" in admin.get(page).text
    assert admin.post(f"{page}/verificar", data={"expires_on": "1999-12-31"}).status_code == 422
    assert admin.post(f"{page}/verificar", data={"expires_on": "nunca"}).status_code == 422
    path = f"{page}/verificaciones/{row.id}/anular"
    assert "¿Anular la verificación" in admin.post(path).text
    admin.post(path, data={"confirmado": "1"})
    session.expire_all()
    assert session.query(VerificationRecord).one().revoked_at is not None
    other = factories.make_person(session, "Otra")
    assert (
        admin.post(f"/gestion/personas/{other.id}/verificaciones/{row.id}/anular").status_code
        == 404
    )


def test_groups_are_made_and_people_put_in_them(admin, neighbour, page):
    assert (
        admin.post("/gestion/grupos", data={"name": "Jurado", "key": "Jurado 1"}).status_code == 422
    )
    assert (
        admin.post("/gestion/grupos", data={"name": "Jurado", "key": "jurado"}).status_code == 303
    )
    group = re.search(r"/gestion/grupos/(\d+)", admin.get("/gestion/grupos").text)[1]
    admin.post(f"{page}/grupos", data={"groups": [group]})
    assert "Marta" in admin.get(f"/gestion/grupos/{group}").text
    admin.post(f"{page}/grupos", data={})
    assert "Marta" not in admin.get(f"/gestion/grupos/{group}").text


def test_an_over_long_name_comes_back_whole_with_a_sentence(admin):
    for path, data in (
        ("grupos", {"key": "consejo", "name": "ñ" * 161}),
        ("personas/nueva", {"purposes": "participation", "name": "ñ" * 81}),
        ("padrones", {"key": "usme", "name": "ñ" * 161}),
        ("procesos/nuevo", {"plantilla": "vacio", "title": "ñ" * 161, "start": "2027-02-01"}),
    ):
        answer = admin.post(f"/gestion/{path}", data=data)
        assert answer.status_code == 422, path
        assert "field-error" in answer.text
        assert "ñ" * 81 in answer.text
        assert f'value="{data.get("title", data.get("name"))}"' in answer.text


def test_nobody_of_another_city_is_seen(session, app, neighbour, page):
    other = factories.make_organization(session, "otra")
    boss = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    base = f"http://{other.host}"
    client = factories.sign_in(app.test_client(), session, boss, base_url=base)
    assert "Marta" not in client.get("/gestion/personas", base_url=base).text
    for rest in ("", "/roles/dar", "/verificar", "/codigo", "/grupos"):
        method = "get" if not rest else "post"
        data = None if not rest else {"role": "organization_admin", "confirmado": "1"}
        assert client.open(page + rest, method=method, data=data, base_url=base).status_code == 404
