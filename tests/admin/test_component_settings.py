"""The options of a component: what is saved is what was typed, and where it was typed."""

import copy
import datetime as dt
import re

import pytest
import time_machine

from participa.core.policy import Role
from participa.processes import definition, queries, services
from participa.processes.catalogue import catalogue, from_template
from participa.processes.models import PhaseKind, Process
from tests import factories

BASE = "/gestion/procesos/presupuesto"
NOW = dt.datetime(2026, 3, 10, 15, tzinfo=dt.UTC)
START = dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KEYS = ("escucha", "ideas", "pausa", "apoyos")


@pytest.fixture(autouse=True)
def march():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def process(session):
    """Return a process whose second component is opened by its second and fourth phases only."""
    return factories.make_process(
        session,
        components=[
            {"key": "propuestas", "type": "proposals", "settings": {"support_limit": 3}},
            {"key": "propuestas-colegios", "type": "proposals", "settings": {"support_limit": 5}},
        ],
        phases=[
            {
                "key": key,
                "kind": PhaseKind.IDEATION,
                "start": START + 20 * number * DAY,
                "end": START + 20 * (number + 1) * DAY,
                "opens": {}
                if key in {"escucha", "pausa"}
                else {"propuestas-colegios": {"create": "open"}},
            }
            for number, key in enumerate(KEYS)
        ],
    )


@pytest.fixture
def document(session, organization):
    """Return a reader of what is stored of a process, as its file says it."""

    def read(slug="presupuesto"):
        session.expire_all()
        row = session.get_one(Process, queries.by_slug(session, slug).id)
        return definition.write(definition.of_row(row, organization), organization)

    return read


def wrong(answer):
    """Return the fields that a page complains of, with the sentence."""
    return re.findall(r'<li><a href="#(f-[^"]*)">([^<]*)', answer.text)


@pytest.fixture
def rounds(admin, fields_of):
    """Return a hand that reviews, goes back, reviews again and saves what the page then holds."""

    def go(path, **changes):
        typed = {**fields_of(admin.get(path).text, "version"), **changes}
        look = admin.post(path, data={**typed, "accion": "revisar"})
        assert not wrong(look)
        back = admin.post(path, data={**fields_of(look.text, "version"), "accion": "editar"})
        again = fields_of(back.text, "version")
        again.pop("accion", None)
        assert {**typed, "accion": ""} == {**again, "accion": ""}
        saved = admin.post(path, data={**again, "accion": "guardar"})
        assert saved.status_code == 303, saved.text[saved.text.index("error-summary") :][:700]
        return look.text

    return go


@pytest.mark.parametrize("key", ["propuestas", "propuestas-colegios"])
def test_options_sent_as_they_are_change_nothing(rounds, document, key):
    before = document()
    assert "No hay nada distinto" in rounds(f"{BASE}/componentes/{key}")
    assert document() == before


def test_options_are_saved_in_the_phase_and_component_they_were_typed_in(rounds, document):
    wanted = copy.deepcopy(document())
    wanted["components"][1]["settings"]["support_limit"] = 9
    wanted["phases"][3]["opens"]["propuestas-colegios"].setdefault("settings", {})["review"] = "all"
    rounds(
        f"{BASE}/componentes/propuestas-colegios",
        **{
            "components[1].settings.support_limit": "9",
            "phases[3].opens.propuestas-colegios.settings.review": "all",
        },
    )
    assert document() == wanted


def test_options_follow_their_phase_when_somebody_moved_it_meanwhile(
    admin, fields_of, session, document, app
):
    path = f"{BASE}/componentes/propuestas-colegios"
    mine = fields_of(admin.get(path).text, "version")
    other = factories.sign_in(
        app.test_client(),
        session,
        factories.make_person(session, "Otra", roles=[Role.ORGANIZATION_ADMIN]),
    )
    theirs = fields_of(other.get(f"{BASE}/fases").text, "version")
    gone = other.post(f"{BASE}/fases", data={**theirs, "accion": "quitar-0"})
    theirs = fields_of(gone.text, "version")
    saved = other.post(f"{BASE}/fases", data={**theirs, "accion": "guardar"})
    assert saved.status_code == 303
    swapped = fields_of(other.get(f"{BASE}/componentes").text, "version")
    up = other.post(f"{BASE}/componentes", data={**swapped, "accion": "subir-1"})
    swapped = fields_of(up.text, "version")
    saved = other.post(f"{BASE}/componentes", data={**swapped, "accion": "guardar"})
    assert saved.status_code == 303
    wanted = copy.deepcopy(document())
    wanted["components"][0]["settings"]["support_limit"] = 9
    wanted["phases"][2]["opens"]["propuestas-colegios"].setdefault("settings", {})["review"] = "all"
    mine |= {
        "components[1].settings.support_limit": "9",
        "phases[3].opens.propuestas-colegios.settings.review": "all",
        "accion": "guardar",
    }
    late = admin.post(path, data=mine)
    assert late.status_code == 409
    again = {**fields_of(late.text, "version"), "accion": "guardar"}
    assert admin.post(path, data=again).status_code == 303
    assert document() == wanted


@pytest.mark.parametrize("template", [each.key for each in catalogue()])
def test_every_component_of_every_template_can_be_saved(
    template, session, organization, admin, fields_of, document
):
    boss = factories.actor_of(
        session, factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    )
    made = services.create(session, boss, organization, from_template(template, organization))
    session.commit()
    before = document(made.slug)
    base = f"/gestion/procesos/{made.slug}"
    for path in [
        *[f"{base}/componentes/{each.key}" for each in made.components],
        *[f"{base}/permisos?componente={each.key}" for each in made.components],
        f"{base}/componentes",
        f"{base}/fases",
        f"{base}/textos",
    ]:
        typed = fields_of(admin.get(path).text, "version")
        look = admin.post(path, data={**typed, "accion": "revisar"})
        assert not wrong(look)
        assert "No hay nada distinto" in look.text, (path, re.findall("<li>[^<]*</li>", look.text))
        assert admin.post(path, data={**typed, "accion": "guardar"}).status_code == 303
    assert document(made.slug) == before
