"""Making and changing a process: the one way there is."""

import datetime as dt

import pytest

from participa.core.errors import Conflict
from participa.core.policy import Role
from participa.processes import definition, queries, services
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
            "title": "Ideas de los barrios",
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
