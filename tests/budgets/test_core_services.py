"""Pots, categories and projects: who may change them, what is refused, and how they become firm."""

import io
import json
from hashlib import sha256

import pytest
import sqlalchemy as sa
from PIL import Image

from participa.budgets.models import Category, Pot, Project, ProjectStatus, Vote
from participa.budgets.services import firm, lock, pots, projects, taking
from participa.budgets.services.pots import PotDraft
from participa.budgets.services.projects import Draft
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow, Ref
from participa.core.i18n import Localized
from participa.core.policy import Denied, Role
from participa.processes import definition, queries
from participa.processes import services as process_services
from participa.processes.thread import thread
from participa.proposals import services as proposals
from tests import factories
from tests.budgets.polls import with_vote

SEED = "El último número del sorteo de la lotería del 5 de marzo"


def picture(size=(1200, 900)):
    target = io.BytesIO()
    Image.new("RGB", size, (40, 90, 160)).save(target, "JPEG", exif=b"Exif\x00\x00secret-place")
    return target.getvalue()


def paths(call, *arguments, **values):
    with pytest.raises(Invalid) as caught:
        call(*arguments, **values)
    return sorted(each.path for each in caught.value.problems)


def facts(session):
    return [row.name for row in session.scalars(sa.select(FactRow).order_by(FactRow.id))]


@pytest.fixture
def pot(session, organization, component, staff):
    draft = PotDraft(Localized({"es": "Ciudad", "en": "City"}), "$ 100.000.000")
    return pots.save_pot(session, staff, organization, component, draft)


def draft(pot, **values):
    return Draft(**{"title": "Parque del río", "pot_id": pot, "cost": "30.000.000", **values})


def save(session, staff, organization, component, *arguments, **values):
    return projects.save(session, staff, organization, component, *arguments, **values)


# --- pots and categories


def test_money_is_kept_in_minor_units(session, pot):
    row = session.get_one(Pot, pot)
    assert (row.amount, row.key, dict(row.name)) == (
        10_000_000_000,
        "ciudad",
        {"es": "Ciudad", "en": "City"},
    )
    assert "budgets.pot_saved" in facts(session)


def test_every_mistake_of_a_pot_is_named_beside_its_field(session, organization, component, staff):
    wrong = PotDraft(Localized({"en": "City"}), "mucho", territory_id=999, maximum="0")
    found = paths(pots.save_pot, session, staff, organization, component, wrong)
    assert found == ["amount", "maximum", "name_es", "territory_id"]


def test_names_of_pots_may_be_alike(session, organization, component, staff, pot):
    again = pots.save_pot(
        session, staff, organization, component, PotDraft(Localized("Ciudad"), "5", maximum="3")
    )
    assert session.get_one(Pot, again).key == "ciudad-2"


def test_a_pot_with_projects_is_not_removed(session, organization, component, staff, pot):
    project = save(session, staff, organization, component, draft(pot))
    with pytest.raises(Conflict):
        pots.remove_pot(session, staff, component, pot)
    projects.remove(session, staff, component, project)
    pots.remove_pot(session, staff, component, pot)
    assert session.get(Pot, pot) is None


def test_projects_outlive_their_category(session, organization, component, staff, pot):
    category = pots.save_category(session, staff, organization, component, Localized("Vías"))
    project = save(session, staff, organization, component, draft(pot, category_id=category))
    pots.remove_category(session, staff, component, category)
    session.flush()
    session.expire_all()
    assert session.get(Category, category) is None
    assert session.get_one(Project, project).category_id is None


# --- projects


def test_a_project_with_everything(session, organization, component, staff, pot):
    place = next(iter(organization.territories))
    project = save(
        session,
        staff,
        organization,
        component,
        draft(
            pot,
            title="  Parque   del río ",
            body="Con **árboles**.<script>alert(1)</script>",
            territory_id=place,
            latitude="4,6097",
            longitude="-74.0817",
            sheet={
                "area": "Planeación",
                "months": "8",
                "upkeep": "1.500.000",
                "beneficiaries": "",
                "otro": "x",
            },
            image_alt="Dibujo del parque",
        ),
        picture=picture(),
    )
    row = session.get_one(Project, project)
    assert (row.number, row.title, row.cost) == (1, "Parque del río", 3_000_000_000)
    assert (row.latitude, row.longitude) == (4.6097, -74.0817)
    assert row.sheet == {"area": "Planeación", "months": 8, "upkeep": 150_000_000}
    assert "<strong>árboles</strong>" in row.body_html
    assert "<script>" not in row.body_html
    kept = Image.open(io.BytesIO(row.image))
    assert (kept.format, kept.size) == ("WEBP", (853, 640))
    assert b"secret-place" not in row.image
    assert row.image_version == sha256(row.image).hexdigest()[:16]


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"title": "x"}, ["title"]),
        ({"title": "a\u202eb" * 5}, ["title"]),
        ({"pot_id": None}, ["pot_id"]),
        ({"pot_id": 9999}, ["pot_id"]),
        ({"category_id": 9999}, ["category_id"]),
        ({"territory_id": 9999}, ["territory_id"]),
        ({"cost": ""}, ["cost"]),
        ({"cost": "0"}, ["cost"]),
        ({"cost": "12,3456"}, ["cost"]),
        ({"cost": "", "status": "draft"}, []),
        ({"status": "winner"}, ["status"]),
        ({"status": "infeasible"}, ["feasibility"]),
        ({"latitude": "4,6"}, ["longitude"]),
        ({"longitude": "4,6"}, ["latitude"]),
        ({"latitude": "91", "longitude": "0"}, ["latitude"]),
        ({"latitude": "norte", "longitude": "0"}, ["latitude"]),
        (
            {"sheet": {"months": "ocho", "upkeep": "mucho", "area": "x" * 161}},
            ["sheet_area", "sheet_months", "sheet_upkeep"],
        ),
        ({"language": "fr"}, ["language"]),
        ({"title": "x", "cost": "", "pot_id": None}, ["cost", "pot_id", "title"]),
    ],
)
def test_every_mistake_of_a_project(session, organization, component, staff, pot, values, wrong):
    if not wrong:
        assert save(session, staff, organization, component, draft(pot, **values))
        return
    assert paths(save, session, staff, organization, component, draft(pot, **values)) == wrong


def test_a_picture_needs_words(session, organization, component, staff, pot):
    assert paths(save, session, staff, organization, component, draft(pot), picture=picture()) == [
        "image_alt"
    ]
    assert paths(save, session, staff, organization, component, draft(pot), picture=b"<svg>") == [
        "image"
    ]
    described = draft(pot, image_alt="Un parque")
    project = save(session, staff, organization, component, described, picture=picture())
    assert paths(save, session, staff, organization, component, draft(pot), project) == [
        "image_alt"
    ]
    save(session, staff, organization, component, draft(pot, without_picture=True), project)
    assert session.get_one(Project, project).image is None


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.REVIEWER, Role.COUNCIL, Role.OBSERVER, None])
def test_only_who_manages_the_process_prepares_the_vote(
    session, organization, component, staff, pot, role
):
    person = factories.make_person(session, roles=[(role, component.process.id)] if role else [])
    actor = factories.actor_of(session, person)
    with pytest.raises(Denied) as caught:
        save(session, actor, organization, component, draft(pot))
    assert caught.value.denial.key == "role"


def test_a_project_of_another_vote_is_not_there(session, organization, component, staff, pot):
    project = save(session, staff, organization, component, draft(pot))
    other = with_vote(session, slug="otro").components[0]
    boss = factories.actor_of(
        session, factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    )
    with pytest.raises(Missing):
        save(session, boss, organization, other, draft(pot), project)
    assert paths(save, session, boss, organization, other, draft(pot)) == ["pot_id"]


# --- from proposals


@pytest.fixture
def addresses(app, component):
    """Cards have addresses, so somebody must be asking for a page."""
    with app.test_request_context():
        yield


@pytest.fixture
def proposal(addresses, session, organization, component):
    author = factories.make_person(session, "Autora")
    place = component.process.component("propuestas")
    written = proposals.Draft(
        "Luces en el sendero",
        "Luces solares cada veinte metros hasta el colegio.",
        territory_id=next(iter(organization.territories)),
    )
    made = proposals.create(
        session, factories.actor_of(session, author), organization, place, written, "clave"
    )
    session.commit()
    return made


def test_a_project_from_a_proposal_keeps_the_thread(
    session, organization, component, staff, pot, proposal
):
    (project,) = taking.take(session, staff, organization, component, pot, {proposal: "1.000"})
    row = session.get_one(Project, project)
    assert (row.title, row.status, row.cost) == (
        "Luces en el sendero",
        ProjectStatus.DRAFT,
        100_000,
    )
    assert row.summary == "Luces solares cada veinte metros hasta el colegio."
    assert row.territory_id == next(iter(organization.territories))
    assert thread(session, Ref("proposal", proposal)) == [], "drafts are the staff's"
    row.status = ProjectStatus.FEASIBLE
    session.flush()
    (tie,) = thread(session, Ref("proposal", proposal))
    assert (str(tie.label), tie.card.title) == ("Dio lugar a", "Luces en el sendero")
    (tie,) = thread(session, Ref("budget_project", project))
    assert str(tie.label) == "Nace de"
    assert paths(taking.take, session, staff, organization, component, pot, {proposal: ""}) == [
        f"cost_{proposal}"
    ]


def test_what_cannot_be_taken(session, organization, component, staff, pot, proposal):
    def call(chosen, bag=pot):
        return paths(taking.take, session, staff, organization, component, bag, chosen)

    assert call({}) == [""]
    assert call({9999: ""}) == [""]
    assert call({proposal: "mucho"}) == [f"cost_{proposal}"]
    assert call({proposal: ""}, None) == ["pot_id"]
    assert session.query(Project).count() == 0


# --- firm


@pytest.fixture
def ready(session, organization, component, staff, pot):
    return save(session, staff, organization, component, draft(pot))


def test_the_checklist_says_what_is_missing(session, organization, staff, component):
    def wrong(where=component):
        return [
            str(each)
            for item in lock.checklist(session, where, clock.now())
            for each in item.problems
        ]

    assert wrong() == ["No hay ninguna bolsa."]
    bag = pots.save_pot(
        session, staff, organization, component, PotDraft(Localized("Ciudad"), "1.000")
    )
    assert wrong() == ["La bolsa «Ciudad» no tiene proyectos en la votación."]
    save(session, staff, organization, component, draft(bag, cost="2.000"))
    (sentence,) = wrong()
    assert sentence.startswith("El proyecto 1, «Parque del río», cuesta ")
    assert "no podría ganar" in sentence
    with pytest.raises(Invalid):
        lock.lock(session, staff, component, seed_source=SEED)
    assert session.get_one(Vote, component.id).locked_at is None


def test_quotas_need_categories_and_enough_projects(session, organization):
    where = with_vote(session, settings={"preset": "rosario", "minimum": 2}).components[0]
    factories.make_projects(session, where)
    wrong = [
        str(each) for item in lock.checklist(session, where, clock.now()) for each in item.problems
    ]
    assert wrong == [
        "Hay un máximo por categoría y un proyecto no tiene categoría: el 1.",
        "En «Ciudad» hay que escoger al menos 2 y solo hay 1.",
    ]


def test_a_vote_that_never_opens_does_not_become_firm(session, organization):
    where = with_vote(session, cast="shown").components[0]
    factories.make_projects(session, where)
    wrong = [
        str(each) for item in lock.checklist(session, where, clock.now()) for each in item.problems
    ]
    assert wrong == ["Ninguna fase abre «Votar» de hoy en adelante: revise las fases del proceso."]


def test_locking_snapshots_the_rules(session, organization, component, staff, ready):
    assert paths(lock.lock, session, staff, component) == ["seed_source"]
    digest = lock.lock(session, staff, component, seed_source=SEED)
    vote = session.get_one(Vote, component.id)
    assert vote.rules["maximum"] == 5
    written = firm.canonical(firm.document(session, component, vote))
    assert sha256(written).hexdigest() == digest == vote.sha256
    assert json.loads(written)["projects"][0]["cost"] == 3_000_000_000
    with pytest.raises(Denied) as caught:
        lock.lock(session, staff, component, seed_source=SEED)
    assert caught.value.denial.key == "not_locked"


def test_what_is_firm_is_only_corrected_with_a_reason(
    session, organization, component, staff, pot, ready
):
    before = lock.lock(session, staff, component, seed_source=SEED)
    dearer = draft(pot, cost="40.000.000")
    assert paths(save, session, staff, organization, component, dearer, ready) == ["reason"]
    assert paths(save, session, staff, organization, component, draft(None), ready) == [
        "pot_id",
        "reason",
    ]
    save(session, staff, organization, component, dearer, ready, reason="El costo tenía un error.")
    vote = session.get_one(Vote, component.id)
    assert vote.sha256 != before
    fact = session.scalars(sa.select(FactRow).where(FactRow.name == "budgets.amended")).one()
    assert fact.public
    assert vote.amendments[-1]["what"] == "el proyecto 1, «Parque del río»"
    assert fact.data == {
        "what": {"es": "el proyecto 1, «Parque del río»"},
        "reason": "El costo tenía un error.",
        "sha256": vote.sha256,
    }
    for refused in (
        lambda: projects.remove(session, staff, component, ready),
        lambda: pots.remove_pot(session, staff, component, pot),
        lambda: taking.take(session, staff, organization, component, pot, {}),
    ):
        with pytest.raises(Conflict):
            refused()


def test_after_the_closing_nothing_is_corrected(
    session, organization, component, staff, pot, ready
):
    lock.lock(session, staff, component, seed_source=SEED)
    session.get_one(Vote, component.id).closed_at = clock.now()
    session.flush()
    with pytest.raises(Denied) as caught:
        save(session, staff, organization, component, draft(pot), ready, reason="Tarde.")
    assert caught.value.denial.key == "not_closed"


def test_settings_do_not_move_once_they_are_firm(session, organization, component, staff, ready):
    lock.lock(session, staff, component, seed_source=SEED)
    session.commit()

    def edit(settings):
        document = definition.write(
            definition.of_row(queries.row(session, component.process.id), organization),
            organization,
        )
        document["components"][0]["settings"] = settings
        wanted, problems = definition.read(document, organization)
        assert problems == []
        return process_services.edit(session, staff, component.process.id, wanted)

    for settings in ({"maximum": 6}, {"changeable": False}, {"smallest_group": 10}):
        with pytest.raises(Invalid) as caught:
            edit(settings)
        assert caught.value.problems[0].path == "components[0].settings.preset"
    # The same rules, said in another way.
    assert edit({"maximum": 5, "ballot": "approval"})
