"""After the closing no query joins who voted with what was voted; before, none without the secret.

Two kinds of proof, on both engines. By construction: the schema is read, and no column that a
ballot has can lead to a mark; every table is searched for anything of the links. By numbers: people
whose choice is known vote, and nothing that the database keeps about ballots (their ids, the order
of their rows, their physical place) goes with anything that it keeps about marks.
"""

import random
import secrets

import pytest
import sqlalchemy as sa

from participa.budgets.models import Ballot, Draft, Mark, PublishedFile, Vote
from participa.budgets.services import box, casting
from participa.core.db import Base, bind_to_organization
from participa.core.facts import FactRow
from tests import factories
from tests.budgets.ended import Ended

PEOPLE = 400
CAST = 12
"""How many of them vote through the service: the rest is written as it writes."""
MOST = 0.2
"""Correlation: among 400 chance alone exceeds it once in fifteen thousand times."""


@pytest.fixture
def ended(app, session):
    with app.app_context():
        yield Ended(session, maximum=3)


@pytest.fixture
def voted(ended, session):
    """People of whom we know what they chose: the first half one thing, the second another."""
    first, second = ended.ids[:2]
    for number in range(CAST):
        person = factories.make_person(session, f"Vecina {number}")
        choice = {first: 1} if number < CAST // 2 else {second: 1}
        casting.cast(session, factories.actor_of(session, person), ended.component, choice)
    session.commit()
    many = PEOPLE // 2
    marks, _ballots = ended.fill([{first: 1}] * many + [{second: 1}] * many)
    session.add(
        Draft(
            component_id=ended.component.id,
            person_id=factories.make_person(session).id,
            sealed="x",
        )
    )
    session.commit()
    ended.links = [row.link for row in session.scalars(sa.select(Ballot))]
    ended.key = ended.vote.link_key
    ended.early = [each["id"] for each in marks[:many]]
    return ended


def everything(session):
    """Give every cell of every table as text, with where it stands."""
    for table in Base.metadata.sorted_tables:
        for row in session.connection().execute(sa.select(table)):
            for column, value in zip(table.columns, row, strict=True):
                if value is not None:
                    yield f"{table.name}.{column.name}", str(value)


def test_while_it_is_open_the_link_needs_the_secret_of_the_installation(voted, session, app):
    """Whoever has the whole database, the key of the vote too, does not get from mark to ballot."""
    marks = session.scalars(sa.select(Mark.id)).all()
    ballots = {row.link: row.id for row in session.scalars(sa.select(Ballot))}
    assert {box.link_of(voted.key, each) for each in marks} == set(ballots)
    before = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = secrets.token_hex(24)
    try:
        assert not {box.link_of(voted.key, each) for each in marks} & set(ballots)
    finally:
        app.config["SECRET_KEY"] = before


def test_what_a_ballot_has_can_lead_nowhere():
    """The columns of the box, each with why it says nothing. A new one must be thought about."""
    assert {each.name for each in Ballot.__table__.columns} == {
        "id",  # random, and drawn anew at the closing
        "component_id",  # the vote
        "organization_id",
        "link",  # empty from the closing on
        "channel",  # empty from the closing on
        "code",  # of the ballot itself; empty from the closing on
        "replaced",  # empty from the closing on
        "choice",
    }
    assert not any(
        key.target_fullname.startswith(("persons", "roll", "budget_marks", "facts"))
        for key in Ballot.__table__.foreign_keys
    )
    inward = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for key in column.foreign_keys
        if key.column.table is Ballot.__table__
    ]
    assert inward == []
    assert not {"ballot_id", "choice", "choices"} & {each.name for each in Mark.__table__.columns}


def test_after_the_closing_nothing_of_the_links_is_left_anywhere(voted, session):
    old = {str(each) for each in session.scalars(sa.select(Ballot.id))}
    voted.close()
    session.expire_all()
    ballots = session.scalars(sa.select(Ballot)).all()
    assert len(ballots) == PEOPLE + CAST
    assert {(row.link, row.channel, row.code, row.replaced) for row in ballots} == {(None,) * 4}
    assert session.scalars(sa.select(Draft)).all() == []
    vote = session.get_one(Vote, voted.component.id)
    assert vote.link_key is None
    gone = {*voted.links, voted.key}
    new = {str(row.id) for row in ballots}
    for where, value in everything(session):
        assert value not in gone, where
        assert value not in old, where
        if where != "budget_ballots.id":
            assert value not in new, where


def test_after_the_closing_no_column_of_the_two_tables_agrees(voted, session):
    """No value that ballots have, but that of the vote itself, is one that marks have."""
    voted.close()
    values = {}
    for table in (Ballot.__table__, Mark.__table__):
        rows = session.connection().execute(sa.select(table)).all()
        for place, column in enumerate(table.columns):
            if column.name not in {"component_id", "organization_id"}:
                values[table.name, column.name] = {
                    str(row[place]) for row in rows if row[place] is not None
                }
    for (table, name), mine in values.items():
        for (other, theirs_name), theirs in values.items():
            if table != other:
                assert not mine & theirs, (name, theirs_name)


def test_the_fact_of_voting_names_nobody_and_deliveries_carry_nothing(voted, session):
    voted.close()
    rows = session.scalars(
        sa.select(FactRow).where(FactRow.name.in_(("budgets.ballot_cast", "budgets.closed")))
    ).all()
    assert len(rows) == CAST + 1
    for row in rows:
        if row.name == "budgets.ballot_cast":
            assert (row.actor_id, row.data, row.subject_id) == (None, {}, None)
    choices = {str(row.choice) for row in session.scalars(sa.select(Ballot))}
    for where, value in everything(session):
        if not where.startswith(("budget_ballots", "budget_drafts")):
            assert value not in choices, where


def correlation(first, second):
    """Spearman's, of two lists of numbers."""
    ranks = []
    for numbers in (first, second):
        order = sorted(range(len(numbers)), key=numbers.__getitem__)
        rank = [0] * len(order)
        for place, each in enumerate(order):
            rank[each] = place
        ranks.append(rank)
    middle = (len(first) - 1) / 2
    above = sum((a - middle) * (b - middle) for a, b in zip(*ranks, strict=True))
    below = sum((a - middle) ** 2 for a in ranks[0])
    return above / below


def physical(session, table):
    """Return the rows in the order in which they lie in the file of the database."""
    place = "ctid" if session.connection().dialect.name == "postgresql" else "rowid"
    return session.connection().execute(sa.select(table).order_by(sa.literal_column(place))).all()


def test_the_place_of_a_ballot_tells_nothing(voted, session):
    """Whatever the order of marks and ballots: who voted early cannot be found among the ballots.

    The first half of the marks chose the first project. If the order of the box went with that of
    the roll, ballots for it would come first.
    """
    first, dice = str(voted.ids[0]), random.Random(1)

    def agreement(rows):
        # Ties among equal signs are broken at random: only the signs' own order may speak.
        signs = [(first in row.choice) + dice.random() / 10 for row in rows]
        return abs(correlation(signs, list(range(len(rows)))))

    table = Ballot.__table__
    by_id = sa.select(table).order_by(table.c.id)
    assert agreement(session.connection().execute(by_id).all()) < MOST
    # As a check of the check: before the closing rows may lie as they came, and then it shows.
    if session.connection().dialect.name == "postgresql":
        assert agreement(physical(session, table)) > MOST
    voted.close()
    rows = physical(session, table)
    for order in (rows, session.connection().execute(by_id).all()):
        assert agreement(order) < MOST
    # Nor does the old order show in the new: ids before and after are not related.
    assert min(row.id for row in rows) >= 2**62


def test_each_closing_draws_another_order(app, session):
    """The same box, closed twice, lies in two orders."""
    orders = []
    with app.app_context():
        for slug in ("uno", "dos"):
            ended = Ended(session, slug=slug)
            ended.fill([{ended.ids[number % 5]: 1} for number in range(200)])
            ended.close()
            here = Ballot.__table__.c.component_id == ended.component.id
            bind_to_organization(session, ended.component.organization_id)
            rows = session.connection().execute(
                sa.select(Ballot.__table__).where(here).order_by(Ballot.__table__.c.id)
            )
            orders.append([ended.ids.index(int(next(iter(row.choice)))) for row in rows])
    assert sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1]


def test_what_is_published_is_in_no_order_of_voting(voted, session):
    """Ballots of the files are sorted by what they say: their numbers are those of that order."""
    voted.close().publish()
    for file in session.scalars(sa.select(PublishedFile).where(PublishedFile.name.like("bolsa-%"))):
        rows = [
            line.split(";") for line in file.content.decode().partition("VOTES\n")[2].splitlines()
        ][1:]
        assert [int(row[0]) for row in rows] == list(range(1, len(rows) + 1))
        assert [row[1] for row in rows] == sorted(row[1] for row in rows)
