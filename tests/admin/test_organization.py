"""The entity's own pages: its data, its territories and themes, and the record."""

import csv
import io
import re

import pytest

from participa.core import clock
from participa.core.facts import FactRow
from participa.core.policy import Role
from participa.organizations import queries
from participa.processes import queries as processes
from tests import factories

HEAD = "codigo;nombre;nivel;codigo_padre\n"


@pytest.fixture
def now(session, organization):
    return lambda: queries.by_id(session, organization.id)


def test_the_entity_is_saved_from_its_own_form(admin, fields_of, now, organization):
    typed = fields_of(admin.get("/gestion/entidad").text, "time_zone")
    typed |= {
        "name": "Alcaldía de Aurora",
        "summary_en": "A town",
        "locales": ["es", "en"],
        "phone": "601",
    }
    assert admin.post("/gestion/entidad", data=typed).status_code == 303
    after = now()
    assert (after.name, after.locales, after.version) == ("Alcaldía de Aurora", ("es", "en"), 2)
    assert after.summary["en"] == "A town"
    assert "Alcaldía de Aurora" in admin.get("/").text


def test_a_bad_entity_is_shown_again_with_what_was_typed(admin, fields_of, now):
    typed = fields_of(admin.get("/gestion/entidad").text, "time_zone")
    typed |= {"name": "Otro nombre", "accent": "#ffee00", "email": "no es", "locales": "es"}
    answer = admin.post("/gestion/entidad", data=typed)
    assert answer.status_code == 422
    assert "Otro nombre" in answer.text
    assert "más oscuro" in answer.text
    assert answer.text.count("data-error-summary") == 1
    assert now().name == "Municipio de Aurora"


def test_who_saves_second_reverts_nothing_and_sees_both_values(admin, fields_of, now):
    first = fields_of(admin.get("/gestion/entidad").text, "time_zone") | {"locales": "es"}
    admin.post("/gestion/entidad", data={**first, "name": "Uno", "phone": "601"})
    done = admin.post("/gestion/entidad", data={**first, "address": "Calle 5"})
    assert done.status_code == 303
    assert (now().name, now().phone, now().address) == ("Uno", "601", "Calle 5")
    late = admin.post("/gestion/entidad", data={**first, "name": "Dos", "hours": "De 8 a 4"})
    assert late.status_code == 409
    assert "Otra persona cambió" in late.text
    assert "«Uno». Deje lo que valga." in late.text
    retried = fields_of(late.text, "time_zone") | {"locales": "es"}
    assert (retried["name"], retried["phone"]) == ("Dos", "601")
    assert now().name == "Uno"
    assert admin.post("/gestion/entidad", data=retried).status_code == 303
    assert (now().name, now().phone, now().hours) == ("Dos", "601", "De 8 a 4")


@pytest.mark.parametrize("choice", ["keep", "move"])
def test_another_zone_says_what_dates_it_changes(admin, session, fields_of, organization, choice):
    process = processes.by_slug(session, "presupuesto")
    before = processes.by_id(session, process.id).phases[0]
    day = before.start.astimezone(organization.zone)
    typed = fields_of(admin.get("/gestion/entidad").text, "time_zone") | {"locales": "es"}
    typed["time_zone"] = "Pacific/Honolulu"
    asked = admin.post("/gestion/entidad", data=typed)
    assert asked.status_code == 422
    assert "cambia lo que dicen estas fechas" in asked.text
    assert "Elija qué pasa con las fechas" in asked.text
    session.expire_all()
    assert queries.by_id(session, organization.id).time_zone == "America/Bogota"
    done = admin.post("/gestion/entidad", data={**typed, "clock_times": choice})
    assert done.status_code == 303
    session.expire_all()
    after = processes.by_id(session, process.id).phases[0]
    local = after.start.astimezone(queries.by_id(session, organization.id).zone)
    same_clock = local.replace(tzinfo=None) == day.replace(tzinfo=None)
    assert same_clock is (choice == "keep")
    assert (after.start == before.start) is (choice == "move")


def test_a_logo_that_is_no_picture_is_refused_in_the_page(admin, fields_of):
    typed = fields_of(admin.get("/gestion/entidad").text, "time_zone") | {"locales": "es"}
    typed["logo"] = (io.BytesIO(b"<svg onload=alert(1)>"), "logo.png")
    answer = admin.post("/gestion/entidad", data=typed, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "Debe ser una imagen" in answer.text


def send(client, text, kind="territorios", **data):
    file = (io.BytesIO(text.encode()), "lista.csv")
    return client.post(
        f"/gestion/{kind}/importar", data={"file": file, **data}, content_type="multipart/form-data"
    )


def test_a_file_is_looked_at_and_then_applied(admin, now):
    sent = send(admin, HEAD + "aurora;Aurora;municipio;\nsur;Sur;comuna;aurora\n")
    look = admin.get(sent.headers["Location"])
    assert "Aplicar todo" in look.text
    assert "sur" not in {each.code for each in now().territories.values()}
    assert admin.post(sent.headers["Location"]).status_code == 303
    assert "sur" in {each.code for each in now().territories.values()}
    again = admin.post(sent.headers["Location"], follow_redirects=True)
    assert "ya se aplicó o venció" in again.text


def test_a_file_with_errors_names_them_all_and_cannot_be_applied(admin, now):
    sent = send(admin, HEAD + "sur;Sur;comuna;nada\nsur;Otro;comuna;\n<b>;X;y;\n")
    look = admin.get(sent.headers["Location"])
    assert "Aplicar todo" not in look.text
    for words in ("No existe el código", "ya está en la línea 2", "&lt;b&gt;"):
        assert words in look.text
    assert admin.post(sent.headers["Location"]).status_code == 422
    assert "sur" not in {each.code for each in now().territories.values()}


@pytest.mark.parametrize("text", ["", "nada que ver\n1\n"])
def test_a_file_that_is_no_list_is_refused_at_once(admin, text):
    answer = send(admin, text)
    assert answer.status_code == 422
    assert "data-error-summary" in answer.text
    assert admin.post("/gestion/territorios/importar", data={}).status_code == 422


def test_what_is_downloaded_can_be_uploaded(admin):
    for kind in ("territorios", "temas"):
        text = admin.get(f"/gestion/{kind}.csv").text
        look = admin.get(send(admin, text, kind, remove_missing="1").headers["Location"])
        assert "no hay nada que aplicar" in look.text


def test_territories_are_changed_from_their_pages(admin, now, session):
    assert (
        admin.post(
            "/gestion/territorios/nuevo",
            data={"name": "Sur", "code": "sur", "level": "comuna", "parent_id": "aurora"},
        )
        .headers["Location"]
        .endswith("dentro=aurora")
    )
    sur = next(each for each in now().territories.values() if each.code == "sur")
    page = f"/gestion/territorios/{sur.id}"
    assert (
        admin.post(page, data={"name": "Sur", "level": "comuna", "parent_id": "sur"}).status_code
        == 422
    )
    assert (
        admin.post(page, data={"name": "", "level": "comuna", "parent_id": "nada"}).status_code
        == 422
    )
    assert (
        admin.post(page, data={"name": "El Sur", "level": "zona", "parent_id": ""}).status_code
        == 303
    )
    factories.make_person(session, "Vecina", territory_id=sur.id)
    assert "no se puede quitar" in admin.get(page).text
    assert admin.post(f"{page}/quitar", data={"confirmado": "1"}).status_code == 422
    assert "El Sur" in admin.get("/gestion/territorios?q=sur").text
    loma = next(each for each in now().territories.values() if each.code == "la-loma")
    assert "¿Quitar" in admin.post(f"/gestion/territorios/{loma.id}/quitar").text
    assert (
        admin.post(f"/gestion/territorios/{loma.id}/quitar", data={"confirmado": "1"}).status_code
        == 303
    )


def test_themes_are_changed_from_their_pages(admin, now):
    assert (
        admin.post("/gestion/temas/nuevo", data={"code": "arte", "name_es": ""}).status_code == 422
    )
    assert (
        admin.post("/gestion/temas/nuevo", data={"code": "arte", "name_es": "Arte"}).status_code
        == 303
    )
    arte = next(each for each in now().themes.values() if each.code == "arte")
    admin.post(
        f"/gestion/temas/{arte.id}", data={"name_es": "Artes", "name_pt": "Artes", "place": "1"}
    )
    assert next(each.code for each in now().themes.values()) == "arte"
    admin.post(f"/gestion/temas/{arte.id}/quitar", data={"confirmado": "1"})
    assert "arte" not in {each.code for each in now().themes.values()}


@pytest.fixture
def facts(session, process, organization):
    """Make 130 facts of two kinds, some with hostile texts."""
    person = factories.make_person(session, "Ana Actora")
    for number in range(130):
        session.add(
            FactRow(
                organization_id=organization.id,
                name="processes.published" if number % 2 else "organizations.edited",
                at=clock.now(),
                actor_id=person.id if number % 3 else None,
                process_id=process.id if number % 2 else None,
                data={"title": f"=cmd|{number}", "summary": "@nombre", "fields": ["name"]},
            )
        )
    session.commit()
    return person


def test_a_notice_to_somebody_is_quoted_to_staff(session, organization, process, admin):
    session.add(
        FactRow(
            organization_id=organization.id,
            name="moderation.flag_accepted",
            at=clock.now(),
            process_id=process.id,
            data={"person_id": [1]},
        )
    )
    session.commit()
    for place in ("/gestion/registro", f"/gestion/procesos/{process.slug}/actividad"):
        page = admin.get(place).text
        assert "Se le avisó a quien le toca: «La moderación revisó lo que usted reportó" in page


def test_the_record_turns_its_pages_both_ways(admin, facts):
    first = admin.get("/gestion/registro").text
    newest = re.findall(r"/gestion/registro/(\d+)", first)
    older = admin.get(re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")).text
    assert max(map(int, re.findall(r"/gestion/registro/(\d+)", older))) < min(map(int, newest))
    back = admin.get(re.search(r'href="([^"]+)" rel="prev"', older)[1].replace("&amp;", "&")).text
    assert re.findall(r"/gestion/registro/(\d+)", back) == newest


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("hecho=processes.published", 65),
        ("proceso=presupuesto", 65),
        ("proceso=no-existe", 0),
        ("persona=ana+actora", 86),
        ("persona=nadie", 0),
        ("hecho=processes.published&persona=ana", 43),
        ("desde=2000-01-01&hasta=2000-01-02", 0),
        ("desde=nunca", 130),
    ],
)
def test_the_export_has_the_filter_of_the_page(admin, facts, query, count):
    answer = admin.get(f"/gestion/registro.csv?{query}")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) - 1 == count
    assert admin.get(f"/gestion/registro?{query}").status_code == 200


def test_no_cell_of_the_export_runs_as_a_formula(admin, facts, session, organization):
    session.add(
        FactRow(
            organization_id=organization.id,
            name="+evil",
            at=clock.now(),
            data={"title": "x"},
            request_id="-1",
        )
    )
    session.commit()
    text = admin.get("/gestion/registro.csv").text.removeprefix("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert [cell for cell in cells if cell[:1] in set("=+-@")] == ["-1"], "a number stays one"


def test_the_export_comes_in_batches(admin, facts, monkeypatch):
    from participa.admin import queries as admin_queries

    monkeypatch.setattr(admin_queries, "BATCH", 20)
    answer = admin.get("/gestion/registro.csv", buffered=False)
    parts = list(answer.response)
    assert len(parts) >= 7
    assert sum(part.count(b"\r\n") for part in parts) == 131


def test_a_fact_shows_all_that_was_kept(admin, facts, session):
    row = session.query(FactRow).order_by(FactRow.id.desc()).first()
    page = admin.get(f"/gestion/registro/{row.id}").text
    assert "=cmd|129" in page
    assert "<dt>fields</dt><dd>name</dd>" in page
    assert admin.get("/gestion/registro/99999999").status_code == 404


def test_the_record_of_another_city_is_closed(session, app, facts):
    row = session.query(FactRow).first()
    other = factories.make_organization(session, "otra")
    boss = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    base = f"http://{other.host}"
    client = factories.sign_in(app.test_client(), session, boss, base_url=base)
    assert client.get(f"/gestion/registro/{row.id}", base_url=base).status_code == 404
    text = client.get("/gestion/registro.csv", base_url=base).text
    assert len(text.strip().splitlines()) == 1
    assert "Todavía no ha pasado nada" in client.get("/gestion/registro", base_url=base).text
