"""The demonstration city tells its story as if it had happened in it."""

import sqlite3
from contextlib import closing

import pytest

from tests.browser.city import built

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city():
    with closing(sqlite3.connect(built() / "participa.sqlite3")) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


@pytest.mark.parametrize(
    ("fact", "rows"),
    [
        ("proposals.published", "select count(*) from proposals"),
        ("proposals.supported", "select count(*) from supports"),
        ("comments.published", "select count(*) from comments where parent_id is null"),
        ("comments.replied", "select count(*) from comments where parent_id is not null"),
    ],
)
def test_what_was_written_left_its_fact(city, fact, rows):
    [(recorded,)] = city(f"select count(*) from facts where name = '{fact}'")  # noqa: S608
    [(written,)] = city(rows)
    assert recorded == written > 0


def test_the_public_activity_goes_from_the_oldest_to_the_newest(city):
    per_process = {}
    for process, at in city(
        "select process_id, at from facts where public and process_id is not null "
        "and name not like 'budgets.%' order by id"
    ):
        per_process.setdefault(process, []).append(at)
    assert per_process
    assert all(moments == sorted(moments) for moments in per_process.values())
    early = "facts.process_id = processes.id and facts.at < processes.published_at"
    assert (
        city(
            f"select facts.name from facts join processes on {early} where public"  # noqa: S608
        )
        == []
    )


def test_nobody_is_told_of_what_is_past(city):
    told = city(
        "select facts.name from deliveries join facts on facts.id = deliveries.fact_id "
        "where facts.name like 'proposals.%' or facts.name like 'comments.%'"
    )
    assert told == []
    assert city("select count(*) from mails") == [(0,)]


def test_a_process_is_still_to_come_and_says_that_its_dates_are_shifted(city):
    [(notice,)] = city("select notice from processes where slug = 'calles-para-jugar'")
    assert "fechas" in notice
    assert city(
        "select processes.slug from processes join phases on phases.process_id = processes.id "
        "group by processes.slug having min(phases.start) > strftime('%Y-%m-%d', 'now')"
    ) == [("calles-para-jugar",)]


def test_something_that_ended_says_what_came_of_it(city):
    assert city("select slug from processes where outcome <> '{}'") == [("innova360",)]
