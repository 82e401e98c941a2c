"""A process with a vote, and who prepares it."""

import pytest

from participa.core import clock
from participa.core.policy import Role
from participa.processes.models import PhaseKind
from tests import factories


def with_vote(session, *, settings=None, cast="open", assist="closed", key="presupuesto", **values):
    """A process whose voting phase is open around now, beside its proposals."""
    now = clock.now()
    return factories.make_process(
        session,
        phases=[
            {
                "key": "votacion",
                "kind": PhaseKind.EVALUATION,
                "start": now - 10 * factories.DAY,
                "end": now + 20 * factories.DAY,
                "opens": {
                    key: {"cast": cast, "assist": assist},
                    "propuestas": {"create": "open", "support": "open"},
                },
            }
        ],
        components=[
            {"key": key, "type": "budgets", "settings": settings or {}, "title": "Votación"},
            {"key": "propuestas", "type": "proposals"},
        ],
        **values,
    )


@pytest.fixture
def component(session):
    return with_vote(session).components[0]


@pytest.fixture
def staff(session, component):
    person = factories.make_person(
        session, "Funcionaria", roles=[(Role.PROCESS_ADMIN, component.process.id)]
    )
    return factories.actor_of(session, person)
