"""Nothing leaks early: no page of anybody tells what people vote before all may know.

The same city is looked at twice, by every role, on every page: the second time every ballot says
something else (and, where not even turnout may be known, there are fewer of them). Each page must
be the same to the byte.
"""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
import time_machine

from participa.budgets.events import BallotCast, BallotChanged
from participa.budgets.models import Ballot, Mark, Outcome, PublishedFile
from participa.budgets.services import publishing
from participa.core.limits import limiter
from participa.core.policy import Role
from participa.processes import queries as processes
from tests import factories
from tests.budgets.ended import Ended
from tests.conftest import ENGINES
from tests.pages import world as worlds

STAFF = (Role.PROCESS_ADMIN, Role.COUNCIL, Role.ORGANIZATION_ADMIN)
PUBLIC = (Role.VISITOR, Role.PARTICIPANT)
VARYING = re.compile(rb'request_id[^<]*|"nonce": "[^"]*"|value="[0-9a-f-]{36}"')
"""What differs from one look to the next, whatever the ballots say."""
BUDGETS = re.compile(r"budgets\.|processes\.|opendata\.|notifications\.|comments\.|accounts\.")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("engine_name", ENGINES[:1], indirect=True),
]


@pytest.fixture
def city(app, any_session, organization):
    """A city with a vote that hides everything, and many ballots. Its clock stands still."""
    with time_machine.travel(dt.datetime.now(dt.UTC), tick=False):
        yield _built(app, any_session, organization)


def _built(app, any_session, organization):
    world = worlds.build(app, any_session, organization, "hidden")
    with app.app_context():
        component = world.component(_rule(app, "budgets.index"))
        factories.make_projects(any_session, component, [20_000_000] * 4, pot="norte")
        any_session.commit()
        ended = Ended.of(any_session, component, world.people["process_admin"])
        world.ended = ended
        ended.clients = {}
        first, second, *_others = ended.ids
        ended.fill([{first: 1}] * 30 + [{second: 1}] * 20)
    return world


def _rule(app, endpoint):
    return next(each for each in app.url_map.iter_rules() if each.endpoint == endpoint)


def look(world, roles, *, only=None):
    """Return every page that a role reaches, by role and address."""
    limiter.reset()
    seen = {}
    for role in roles:
        client = world.ended.clients.setdefault(role, None) or world.client(role.value)
        world.ended.clients[role] = client
        for rule in worlds.rules_of(world.app):
            if "GET" not in rule.methods or rule.endpoint == "accounts.sign_out":
                continue
            if only is not None and not only.match(rule.endpoint):
                continue
            with client.session_transaction() as cookie:
                # The random order of projects is the same at both looks.
                cookie["azar"] = 7
            address = world.address(rule)
            answer = client.get(address)
            assert answer.status_code < 500, address
            assert answer.status_code != 429, address
            seen[role.value, address] = (answer.status_code, VARYING.sub(b"", answer.data))
    return seen


def differences(before, after):
    return [key for key, page in before.items() if after[key] != page]


def turn_around(session):
    """Let every ballot say something else."""
    rows = session.scalars(sa.select(Ballot)).all()
    projects = sorted({key for row in rows for key in row.choice})
    for row in rows:
        row.choice = dict.fromkeys([key for key in projects if key not in row.choice], 1)
    session.commit()


def test_while_it_is_hidden_no_page_tells_what_or_how_many(city, any_session):
    roles = tuple(Role)
    before = look(city, roles)
    assert sum(status == 200 for status, _page in before.values()) > 200
    turn_around(any_session)
    assert differences(before, look(city, roles)) == []
    # Not even how many: the public sees the same with most of the roll and the box gone.
    public = {key: page for key, page in before.items() if key[0] in PUBLIC}
    marks = any_session.scalars(sa.select(Mark.id).order_by(Mark.id).limit(45)).all()
    any_session.execute(sa.delete(Mark).where(Mark.id.in_(marks)))
    ballots = any_session.scalars(sa.select(Ballot.id).order_by(Ballot.id).limit(45)).all()
    any_session.execute(sa.delete(Ballot).where(Ballot.id.in_(ballots)))
    any_session.commit()
    assert differences(public, look(city, PUBLIC)) == []


def test_between_closing_and_publishing_nobody_knows(city, app, any_session, monkeypatch):
    with app.app_context():
        city.ended.close()
        city.process = processes.by_id(any_session, city.process.id)
    roles = (*PUBLIC, *STAFF)
    before = look(city, roles, only=BUDGETS)
    turn_around(any_session)
    assert differences(before, look(city, roles, only=BUDGETS)) == []
    # Counted and not published, as where the machine stops between the two.
    with app.app_context():
        publishing.ask(any_session, city.ended.boss, city.ended.component, seed="4821")
        any_session.commit()
        monkeypatch.setattr(publishing, "_publish", _stop)
        _run_until_it_stops(any_session)
        assert len(any_session.scalars(sa.select(Outcome)).all()) == 2
    before = look(city, roles, only=BUDGETS)
    any_session.execute(sa.delete(Outcome))
    any_session.execute(sa.delete(PublishedFile))
    turn_around(any_session)
    with app.app_context():
        _run_until_it_stops(any_session)
    assert differences(before, look(city, roles, only=BUDGETS)) == []


class _Stopped(Exception):
    """The power went."""


def _stop(*_args):
    raise _Stopped


def _run_until_it_stops(session):
    with pytest.raises(_Stopped):
        publishing.run(session)
    session.rollback()


@pytest.mark.parametrize("fact", [BallotCast, BallotChanged])
def test_voting_is_no_news(fact, engine_name):
    """No feed, no notice and no mail says that somebody voted."""
    del engine_name
    assert (fact.PUBLIC, fact.TELLS) == (False, ())
