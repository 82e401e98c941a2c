"""Choosing and casting: what counts, what is refused, and what nobody can find out."""

import hashlib
import json
import re
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from participa.accounts.models import Roll, RollEntry
from participa.budgets import ballots
from participa.budgets.models import Ballot, Channel, Draft, Mark, ProjectStatus, Vote
from participa.budgets.queries import casting as queries
from participa.budgets.queries import pots, projects
from participa.budgets.rules import Rules
from participa.budgets.services import box, casting, drafts, firm, lock, receipts, sealing, voters
from participa.budgets.services.receipts import Standing
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.facts import FactRow
from participa.core.policy import Denied
from tests import factories
from tests.budgets.polls import BY_ROLL, KEY, Poll, with_vote
from tests.statements import recorded


def kinds(session):
    return [row.name for row in session.scalars(sa.select(FactRow).order_by(FactRow.id))]


# --- drafts


def test_choosing_is_a_draft_that_is_counted_and_counts_for_nothing(poll, session):
    first, second, third = poll.ids[:3]
    assert drafts.choose(session, poll.voter, poll.component, first, seed=7, key=KEY) == {first: 1}
    drafts.choose(session, poll.voter, poll.component, first, key=KEY)
    drafts.choose(session, poll.voter, poll.component, second, key=KEY)
    row = session.get_one(Draft, (poll.component.id, poll.person.id))
    kept = sealing.opened(KEY, row.component_id, row.person_id, row.sealed)
    assert (row.seed, kept) == (7, {first: 1, second: 1})
    assert (queries.drafts(session, poll.component), poll.box()) == (1, [])
    with pytest.raises(Invalid):
        drafts.choose(session, poll.voter, poll.component, third, key=KEY)
    drafts.unchoose(session, poll.voter, poll.component, first, key=KEY)
    drafts.unchoose(session, poll.voter, poll.component, second, key=KEY)
    assert queries.drafts(session, poll.component) == 0
    assert not [name for name in kinds(session) if name.startswith("budgets.ballot")]


def test_what_is_not_on_the_ballot_is_not_there(poll, session):
    with pytest.raises(Missing):
        drafts.choose(session, poll.voter, poll.component, 999_999, key=KEY)
    with pytest.raises(Missing):
        drafts.set_values(session, poll.voter, poll.component, {999_999: 1}, key=KEY)


def test_a_ranking_has_no_gaps(app_context, session):
    poll = Poll(session, ballot="ranking")
    for each in poll.ids[:3]:
        chosen = drafts.choose(session, poll.voter, poll.component, each, key=KEY)
    assert list(chosen.values()) == [1, 2, 3]
    chosen = drafts.unchoose(session, poll.voter, poll.component, poll.ids[0], key=KEY)
    assert chosen == {poll.ids[1]: 1, poll.ids[2]: 2}
    chosen = drafts.set_values(
        session, poll.voter, poll.component, {poll.ids[1]: 2, poll.ids[2]: 1}, key=KEY
    )
    assert chosen == {poll.ids[1]: 2, poll.ids[2]: 1}
    poll.cast(choice=chosen)


def test_points(app_context, session):
    poll = Poll(session, ballot="points", points=5)
    first, second = poll.ids[:2]
    drafts.choose(session, poll.voter, poll.component, first, key=KEY)
    assert drafts.set_values(
        session, poll.voter, poll.component, {first: 4, second: 1}, key=KEY
    ) == {
        first: 4,
        second: 1,
    }
    with pytest.raises(Invalid):
        drafts.choose(session, poll.voter, poll.component, poll.ids[2], key=KEY)
    with pytest.raises(Invalid):
        drafts.set_values(session, poll.voter, poll.component, {first: -1}, key=KEY)
    assert drafts.set_values(session, poll.voter, poll.component, {second: 0}, key=KEY) == {
        first: 4
    }


def test_where_one_is_chosen_another_takes_its_place(app_context, session):
    poll = Poll(session, ballot="choose-1")
    drafts.choose(session, poll.voter, poll.component, poll.ids[0], key=KEY)
    chosen = drafts.choose(session, poll.voter, poll.component, poll.ids[1], key=KEY)
    chosen = drafts.choose(session, poll.voter, poll.component, poll.ids[3], key=KEY)
    assert set(chosen) == {poll.ids[1], poll.ids[3]}


# --- casting


def test_casting_leaves_a_mark_a_ballot_and_a_receipt(poll, session):
    drafts.choose(session, poll.voter, poll.component, poll.ids[0], key=KEY)
    receipt = poll.cast(0).receipt
    assert receipt.replace("-", "").isalnum()
    assert len(receipt) == 14
    mark = session.scalars(sa.select(Mark)).one()
    plain = receipt.replace("-", "")
    assert mark.receipt_hash == hashlib.sha256(plain.encode()).hexdigest()
    for typed in (receipt, receipt.upper(), f" {plain} "):
        assert receipts.check(session, poll.component, typed) == Standing.COUNTS
    assert mark.voter == f"person-{poll.person.id}"
    assert mark.channel is Channel.WEB
    (ballot,) = poll.box()
    assert ballot.choice == {str(poll.ids[0]): 1}
    assert ballot.link == box.link_of(poll.vote.link_key, mark.id)
    assert session.get(Draft, (poll.component.id, poll.person.id)) is None
    assert queries.drafts(session, poll.component) == 0


def test_the_fact_names_nobody_and_tells_nothing(poll, session):
    receipt = poll.cast(0, 1).receipt
    poll.cast(1)
    names = ("budgets.ballot_cast", "budgets.ballot_changed")
    rows = session.scalars(sa.select(FactRow).where(FactRow.name.in_(names))).all()
    assert len(rows) == 2
    for row in rows:
        assert (row.actor_id, row.subject_id, row.data) == (None, None, {})
        assert not row.public
    everything = json.dumps([row.data for row in session.scalars(sa.select(FactRow))])
    assert receipt not in everything
    assert box.receipt_hash(receipt) not in everything


def test_changing_replaces_the_ballot_and_keeps_the_receipt(poll, session):
    receipt = poll.cast(0).receipt
    before = session.scalars(sa.select(Mark.receipt_hash)).one()
    assert poll.cast(1, 2).receipt is None
    (ballot,) = poll.box()
    assert set(ballot.choice) == {str(poll.ids[1]), str(poll.ids[2])}
    assert session.scalars(sa.select(Mark.receipt_hash)).one() == before
    assert receipts.check(session, poll.component, receipt) == Standing.COUNTS


def test_changing_begins_with_nothing_of_what_was_sent(poll, session):
    poll.cast(0, 3)
    assert drafts.unchoose(session, poll.voter, poll.component, poll.ids[0], key=KEY) == {}
    chosen = drafts.choose(session, poll.voter, poll.component, poll.ids[1], key=KEY)
    assert chosen == {poll.ids[1]: 1}
    assert queries.drafts(session, poll.component) == 1
    (ballot,) = poll.box()
    assert set(ballot.choice) == {str(poll.ids[0]), str(poll.ids[3])}
    drafts.discard(session, poll.voter, poll.component)
    assert queries.drafts(session, poll.component) == 0
    assert len(poll.box()) == 1


def test_where_it_does_not_change_it_does_not(app_context, session):
    poll = Poll(session, ballot="approval", changeable=False)
    poll.cast(0)
    for again in (
        lambda: poll.cast(1),
        lambda: drafts.choose(session, poll.voter, poll.component, poll.ids[1], key=KEY),
    ):
        with pytest.raises(Denied) as refused:
            again()
        assert refused.value.denial.key == "may_change"
    (ballot,) = poll.box()
    assert set(ballot.choice) == {str(poll.ids[0])}


def test_who_voted_on_paper_does_not_vote_again(poll, session):
    session.add(
        Mark(
            component_id=poll.component.id,
            voter=f"person-{poll.person.id}",
            channel=Channel.PAPER,
            receipt_hash="",
            day=clock.now().date(),
        )
    )
    session.flush()
    with pytest.raises(Denied) as refused:
        poll.cast(0)
    assert refused.value.denial.key == "may_change"
    assert poll.box() == []


def test_refusals_leave_nothing_behind(poll, session):
    with pytest.raises(Invalid):
        poll.cast(0, 1, 2)
    with pytest.raises(Invalid):
        poll.cast(choice={999_999: 1})
    poll.amend(0, status=ProjectStatus.WITHDRAWN.value)
    with pytest.raises(Invalid):
        poll.cast(0)
    assert session.scalars(sa.select(Mark)).all() == []
    assert poll.box() == []


def test_nobody_votes_before_it_is_firm_nor_after_it_is_closed(app_context, session):
    component = with_vote(session, settings={"ballot": "approval"}).components[0]
    _pot, first = factories.make_projects(session, component, [100])
    person = factories.actor_of(session, factories.make_person(session))
    visitor = factories.actor_of(session, factories.make_person(session), person_id=None)
    choose = partial(drafts.choose, key=KEY)
    for service, key in ((casting.cast, "is_locked"), (choose, "is_locked")):
        value = {first: 1} if service is casting.cast else first
        with pytest.raises(Denied) as refused:
            service(session, person, component, value)
        assert refused.value.denial.key == key
        with pytest.raises(Denied) as refused:
            service(session, visitor, component, value)
        assert refused.value.denial.key == "sign_in"
    session.add(Vote(component_id=component.id))
    session.flush()
    row = session.get_one(Vote, component.id)
    row.locked_at = row.closed_at = clock.now()
    row.rules = lock.snapshot(component.settings)
    session.flush()
    with pytest.raises(Denied) as refused:
        casting.cast(session, person, component, {first: 1})
    assert refused.value.denial.key == "not_closed"
    session.expire_all()
    assert session.get_one(Vote, component.id).link_key is None, "a key was made after the closing"


def test_administrators_vote_once_for_themselves_and_for_nobody_else(poll, session):
    poll.cast(0, actor=poll.boss)
    poll.cast(1, actor=poll.boss)
    assert session.scalars(sa.select(Mark.voter)).all() == [f"person-{poll.boss.person_id}"]


# --- who a voter is


def test_where_a_roll_votes_its_line_does(rolled, session):
    own = [f"roll-{rolled.line}", f"person-{rolled.person.id}"]
    assert voters.voters_of(session, rolled.voter, rolled.component) == own
    assert voters.of_entry(session.get_one(RollEntry, rolled.line)) == own
    assert voters.of_entry(session.get_one(RollEntry, rolled.line + 1)) == [
        f"roll-{rolled.line + 1}"
    ]
    assert queries.roll(session, rolled.component).id == rolled.roll
    with pytest.raises(Denied) as refused:
        rolled.cast(0, actor=factories.actor_of(session, rolled.person))
    assert refused.value.denial.key == "verified"
    rolled.cast(0)
    rolled.cast(1)
    assert session.scalars(sa.select(Mark.voter)).all() == own[:1]
    assert len(rolled.box()) == 1


def test_a_line_of_another_roll_and_one_taken_out_do_not_vote(rolled, session):
    other = factories.make_person(session, "De otro padrón")
    elsewhere = session.scalars(
        sa.select(RollEntry).where(RollEntry.roll_id == rolled.elsewhere)
    ).one()
    session.get_one(RollEntry, rolled.line).removed_at = clock.now()
    for actor in (rolled.on(other, elsewhere.id), rolled.voter):
        for act in (
            lambda actor=actor: rolled.cast(0, actor=actor),
            lambda actor=actor: drafts.choose(
                session, actor, rolled.component, rolled.ids[0], key=KEY
            ),
        ):
            with pytest.raises(Denied) as refused:
                act()
            assert (refused.value.denial.key, refused.value.denial.invite) == ("on_roll", "verify")
    assert session.scalars(sa.select(Mark)).all() == []


def test_without_a_roll_the_account_votes_and_no_line_is_looked_for(poll, session, organization):
    _roll, line = factories.make_roll(session, organization, ["123456"])
    factories.claim_line(session, poll.person.id, line)
    with recorded() as statements:
        names = voters.voters_of(session, poll.voter, poll.component)
    assert (names, statements) == ([f"person-{poll.person.id}"], [])
    visitor = factories.actor_of(session, poll.person, person_id=None)
    assert voters.voters_of(session, visitor, poll.component) == []
    assert queries.roll(session, poll.component) is None


def test_casting_asks_for_little_with_a_roll_or_without(rolled, session):
    def asked(poll, actor):
        poll.cast(0)  # the first of all makes the key of the links and meets the digest
        session.commit()
        found = []
        for _time in ("first", "changed"):
            drafts.choose(session, actor, poll.component, poll.ids[1], key=KEY)
            session.commit()
            with recorded() as statements:
                poll.cast(0, actor=actor)
            session.commit()
            whole = [re.sub(r"\(SELECT ([^()]|\(\w+\))*\)", "", each) for each in statements]
            found.append([re.search(r"(?:FROM|INTO|UPDATE) (\w+)", each)[1] for each in whole])
        return found

    box = ["budget_marks", "budget_ballots", "facts", "budget_drafts"]
    again = [box[0], *box]

    plain = Poll(session, ballot="approval", slug="sin-padron")
    other = factories.actor_of(session, factories.make_person(session))
    begin = ["budget_votes", "persons"]
    assert asked(plain, other) == [begin + box, begin + again]
    second = rolled.on(factories.make_person(session, "Segunda"), rolled.line + 1)
    begin = ["budget_votes", "roll_entries"]
    assert asked(rolled, second) == [begin + box, begin + again]


def test_where_somebody_lives_is_told_by_the_roll_or_else_by_them(rolled, session, organization):
    first, second = list(organization.territories)[:2]
    rolled.person.territory_id = first
    session.commit()
    rolled.cast(0)
    assert session.scalars(sa.select(Mark.territory_id)).one() == first
    other = factories.make_person(session, "Segunda", territory_id=first)
    session.get_one(RollEntry, rolled.line + 1).territory_id = second
    rolled.cast(0, actor=rolled.on(other, rolled.line + 1))
    assert set(session.scalars(sa.select(Mark.territory_id))) == {first, second}


def test_what_a_roll_that_is_named_needs_before_it_is_firm(app_context, session, organization):
    at = clock.now()

    def found(**values):
        component = with_vote(session, slug=f"p-{len(slugs)}", **values).components[0]
        slugs.append(component)
        (item,) = [
            each
            for each in lock.checklist(session, component, at)
            if str(each.title) == "Está claro quiénes votan"
        ]
        with force_locale("es"):
            return " ".join(str(each) for each in item.problems)

    slugs = []
    named = {"roll": "padron"}
    assert "clave «padron»" in found(settings=named, cast=BY_ROLL)
    roll, _line = factories.make_roll(session, organization, ["123456"])
    assert found(settings=named, cast=BY_ROLL) == ""
    assert "no pide" in found(settings=named)
    assert "no dicen cuál" in found(cast=BY_ROLL)
    assert found() == ""
    session.get_one(Roll, roll).size = 0
    session.flush()
    assert "vacío" in found(settings=named, cast=BY_ROLL)


def test_the_roll_is_firm_and_said(rolled, session):
    assert rolled.vote.rules["roll"] == "padron"
    for key in ("", "otro"):
        settings = replace(rolled.component.settings, roll=key)
        assert lock.refuse_settings(session, rolled.component.id, settings)
    assert not lock.refuse_settings(session, rolled.component.id, rolled.component.settings)
    document = firm.document(session, rolled.component, rolled.vote)
    assert document["rules"]["roll"] == "padron"


def test_what_was_firm_before_rolls_could_be_named_names_none(poll, session):
    row = poll.vote
    row.rules = {name: value for name, value in row.rules.items() if name != "roll"}
    session.flush()
    assert not lock.refuse_settings(session, poll.component.id, poll.component.settings)


@pytest.mark.parametrize(
    ("years", "band"),
    [(13, "0-13"), (14, "14-17"), (17, "14-17"), (18, "18-28"), (59, "41-59"), (60, "60+")],
)
def test_bands_of_ages(years, band):
    day = clock.now().date()
    assert box.age_band(day.replace(year=day.year - years), day) == band
    assert box.age_band(None, day) == ""


# --- secrecy


def test_no_statement_of_casting_names_roll_and_box_together(poll, session):
    with recorded() as statements:
        poll.cast(0)
        poll.cast(1)
        drafts.choose(session, poll.voter, poll.component, poll.ids[0], key=KEY)
    both = [each for each in statements if "budget_marks" in each and "budget_ballots" in each]
    assert both == []


def test_nothing_in_the_box_leads_to_anybody():
    columns = set(Ballot.__table__.columns.keys())
    assert columns == {
        "id",
        "organization_id",
        "component_id",
        "link",
        "channel",
        "choice",
        "code",
        "replaced",
    }
    targets = {
        key.column.table.name for each in Ballot.__table__.columns for key in each.foreign_keys
    }
    assert targets == {"organizations", "components"}


def test_the_link_needs_the_secret_and_the_key(app, app_context):
    link = box.link_of("a" * 64, 1)
    assert link != box.link_of("b" * 64, 1)
    secret = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another"
    assert box.link_of("a" * 64, 1) != link
    app.config["SECRET_KEY"] = secret


# --- whatever may be sent is taken, whatever may not is not


KINDS = (
    {"ballot": "approval", "minimum": 2, "maximum": 3},
    {"ballot": "knapsack", "minimum_spent": 40},
    {"ballot": "choose-1", "pots": "one"},
    {"ballot": "ranking", "maximum": 2},
    {"ballot": "points", "points": 4, "points_per_project": 3},
)


@pytest.mark.parametrize("kind", KINDS, ids=[each["ballot"] for each in KINDS])
def test_what_the_rules_accept_is_cast_and_nothing_else(app_context, session, kind):
    poll = Poll(session, **kind)
    form = Rules.read(poll.vote.rules).form
    limits = pots.limits(pots.pots(session, poll.component))
    options = projects.options(session, poll.component)
    ids = [*poll.ids, 999_999]

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(st.dictionaries(st.sampled_from(ids), st.integers(-1, 5), max_size=5))
    def every(chosen):
        found = ballots.problems(form, limits, options, chosen)
        before = [each.choice for each in poll.box()]
        if found:
            with pytest.raises(Invalid) as refused:
                poll.cast(choice=chosen or {}) if chosen else casting.cast(
                    session, poll.voter, poll.component, {}
                )
            with force_locale("es"):
                assert [str(each.message) for each in refused.value.problems] == [
                    str(each.message) for each in found
                ]
            assert [each.choice for each in poll.box()] == before
        else:
            poll.cast(choice=chosen)
            (ballot,) = poll.box()
            assert queries.chosen(ballot.choice) == chosen
        assert session.scalar(sa.select(sa.func.count()).select_from(Mark)) == len(poll.box())

    every()
