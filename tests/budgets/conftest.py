"""A vote, and who prepares it."""

import pytest

from participa.core.policy import Role
from tests import factories
from tests.budgets.polls import Poll, RollPoll, with_vote


@pytest.fixture
def app_context(app):
    with app.app_context():
        yield


@pytest.fixture
def poll(app_context, session):
    return Poll(session, ballot="approval", maximum=2)


@pytest.fixture
def rolled(app_context, session, organization):
    return RollPoll(session, organization)


@pytest.fixture
def component(session):
    return with_vote(session).components[0]


@pytest.fixture
def staff(session, component):
    person = factories.make_person(
        session, "Funcionaria", roles=[(Role.PROCESS_ADMIN, component.process.id)]
    )
    return factories.actor_of(session, person)
