"""The queue with ten thousand cases: the same statements, answered by its indexes."""

import datetime as dt
from itertools import pairwise

import pytest
import sqlalchemy as sa

from participa.core import clock
from participa.core.policy import Role
from participa.moderation import queries
from participa.moderation.models import Case, CaseState, Flag
from participa.moderation.queries import Filters
from participa.moderation.queries.queue import STATES
from participa.moderation.services import grounds
from tests import factories
from tests.statements import recorded

HOUR = dt.timedelta(hours=1)
MANY = 10_000
ORDERS = ("due", "age", "severity")


@pytest.fixture
def place(session, organization):
    process = factories.make_process(session)
    factories.make_process(session, slug="otro")
    return process


@pytest.fixture
def author(session):
    return factories.make_person(session, "Autora")


def fill(session, organization, process, author, number):
    """Make cases of all kinds: waiting, held, appealed, urgent, decided."""
    now = clock.now()
    states = [
        CaseState.OPEN,
        CaseState.STUDYING,
        CaseState.APPEALED,
        CaseState.REMOVED,
        CaseState.KEPT,
    ]
    rows = []
    for each in range(number):
        state = states[each % len(states)]
        urgent = state is CaseState.REMOVED and each % 2 == 0
        severity = each % 3 + 1
        rows.append(
            {
                "organization_id": organization.id,
                "kind": "proposal",
                "item_id": each + 1,
                "process_id": process.id,
                "component_id": process.components[0].id,
                "author_id": author.id,
                "state": state,
                "is_waiting": state is not CaseState.KEPT
                and (state is not CaseState.REMOVED or urgent),
                "is_urgent": urgent,
                "severity": severity,
                "mildness": 4 - severity,
                "opened_at": now - (each % 97) * HOUR,
                "due_at": now + (each % 131 - 60) * HOUR,
                "holder_id": author.id if state is CaseState.STUDYING else None,
                "held_until": now + HOUR if state is CaseState.STUDYING else None,
                "decided_at": now - each * HOUR / 10 if state is CaseState.KEPT else None,
            }
        )
    session.connection().execute(sa.insert(Case.__table__), rows)
    session.commit()


def walk(session, process, filters, size=7):
    """Return the ids of a whole list, page by page, and back to the first page again."""
    seen, pages, cursor = [], [], None
    while True:
        page = queries.queue(
            session, [process.id], filters, cursor, actor_id=None, at=clock.now(), size=size
        )
        seen += [row.id for row in page.rows]
        pages.append(page)
        if page.next is None:
            break
        cursor = page.next
    for earlier, later in pairwise(pages):
        back = queries.queue(
            session, [process.id], filters, later.previous, actor_id=None, at=clock.now(), size=size
        )
        assert [row.id for row in back.rows] == [row.id for row in earlier.rows]
    return seen


@pytest.mark.parametrize("order", ORDERS)
def test_every_case_comes_once_in_order(session, organization, place, author, order):
    fill(session, organization, place, author, 60)
    seen = walk(session, place, Filters(order=order))
    rows = {row.id: row for row in session.scalars(sa.select(Case).where(Case.is_waiting))}
    key = {
        "due": lambda row: (row.due_at, row.id),
        "age": lambda row: (row.opened_at, row.id),
        "severity": lambda row: (-row.severity, row.due_at, row.id),
    }[order]
    assert seen == [row.id for row in sorted(rows.values(), key=key)]


def test_decided_cases_come_newest_first(session, organization, place, author):
    fill(session, organization, place, author, 40)
    seen = walk(session, place, Filters(state="decided"))
    rows = session.scalars(sa.select(Case).where(Case.state == CaseState.KEPT)).all()
    assert seen == [row.id for row in sorted(rows, key=lambda row: row.decided_at, reverse=True)]


@pytest.mark.parametrize(
    "cursor", ["x", "WzAsMV0", "WzAsOTk5OTk5OTk5OTk5OTk5OTk5OSwxXQ", "=" * 999]
)
def test_a_broken_cursor_is_the_first_page(session, organization, place, author, cursor):
    fill(session, organization, place, author, 10)
    first, broken = (
        queries.queue(session, [place.id], Filters(), each, actor_id=None, at=clock.now())
        for each in (None, cursor)
    )
    assert [row.id for row in first.rows] == [row.id for row in broken.rows]


def test_the_numbers_beside_the_lists_are_those_of_the_lists(session, organization, place, author):
    fill(session, organization, place, author, 60)
    grounds.ensure(session, organization)
    ground = queries.grounds(session)[0]
    for case in queries.by_ids(session, range(1, 100)):
        if case.id % 4 == 0:
            session.add(
                Flag(
                    case_id=case.id,
                    kind=case.kind,
                    item_id=case.item_id,
                    person_id=author.id,
                    ground_id=ground.id,
                )
            )
    session.commit()
    now, me = clock.now(), author.id
    for filters in (
        Filters(),
        Filters(severity=3),
        Filters(component_id=place.components[0].id, ground_id=ground.id),
        Filters(before=False),
        Filters(before=True),
    ):
        tallies = queries.tallies(session, [place.id], filters, actor_id=me, at=now)
        for state in STATES:
            if state == "decided":
                continue
            wanted = Filters(**{**fields(filters), "state": state})
            page = queries.queue(session, [place.id], wanted, None, actor_id=me, at=now, size=1000)
            assert tallies[state] == len(page.rows), (state, filters)
        late = Filters(**{**fields(filters), "late": True})
        page = queries.queue(session, [place.id], late, None, actor_id=me, at=now, size=1000)
        assert tallies["late"] == len(page.rows)
    assert queries.counts(session, [place.id], now) == {
        place.id: queries.tallies(session, [place.id], Filters(), actor_id=me, at=now)["waiting"]
    }


def fields(filters):
    return {name: getattr(filters, name) for name in Filters.__dataclass_fields__}


def test_another_process_and_another_city_are_not_in_it(session, organization, place, author):
    fill(session, organization, place, author, 20)
    other = factories.make_process(session, slug="tercero")
    assert walk(session, other, Filters()) == []
    elsewhere = factories.make_organization(session, "ajena")
    assert queries.counts(session, [place.id], clock.now()) == {}
    assert elsewhere.id != organization.id


@pytest.mark.slow
def test_ten_thousand_cases_take_the_statements_of_ten(
    app, session, organization, place, author, engine_name
):
    def look():
        now, me = clock.now(), author.id
        with recorded() as statements:
            for order in ORDERS:
                filters = Filters(order=order)
                page = queries.queue(session, [place.id], filters, None, actor_id=me, at=now)
                queries.queue(session, [place.id], filters, page.next, actor_id=me, at=now)
            queries.queue(session, [place.id], Filters(state="decided"), None, actor_id=me, at=now)
            queries.tallies(session, [place.id], Filters(), actor_id=me, at=now)
            queries.counts(session, [place.id], now)
            queries.flags_of(session, [row.id for row in page.rows])
        return statements

    fill(session, organization, place, author, 10)
    few = len(look())
    session.execute(sa.delete(Case))
    fill(session, organization, place, author, MANY)
    assert len(look()) == few == 10
    session.execute(sa.text("ANALYZE"))
    for order, index in (
        ("due", "ix_moderation_cases_due"),
        ("age", "ix_moderation_cases_oldest"),
        ("severity", "ix_moderation_cases_graver"),
    ):
        page = queries.queue(
            session, [place.id], Filters(order=order), None, actor_id=None, at=clock.now()
        )
        for cursor in (None, page.next):
            plan = explain(session, engine_name, place, Filters(order=order), cursor)
            assert index in plan, plan
            assert "SORT" not in plan.upper().replace("INCREMENTAL SORT", ""), plan
            assert "TEMP B-TREE" not in plan, plan
    plan = explain(session, engine_name, place, Filters(state="decided"), None)
    assert "ix_moderation_cases_decided" in plan, plan


def explain(session, engine_name, place, filters, cursor):
    statements = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        statements.append((statement, parameters))

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        queries.queue(session, [place.id], filters, cursor, actor_id=None, at=clock.now())
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    statement, parameters = statements[-1]
    prefix = "EXPLAIN QUERY PLAN " if engine_name == "sqlite" else "EXPLAIN "
    rows = session.connection().exec_driver_sql(prefix + statement, parameters).all()
    return "\n".join(str(row) for row in rows)


def test_the_morning_counts_what_each_may_decide(session, organization, place, author):
    moderator = factories.make_person(session, roles=[(Role.MODERATOR, place.id)])
    fill(session, organization, place, author, 20)
    mine = session.scalars(sa.select(Case).where(Case.is_waiting).order_by(Case.id)).all()
    mine[0].excused = [moderator.id]
    mine[1].author_id = moderator.id
    appealed = next(case for case in mine if case.state is CaseState.APPEALED)
    appealed.decided_by_id = moderator.id
    session.commit()
    work = queries.work(session, place.id, [moderator.id, author.id], clock.now())
    assert work[moderator.id].waiting == len(mine) - len({mine[0].id, mine[1].id, appealed.id})
    assert work[author.id].waiting == 1
