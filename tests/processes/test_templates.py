"""Every template is a process file like any other: it reads, applies, exports and applies again."""

import datetime as dt

import pytest

from participa.core.policy import Role
from participa.processes import changes, definition, files, queries, services
from participa.processes.catalogue import catalogue, from_template, template
from tests import factories

KEYS = [
    "bga-ciclo-lab",
    "bga-taller-lab",
    "bga-transparencia",
    "innova360",
    "presupuesto-participativo",
    "usme-innova-2023",
]


def test_the_processes_are_there():
    assert [each.key for each in catalogue()] == KEYS
    for each in catalogue():
        assert {"es", "en", "pt"} <= set(each.title)
        assert {"es", "en", "pt"} <= set(each.summary)
        assert all(len(text) <= 300 for text in each.summary.values())
        assert each.phases


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("start", [None, dt.date(2027, 3, 1)])
def test_export_apply_export_loses_nothing(session, organization, key, start):
    person = factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    admin = factories.actor_of(session, person)
    wanted = from_template(key, organization, start=start)
    view = services.create(session, admin, organization, wanted, template=key)
    session.commit()
    session.expire_all()

    first = files.dump(
        definition.write(
            definition.of_row(queries.row(session, view.id), organization), organization
        )
    )
    document, lines, problems = files.load(first)
    assert problems == []
    again, problems = definition.read(document, organization, lines=lines)
    assert problems == []
    assert again == wanted
    assert changes.differences(wanted, again, organization) == []
    assert services.edit(session, admin, view.id, again).version == 1
    assert files.dump(definition.write(again, organization)) == first
    if start is not None:
        assert again.phases[0].start == dt.datetime(2027, 3, 1, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize("key", KEYS)
def test_a_template_file_is_written_as_it_is_read(organization, key):
    document, _lines, problems = files.load(template(key).text)
    assert problems == []
    assert definition.write(from_template(key, organization), organization) == document
