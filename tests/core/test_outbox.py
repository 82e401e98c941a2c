"""Facts and their deliveries: saved together, delivered at least once, and without half work."""

import datetime as dt
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
import time_machine

from participa.core import clock, outbox
from participa.core.db import bind_to_organization, db
from participa.core.events import GONE, Fact, fields_of, record, sentence
from participa.core.facts import FactRow, Ref
from participa.core.outbox import FIRST_DELAY, MAXIMUM_ATTEMPTS, Delivery, Subscriber, drain
from participa.core.policy import SYSTEM, Actor
from participa.organizations.models import Theme
from tests import factories
from tests.core.conftest import at_once

START = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Happened(Fact):
    """Something."""

    NAME = "test.happened"
    LABEL = "Algo"
    SENTENCE = "%(actor)s hizo «%(title)s»"
    PUBLIC = True

    title: str
    count: int = 1


@pytest.fixture
def clock_at():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def happen(session, organization, title="algo"):
    return record(
        session,
        Happened(title),
        actor=Actor(organization.id, 5, "Rosa"),
        organization_id=organization.id,
        process_id=7,
        subject=Ref("thing", 3),
    )


def deliveries(session):
    session.expire_all()
    return session.scalars(sa.select(Delivery).order_by(Delivery.id)).all()


def listen(subscriptions, name, handle, wants=lambda name: name.startswith("test.")):
    subscriptions.add(Subscriber(name, wants, handle))


def test_a_fact_keeps_what_happened(session, organization, subscriptions, clock_at):
    fact_id = happen(session, organization)
    row = session.get_one(FactRow, fact_id)
    assert (row.name, row.at, row.actor_id, row.process_id) == ("test.happened", START, 5, 7)
    assert (row.subject, row.public, row.request_id) == (Ref("thing", 3), True, None)
    assert row.data == fields_of(Happened("algo")) == {"title": "algo", "count": 1}
    assert sentence(Happened, row, "Rosa") == "Rosa hizo «algo»"
    assert sentence(Happened, row, "Rosa", titles={Ref("thing", 3): "hoy"}) == "Rosa hizo «hoy»"
    assert sentence(Happened, row, "Rosa", titles={}) == f"Rosa hizo «{GONE}»"
    assert sentence(None, row, "Rosa") == "test.happened"
    row.data = {}
    assert sentence(Happened, row, "%(title)s") == "%(title)s hizo «—»"


def test_a_fact_that_nobody_wants_costs_one_row(session, organization, subscriptions):
    listen(subscriptions, "other", lambda *_: None, wants=lambda name: name == "other.thing")
    happen(session, organization)
    assert deliveries(session) == []


def test_fact_and_deliveries_come_and_go_together(session, organization, subscriptions):
    listen(subscriptions, "one", lambda *_: None)
    listen(subscriptions, "two", lambda *_: None)
    happen(session, organization)
    assert [each.subscriber for each in deliveries(session)] == ["one", "two"]
    session.rollback()
    bind_to_organization(session, organization.id)
    assert deliveries(session) == []
    assert session.scalars(sa.select(FactRow)).all() == []


def test_each_subscriber_hears_once(session, organization, subscriptions):
    heard = []
    listen(subscriptions, "one", lambda _s, row: heard.append(("one", row.data["title"])))
    listen(subscriptions, "two", lambda _s, row: heard.append(("two", row.data["title"])))
    happen(session, organization, "a")
    happen(session, organization, "b")
    session.commit()
    assert drain(session) == 4
    assert heard == [("one", "a"), ("two", "a"), ("one", "b"), ("two", "b")]
    assert drain(session) == 0
    assert len(heard) == 4
    assert all(each.done_at and each.due_at is None for each in deliveries(session))


def test_a_handler_writes_in_the_city_of_the_fact(any_session, organization, subscriptions):
    other = factories.make_organization(any_session, "otra")

    def handle(session, row):
        session.add(Theme(code=row.data["title"], name=row.data, position=9))

    listen(subscriptions, "one", handle)
    for city in (organization, other):
        bind_to_organization(any_session, city.id)
        happen(any_session, city, f"t{city.id}")
    any_session.commit()
    assert drain(any_session) == 2
    themes = sa.select(Theme.__table__.c.organization_id, Theme.__table__.c.code)
    rows = any_session.execute(themes.where(Theme.__table__.c.position == 9)).all()
    assert sorted(map(tuple, rows)) == sorted(
        (city.id, f"t{city.id}") for city in (organization, other)
    )


def test_what_fails_is_put_off_longer_and_longer_and_then_given_up(
    session, organization, subscriptions, clock_at
):
    tries = []

    def fail(_session, _row):
        tries.append(1)
        return 1 / 0

    listen(subscriptions, "one", fail)
    happen(session, organization)
    session.commit()
    delay = FIRST_DELAY
    for attempt in range(1, MAXIMUM_ATTEMPTS + 1):
        assert drain(session) == 1
        assert drain(session) == 0, "not at once again"
        row = deliveries(session)[0]
        assert (row.attempts, row.done_at) == (attempt, None)
        assert row.last_error == "ZeroDivisionError: division by zero"
        if attempt < MAXIMUM_ATTEMPTS:
            assert row.due_at == clock.now() + delay
            wait = row.due_at
            clock_at.move_to(wait - dt.timedelta(seconds=1))
            assert drain(session) == 0
            clock_at.move_to(wait)
            delay *= 2
    assert row.due_at is None
    clock_at.move_to(START + dt.timedelta(days=365))
    assert drain(session) == 0
    assert len(tries) == MAXIMUM_ATTEMPTS


def test_a_failing_handler_leaves_no_half_work_and_holds_up_nobody(
    session, organization, subscriptions
):
    heard = []

    def fail(inner, row):
        inner.add(Theme(code="media", name={"es": "x"}, position=9))
        inner.flush()
        inner.execute(sa.text("SELECT no_such_column FROM facts"))

    listen(subscriptions, "one", fail)
    listen(subscriptions, "two", lambda _s, row: heard.append(row.id))
    happen(session, organization)
    session.commit()
    assert drain(session) == 2
    assert len(heard) == 1
    bind_to_organization(session, organization.id)
    assert session.scalars(sa.select(Theme).where(Theme.code == "media")).all() == []
    first, second = deliveries(session)
    assert (first.attempts, first.done_at) == (1, None)
    assert second.done_at is not None


def test_a_subscriber_that_is_gone_is_done_with(session, organization, subscriptions):
    listen(subscriptions, "one", lambda *_: None)
    happen(session, organization)
    session.commit()
    outbox.subscriptions._by_name.clear()
    assert drain(session) == 1
    assert deliveries(session)[0].done_at


def test_a_drain_stops_at_its_limit(session, organization, subscriptions):
    listen(subscriptions, "one", lambda *_: None)
    for _ in range(3):
        happen(session, organization)
    session.commit()
    assert drain(session, limit=2) == 2
    assert drain(session) == 1


def test_wakes_once_per_transaction_and_not_when_undone(
    session, organization, subscriptions, monkeypatch
):
    calls = []
    monkeypatch.setattr(outbox, "_on_wake", [lambda: calls.append(1)])
    listen(subscriptions, "one", lambda *_: None)
    happen(session, organization)
    session.rollback()
    bind_to_organization(session, organization.id)
    happen(session, organization)
    happen(session, organization)
    assert calls == []
    session.commit()
    assert calls == [1]


def test_workers_at_once_deliver_each_once(own_app, subscriptions):
    heard = []
    listen(subscriptions, "one", lambda _s, row: heard.append(row.id))
    with own_app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        ids = [
            record(session, Happened(str(n)), actor=SYSTEM, organization_id=organization.id)
            for n in range(40)
        ]
        session.commit()
        db.session.remove()
    tried = at_once(own_app, 3, lambda session, _n: drain(session))
    assert sorted(heard) == ids
    assert sum(tried) == 40
