"""Removed words are read by who wrote them and by the process's moderators: on no other address."""

import pytest

from participa.core.facts import Ref
from participa.core.policy import Role
from participa.moderation import queries
from participa.moderation.services import decisions, flags
from participa.processes import queries as processes
from tests import factories
from tests.pages import world as worlds

pytestmark = pytest.mark.slow

TITLE, BODY = "Luces en el sendero", "Luces solares cada veinte metros"
COMMENT = "Ojalá alumbren también el puente"
"""What the small city's author wrote."""

OTHERS = ("visitor", "participant", "observer", "reviewer", "council", "elsewhere")
READERS = ("moderator", "process_admin", "organization_admin")


@pytest.fixture
def world(app, any_session, organization):
    """The small city, with its proposal and its comment removed."""
    session = any_session
    world = worlds.build(app, session, organization)
    moderator = world.actor("moderator")
    place = processes.by_id(session, world.process.id).components[0]
    ground = queries.grounds(session)[0].id
    with app.app_context():
        proposal_case = flags.flag(
            session, world.actor("participant"), place, Ref("proposal", world.proposal), ground
        )
        for case in (world.case, proposal_case):
            revision = queries.case(session, case).revision
            decisions.remove(session, moderator, case, revision, ground, "Ofende a alguien.")
        session.commit()
    app.extensions["participa_jobs"].run_due()
    other = factories.make_process(session, slug="otro")
    world.people["elsewhere"] = factories.make_person(
        session, "Otilia Ajena", roles=[(Role.MODERATOR, other.id)]
    )
    session.expire_all()
    return world


def found_by(world, client):
    """Return the endpoints of this city on whose pages any of the words stand."""
    found = set()
    for rule in worlds.rules_of(world.app):
        if "GET" not in rule.methods:
            continue
        address = world.address(rule)
        text = client.get(address, follow_redirects=True).get_data(as_text=True)
        if any(words in text for words in (TITLE, BODY, COMMENT)):
            found.add(rule.endpoint)
    return found


@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_reads_them_on_any_address(world, role):
    assert found_by(world, world.client(role)) == set()


@pytest.mark.parametrize("role", READERS)
def test_moderators_of_the_process_read_them(world, role):
    found = found_by(world, world.client(role))
    assert {"moderation.case", "proposals.show"} <= found


def test_the_author_reads_them_on_their_own_pages(world):
    client = factories.sign_in(world.app.test_client(), world.session, world.author)
    found = found_by(world, client)
    assert {"moderation.own", "moderation.own_case", "accounts.own_data"} <= found
    assert not [endpoint for endpoint in found if endpoint.startswith("admin.")]
