"""Many at the same moment, on both engines: one person has one ballot, and nobody waits forever."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from participa.budgets.models import Ballot, Draft, Mark, Vote
from participa.budgets.queries import casting as queries
from participa.budgets.services import box, casting, drafts, lock
from participa.core.db import bind_to_organization, db
from participa.core.policy import Denied, Role, Verification
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from tests import factories
from tests.budgets.polls import KEY, SEED, with_vote
from tests.conftest import ENGINES, new_app

pytestmark = pytest.mark.slow

MANY = 64


class Hall:
    """An app on a database of its own, with a firm vote; of a roll, where it has ``numbers``."""

    def __init__(self, engine, *, cast="open", numbers=(), **settings):
        processes.forget()
        organizations.forget()
        self.app = new_app(engine)
        with self.app.app_context():
            session = db.session()
            self.organization = factories.make_organization(session)
            if numbers:
                self.roll, first = factories.make_roll(session, self.organization, numbers)
                self.lines = list(range(first, first + len(numbers)))
                settings["roll"] = "padron"
            self.component = with_vote(session, settings=settings, cast=cast).components[0]
            self.pot, first = factories.make_projects(session, self.component, [1_000_000] * 4)
            self.ids = list(range(first, first + 4))
            boss = factories.make_person(
                session, roles=[(Role.PROCESS_ADMIN, self.component.process.id)]
            )
            self.chief = factories.actor_of(session, boss)
            lock.lock(session, self.chief, self.component, seed_source=SEED)
            self.people = [
                factories.actor_of(session, factories.make_person(session, f"Vecina {number}"))
                for number in range(16)
            ]
            if numbers:
                self._claim(session)
            session.commit()
            db.session.remove()

    def _claim(self, session):
        for number, line in enumerate(self.lines):
            factories.claim_line(session, self.people[number].person_id, line)
        self.people = [
            replace(each, verifications=(Verification("census"),)) for each in self.people
        ]
        boss = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
        self.boss = factories.actor_of(session, boss)

    @contextmanager
    def session(self):
        with self.app.app_context():
            session = db.session()
            # Sixty-four at once wait longer for SQLite's one writer than its five seconds.
            if session.get_bind().dialect.name == "sqlite":
                session.connection().exec_driver_sql("PRAGMA busy_timeout=120000")
            bind_to_organization(session, self.organization.id)
            try:
                yield session
            finally:
                session.rollback()
                db.session.remove()

    def do(self, service, *values):
        with self.session() as session:
            result = service(session, *values)
            session.commit()
            return result

    def together(self, acts):
        start = threading.Barrier(len(acts))
        results = [None] * len(acts)

        def run(number, act):
            start.wait()
            try:
                results[number] = act()
            except Exception as error:  # noqa: BLE001  (whatever it is, the test looks at it)
                results[number] = error

        threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return results

    def close(self):
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        processes.forget()
        organizations.forget()


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def hall(engine):
    made = Hall(engine, ballot="approval", maximum=2)
    yield made
    made.close()


def cast(hall, person, project):
    return lambda: hall.do(casting.cast, hall.people[person], hall.component, {project: 1})


def test_sixty_four_casts_by_one_person_leave_one_ballot(hall):
    results = hall.together([cast(hall, 0, hall.ids[number % 4]) for number in range(MANY)])
    assert [each for each in results if isinstance(each, Exception)] == []
    assert len([each for each in results if each.receipt is not None]) == 1
    with hall.session() as session:
        mark = session.scalars(sa.select(Mark)).one()
        ballot = session.scalars(sa.select(Ballot)).one()
        vote = session.get_one(Vote, hall.component.id)
        assert ballot.link == box.link_of(vote.link_key, mark.id)


def test_where_it_does_not_change_one_of_sixty_four_is_taken(engine):
    hall = Hall(engine, ballot="approval", changeable=False)
    try:
        results = hall.together([cast(hall, 0, hall.ids[number % 4]) for number in range(MANY)])
        taken = [each for each in results if isinstance(each, casting.Sent)]
        assert len(taken) == 1
        refused = {each.denial.key for each in results if isinstance(each, Denied)}
        assert refused == {"may_change"}
        with hall.session() as session:
            assert len(session.scalars(sa.select(Ballot)).all()) == 1
    finally:
        hall.close()


def test_sixteen_people_at_once_all_vote_and_their_drafts_go(hall):
    def choose(person):
        return lambda: hall.do(
            partial(drafts.choose, key=KEY),
            *(hall.people[person], hall.component, hall.ids[person % 4]),
        )

    chosen = hall.together([choose(number % 16) for number in range(32)])
    assert [each for each in chosen if isinstance(each, Exception)] == []
    with hall.session() as session:
        assert queries.drafts(session, hall.component) == 16
    results = hall.together([cast(hall, number % 16, hall.ids[0]) for number in range(MANY)])
    assert [each for each in results if isinstance(each, Exception)] == []
    with hall.session() as session:
        assert len(session.scalars(sa.select(Mark)).all()) == 16
        links = {each.link for each in session.scalars(sa.select(Ballot))}
        key = session.get_one(Vote, hall.component.id).link_key
        assert links == {box.link_of(key, each.id) for each in session.scalars(sa.select(Mark))}
        assert session.scalars(sa.select(Draft)).all() == []
