"""Who opens which staff page."""

import pytest

from participa.admin.shell import blueprint
from participa.core.policy import PROCESS_MANAGERS, Role
from tests import factories

FOR_ADMINISTRATORS = (
    "/gestion/entidad",
    "/gestion/territorios",
    "/gestion/territorios/nuevo",
    "/gestion/territorios/importar",
    "/gestion/territorios.csv",
    "/gestion/temas",
    "/gestion/temas/nuevo",
    "/gestion/temas.csv",
    "/gestion/personas",
    "/gestion/personas/nueva",
    "/gestion/grupos",
    "/gestion/procesos/nuevo",
)
FOR_MANAGERS = tuple(
    f"/gestion/procesos/presupuesto{rest}"
    for rest in (
        "/textos",
        "/textos?idioma=en",
        "/fases",
        "/fases/ideas/ahora",
        "/componentes",
        "/componentes/propuestas",
        "/permisos",
        "/permisos?componente=propuestas",
        "/roles",
        "/archivo",
        "/archivo.yaml",
        "/publicar",
        "/despublicar",
        "/archivar",
    )
)
FOR_STAFF = (
    "/gestion",
    "/gestion/procesos",
    "/gestion/procesos.csv",
    "/gestion/procesos/presupuesto",
    "/gestion/procesos/presupuesto/enlaces",
    "/gestion/procesos/presupuesto/actividad",
)
FOR_AUDITORS = ("/gestion/registro", "/gestion/registro.csv")
STAFF = [role.value for role in Role if role not in {Role.VISITOR, Role.PARTICIPANT}]


@pytest.mark.parametrize("role", [None, *STAFF])
def test_each_role_opens_its_pages_and_no_other(browser, role):
    client = browser(role)
    wrong = []
    for pages, allowed in (
        (FOR_ADMINISTRATORS, role == "organization_admin"),
        (FOR_AUDITORS, role in {"organization_admin", "auditor"}),
        (FOR_MANAGERS, role in {each.value for each in PROCESS_MANAGERS}),
        (FOR_STAFF, role is not None),
    ):
        for page in pages:
            answer = client.get(page)
            if answer.status_code != (200 if allowed else 403):
                wrong.append(f"{page}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_a_visitor_is_asked_to_sign_in(client, process):
    for page in (*FOR_ADMINISTRATORS, *FOR_AUDITORS, *FOR_MANAGERS, *FOR_STAFF):
        answer = client.get(page)
        assert answer.status_code in {303, 401}, page


def test_a_citizen_reads_a_friendly_refusal(browser):
    page = browser().get("/gestion").text
    assert "Estas páginas son para quienes gestionan los procesos" in page


def test_the_navigation_shows_only_what_opens(browser):
    page = browser("moderator").get("/gestion/procesos/presupuesto").text
    assert "/gestion/procesos/presupuesto/actividad" in page
    assert "/gestion/procesos/presupuesto/fases" not in page
    assert "/gestion/entidad" not in page


def test_a_role_without_its_second_factor_is_led_to_it(app, session, process):
    other = factories.make_organization(session, "segura", staff_second_factor=True)
    somebody = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    base = f"http://{other.host}"
    client = factories.sign_in(app.test_client(), session, somebody, base_url=base)
    for page in ("/gestion", "/gestion/entidad"):
        answer = client.get(page, base_url=base)
        assert answer.status_code == 403
        assert "segundo paso" in answer.text


def test_nothing_of_another_city_opens(app, session, process):
    other = factories.make_organization(session, "otra")
    stranger = factories.make_person(session, "Forastera", roles=[Role.ORGANIZATION_ADMIN])
    base = f"http://{other.host}"
    client = factories.sign_in(app.test_client(), session, stranger, base_url=base)
    for page in (*FOR_MANAGERS, "/gestion/procesos/presupuesto"):
        assert client.get(page, base_url=base).status_code == 404, page
    assert "Presupuesto participativo" not in client.get("/gestion/procesos", base_url=base).text


def test_every_staff_page_is_behind_an_action(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(f"{blueprint.name}."):
            assert hasattr(app.view_functions[rule.endpoint], "action"), rule.rule
