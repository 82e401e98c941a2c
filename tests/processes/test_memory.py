"""A process in memory: asked for once, and never older than what was committed."""

import dataclasses

import pytest

from participa.core.db import bind_to_organization
from participa.core.policy import Role
from participa.organizations import queries as organizations
from participa.organizations.services import entity
from participa.processes import definition, queries, services
from tests import factories
from tests.statements import recorded


@pytest.fixture
def process(session, organization):
    process = factories.make_process(session)
    session.commit()
    return process


@pytest.fixture
def seen(session, organization, process):
    """Return what a new request sees of the process: its title, and the statements it took."""

    def look():
        before = dict(session.info)
        session.info.clear()
        try:
            place = organizations.by_host(session, "localhost")
            bind_to_organization(session, place.id)
            with recorded() as statements:
                view = queries.by_slug(session, process.slug)
            return str(view.title), view.status.value, len(statements)
        finally:
            session.info.clear()
            session.info.update(before)

    return look


def retitle(session, organization, process, title):
    person = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    place = organizations.by_id(session, organization.id)
    row = queries.row(session, process.id)
    document = {**definition.write(definition.of_row(row, place), place), "title": title}
    wanted, problems = definition.read(document, place)
    assert not problems
    services.edit(session, factories.actor_of(session, person), process.id, wanted)


def test_nothing_is_asked_while_nothing_changes(seen):
    title, _status, first = seen()
    assert first > 0
    assert seen() == (title, "published", 0)


def test_every_request_sees_a_change_once_it_is_committed(session, organization, process, seen):
    seen()
    retitle(session, organization, process, "Otro título")
    session.commit()
    assert seen()[0] == "Otro título"
    assert seen() == ("Otro título", "published", 0)


def test_what_is_undone_was_never_seen(session, organization, process, seen):
    title = seen()[0]
    retitle(session, organization, process, "Deshecho")
    # In the transaction itself the change holds; it stays out of what others see.
    organizations.by_host(session, "localhost")
    assert str(queries.by_slug(session, process.slug).title) == "Deshecho"
    session.rollback()
    retitle(session, organization, process, "El que quedó")
    session.commit()
    assert seen()[0] == "El que quedó" != title


@pytest.mark.parametrize("change", ["unpublish", "archive"])
def test_whatever_changes_a_process_is_seen(session, organization, process, seen, change):
    before = seen()[1]
    person = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    values = {"reason": "Faltan datos"} if change == "unpublish" else {}
    getattr(services, change)(session, factories.actor_of(session, person), process.id, **values)
    session.commit()
    assert seen()[1] != before


def test_a_city_that_changes_its_zone_sees_it_in_every_process(session, organization, process):
    """The zone is the city's row, the view is of the process: neither is older than the other."""
    boss = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])

    def zones():
        session.info.clear()
        place = organizations.by_host(session, "localhost")
        bind_to_organization(session, place.id)
        by_id = queries.by_id(session, process.id)
        held = queries.component(session, by_id.components[0].id).process
        return {each.zone.key for each in (queries.by_slug(session, process.slug), by_id, held)} | {
            each.zone.key for each in queries.visible(session) if each.id == process.id
        }

    assert zones() == {"America/Bogota"}
    place = organizations.by_id(session, organization.id)
    wanted = dataclasses.replace(entity.entity_of(place), time_zone="America/Lima")
    actor = factories.actor_of(session, boss)
    entity.edit(session, actor, place, wanted, version=place.version)
    session.commit()
    assert zones() == {"America/Lima"}
