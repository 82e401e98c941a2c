"""Sealed facts: what is rewritten, taken away or added shows; what is erased leaves the chain whole."""

import threading
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from participa.core import seals
from participa.core.db import ALL, bind_to_organization, db
from participa.core.events import Fact, record
from participa.core.facts import FactRow, Ref
from participa.core.policy import Actor
from participa.core.seals import FactSeal, Finding, Flaw
from tests import factories
from tests.core.conftest import at_once
from tests.statements import recorded

FACTS = FactRow.__table__


@dataclass(frozen=True)
class Happened(Fact):
    """Something."""

    NAME = "test.happened"
    LABEL = "Algo"
    SENTENCE = "%(actor)s hizo «%(title)s»"

    title: str


def happen(session, organization, title="ñandú", person=5):
    return record(
        session,
        Happened(title),
        actor=Actor(organization.id, person, "Rosa"),
        organization_id=organization.id,
        subject=Ref("person", person),
    )


def change(session, fact_id, **values):
    session.execute(sa.update(FACTS).where(FACTS.c.id == fact_id).values(**values))
    session.commit()


def found(session, organization):
    return [(each.flaw, each.seal, each.fact_id) for each in seals.verify(session, organization.id)]


@pytest.fixture
def sealed(session, organization, monkeypatch):
    """Five facts in three seals."""
    monkeypatch.setattr(seals, "BATCH", 2)
    session.execute(sa.delete(FACTS))
    ids = [happen(session, organization, f"algo {number}") for number in range(5)]
    session.commit()
    assert seals.seal_all(session) == 5
    return ids


def test_facts_are_sealed_in_a_chain(session, organization, sealed):
    chain = session.scalars(sa.select(FactSeal).order_by(FactSeal.number)).all()
    assert [(each.number, each.count, each.total) for each in chain] == [
        (1, 2, 2),
        (2, 2, 4),
        (3, 1, 5),
    ]
    assert [each.previous for each in chain] == [seals.FIRST, chain[0].hash, chain[1].hash]
    assert found(session, organization) == []
    assert seals.chain(session, organization.id) == (3, 5, 0)
    assert seals.seal_all(session) == 0
    happen(session, organization)
    session.commit()
    assert seals.chain(session, organization.id) == (3, 5, 1)
    assert found(session, organization) == []


@pytest.mark.parametrize(
    "values", [{"data": {"title": "otra"}}, {"actor_id": 9}, {"public": True}, {"sealed_in": None}]
)
def test_what_is_altered_shows(session, organization, sealed, values):
    change(session, sealed[2], **values)
    assert found(session, organization) == [(Flaw.ALTERED, 2, sealed[2])]
    seals.seal_all(session)
    assert (Flaw.ALTERED, 2, sealed[2]) in found(session, organization)


def test_what_is_taken_away_or_added_shows(session, organization, sealed):
    session.execute(sa.delete(FACTS).where(FACTS.c.id == sealed[0]))
    added, beyond = (happen(session, organization) for _turn in range(2))
    change(session, added, sealed_in=2)
    change(session, beyond, sealed_in=8)
    assert found(session, organization) == [
        (Flaw.MISSING, 1, sealed[0]),
        (Flaw.ADDED, 2, added),
        (Flaw.ADDED, 8, beyond),
    ]


def test_a_seal_that_is_altered_or_missing_shows(session, organization, sealed):
    first = session.scalars(sa.select(FactSeal).where(FactSeal.number == 1)).one()
    change(session, sealed[0], data={"title": "otra"})
    row = session.execute(sa.select(FACTS).where(FACTS.c.id == sealed[0])).mappings().one()
    first.leaves = seals._entry(row) + first.leaves[40:]
    session.commit()
    assert found(session, organization) == [(Flaw.SEAL_ALTERED, 1, None)]
    first.hash = seals._hash(first)
    session.commit()
    assert found(session, organization) == [(Flaw.SEAL_ALTERED, 2, None)]
    session.execute(sa.delete(FactSeal).where(FactSeal.number == 2))
    session.commit()
    assert (Flaw.SEAL_MISSING, 2, None) in found(session, organization)


def test_what_is_erased_leaves_the_chain_whole(session, organization, sealed):
    late = happen(session, organization, person=7)
    seals.erase(session, FactRow.subject_id == 7)
    seals.erase(session, FactRow.id == sealed[1])
    session.commit()
    seals.seal_all(session)
    assert list(seals.verify(session, organization.id)) == [
        Finding(Flaw.ERASED, 1, sealed[1], Ref("person", 5), *_moment(session, sealed[1])),
        Finding(Flaw.ERASED, 4, late, Ref("person", 7), *_moment(session, late)),
    ]
    assert seals.chain(session, organization.id) == (4, 6, 0)
    gone = session.execute(sa.select(FACTS).where(FACTS.c.id == late)).mappings().one()
    assert (gone["data"], gone["salt"], gone["actor_id"]) == ({}, None, 7)


def _moment(session, fact_id):
    return session.execute(sa.select(FACTS.c.at).where(FACTS.c.id == fact_id)).one()


def test_each_organization_has_its_chain(any_session, organization):
    other = factories.make_organization(any_session, "otra")
    any_session.execute(sa.delete(FACTS))
    for city in (organization, other, organization):
        bind_to_organization(any_session, city.id)
        happen(any_session, city)
    any_session.commit()
    assert seals.seal_all(any_session) == 3
    assert seals.chain(any_session, organization.id) == (1, 2, 0)
    assert seals.chain(any_session, other.id) == (1, 1, 0)
    assert found(any_session, organization) == found(any_session, other) == []


def test_recording_costs_no_statement_more(session, organization):
    with recorded() as statements:
        happen(session, organization)
    assert len(statements) == 1, statements


def test_what_commits_late_is_in_the_next_seal(own_app):
    """Its fact has the lower id; a chain over ranges of ids would leave it out for ever."""
    with own_app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        session.commit()
        if session.get_bind().dialect.name == "sqlite":
            pytest.skip("one writer at a time: nothing commits late")
        seals.seal_all(session)
        bind_to_organization(session, organization.id)
        early = happen(session, organization)
        done = threading.Event()

        def meanwhile():
            with own_app.app_context():
                other = db.session()
                bind_to_organization(other, organization.id)
                happen(other, organization)
                other.commit()
                assert seals.seal_all(other) == 1
                done.set()

        thread = threading.Thread(target=meanwhile)
        thread.start()
        thread.join(30)
        assert done.is_set()
        session.commit()
        assert seals.seal_all(session) == 1
        assert session.scalar(sa.select(FactRow.sealed_in).where(FactRow.id == early)) == (
            seals.newest(session, organization.id).number
        )
        assert found(session, organization) == []


def test_two_workers_make_one_chain(own_app, monkeypatch):
    monkeypatch.setattr(seals, "BATCH", 3)
    with own_app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        for _turn in range(20):
            happen(session, organization)
        session.commit()
    at_once(own_app, 4, lambda session, _number: seals.seal_all(session))
    with own_app.app_context():
        session = db.session()
        seals.seal_all(session)
        bind_to_organization(session, ALL)
        assert found(session, organization) == []
        assert seals.chain(session, organization.id).waiting == 0
