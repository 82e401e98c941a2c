"""Tenancy, reading and writing, and updates that nobody loses: on both engines."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import aliased, selectinload

from participa.accounts.models import Person, RoleGrant
from participa.core.db import (
    ALL,
    Base,
    OrganizationScoped,
    UnboundQueryError,
    across_organizations,
    after_commit,
    bind_to_organization,
    db,
    in_batches,
    public_code,
)
from participa.core.errors import ParticipaError
from participa.core.facts import FactRow
from participa.organizations.models import Organization, Territory
from participa.processes.models import Component, Process
from tests import factories
from tests.core.conftest import at_once

SCOPED = sorted(
    (m.class_ for m in Base.registry.mappers if issubclass(m.class_, OrganizationScoped)),
    key=lambda each: each.__name__,
)


@pytest.fixture
def cities(any_session, organization):
    """Two cities with one person each. The session is bound to the first."""
    mine = factories.make_person(any_session, "Propia")
    other = factories.make_organization(any_session, "otra")
    bind_to_organization(any_session, other.id)
    stranger = factories.make_person(any_session, "Ajena")
    process = factories.make_process(any_session, slug="ajeno")
    ids = mine.id, stranger.id, process.id
    any_session.expunge_all()
    bind_to_organization(any_session, organization.id)
    return organization, other, *ids


@pytest.mark.parametrize("cls", SCOPED, ids=lambda each: each.__name__)
def test_every_table_of_an_organization_refuses_an_unbound_statement(any_session, cls):
    any_session.info.pop("organization_id", None)
    mapper = sa.inspect(cls)
    key = getattr(cls, mapper.get_property_by_column(mapper.primary_key[0]).key)
    alias = aliased(cls)
    for statement in (
        sa.select(cls),
        sa.select(key),
        sa.select(alias),
        sa.select(sa.func.count()).select_from(cls),
        sa.select(sa.literal(1)).where(sa.exists().where(cls.organization_id == 1)),
        sa.select(Organization.id).join(cls, cls.organization_id == Organization.id),
        sa.select(Organization.id).where(Organization.id.in_(sa.select(cls.organization_id))),
        sa.update(cls).values(organization_id=1),
        sa.delete(cls),
    ):
        with pytest.raises(UnboundQueryError):
            any_session.execute(statement)


def test_an_unbound_session_saves_nothing_of_an_organization(any_session, organization):
    bind_to_organization(any_session, None)
    any_session.add(
        Territory(organization_id=organization.id, code="x", name="X", level="x", path=[])
    )
    with pytest.raises(UnboundQueryError):
        any_session.flush()
    any_session.rollback()


def test_what_belongs_to_no_organization_needs_no_bond(any_session, organization):
    bind_to_organization(any_session, None)
    assert any_session.scalars(sa.select(Organization.slug)).all() == ["aurora"]


def test_every_way_of_reading_stays_in_the_city(any_session, cities):
    _own, other, mine, stranger, process = cities
    session = any_session
    alias = aliased(Person)
    assert session.scalars(sa.select(Person.id)).all() == [mine]
    assert session.scalars(sa.select(alias.id)).all() == [mine]
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == 1
    assert session.scalar(sa.select(sa.func.max(Person.id))) == mine
    assert session.query(Person).count() == 1
    assert session.get(Person, stranger) is None
    assert session.get(Process, process) is None
    assert session.get(Person, mine) is not None
    joined = sa.select(Organization.id).join(Person, Person.organization_id == Organization.id)
    assert session.scalars(joined).all() == [cities[0].id]
    inside = sa.select(Organization.id).where(
        Organization.id.in_(sa.select(Person.organization_id))
    )
    assert other.id not in session.scalars(inside).all()
    found = sa.select(Organization.id).where(
        sa.exists().where(Person.organization_id == Organization.id)
    )
    assert other.id not in session.scalars(found).all()
    union = sa.union_all(sa.select(Person.id), sa.select(Person.id))
    both = sa.select(Person).where(Person.id.in_(union.subquery().select()))
    assert [each.id for each in session.scalars(both)] == [mine]


def test_relationships_stay_in_the_city(any_session, cities):
    _own, other, _mine, _stranger, process = cities
    bind_to_organization(any_session, other.id)
    row = any_session.get(Process, process)
    assert len(row.components) == 1
    # A component that somehow says another city is not this one's.
    any_session.execute(
        sa.update(Component.__table__)
        .where(Component.__table__.c.process_id == process)
        .values(organization_id=cities[0].id)
    )
    any_session.expire_all()
    assert any_session.get(Process, process).components == []
    any_session.expunge_all()
    loaded = any_session.scalars(sa.select(Process).options(selectinload(Process.components))).one()
    assert loaded.components == []


def test_bulk_changes_stay_in_the_city(any_session, cities):
    _own, _other, mine, stranger, _process = cities
    any_session.execute(sa.update(Person).values(name="Otra"))
    any_session.execute(sa.delete(RoleGrant))
    changed = any_session.execute(sa.delete(Person).where(Person.id == stranger)).rowcount
    assert changed == 0
    with across_organizations(any_session):
        names = dict(any_session.execute(sa.select(Person.id, Person.name)).all())
    assert names == {mine: "Otra", stranger: "Ajena"}
    assert any_session.info["organization_id"] == cities[0].id


@pytest.mark.parametrize("what", ["insert", "update", "move here", "move away", "delete"])
def test_a_row_of_another_city_is_not_written(any_session, cities, what):
    own, other, mine, stranger, _process = cities
    session = any_session
    with across_organizations(session):
        theirs, ours = session.get(Person, stranger), session.get(Person, mine)
    if what == "insert":
        session.add(Person(organization_id=other.id, name="Nueva"))
    elif what == "update":
        theirs.name = "Robada"
    elif what == "move here":
        theirs.organization_id = own.id
    elif what == "move away":
        ours.organization_id = other.id
    else:
        session.delete(theirs)
    with pytest.raises(ParticipaError, match="another organization"):
        session.flush()
    session.rollback()


def test_new_rows_belong_to_the_city_by_themselves(session, organization):
    person = Person(name="Nueva")
    session.add(person)
    session.flush()
    assert person.organization_id == organization.id
    row = session.scalars(
        sa.insert(Person).returning(Person),
        [{"organization_id": organization.id, "name": "Otra", "search_name": "otra"}],
    ).one()
    assert row.name == "Otra"


def test_the_bond_comes_back_after_an_error(any_session, organization):
    bind_to_organization(any_session, organization.id)
    with pytest.raises(ZeroDivisionError), across_organizations(any_session):
        any_session.info["seen"] = 1 / (any_session.info["organization_id"] - ALL)
    assert any_session.info["organization_id"] == organization.id


# --- reading and writing ------------------------------------------------------------------------


def test_a_session_that_only_reads_cannot_write(own_app):
    with own_app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        db.session.remove()

        session = db.session()
        session.info["read_only"] = True
        bind_to_organization(session, organization.id)
        table = Person.__table__
        values = {
            "organization_id": organization.id,
            "name": "x",
            "search_name": "x",
            "locale": "es",
        }
        writes = {
            "orm": lambda: (session.add(Person(name="x")), session.flush()),
            "bulk": lambda: session.execute(sa.update(Territory).values(name="x")),
            "core insert": lambda: session.execute(sa.insert(table), values),
            "core update": lambda: session.execute(sa.update(table).values(name="x")),
            "core delete": lambda: session.execute(sa.delete(table)),
        }
        for name, write in writes.items():
            with pytest.raises(ParticipaError, match="tried to write"):
                write()
            session.rollback()
            session.expunge_all()
            assert name
        # And the engine itself, whatever the session missed.
        with pytest.raises(sa.exc.DBAPIError):
            session.execute(sa.text("UPDATE organizations SET slug = 'x'"))
        session.rollback()
        session.info["read_only"] = False
        session.execute(sa.text("UPDATE organizations SET slug = 'y'"))
        session.commit()
        assert session.scalar(sa.select(Organization.slug)) == "y"


@pytest.mark.parametrize("how", ["expression", "locked row"])
def test_no_update_is_lost(own_app, how):
    with own_app.app_context():
        organization = factories.make_organization(db.session())
        db.session.remove()

    def count(session, _number):
        bind_to_organization(session, organization.id)
        for _ in range(50):
            if how == "expression":
                session.execute(
                    sa.update(Organization).values(version=Organization.version + 1),
                    execution_options={"synchronize_session": False},
                )
            else:
                row = session.scalars(
                    sa.select(Organization)
                    .with_for_update()
                    .execution_options(populate_existing=True)
                ).one()
                row.version += 1
            session.commit()

    before = organization.version
    at_once(own_app, 8, count)
    with own_app.app_context():
        assert db.session.scalar(sa.select(Organization.version)) == before + 8 * 50
        db.session.remove()


# --- small things -------------------------------------------------------------------------------


def test_moments_are_aware_and_utc(session, organization):
    bogota = dt.timezone(dt.timedelta(hours=-5))
    at = dt.datetime(2026, 3, 3, 19, 30, tzinfo=bogota)
    session.add(FactRow(organization_id=organization.id, name="t", at=at))
    session.flush()
    session.expire_all()
    found = session.scalars(sa.select(FactRow.at)).one()
    assert (found, found.tzinfo) == (at, dt.UTC)
    naive = dt.datetime(2026, 3, 3)  # noqa: DTZ001 - what must be refused
    with pytest.raises(sa.exc.StatementError, match="without time zone"):
        session.execute(sa.select(FactRow).where(FactRow.at == naive))


def test_after_commit_runs_once_and_not_after_a_rollback(session):
    calls = []
    after_commit(session, "a", lambda: calls.append("undone"))
    session.rollback()
    after_commit(session, "a", lambda: calls.append("first"))
    after_commit(session, "a", lambda: calls.append("second"))
    after_commit(session, "b", lambda: calls.append("other"))
    session.commit()
    session.commit()
    assert calls == ["second", "other"]


def test_batches_stop_half_way_with_whole_batches_done(session):
    left = [3, 2, 0]
    assert in_batches(session, lambda: left.pop(0)) == 5

    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_batches(session, fail)


def test_codes_have_no_look_alikes():
    codes = {public_code() for _ in range(500)}
    assert len(codes) == 500
    assert not set("".join(codes)) & set("01oliOIL")
