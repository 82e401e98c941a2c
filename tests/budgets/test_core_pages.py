"""What people and staff see of a vote before anybody votes."""

import io
import json
import re
from hashlib import sha256

import pytest

from participa.budgets.models import Category, Pot, Project, ProjectStatus, Vote
from participa.budgets.services import lock
from participa.core.i18n import Localized
from participa.core.policy import Role
from participa.organizations import queries as organizations
from participa.processes import definition
from participa.processes import queries as processes
from participa.processes import services as process_services
from tests import factories
from tests.budgets.polls import with_vote
from tests.budgets.test_core_services import SEED, picture
from tests.statements import recorded

HERE = "/procesos/presupuesto/presupuesto"
STAFF = f"/gestion{HERE}"


@pytest.fixture
def vote(session, component):
    """Two pots with three and thirty projects, a category, a place on the map, a draft."""
    pot, first = factories.make_projects(session, component, [30_000_000] * 3)
    factories.make_projects(
        session, component, [1_000_000] * 30, pot="norte", latitude=4.6, longitude=-74.0
    )
    category = Category(
        component_id=component.id, key="vias", name=Localized({"es": "Vías", "en": "Roads"})
    )
    session.add(category)
    session.flush()
    row = session.get_one(Project, first)
    row.title, row.category_id, row.search_text = (
        "Puente de la quebrada",
        category.id,
        "puent quebr",
    )
    row.sheet = {"area": "Obras", "months": 8, "upkeep": 500_000}
    row.feasibility = "Viable <b>con</b> permiso."
    draft = Project(
        component_id=component.id, pot_id=pot, number=99, title="Secreto todavía", cost=0
    )
    session.add(draft)
    session.commit()
    return {"pot": pot, "first": first, "draft": draft.id, "category": category.id}


@pytest.fixture
def boss(session, client, component):
    person = factories.make_person(
        session, "Jefa", roles=[(Role.PROCESS_ADMIN, component.process.id)]
    )
    return factories.sign_in(client, session, person)


def numbers(page):
    return [int(each) for each in re.findall(r"N\.º (\d+)</span>", page)]


# --- the list


def test_every_project_comes_once_in_an_order_that_stays(client, vote):
    first = client.get(HERE).text
    assert client.get(HERE).text.count("<article") == first.count("<article")
    assert numbers(client.get(HERE).text) == numbers(first)
    following = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    seen = numbers(first) + numbers(client.get(following).text)
    assert sorted(seen) == list(range(1, 34))
    assert "Secreto" not in first


def test_two_visitors_see_two_orders(app, client, vote):
    pages = [numbers(client.get(f"{HERE}?semilla={seed}").text) for seed in (1, 2, 3)]
    assert len({tuple(each) for each in pages}) == 3


def test_the_order_by_number_is_that_of_the_numbers(session, client):
    where = with_vote(session, settings={"order": "number"}).components[0]
    factories.make_projects(session, where, [100] * 30)
    session.commit()
    assert numbers(client.get(HERE).text) == list(range(1, 25))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("bolsa=ciudad", 3),
        ("bolsa=no-hay", 0),
        ("categoria=vias", 1),
        ("territorio=centro", 0),
        ("q=quebradas", 1),
        ("q=%25", 24),
        ("estado=infeasible", 0),
        ("estado=draft", 24),
        ("desde=basura&semilla=99999999999999999999", 24),
    ],
)
def test_the_list_is_narrowed(client, vote, query, count):
    page = client.get(f"{HERE}?{query}").text
    assert len(numbers(page)) == count
    assert "Secreto" not in page
    if not count:
        assert "Ningún proyecto coincide" in page


def test_before_there_is_anything(session, client, component):
    page = client.get(HERE).text
    assert "Todavía no hay proyectos" in page
    assert client.get(f"{HERE}/hoja").status_code == 200
    assert "no está en firme" in client.get(f"{HERE}/regla").text
    assert client.get(f"{HERE}/regla.json").status_code == 404


# --- one project


def test_a_project_says_everything(client, vote):
    page = client.get(f"{HERE}/{vote['first']}").text
    for text in ("Puente de la quebrada", "$\xa0300.000", "8 meses", "$\xa05.000", "Vías", "30 %"):
        assert text.replace("\xa0", "") in page.replace("\xa0", "")
    assert "Viable &lt;b&gt;con&lt;/b&gt; permiso." in page


@pytest.mark.parametrize("which", ["draft", "none"])
def test_what_is_not_public_is_not_there(client, vote, which):
    assert client.get(f"{HERE}/{vote.get(which, 999_999)}").status_code == 404


def test_a_project_that_is_not_feasible_says_why(session, client, vote):
    row = session.get_one(Project, vote["first"])
    row.status = ProjectStatus.INFEASIBLE
    session.commit()
    page = client.get(f"{HERE}/{row.id}").text
    assert "No viable" in page
    assert "permiso" in page
    assert row.title not in client.get(HERE).text
    assert row.title in client.get(f"{HERE}?estado=infeasible").text


def test_projects_side_by_side(session, client, vote):
    first = vote["first"]
    page = client.get(
        f"{HERE}/comparar?p={first}&p={first + 1}&p={vote['draft']}&p=x&p=999999"
    ).text
    assert page.count('<th scope="col">') == 2
    assert "Secreto" not in page
    many = "&".join(f"p={first + n}" for n in range(5))
    page = client.get(f"{HERE}/comparar?{many}").text
    assert page.count('<th scope="col">') == 4
    assert "Marcó más de 4" in page
    assert "Todavía no escogió proyectos" in client.get(f"{HERE}/comparar").text
    for number in ("9" * 5000, str(2**63), "٣"):
        page = client.get(f"{HERE}/comparar?p={number}").text
        assert "Todavía no escogió proyectos" in page


def test_the_sheet_has_every_project_on_the_ballot(client, vote):
    page = client.get(f"{HERE}/hoja").text
    assert page.count('<th scope="row">') == 33
    assert "Secreto" not in page


def test_the_list_as_csv(client, vote):
    text = client.get(f"{HERE}/proyectos.csv").get_data().decode("utf-8-sig")
    assert text.count("\r\n") == 34
    assert "Secreto" not in text


# --- the rule


def test_the_rule_and_its_digest(session, client, vote, component, staff, organization):
    page = client.get(f"{HERE}/regla").text
    assert "escoge hasta 5 proyectos" in page
    digest = lock.lock(session, staff, component, seed_source=SEED)
    session.commit()
    page = client.get(f"{HERE}/regla").text
    assert digest in page
    assert SEED in page
    assert "No se ha corregido nada" in page
    answer = client.get(f"{HERE}/regla.json")
    assert sha256(answer.get_data()).hexdigest() == digest
    assert "Secreto" not in answer.text
    assert json.loads(answer.get_data())["rules"]["rule"] == "greedy"


def test_what_changed_in_the_process_since_is_beside_the_corrections(
    session, client, vote, component, staff, organization
):
    """Who votes and until when is a matter of phases, which stay open to changes."""

    def edit(change):
        place = organizations.by_id(session, organization.id)
        row = processes.row(session, component.process.id)
        document = definition.write(definition.of_row(row, place), place)
        change(document)
        wanted, problems = definition.read(document, place)
        assert not problems
        process_services.edit(session, staff, component.process.id, wanted)
        session.commit()

    edit(lambda document: document.update(summary="Antes de la firmeza."))
    lock.lock(session, staff, component, seed_source=SEED)
    session.commit()
    assert "Cambios del proceso" not in client.get(f"{HERE}/regla").text
    edit(
        lambda document: document["phases"][0]["opens"]["presupuesto"].update(
            cast={"state": "open", "requires": [{"age": 65}]}
        )
    )
    page = client.get(f"{HERE}/regla").text
    told = page.partition("Cambios del proceso desde entonces")[2].partition("</section>")[0]
    assert "65" in told
    assert "Funcionaria" in told
    assert "Antes de la firmeza" not in told
    assert told.count("<li>") == 1


# --- invented votes


def test_the_rule_can_be_tried(client, vote):
    page = client.get(f"{HERE}/pruebe?vecinos=100&semilla=3").text
    assert "Estos votos son inventados" in page
    assert "Partes iguales" in page
    assert page == client.get(f"{HERE}/pruebe?vecinos=100&semilla=3").text
    assert page != client.get(f"{HERE}/pruebe?vecinos=100&semilla=4").text
    assert client.get(f"{HERE}/pruebe?vecinos=9999999&semilla=-1").status_code == 200


def test_without_projects_it_is_tried_with_examples(client, component):
    page = client.get(f"{HERE}/pruebe?vecinos=100").text
    assert "los proyectos también son de ejemplo" in page


# --- staff


def test_staff_add_a_pot_in_every_language(session, boss, component):
    page = boss.get(f"{STAFF}/bolsas/nueva").text
    assert "Nombre (English)" in page
    typed = {"name_es": "Rural", "name_en": "Countryside", "amount": "mucho", "maximum": "9"}
    answer = boss.post(f"{STAFF}/bolsas/nueva", data=typed)
    assert answer.status_code == 422
    assert 'value="Countryside"' in answer.text
    assert 'value="mucho"' in answer.text
    assert 'id="amount-error"' in answer.text
    answer = boss.post(f"{STAFF}/bolsas/nueva", data={**typed, "amount": "4.000.000"})
    assert answer.status_code == 303
    row = session.query(Pot).one()
    assert (row.amount, row.maximum, row.name["en"]) == (400_000_000, 9, "Countryside")
    page = boss.get(f"{STAFF}/bolsas/{row.id}").text
    assert 'value="4.000.000"' in page


def test_staff_add_a_project_with_a_picture(session, boss, component, vote):
    typed = {
        "title": "Cancha <script>",
        "pot_id": str(vote["pot"]),
        "cost": "12.000,50",
        "status": "feasible",
        "body": "Con *techo*",
        "latitude": "4.61",
        "longitude": "-74.08",
        "sheet_months": "seis",
    }
    with_picture = {**typed, "image": (io.BytesIO(picture()), "foto.jpg")}
    answer = boss.post(f"{STAFF}/proyectos/nuevo", data=with_picture)
    assert answer.status_code == 422
    assert 'id="image_alt-error"' in answer.text
    assert 'id="sheet_months-error"' in answer.text
    assert "Con *techo*" in answer.text
    good = {
        **typed,
        "sheet_months": "6",
        "image_alt": "La cancha",
        "image": (io.BytesIO(picture()), "foto.jpg"),
    }
    assert boss.post(f"{STAFF}/proyectos/nuevo", data=good).status_code == 303
    row = session.query(Project).order_by(Project.id.desc()).first()
    page = boss.get(f"{HERE}/{row.id}").text
    assert "Cancha &lt;script&gt;" in page
    address = re.search(r'src="([^"]+\.webp)"', page)[1]
    answer = boss.get(address)
    assert answer.mimetype == "image/webp"
    assert "immutable" in answer.headers["Cache-Control"]
    assert boss.get(address.replace(row.image_version, "0" * 16)).status_code == 404


def test_staff_change_remove_and_ask_first(session, boss, vote):
    address = f"{STAFF}/proyectos/{vote['draft']}"
    assert boss.get(address).status_code == 200
    answer = boss.post(f"{address}/quitar")
    assert "¿Quitar el proyecto «Secreto todavía»?" in answer.text
    assert boss.post(f"{address}/quitar", data={"confirmado": "1"}).status_code == 303
    assert session.get(Project, vote["draft"]) is None
    answer = boss.post(
        f"{STAFF}/bolsas/{vote['pot']}/quitar", data={"confirmado": "1"}, follow_redirects=True
    )
    assert "Esta bolsa tiene proyectos" in answer.text
    answer = boss.post(f"{STAFF}/categorias/{vote['category']}", data={"name_es": ""})
    assert answer.status_code == 422
    done = boss.post(f"{STAFF}/categorias/{vote['category']}", data={"name_es": "Caminos"})
    assert done.status_code == 303
    assert "Caminos" in boss.get(STAFF).text


def test_staff_import_with_a_preview(session, boss, vote):
    text = "titulo;bolsa;costo\nPuente;Ciudad;5\nPlaza;Nadie;5\n"
    answer = boss.post(f"{STAFF}/importar", data={"file": (io.BytesIO(text.encode()), "p.csv")})
    preview = answer.headers["Location"]
    page = boss.get(preview).text
    assert "No existe «Nadie»." in page
    assert boss.post(preview).status_code == 422
    good = text.replace("Nadie", "Norte")
    answer = boss.post(f"{STAFF}/importar", data={"file": (io.BytesIO(good.encode()), "p.csv")})
    assert boss.post(answer.headers["Location"]).status_code == 303
    assert session.query(Project).filter_by(title="Plaza norte").count() == 0
    assert session.query(Project).filter(Project.title.in_(["Puente", "Plaza"])).count() == 2
    assert boss.post(f"{STAFF}/importar").status_code == 422
    exported = boss.get(f"{STAFF}/proyectos.csv").get_data().decode("utf-8-sig")
    assert "Secreto todavía" in exported


def test_staff_make_the_vote_firm(session, boss, vote, component):
    page = boss.get(f"{STAFF}/en-firme").text
    assert "Un proyecto sigue en borrador" in page
    assert "escoge hasta 5 proyectos" in page
    asked = boss.post(f"{STAFF}/en-firme", data={"seed_source": SEED})
    assert asked.status_code == 200
    assert SEED in asked.text
    assert 'name="confirmado"' in asked.text
    sure = {"confirmado": "1"}
    answer = boss.post(f"{STAFF}/en-firme", data={"seed_source": "corto"} | sure)
    assert answer.status_code == 422
    assert 'value="corto"' in answer.text
    assert boss.post(f"{STAFF}/en-firme", data={"seed_source": SEED} | sure).status_code == 303
    session.expire_all()
    assert session.get_one(Vote, component.id).locked_at is not None
    assert boss.get(f"{STAFF}/en-firme").status_code == 303
    page = boss.get(f"{STAFF}/proyectos/{vote['first']}").text
    assert "Motivo de la corrección" in page
    typed = {
        "title": "Puente de la quebrada", "pot_id": str(vote["pot"]), "cost": "290.000", "status": "feasible",
    }  # fmt: skip
    assert boss.post(f"{STAFF}/proyectos/{vote['first']}", data=typed).status_code == 422
    typed["reason"] = "Se corrigió el costo."
    assert boss.post(f"{STAFF}/proyectos/{vote['first']}", data=typed).status_code == 303
    page = boss.get(f"{HERE}/regla").text
    assert "Se corrigió el costo." in page
    assert "el proyecto 1, «Puente de la quebrada»" in page


def test_where_something_is_missing_nothing_can_be_confirmed(boss, component):
    page = boss.get(f"{STAFF}/en-firme").text
    assert "No hay ninguna bolsa." in page
    assert 'name="seed_source"' not in page


def test_a_neighbour_does_not_prepare_the_vote(session, client, vote):
    person = factories.make_person(session, "Vecina")
    factories.sign_in(client, session, person)
    for path in (
        "",
        "/bolsas/nueva",
        "/proyectos/nuevo",
        "/importar",
        "/en-firme",
        "/proyectos.csv",
    ):
        assert client.get(f"{STAFF}{path}").status_code == 403


def test_the_process_page_invites_to_vote_only_once_it_is_firm(
    session, client, vote, component, staff
):
    assert not re.findall(r">\s*(Vote)\b", client.get("/procesos/presupuesto").text)
    assert "todavía no tiene reglas en firme" in client.get(HERE).text
    lock.lock(session, staff, component, seed_source=SEED)
    session.commit()
    page = client.get("/procesos/presupuesto").text
    assert re.findall(r">\s*(Vote)\b", page)
    assert "33" in page
    assert "Se vota hasta el" in client.get(HERE).text


# --- statements


COUNTS = {
    HERE: 7,
    f"{HERE}?bolsa=ciudad&q=puente": 7,
    f"{HERE}/regla": 3,
    f"{HERE}/hoja": 4,
    f"{HERE}/pruebe?vecinos=100": 4,
}


@pytest.mark.parametrize("path", COUNTS)
def test_pages_send_as_many_statements_with_many_projects(session, client, component, path):
    factories.make_projects(session, component, [10_000_000], latitude=4.6, longitude=-74.0)
    session.commit()
    client.get(path)
    found = []
    for more in (0, 40):
        if more:
            factories.make_projects(
                session, component, [100] * more, pot="norte", latitude=4.61, longitude=-74.0
            )
            session.commit()
        with recorded() as statements:
            assert client.get(path).status_code == 200
        found.append(list(statements))
    assert [len(each) for each in found] == [COUNTS[path]] * 2, "\n".join(found[1])


def test_a_project_takes_as_many_statements_as_ever(session, client, vote):
    address = f"{HERE}/{vote['first'] + 5}"
    client.get(address)
    with recorded() as statements:
        client.get(address)
    assert len(statements) == 7, "\n".join(statements)
