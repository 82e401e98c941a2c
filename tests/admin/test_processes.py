"""The list of processes, making one, its life, its links and roles, and seeing it on other days."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
import time_machine

from participa.core.policy import Role
from participa.processes import queries, services
from participa.processes.models import PhaseKind, Process, ProcessStatus
from tests import factories

BASE = "/gestion/procesos/presupuesto"


@pytest.fixture
def now(session):
    def read(slug="presupuesto"):
        session.expire_all()
        return queries.by_slug(session, slug)

    return read


@pytest.fixture
def statements(session):
    """Return a counter of the statements that a call sends to the database."""

    def count(call):
        seen = []
        connection = session.connection()

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                seen.append(statement)

        sa.event.listen(connection.engine, "before_cursor_execute", note)
        try:
            call()
        finally:
            sa.event.remove(connection.engine, "before_cursor_execute", note)
        return len(seen)

    return count


LISTS = (
    "/gestion",
    "/gestion/procesos",
    "/gestion/personas",
    "/gestion/registro",
    "/gestion/territorios",
    "/gestion/temas",
    f"{BASE}/actividad",
    f"{BASE}/enlaces",
    f"{BASE}/roles",
)


def test_lists_ask_the_same_for_one_and_for_fifty(
    session, process, organization, admin, statements
):
    def asked():
        for page in LISTS:  # what is kept in memory is filled first
            admin.get(page)
        return {page: statements(lambda page=page: admin.get(page)) for page in LISTS}

    boss = factories.actor_of(
        session, factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    )
    services.make_preview_link(session, boss, process.id, hours=1)
    factories.make_person(session, "Vecina", roles=[(Role.OBSERVER, process.id)])
    session.commit()
    few = asked()
    for number in range(50):
        factories.make_process(session, slug=f"otro-{number}")
        factories.make_person(session, f"Vecina {number}", roles=[(Role.OBSERVER, process.id)])
        services.make_preview_link(session, boss, process.id, hours=number + 1)
    session.commit()
    many = asked()
    assert max(few.values()) > 3
    more = {page: (few[page], many[page]) for page in LISTS if many[page] > few[page]}
    assert not more
    assert max(many.values()) < 20


def test_the_list_filters_sorts_and_is_taken_away(session, process, admin):
    factories.make_process(
        session, slug="agua", title=factories.Localized("Agua limpia"), status=ProcessStatus.DRAFT
    )
    page = admin.get("/gestion/procesos?orden=titulo").text
    assert page.index("Agua limpia") < page.index("Presupuesto participativo</a>")
    page = admin.get("/gestion/procesos?orden=-titulo").text
    assert page.index("Agua limpia") > page.index("Presupuesto participativo</a>")
    assert "Agua limpia" not in admin.get("/gestion/procesos?publicacion=published").text
    assert "Presupuesto participativo</a>" not in admin.get("/gestion/procesos?q=AGUA+limpias").text
    assert "Ninguno coincide" in admin.get("/gestion/procesos?q=nada").text
    lines = admin.get("/gestion/procesos.csv?publicacion=draft").text.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("agua,Agua limpia,draft")


def test_staff_of_one_process_see_only_theirs(session, process, browser):
    factories.make_process(
        session, slug="secreto", title=factories.Localized("Secreto"), status=ProcessStatus.DRAFT
    )
    client = browser("observer")
    assert "Secreto" not in client.get("/gestion/procesos").text
    assert "Secreto" not in client.get("/gestion").text
    assert client.get("/gestion/procesos/secreto").status_code == 404


def test_a_process_is_made_from_a_template_on_another_day(admin, now):
    assert "usme-innova-2023" in admin.get("/gestion/procesos/nuevo").text
    form = admin.get("/gestion/procesos/nuevo?plantilla=usme-innova-2023")
    assert "Laboratorio Usme Innova 2023" in form.text
    made = admin.post(
        "/gestion/procesos/nuevo",
        data={
            "plantilla": "usme-innova-2023",
            "title": "Laboratorio Ñandú",
            "slug": "",
            "start": "2027-02-01",
        },
    )
    assert made.headers["Location"].endswith("/gestion/procesos/laboratorio-nandu")
    process = now("laboratorio-nandu")
    assert process.status is ProcessStatus.DRAFT
    assert process.start == dt.datetime(2027, 2, 1, 5, tzinfo=dt.UTC)
    assert "Laboratorio Ñandú" in admin.get(made.headers["Location"]).text


def test_an_empty_process_says_what_is_missing(admin, now):
    admin.post("/gestion/procesos/nuevo", data={"plantilla": "vacio", "title": "De cero"})
    page = admin.get("/gestion/procesos/de-cero").text
    assert "No tiene fases" in page
    assert "No tiene componentes" in page
    refused = admin.post("/gestion/procesos/de-cero/publicar", data={"confirmado": "1"})
    assert refused.status_code == 422
    assert "al menos una fase" in refused.text


def test_a_title_that_is_a_page_s_address_gets_another(admin, now):
    admin.post("/gestion/procesos/nuevo", data={"plantilla": "vacio", "title": "Nuevo"})
    assert now("nuevo-2").status is ProcessStatus.DRAFT


def test_a_copy_does_not_take_another_page_s_address(process, admin):
    answer = admin.post(
        f"{BASE}/duplicar", data={"title": "T", "slug": "nuevo", "start": "2028-01-10"}
    )
    assert answer.status_code == 422
    assert "dirección de otra página" in answer.text
    assert 'value="nuevo"' in answer.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"title": "", "slug": "x-y-z"}, "Falta el texto"),
        ({"title": "T", "slug": "Con Espacios"}, "minúsculas"),
        ({"title": "T", "slug": "presupuesto"}, "Ya hay un proceso"),
        ({"title": "T", "slug": "nuevo"}, "dirección de otra página"),
        ({"title": "a" * 161, "slug": "largo"}, "máximo"),
    ],
)
def test_a_bad_new_process_keeps_what_was_typed(process, admin, typed, words):
    answer = admin.post("/gestion/procesos/nuevo", data={"plantilla": "vacio", **typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{typed["slug"]}"' in answer.text


def test_a_day_that_is_none_is_said_beside_it(admin):
    answer = admin.post(
        "/gestion/procesos/nuevo",
        data={"plantilla": "usme-innova-2023", "title": "Uno", "start": "mañana"},
    )
    assert answer.status_code == 422
    assert "Escriba el día" in answer.text


@pytest.fixture
def draft(session, process):
    session.get_one(Process, process.id).status = ProcessStatus.DRAFT
    session.get_one(Process, process.id).version += 1
    session.commit()


def test_publishing_archiving_and_back_ask_first(draft, admin, now):
    asked = admin.get(f"{BASE}/publicar").text
    assert "Propuestas: Proponer" in asked
    assert admin.post(f"{BASE}/publicar").status_code == 200
    assert now().status is ProcessStatus.DRAFT
    assert admin.post(f"{BASE}/publicar", data={"confirmado": "1"}).status_code == 303
    assert now().status is ProcessStatus.PUBLISHED
    assert "se cierra ahora" in admin.get(f"{BASE}/archivar").text
    admin.post(f"{BASE}/archivar", data={"confirmado": "1"})
    assert now().status is ProcessStatus.ARCHIVED
    assert admin.post(f"{BASE}/despublicar", data={"reason": ""}).status_code == 422
    admin.post(f"{BASE}/despublicar", data={"reason": "Fechas mal puestas"})
    assert now().status is ProcessStatus.DRAFT
    again = admin.post(f"{BASE}/despublicar", data={"reason": "Otra vez"}, follow_redirects=True)
    assert "no está publicado" in again.text


def test_a_copy_moves_its_dates(process, admin, now):
    answer = admin.post(
        f"{BASE}/duplicar", data={"title": "Presupuesto 2028", "slug": "", "start": "2028-01-10"}
    )
    assert answer.status_code == 303
    copy = now("presupuesto-2028")
    assert copy.start.astimezone(copy.zone).date() == dt.date(2028, 1, 10)
    assert copy.status is ProcessStatus.DRAFT
    assert admin.post(f"{BASE}/duplicar", data={"title": "", "start": "x"}).status_code == 422


def test_only_the_organization_makes_copies(process, browser):
    assert browser("process_admin").get(f"{BASE}/duplicar").status_code == 403


def test_a_preview_link_is_shown_once_works_and_is_revoked(draft, admin, client):
    made = admin.post(f"{BASE}/enlaces", data={"hours": "24"})
    address = re.search(r'value="(http://[^"]+/vista-previa/[^"]+)"', made.text)[1]
    assert address not in admin.get(f"{BASE}/enlaces").text
    path = address.partition("localhost")[2]
    assert client.get(path).status_code == 303
    assert client.get("/procesos/presupuesto").status_code == 200
    revoke = re.search(r'action="([^"]+/anular)"', admin.get(f"{BASE}/enlaces").text)[1]
    assert admin.post(revoke).status_code == 303
    assert admin.application.test_client().get(path).status_code == 410
    assert admin.post(f"{BASE}/enlaces", data={"hours": "9999"}).status_code == 422


def test_roles_are_given_and_taken(session, process, admin, app):
    neighbour = factories.make_person(session, "Marta Gómez")
    client = factories.sign_in(app.test_client(), session, neighbour)
    assert client.get(BASE).status_code == 403
    assert "Marta Gómez" in admin.get(f"{BASE}/roles?q=marta").text
    given = {"person": neighbour.id, "role": "moderator"}
    assert admin.post(f"{BASE}/roles/dar", data=given).status_code == 303
    assert client.get(BASE).status_code == 200
    assert "¿Quitarle el rol a Marta Gómez?" in admin.post(f"{BASE}/roles/quitar", data=given).text
    admin.post(f"{BASE}/roles/quitar", data={**given, "confirmado": "1"})
    assert client.get(BASE).status_code == 403


@pytest.mark.parametrize("number", ["", "x", "-1", "٣", str(2**63), "9" * 30, "9" * 5000])
def test_nobody_has_a_role_by_a_number_that_is_none(process, admin, number):
    given = {"person": number, "role": "moderator"}
    for act in ("dar", "quitar"):
        assert admin.post(f"{BASE}/roles/{act}", data=given).status_code == 404


@pytest.mark.parametrize("role", ["organization_admin", "participant", "rey", ""])
def test_roles_that_are_not_given_in_a_process(session, process, admin, role):
    neighbour = factories.make_person(session)
    answer = admin.post(f"{BASE}/roles/dar", data={"person": neighbour.id, "role": role})
    assert answer.status_code == 422


@pytest.fixture
def spring(session):
    """A process with one phase in April, seen in March."""
    start = dt.datetime(2026, 4, 1, 5, tzinfo=dt.UTC)
    with time_machine.travel(dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC), tick=False):
        yield factories.make_process(
            session,
            phases=[
                {
                    "key": "ideas",
                    "kind": PhaseKind.IDEATION,
                    "start": start,
                    "end": start + dt.timedelta(days=30),
                    "opens": {"propuestas": {"create": "open"}},
                }
            ],
        )


@pytest.fixture
def staff(session, app, spring):
    who = factories.make_person(session, "Observa", roles=[(Role.OBSERVER, spring.id)])
    return factories.sign_in(app.test_client(), session, who)


def test_the_process_is_seen_as_of_another_day_and_nothing_is_saved(staff, now):
    new = "/procesos/presupuesto/propuestas/nueva"
    assert staff.get(new).status_code == 403
    begun = staff.post(f"{BASE}/vista-previa", data={"day": "2026-04-12", "hour": "09:30"})
    assert begun.headers["Location"].endswith("/procesos/presupuesto")
    page = staff.get("/procesos/presupuesto").text
    assert "bar-preview" in page
    assert "12 abr" in page or "12 de abril" in page or "12/04/2026" in page
    assert staff.get(new).status_code == 200
    refused = staff.post(new, data={"title": "Una idea", "body": "Que no debe quedar guardada."})
    assert refused.status_code == 409
    assert "aquí nada se guarda" in refused.text
    assert "bar-preview" not in staff.get("/procesos").text
    assert staff.get("/gestion/procesos/presupuesto").status_code == 200
    out = re.search(r'href="([^"]+/vista-previa/salir)"', page)[1]
    assert staff.get(out).status_code == 303
    assert staff.get(new).status_code == 403


def test_a_citizen_cannot_move_the_clock(session, app, spring):
    client = factories.sign_in(app.test_client(), session, factories.make_person(session))
    assert client.post(f"{BASE}/vista-previa", data={"day": "2026-04-12"}).status_code == 403
    with client.session_transaction() as cookie:
        cookie["preview"] = {"process_id": spring.id, "iso": "2026-04-12T12:00:00+00:00"}
    assert "bar-preview" not in client.get("/procesos/presupuesto").text


@pytest.mark.parametrize("day", ["", "mañana", "2026-02-30", "0001-01-01", "99999-01-01"])
def test_a_day_that_does_not_exist_is_said(staff, day):
    answer = staff.post(f"{BASE}/vista-previa", data={"day": day}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Revise la fecha" in answer.text


def test_a_preview_of_one_process_does_not_touch_another(session, staff, spring):
    other = factories.make_process(session, slug="otro")
    staff.post(f"{BASE}/vista-previa", data={"day": "2026-04-12"})
    assert "bar-preview" not in staff.get(f"/procesos/{other.slug}").text
