"""What is firm is kept in memory by its digest: a correction holds for the very next ballot."""

import threading

import pytest
import sqlalchemy as sa

from participa.app import create_app
from participa.budgets.models import Ballot, Mark, ProjectStatus, Vote
from participa.budgets.queries import ballot_rules, pots, projects
from participa.budgets.queries import casting as queries
from participa.budgets.rules import Rules
from participa.budgets.services import casting, drafts
from participa.core.db import db
from participa.core.errors import Invalid, Missing
from tests import factories
from tests.budgets.polls import KEY, Poll, amend
from tests.budgets.stations import Station
from tests.budgets.test_voting_concurrency import Hall, engine  # noqa: F401  (a fixture)
from tests.statements import recorded

WITHDRAWN = ProjectStatus.WITHDRAWN.value


@pytest.fixture
def hall(engine):  # noqa: F811
    made = Hall(engine, ballot="approval", maximum=2)
    yield made
    made.close()


def neighbour(session):
    return factories.actor_of(session, factories.make_person(session))


def fresh(session, poll):
    """What is firm as the database says it."""
    vote = queries.vote(session, poll.component)
    return ballot_rules.BallotRules(
        Rules.read(vote.rules).form,
        pots.limits(pots.pots(session, poll.component)),
        projects.options(session, poll.component),
    )


def asked(statements):
    read = ("FROM budget_pots", "FROM budget_projects")
    return [each for each in statements if any(table in each for table in read)]


def test_pots_and_projects_are_read_once_per_digest(poll, session):
    poll.cast(0)
    with recorded() as statements:
        drafts.choose(session, neighbour(session), poll.component, poll.ids[1], key=KEY)
        poll.cast(1, actor=neighbour(session))
    assert asked(statements) == []
    poll.amend(0, cost="299.999")
    for expected in (2, 0):
        with recorded() as statements:
            poll.cast(1, actor=neighbour(session))
        assert len(asked(statements)) == expected


def test_what_is_remembered_is_what_the_database_says(poll, session):
    def remembered():
        return ballot_rules.of_vote(session, poll.component, queries.vote(session, poll.component))

    assert remembered() == fresh(session, poll)
    poll.amend(0, cost="1")
    assert remembered() == fresh(session, poll)
    poll.amend(1, status=WITHDRAWN)
    assert remembered() == fresh(session, poll)
    assert poll.ids[1] not in remembered().options
    poll.amend(1)
    assert remembered() == fresh(session, poll)


def test_a_withdrawal_holds_for_the_next_ballot_and_so_does_its_end(poll, session):
    poll.cast(0)
    poll.amend(0, status=WITHDRAWN)
    with pytest.raises(Invalid):
        poll.cast(0, actor=neighbour(session))
    with pytest.raises(Missing):
        drafts.choose(session, neighbour(session), poll.component, poll.ids[0], key=KEY)
    poll.amend(0)
    assert poll.cast(0, actor=neighbour(session)).receipt is not None


def test_at_a_point_the_same_memory_serves_and_a_withdrawal_holds_at_once(
    app_context, session, organization
):
    hall = Station(session, organization, maximum=2)
    hall.assist("1001", {hall.ids[0]: 1})
    with recorded() as statements:
        hall.assist("1002", {hall.ids[1]: 1})
    assert asked(statements) == []
    row = {"title": "Proyecto 1", "pot_id": hall.pot, "cost": "300.000", "status": WITHDRAWN}
    amend(session, hall.boss, hall.component, hall.ids[0], **row)
    with pytest.raises(Invalid):
        hall.assist("1004", {hall.ids[0]: 1})
    assert hall.assist("1004", {hall.ids[1]: 1})


def test_a_correction_that_is_undone_never_held(poll, session):
    poll.cast(0)
    session.commit()
    row = {"title": "Proyecto 1", "pot_id": poll.pot, "cost": "300.000", "status": WITHDRAWN}
    amend(session, poll.boss, poll.component, poll.ids[0], **row)
    with pytest.raises(Invalid):
        poll.cast(0)
    session.rollback()
    assert poll.cast(0, actor=neighbour(session)).receipt is not None


def test_without_a_digest_nothing_is_remembered(poll, session):
    session.execute(sa.update(Vote).values(sha256=""))
    poll.cast(0)
    with recorded() as statements:
        poll.cast(0)
    assert len(asked(statements)) == 2
    assert not ballot_rules._memory


def test_the_memory_has_an_end(app_context, session, monkeypatch):
    monkeypatch.setattr(ballot_rules, "_REMEMBERED", 2)
    polls = [Poll(session, ballot="approval", slug=f"p-{number}") for number in range(3)]
    for each in polls:
        each.cast(0)
    assert len(ballot_rules._memory) == 2
    polls[0].cast(1)


# --- several processes


def test_what_another_process_corrects_holds_here(hall):
    """Two apps on one database, as two workers are, each with a memory of its own."""
    here, there = hall.app, create_app(hall.app.extensions["participa_config"], testing=True)
    memories = {here: {}, there: {}}

    def at(app, act):
        hall.app = app
        ballot_rules._memory.clear()
        ballot_rules._memory.update(memories[app])
        try:
            with hall.session() as session:
                result = act(session)
                session.commit()
                return result
        finally:
            memories[app] = dict(ballot_rules._memory)

    def cast(person):
        choice = {hall.ids[0]: 1}
        return lambda session: casting.cast(session, hall.people[person], hall.component, choice)

    def correct(**values):
        typed = {"title": "Proyecto 1", "pot_id": hall.pot, "cost": "10.000", **values}
        return lambda session: amend(session, hall.chief, hall.component, hall.ids[0], **typed)

    try:
        for app in (here, there):
            assert at(app, cast(0))
        for other, one in ((here, there), (there, here)):
            at(one, correct(status=WITHDRAWN))
            for app in (here, there):
                with pytest.raises(Invalid):
                    at(app, cast(1))
            at(other, correct())
            assert at(one, cast(2))
    finally:
        with there.app_context():
            db.engine.dispose()
        hall.app = here


def test_who_votes_while_something_is_corrected_waits_for_it(hall):
    hall.do(casting.cast, hall.people[0], hall.component, {hall.ids[0]: 1})
    results = []

    def cast():
        try:
            results.append(hall.do(casting.cast, hall.people[1], hall.component, {hall.ids[0]: 1}))
        except Invalid as error:
            results.append(error)

    voting = threading.Thread(target=cast)
    with hall.session() as session:
        amend(
            session,
            hall.chief,
            hall.component,
            hall.ids[0],
            title="Proyecto 1",
            pot_id=hall.pot,
            cost="10.000",
            status=WITHDRAWN,
        )
        voting.start()
        voting.join(0.3)
        assert results == []
        session.commit()
    voting.join()
    assert [type(each) for each in results] == [Invalid]
    with hall.session() as session:
        for table in (Mark, Ballot):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 1
