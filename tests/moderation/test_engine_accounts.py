"""What is told of moderation: figures, every decision, odd reversals, the morning's summary."""

import datetime as dt
from itertools import count

import pytest
import sqlalchemy as sa
import time_machine

from participa.core.db import db
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.outbox import drain
from participa.core.policy import Role
from participa.moderation import events, mornings, queries
from participa.moderation.models import Case, CaseState, CaseStep, Move
from participa.moderation.queries.accounts import BATCH, at_least
from participa.moderation.services import cases
from participa.moderation.services import mornings as services
from participa.notifications import digests
from tests import factories
from tests.moderation import city as cities
from tests.statements import recorded

NOW = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)

numbers = count(1)


@pytest.fixture
def city(app, session, organization):
    with time_machine.travel(NOW, tick=False) as traveller:
        built = cities.build(app, session, organization)
        built.travel = traveller
        yield built


def decided(city, at, move, *, by=None, ground="insultos", hours=5, after=()):
    """Write a decided case with what followed it, as the services would."""
    number = next(numbers)
    case = Case(
        organization_id=city.organization.id,
        kind="proposal",
        item_id=1_000_000 + number,
        process_id=city.process.id,
        component_id=city.process.components[0].id,
        author_id=city.author.id,
        state=CaseState.KEPT,
        is_waiting=False,
        due_at=at,
    )
    city.session.add(case)
    city.session.flush()
    step = _step(city, case, at, move, by or city.moderator.id, hours * 3600)
    step.ground_id = city.grounds[ground] if move is not Move.KEEP else None
    city.session.flush()
    for each in after:
        _step(city, case, at + HOUR, each, city.second.id, 3600).about_id = step.id
    city.session.commit()
    return case


def _step(city, case, at, move, actor, seconds):
    step = CaseStep(
        organization_id=city.organization.id,
        case_id=case.id,
        at=at,
        actor_id=actor,
        move=move,
        before=CaseState.OPEN,
        after=CaseState.KEPT,
        seconds=seconds,
    )
    city.session.add(step)
    city.session.flush()
    return step


# --- figures ------------------------------------------------------------------------------------


def test_months_are_those_of_the_organizations_calendar(city):
    # Four in the morning of the first of March in UTC is still February in Bogotá.
    decided(city, dt.datetime(2026, 3, 1, 4, tzinfo=dt.UTC), Move.KEEP)
    decided(city, dt.datetime(2026, 3, 1, 5, tzinfo=dt.UTC), Move.REMOVE)
    months = queries.figures(city.session, city.organization.id, 3)
    assert [each.month for each in months] == [
        dt.date(2026, 3, 1),
        dt.date(2026, 2, 1),
        dt.date(2026, 1, 1),
    ]
    assert [each.decisions for each in months] == [1, 1, 0]
    assert months[0].by_decision[Move.REMOVE] == 1
    assert dict(months[0].by_ground) == {city.grounds["insultos"]: 1}
    assert months[1].by_decision[Move.KEEP] == 1
    assert dict(months[1].by_ground) == {}
    assert months[2].median_hours is None


def test_medians_appeals_and_reversals(city):
    for hours in (1, 2, 30):
        decided(city, NOW, Move.KEEP, hours=hours)
    decided(city, NOW, Move.REMOVE, hours=3, after=(Move.APPEAL, Move.UPHOLD))
    decided(city, NOW, Move.REMOVE, hours=4, after=(Move.APPEAL, Move.REVERT))
    month = queries.figures(city.session, city.organization.id, 1)[0]
    assert (month.decisions, month.median_hours) == (5, 3.0)
    assert (month.appeals, month.upheld, month.reverted) == (2, 1, 1)


def test_what_was_undone_was_not_decided(city):
    decided(city, NOW, Move.REMOVE, after=(Move.UNDO,))
    month = queries.figures(city.session, city.organization.id, 1)[0]
    assert (month.decisions, month.median_hours) == (0, None)
    assert list(queries.decisions(city.session, city.organization.id)) == []


def test_flags_are_counted_in_their_month(city):
    city.flag(city.neighbours[0])
    assert queries.figures(city.session, city.organization.id, 2)[0].flags == 1


def test_the_figures_take_the_same_statements_for_any_number_of_decisions(city):
    def asked():
        with recorded() as statements:
            queries.figures(city.session, city.organization.id, 12)
        return len(statements)

    decided(city, NOW, Move.KEEP)
    few = asked()
    for _each in range(20):
        decided(city, NOW - 40 * DAY, Move.REMOVE)
    assert asked() == few


def test_services_write_what_the_accounts_read(city):
    city.flag(city.neighbours[0])
    city.travel.move_to(NOW + 2 * HOUR)
    city.remove()
    city.travel.move_to(NOW + 3 * HOUR)
    city.appeal()
    city.travel.move_to(NOW + 8 * HOUR)
    city.revert()
    month = queries.figures(city.session, city.organization.id, 1)[0]
    assert (month.median_hours, month.appeals, month.reverted) == (2.0, 1, 1)
    (decision,) = queries.decisions(city.session, city.organization.id)
    assert decision == queries.Decision(
        kind="proposal",
        month="2026-03",
        ground="insultos",
        ground_id=city.grounds["insultos"],
        decision=Move.REMOVE,
        hours=2,
        appealed=True,
        outcome="reverted",
        process_id=city.process.id,
    )
    answered = queries.last_step(city.session, city.case, moves=[Move.REVERT])
    assert answered.seconds == 5 * 3600


def test_every_decision_comes_once_a_batch_at_a_time(city):
    one = decided(city, NOW, Move.KEEP)
    step = queries.steps(city.session, one.id)[0]
    city.session.connection().execute(
        sa.insert(CaseStep.__table__),
        [
            {
                "organization_id": city.organization.id,
                "case_id": one.id,
                "at": NOW,
                "move": Move.KEEP,
                "before": CaseState.OPEN,
                "after": CaseState.KEPT,
                "seconds": 1,
                "text": "Palabras que nadie debe leer",
                "actor_id": step.actor_id,
            }
            for _each in range(BATCH)
        ],
    )
    with recorded() as statements:
        found = list(queries.decisions(city.session, city.organization.id))
    assert len(found) == BATCH + 1
    assert len(statements) == 4  # the city, the grounds, and two batches
    assert "Palabras" not in str(found)
    assert {each.hours for each in found} == {1, 5}


# --- odd reversals ------------------------------------------------------------------------------


def many(city, by, removed, reverted, ground="insultos"):
    for number in range(removed):
        after = (Move.APPEAL, Move.REVERT) if number < reverted else ()
        decided(city, NOW - DAY, Move.REMOVE, by=by, ground=ground, after=after)


def test_a_moderator_who_is_clearly_above_the_rest_is_found(city):
    many(city, city.second.id, 60, 3)
    many(city, city.moderator.id, 20, 10)
    (found,) = [
        each
        for each in queries.unusual(city.session, city.organization.id, NOW)
        if each.about == "moderator"
    ]
    assert (found.about_id, found.removed, found.reverted) == (city.moderator.id, 20, 10)
    assert found.usual == pytest.approx(4 / 62)
    assert found.chance == pytest.approx(at_least(10, 20, 4 / 62))
    assert found.chance < 0.005


@pytest.mark.parametrize(("removed", "reverted"), [(20, 2), (9, 9), (20, 3), (0, 0)])
def test_few_cases_or_a_little_more_are_no_alarm(city, removed, reverted):
    many(city, city.second.id, 60, 3)
    many(city, city.moderator.id, removed, reverted)
    assert queries.unusual(city.session, city.organization.id, NOW) == []


def test_a_ground_that_is_applied_oddly_is_found(city):
    for person in (city.second.id, city.moderator.id):
        many(city, person, 20, 1)
        many(city, person, 10, 6, ground="fuera-de-tema")
    found = queries.unusual(city.session, city.organization.id, NOW)
    assert [(each.about, each.about_id) for each in found] == [
        ("ground", city.grounds["fuera-de-tema"])
    ]


def test_what_is_old_is_forgotten(city):
    many(city, city.second.id, 60, 3)
    many(city, city.moderator.id, 20, 10)
    assert queries.unusual(city.session, city.organization.id, NOW + 200 * DAY) == []


def test_the_binomial_tail_is_exact():
    assert at_least(0, 5, 0.3) == pytest.approx(1)
    assert at_least(5, 5, 0.5) == pytest.approx(1 / 32)
    assert at_least(2, 3, 0.1) == pytest.approx(0.028)


def test_administrators_are_told_once_and_nobody_of_themselves(city):
    boss = factories.make_person(city.session, "Berta", roles=[Role.ORGANIZATION_ADMIN])
    other = factories.make_person(city.session, "Olga", roles=[Role.ORGANIZATION_ADMIN])
    many(city, city.second.id, 60, 3)
    many(city, boss.id, 20, 10)
    for when in (NOW, NOW + DAY):
        services.alert(city.session, city.organization, when)
    told = of_kind(city, events.ReversalsUnusual)
    assert [(each["about_id"], each["person_id"]) for each in told] == [(boss.id, [other.id])]
    services.alert(city.session, city.organization, NOW + 31 * DAY)
    assert len(of_kind(city, events.ReversalsUnusual)) == 2


def of_kind(city, kind):
    city.session.expire_all()
    found = city.session.scalars(
        sa.select(FactRow).where(FactRow.name == kind.NAME).order_by(FactRow.id)
    )
    return [fact.data for fact in found]


# --- the morning --------------------------------------------------------------------------------

SIX = dt.datetime(2026, 3, 4, 11, 30, tzinfo=dt.UTC)
"""Half past six in Bogotá."""
SEVEN = dt.datetime(2026, 3, 4, 12, 5, tzinfo=dt.UTC)


def morning(city, at):
    city.travel.move_to(at)
    city.session.commit()
    with city.app.app_context():
        told = mornings.run()
        db.session.commit()
        while drain(db.session()):
            pass
        digests.send_digests()
        db.session.commit()
    return told


def test_who_has_something_waiting_finds_it_in_the_mail_of_the_day(city):
    city.flag(city.neighbours[0])
    city.act(cases.claim, city.moderator, city.case)
    assert morning(city, SIX) == 2
    assert [
        (each["person_id"], each["waiting"], each["new"], each["overdue"])
        for each in of_kind(city, events.WorkSummarized)
    ] == [(city.moderator.id, 1, 1, 1), (city.second.id, 1, 1, 1)]
    assert morning(city, SIX + dt.timedelta(minutes=10)) == 0
    assert morning(city, SEVEN) == 0
    mails = {mail.recipient: mail for mail in city.session.scalars(sa.select(Mail))}
    assert set(mails) == {city.moderator.email, city.second.email}
    text = mails[city.moderator.email].text
    assert "1 por decidir" in text
    assert f"/gestion/procesos/{city.process.slug}/moderacion" in text
    assert mails[city.moderator.email].stop_url
    for word in cities.SECRETS:
        assert word not in text


def test_nobody_is_written_to_about_nothing(city):
    assert morning(city, SIX) == 0
    city.session.execute(sa.update(Case).values(is_waiting=False))
    assert city.session.scalars(sa.select(Mail)).all() == []


def test_only_in_the_morning(city):
    city.flag(city.neighbours[0])
    for at in (SIX - 2 * HOUR, SEVEN, SEVEN + 5 * HOUR):
        assert morning(city, at) == 0


def test_administrators_are_told_of_what_nobody_else_moderates(city):
    boss = factories.make_person(city.session, "Berta", roles=[Role.ORGANIZATION_ADMIN])
    city.flag(city.neighbours[0])
    services.summarize(city.session, city.organization, SIX)
    told = {each["person_id"] for each in of_kind(city, events.WorkSummarized)}
    assert told == {city.moderator.id, city.second.id}
    city.session.execute(
        sa.delete(factories.RoleGrant).where(factories.RoleGrant.person_id != boss.id)
    )
    services.summarize(city.session, city.organization, SIX + DAY)
    assert of_kind(city, events.WorkSummarized)[-1]["person_id"] == boss.id


def test_every_page_that_a_notice_leads_to_is_there(city):
    rules = {rule.endpoint: rule.arguments for rule in city.app.url_map.iter_rules()}
    for fact in events.FACTS:
        if fact.PAGE:
            endpoint, *names = fact.PAGE
            assert rules[endpoint] == set(names), fact.NAME
