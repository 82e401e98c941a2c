"""Making and changing a process: the one way there is."""

import copy
import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.queries import digest
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow, Ref
from participa.core.i18n import Localized
from participa.core.policy import Denied, Role, Rule, State
from participa.core.registry import Card, ResourceType, Room, registry
from participa.processes import definition, queries, services
from participa.processes.models import LinkKind, Phase, ProcessStatus
from participa.proposals.models import Proposal
from tests import factories

NOW = dt.datetime(2026, 3, 15, 12, tzinfo=dt.UTC)

DOCUMENT = {
    "slug": "presupuesto-2026",
    "title": {"es": "Presupuesto participativo 2026"},
    "description": {"es": "**Usted** decide <script>x</script>"},
    "territory": "aurora",
    "phases": [
        {
            "key": "ideacion",
            "kind": "ideation",
            "title": "Ideas",
            "start": "2026-03-03",
            "end": "2026-04-30",
            "opens": {
                "propuestas": {
                    "create": {"state": "open", "requires": ["confirmed_email", {"age": 14}]},
                    "support": "open_hidden",
                }
            },
        },
        {
            "key": "votacion",
            "kind": "evaluation",
            "title": "Votación",
            "start": "2026-06-01T08:00",
            "end": "2026-06-21",
            "opens": {"propuestas": {"support": "shown"}},
        },
    ],
    "components": [
        {
            "key": "propuestas",
            "type": "proposals",
            "title": "Propuestas",
            "settings": {"support_limit": 10},
        }
    ],
}


@pytest.fixture
def admin(session):
    return factories.actor_of(
        session, factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    )


def read(document, organization, **values):
    found, problems = definition.read({**document, **values}, organization)
    assert problems == []
    return found


def test_create_and_read_back(session, organization, admin):
    wanted = read(DOCUMENT, organization)
    view = services.create(session, admin, organization, wanted)
    session.commit()
    session.expire_all()
    row = queries.row(session, view.id)
    assert definition.of_row(row, organization) == wanted
    assert definition.read(definition.write(wanted, organization), organization) == (wanted, [])
    assert "<script>" not in view.description_html["es"]
    assert services.edit(session, admin, view.id, wanted).version == 1
    again = services.edit(session, admin, view.id, read(DOCUMENT, organization, title="Otro"))
    assert again.version == 2
    with pytest.raises(Conflict):
        services.edit(session, admin, view.id, wanted, expected_version=1)


# --- create ---------------------------------------------------------------------------------


def facts(session, name):
    return session.scalars(sa.select(FactRow).where(FactRow.name == name)).all()


def make(session, organization, admin, **values):
    view = services.create(session, admin, organization, read(DOCUMENT, organization, **values))
    session.commit()
    return view


def test_a_process_begins_as_a_draft_and_is_recorded(session, organization, admin):
    view = make(session, organization, admin)
    assert (view.status, view.version, view.is_public) == (ProcessStatus.DRAFT, 1, False)
    (fact,) = facts(session, "processes.created")
    assert fact.process_id == view.id
    assert fact.data["slug"] == "presupuesto-2026"
    assert queries.by_slug(session, "presupuesto-2026").title == view.title


def test_two_processes_have_two_addresses(session, organization, admin):
    make(session, organization, admin)
    with pytest.raises(Invalid) as refused:
        make(session, organization, admin)
    assert "presupuesto-2026" in str(refused.value.by_path()["slug"][0])


def test_another_organization_may_use_the_same_address(session, organization, admin):
    make(session, organization, admin)
    other = factories.make_organization(session, slug="boreal")
    person = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    make(session, other, factories.actor_of(session, person))
    assert queries.by_slug(session, "presupuesto-2026").organization_id == other.id


@pytest.mark.parametrize("roles", [[], [Role.MODERATOR], [Role.PROCESS_ADMIN]])
def test_only_the_administration_makes_processes(session, organization, admin, roles):
    process = make(session, organization, admin)
    person = factories.make_person(session, roles=[(role, process.id) for role in roles])
    actor = factories.actor_of(session, person)
    with pytest.raises(Denied):
        services.create(session, actor, organization, read(DOCUMENT, organization, slug="otro"))


def test_a_definition_that_never_was_read_is_inspected_too(session, organization, admin):
    wanted = read(DOCUMENT, organization)
    first, second = wanted.phases
    clash = replace(wanted, phases=(first, replace(second, start=first.start)))
    backwards = replace(wanted, phases=(replace(first, end=first.start), second))
    for each in (clash, backwards, replace(wanted, slug="NO"), replace(wanted, slug="nuevo")):
        with pytest.raises(Invalid):
            services.create(session, admin, organization, each)


# --- edit -----------------------------------------------------------------------------------


def test_rows_keep_their_ids_by_key(session, organization, admin):
    before = make(session, organization, admin)
    document = copy.deepcopy(DOCUMENT)
    document["phases"].insert(
        0,
        {
            "key": "diagnostico",
            "kind": "diagnosis",
            "title": "Diagnóstico",
            "start": "2026-01-10",
            "end": "2026-02-10",
        },
    )
    document["phases"][1]["end"] = "2026-04-15"
    document["components"].append({"key": "propuestas-2", "type": "proposals", "title": "Otras"})
    after = services.edit(session, admin, before.id, read(document, organization))
    session.commit()
    session.expire_all()
    assert [each.key for each in after.phases] == ["diagnostico", "ideacion", "votacion"]
    for each in before.phases:
        assert after.phase(each.key).id == each.id
    assert after.component("propuestas").id == before.component("propuestas").id
    stored = queries.by_id(session, before.id)
    assert stored.version == 2
    assert stored.phases == after.phases
    assert definition.of_row(queries.row(session, before.id), organization) == read(
        document, organization
    )


def test_phases_and_components_can_go_and_change_places(session, organization, admin):
    document = copy.deepcopy(DOCUMENT)
    document["components"].append({"key": "propuestas-2", "type": "proposals", "title": "Otras"})
    document["phases"][1]["opens"]["propuestas-2"] = {"create": "open"}
    before = make(session, organization, admin, **document)
    document["components"] = document["components"][::-1]
    document["phases"] = document["phases"][::-1]
    after = services.edit(session, admin, before.id, read(document, organization))
    assert [each.key for each in after.components] == ["propuestas-2", "propuestas"]
    assert [each.key for each in after.phases] == ["votacion", "ideacion"]
    document["components"].pop(0)
    document["phases"].pop(0)
    gone = services.edit(session, admin, before.id, read(document, organization))
    session.commit()
    session.expire_all()
    stored = queries.by_id(session, before.id)
    assert [each.key for each in stored.components] == ["propuestas"]
    assert [each.key for each in stored.phases] == ["ideacion"]
    assert stored.phases == gone.phases


def test_a_change_is_recorded_in_readable_lines(session, organization, admin):
    before = make(session, organization, admin)
    document = copy.deepcopy(DOCUMENT)
    document["phases"][0]["end"] = "2026-04-15"
    document["phases"][0]["opens"]["propuestas"]["support"] = "open"
    services.edit(session, admin, before.id, read(document, organization))
    (fact,) = facts(session, "processes.edited")
    assert fact.data["changes"]["es"].splitlines() == [
        "Fase «Ideas»: termina el 15 de abril de 2026 en vez del 30 de abril de 2026",
        "Fase «Ideas», Propuestas, Apoyar: Abierto, resultados ocultos → Abierto",
    ]
    assert fact.data["summary"] == {"es": "2 cambios"}


def test_what_does_not_change_leaves_no_trace(session, organization, admin):
    before = make(session, organization, admin)
    same = services.edit(session, admin, before.id, read(DOCUMENT, organization))
    assert same.version == 1
    assert facts(session, "processes.edited") == []


def test_somebody_else_was_faster(session, organization, admin):
    before = make(session, organization, admin)
    mine = read(DOCUMENT, organization, title="Uno")
    services.edit(session, admin, before.id, mine, expected_version=1)
    with pytest.raises(Conflict) as refused:
        services.edit(
            session, admin, before.id, read(DOCUMENT, organization, title="Dos"), expected_version=1
        )
    assert "Alguien cambió el proceso" in str(refused.value.message)


def test_a_new_address_must_be_free(session, organization, admin):
    make(session, organization, admin, slug="ocupado")
    before = make(session, organization, admin)
    with pytest.raises(Invalid):
        services.edit(session, admin, before.id, read(DOCUMENT, organization, slug="ocupado"))
    moved = services.edit(session, admin, before.id, read(DOCUMENT, organization, slug="libre"))
    assert moved.slug == "libre"


def test_a_component_that_people_used_stays(session, organization, admin, diary):
    document = copy.deepcopy(DOCUMENT)
    document["components"].append({"key": "diario", "type": "diary", "title": "Diario"})
    document["phases"][0]["opens"]["diario"] = {"write": "open"}
    before = make(session, organization, admin, **document)
    diary.of = {before.component("diario").id}
    with pytest.raises(Invalid) as refused:
        services.edit(session, admin, before.id, read(DOCUMENT, organization))
    assert "«Diario»" in str(refused.value.problems[0].message)
    diary.of = set()
    after = services.edit(session, admin, before.id, read(DOCUMENT, organization))
    assert after.component("diario") is None


def test_proposals_say_when_people_used_them(session, organization, admin):
    before = make(session, organization, admin)
    session.add(
        Proposal(
            organization_id=organization.id,
            component_id=before.component("propuestas").id,
            author_id=admin.person_id,
            submission="x",
            title="Un parque",
            body="Aquí",
            body_html="Aquí",
            published_at=NOW,
        )
    )
    session.commit()
    empty = read(
        {**DOCUMENT, "components": [], "phases": [{**DOCUMENT["phases"][0], "opens": {}}]},
        organization,
    )
    with pytest.raises(Invalid):
        services.edit(session, admin, before.id, empty)


def test_a_component_does_not_change_its_type(session, organization, admin, diary):
    before = make(session, organization, admin)
    wanted = read(DOCUMENT, organization)
    other = replace(wanted.components[0], type=registry.component("diary"), settings=None)
    with pytest.raises(Invalid, match="tipo"):
        services.edit(session, admin, before.id, replace(wanted, components=(other,), phases=()))


def test_a_component_whose_type_is_not_installed_is_left_alone(session, organization, admin, diary):
    document = copy.deepcopy(DOCUMENT)
    document["components"].append({"key": "diario", "type": "diary", "title": "Diario"})
    document["phases"][0]["opens"]["diario"] = {"write": "open"}
    before = make(session, organization, admin, **document)
    kind = registry._rooms.pop("diary")
    try:
        after = services.edit(
            session, admin, before.id, read(DOCUMENT, organization, title="Otro título")
        )
        assert after.component("diario") is None
    finally:
        registry._rooms["diary"] = kind
    session.commit()
    session.expire_all()
    queries.forget()
    again = queries.by_id(session, before.id)
    assert again.component("diario").rule("write", NOW).state is State.OPEN


def test_what_is_undone_is_remembered_by_nobody(session, organization, admin):
    before = make(session, organization, admin)
    assert str(queries.by_id(session, before.id).title) == "Presupuesto participativo 2026"
    services.edit(session, admin, before.id, read(DOCUMENT, organization, title="Deshecho"))
    assert str(queries.by_id(session, before.id).title) == "Deshecho"
    session.rollback()
    services.edit(session, admin, before.id, read(DOCUMENT, organization, title="Guardado"))
    session.commit()
    assert str(queries.by_id(session, before.id).title) == "Guardado"
    assert queries._memory.get((before.id, 2)) is None


def test_what_was_read_before_the_lock_is_read_again(session, organization, admin):
    before = make(session, organization, admin)
    held = queries.row(session, before.id).phases  # read, and kept in the session
    moved = dt.datetime(2026, 4, 20, 5, tzinfo=dt.UTC)
    session.execute(
        sa.update(Phase.__table__)
        .where(Phase.__table__.c.id == before.phase("ideacion").id)
        .values(end=moved)
    )
    assert held[0].end != moved, "as if somebody else had done it"
    after = services.edit(session, admin, before.id, read(DOCUMENT, organization))
    assert after.version == 2, "the phase goes back to what was asked for"
    session.commit()
    session.expire_all()
    stored = queries.by_id(session, before.id)
    assert stored.phase("ideacion").end == before.phase("ideacion").end


# --- publish, unpublish, archive, duplicate -------------------------------------------------


def test_the_life_of_a_process(session, organization, admin):
    view = make(session, organization, admin)
    view = services.publish(session, admin, view.id)
    assert (view.status, view.version, view.is_public) == (ProcessStatus.PUBLISHED, 2, True)
    first = view.published_at
    with pytest.raises(Conflict):
        services.publish(session, admin, view.id)
    with pytest.raises(Invalid):
        services.unpublish(session, admin, view.id, reason="  ")
    view = services.unpublish(session, admin, view.id, reason=" Faltan datos ")
    assert not view.is_public
    assert facts(session, "processes.unpublished")[0].data["reason"] == "Faltan datos"
    with pytest.raises(Conflict):
        services.unpublish(session, admin, view.id, reason="Otra vez")
    with pytest.raises(Conflict):
        services.archive(session, admin, view.id)
    services.publish(session, admin, view.id)
    view = services.archive(session, admin, view.id)
    assert view.status is ProcessStatus.ARCHIVED
    assert view.state(NOW) == "past"
    assert view.component("propuestas").rule("support", NOW) == Rule()
    with pytest.raises(Conflict):
        services.archive(session, admin, view.id)
    view = services.publish(session, admin, view.id)
    assert view.status is ProcessStatus.PUBLISHED
    assert view.published_at == first


def test_without_phases_there_is_nothing_to_publish(session, organization, admin):
    view = make(session, organization, admin, phases=[])
    with pytest.raises(Invalid, match="al menos una fase"):
        services.publish(session, admin, view.id)


@pytest.mark.parametrize("reason", ["", "x" * 501, "a\u202eb"])
def test_reasons_are_checked(session, organization, admin, reason):
    view = make(session, organization, admin)
    services.publish(session, admin, view.id)
    with pytest.raises(Invalid) as refused:
        services.unpublish(session, admin, view.id, reason=reason)
    assert list(refused.value.by_path()) == ["reason"]


def test_a_copy_starts_anew_on_other_dates(session, organization, admin):
    view = make(session, organization, admin, outcome="Salió bien")
    services.publish(session, admin, view.id)
    copied = services.duplicate(
        session,
        admin,
        view.id,
        slug="presupuesto-2027",
        title=Localized("Otro año"),
        shift_days=365,
    )
    assert copied.status is ProcessStatus.DRAFT
    assert copied.id != view.id
    assert not copied.outcome
    assert str(copied.title) == "Otro año"
    assert copied.phase("ideacion").start == dt.datetime(2027, 3, 3, 5, tzinfo=dt.UTC)
    assert copied.phase("votacion").start == dt.datetime(2027, 6, 1, 13, tzinfo=dt.UTC)
    assert copied.component("propuestas").settings.support_limit == 10
    for slug in ("presupuesto-2027", "NO", "nuevo"):
        with pytest.raises(Invalid):
            services.duplicate(session, admin, view.id, slug=slug, title=Localized("X"))


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.OBSERVER, Role.REVIEWER])
def test_other_staff_change_nothing(session, organization, admin, role):
    view = make(session, organization, admin)
    actor = factories.actor_of(session, factories.make_person(session, roles=[(role, view.id)]))
    wanted = read(DOCUMENT, organization, title="X")
    for attempt in (
        lambda: services.edit(session, actor, view.id, wanted),
        lambda: services.publish(session, actor, view.id),
        lambda: services.archive(session, actor, view.id),
        lambda: services.unpublish(session, actor, view.id, reason="x"),
        lambda: services.duplicate(session, actor, view.id, slug="otro", title=Localized("X")),
        lambda: services.override_phase(
            session, actor, view.id, "ideacion", opens=True, until=None, reason="x"
        ),
    ):
        with pytest.raises(Denied):
            attempt()


def test_process_administration_is_enough_to_edit(session, organization, admin):
    view = make(session, organization, admin)
    person = factories.make_person(session, roles=[(Role.PROCESS_ADMIN, view.id)])
    actor = factories.actor_of(session, person)
    assert (
        services.edit(session, actor, view.id, read(DOCUMENT, organization, title="X")).version == 2
    )


def test_processes_of_others_do_not_exist(session, organization, admin):
    view = make(session, organization, admin)
    factories.make_organization(session, slug="boreal")
    person = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    stranger = factories.actor_of(session, person)
    with pytest.raises(Missing):
        services.publish(session, stranger, view.id)


# --- overrides ------------------------------------------------------------------------------


def override(session, actor, view, phase, *, opens, until=None, reason="Por la lluvia"):
    return services.override_phase(
        session, actor, view.id, phase, opens=opens, until=until, reason=reason
    )


@time_machine.travel(NOW, tick=False)
def test_closing_early_and_opening_again(session, organization, admin):
    view = make(session, organization, admin)
    with pytest.raises(Conflict, match="ya está abierta"):
        override(session, admin, view, "ideacion", opens=True)
    closed = override(session, admin, view, "ideacion", opens=False)
    assert closed.phases_at(NOW) == ()
    assert closed.version == 2
    (fact,) = facts(session, "processes.phase_closed")
    assert fact.public
    assert fact.data == {
        "phase": {"es": "Ideas"},
        "reason": "Por la lluvia",
        "start": NOW.isoformat(),
        "until": None,
    }
    with pytest.raises(Conflict, match="ya está cerrada"):
        override(session, admin, view, "ideacion", opens=False)
    until = NOW + dt.timedelta(days=2)
    again = override(session, admin, view, "ideacion", opens=True, until=until)
    session.commit()
    stored = queries.by_id(session, view.id)
    assert stored.phase("ideacion").active == again.phase("ideacion").active
    assert [each.key for each in stored.phases_at(NOW)] == ["ideacion"]
    assert stored.phases_at(until) == ()


@time_machine.travel(NOW, tick=False)
def test_opening_early_must_not_clash(session, organization, admin):
    view = make(session, organization, admin)
    with pytest.raises(Invalid) as refused:
        override(session, admin, view, "votacion", opens=True)
    (sentence,) = refused.value.by_path()["until"]
    for part in ("Ideas", "Votación", "15 de marzo", "30 de abril"):
        assert part in str(sentence)
    override(session, admin, view, "ideacion", opens=False)
    opened = override(session, admin, view, "votacion", opens=True)
    assert [each.key for each in opened.phases_at(NOW)] == ["votacion"]


@time_machine.travel(dt.datetime(2026, 7, 1, tzinfo=dt.UTC), tick=False)
def test_opening_again_what_is_over_needs_an_end(session, organization, admin):
    view = make(session, organization, admin)
    with pytest.raises(Invalid) as refused:
        override(session, admin, view, "votacion", opens=True)
    assert list(refused.value.by_path()) == ["until"]
    with pytest.raises(Conflict):
        override(session, admin, view, "votacion", opens=False)
    with pytest.raises(Invalid):
        override(session, admin, view, "votacion", opens=True, until=NOW)
    until = dt.datetime(2026, 7, 3, tzinfo=dt.UTC)
    opened = override(session, admin, view, "votacion", opens=True, until=until)
    assert opened.phase("votacion").active[-1].end == until
    with pytest.raises(Missing):
        override(session, admin, view, "otra", opens=True, until=until)
    with pytest.raises(Invalid):
        override(session, admin, view, "votacion", opens=False, reason="")


@time_machine.travel(NOW, tick=False)
def test_an_edit_respects_what_was_overridden(session, organization, admin):
    view = make(session, organization, admin)
    override(session, admin, view, "ideacion", opens=False)
    override(session, admin, view, "votacion", opens=True, until=NOW + dt.timedelta(days=60))
    document = copy.deepcopy(DOCUMENT)
    document["title"] = "Otro"
    assert services.edit(session, admin, view.id, read(document, organization)).version == 4
    document["phases"][0]["end"] = "2026-05-20"
    services.edit(session, admin, view.id, read(document, organization))
    document["phases"].append(
        {**document["phases"][0], "key": "mas", "start": "2026-05-01", "end": "2026-05-10"}
    )
    document["phases"][0]["end"] = "2026-04-30"
    with pytest.raises(Invalid, match="a la vez"):
        services.edit(session, admin, view.id, read(document, organization))


# --- preview links --------------------------------------------------------------------------


@time_machine.travel(NOW, tick=False)
def test_preview_links(session, organization, admin):
    view = make(session, organization, admin)
    token = services.make_preview_link(session, admin, view.id, hours=48)
    link = queries.preview_link(session, digest(token))
    assert link.process_id == view.id
    assert link.expires_at == NOW + dt.timedelta(hours=48)
    assert token not in str(facts(session, "processes.preview_link_made")[0].data)
    for hours in (0, 721):
        with pytest.raises(Invalid):
            services.make_preview_link(session, admin, view.id, hours=hours)
    other = make(session, organization, admin, slug="otro")
    with pytest.raises(Missing):
        services.revoke_preview_link(session, admin, other.id, link.id)
    services.revoke_preview_link(session, admin, view.id, link.id)
    assert queries.preview_link(session, digest(token)) is None
    with pytest.raises(Missing):
        services.revoke_preview_link(session, admin, view.id, link.id)


# --- links between resources ----------------------------------------------------------------


@pytest.fixture
def leaves():
    """A resource: every id below 100 exists; odd ones belong to the process 1."""
    places = {}

    def cards(_session, ids):
        return {
            each: Card(
                Ref("leaf", each),
                f"Hoja {each}",
                f"/hoja/{each}",
                "Hoja",
                process_id=places.get(each),
            )
            for each in ids
            if each < 100
        }

    registry.register(Room(name="leaves", resources=(ResourceType("leaf", "Hoja", cards),)))
    yield places
    registry._rooms.pop("leaves")


def test_linking(session, organization, admin, leaves):
    view = make(session, organization, admin)
    one, two = Ref("leaf", 1), Ref("leaf", 2)
    kind = LinkKind.DERIVES_FROM
    services.link_resources(session, admin, view.id, kind, one, two)
    assert [each.target_id for each in queries.links_of(session, one)] == [2]
    assert facts(session, "processes.linked")[0].data["source"] == "Hoja 1"
    with pytest.raises(Conflict):
        services.link_resources(session, admin, view.id, kind, one, two)
    services.link_resources(session, admin, view.id, LinkKind.ANSWERS, one, two)
    with pytest.raises(Invalid):
        services.link_resources(session, admin, view.id, kind, one, one)
    for missing in (Ref("leaf", 100), Ref("stone", 1)):
        with pytest.raises(Missing):
            services.link_resources(session, admin, view.id, kind, one, missing)
    services.unlink_resources(session, admin, view.id, kind, one, two)
    assert facts(session, "processes.unlinked")
    with pytest.raises(Missing):
        services.unlink_resources(session, admin, view.id, kind, one, two)


def test_one_end_of_a_link_belongs_to_the_process(session, organization, admin, leaves):
    view = make(session, organization, admin)
    leaves.update({1: view.id, 2: view.id + 1, 3: view.id + 1})
    with pytest.raises(Invalid):
        services.link_resources(
            session, admin, view.id, LinkKind.FUNDS, Ref("leaf", 2), Ref("leaf", 3)
        )
    services.link_resources(session, admin, view.id, LinkKind.FUNDS, Ref("leaf", 1), Ref("leaf", 3))
