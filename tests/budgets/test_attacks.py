"""Attacks on a vote: somebody who votes twice, reads, stuffs, or bends the recount."""

import datetime as dt
import threading

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.models import Person, RollEntry, VerificationRecord
from participa.accounts.services import deletion
from participa.accounts.services.rolls import correcting
from participa.accounts.verification import by_code, records
from participa.accounts.verification.method import Refusal
from participa.budgets.models import Ballot, Mark, Outcome, Pot, Sheet, Vote
from participa.budgets.queries import outcomes
from participa.budgets.services import (
    before_closing,
    casting,
    double_entry,
    lock,
    overrides,
    points,
    sheets,
    voters,
)
from participa.budgets.services.double_entry import Typing
from participa.budgets.services.pots import PotDraft, save_pot
from participa.budgets.services.projects import Draft, save
from participa.core import clock, outbox
from participa.core.errors import Invalid
from participa.core.i18n import Localized
from participa.core.policy import Denied, Role, Verification
from participa.notifications.models import Notification
from participa.processes.models import Process
from participa.tally import Parameters, Rule, read, tally
from tests import factories
from tests.budgets.ended import Ended
from tests.budgets.polls import Poll, RollPoll
from tests.budgets.stations import Station
from tests.budgets.test_voting_concurrency import Hall
from tests.conftest import ENGINES
from tests.statements import recorded

REASON = "El costo tenía un error."


def project_draft(row, **values):
    kept = {
        "title": row.title,
        "pot_id": row.pot_id,
        "cost": str(row.cost // 100),
        "status": row.status.value,
        "category_id": row.category_id,
    }
    return Draft(**(kept | values))


def amend(ended, organization, row, **values):
    draft = project_draft(row, **values)
    return save(
        ended.session, ended.boss, organization, ended.component, draft, row.id, reason=REASON
    )


def published(session, ended, name="bolsa-ciudad.pb"):
    """What everybody reads of a published file, and what is odd in it."""
    return read(outcomes.file(session, ended.component, name).content)


# --- a recount that differs


def test_a_pot_that_lets_choose_fewer_than_some_chose_is_still_counted_by_anybody(
    app_context, session, organization
):
    ended = Ended(session)
    ended.fill([dict.fromkeys(ended.ids[:3], 1)] * 12)
    pot = session.get_one(Pot, ended.rows[ended.ids[0]].pot_id)
    draft = PotDraft(Localized(pot.name), str(pot.amount // 100), True, maximum="2")
    save_pot(session, ended.boss, organization, ended.component, draft, pot.id, reason=REASON)
    session.commit()
    ended.close().publish()
    file = published(session, ended)
    assert file.election.voters == 12
    assert file.notes == ()


def test_a_project_that_got_dearer_leaves_no_ballot_out_of_the_rules(
    app_context, session, organization
):
    ended = Ended(session, ballot="knapsack")
    ended.fill([{ended.ids[0]: 1, ended.ids[1]: 1}] * 12)
    amend(ended, organization, ended.rows[ended.ids[0]], cost="900.000")
    session.commit()
    ended.close().publish()
    assert published(session, ended).notes == ()


def test_a_firm_project_stays_in_its_pot(app_context, session, organization):
    ended = Ended(session, ballot="choose-1", maximum=None)
    ended.fill([{ended.ids[0]: 1, ended.ids[5]: 1}] * 12)
    other = ended.rows[ended.ids[5]].pot_id
    with pytest.raises(Invalid) as error:
        amend(ended, organization, ended.rows[ended.ids[0]], pot_id=other)
    assert [each.path for each in error.value.problems] == ["pot_id"]


def test_a_firm_project_is_no_draft_again(app_context, session, organization):
    ended = Ended(session)
    ended.fill([{ended.ids[0]: 1}] * 12)
    with pytest.raises(Invalid) as error:
        amend(ended, organization, ended.rows[ended.ids[0]], status="draft")
    assert [each.path for each in error.value.problems] == ["status"]
    session.rollback()
    amend(ended, organization, ended.rows[ended.ids[0]], status="withdrawn")
    session.commit()
    ended.close().publish()
    assert published(session, ended).election.voters == 12


def test_a_withdrawn_project_wins_for_nobody_who_counts_in_large_amounts(
    app_context, session, organization
):
    # 5.000 millones: whoever does not know what 999999999 means could pay for it.
    pots = (("ciudad", 500_000_000_000, (100_000_000_000, 200_000_000_000)),)
    ended = Ended(session, pots=pots)
    ended.fill([dict.fromkeys(ended.ids, 1)] * 12)
    amend(ended, organization, ended.rows[ended.ids[0]], status="withdrawn")
    session.commit()
    ended.close().publish()
    election = published(session, ended).election
    assert [each.withdrawn for each in election.projects].count(True) == 1
    assert all(each.cost > election.budget for each in election.projects if each.withdrawn)
    assert found_winners(election) == ["2"]


def found_winners(election):
    outcome = tally(election, Parameters(Rule.GREEDY))
    return [election.projects[each].id for each in outcome.winners]


@pytest.mark.parametrize("cost", ["999.999.999", "9.999.999.999"])
def test_no_project_costs_what_files_say_of_those_withdrawn(
    app_context, session, organization, cost
):
    pots = (("ciudad", 500_000_000_000, (100_000_000_000, 200_000_000_000)),)
    ended = Ended(session, pots=pots)
    with pytest.raises(Invalid) as error:
        amend(ended, organization, ended.rows[ended.ids[0]], cost=cost)
    assert [each.path for each in error.value.problems] == ["cost"]


def test_another_address_of_the_process_leaves_the_digest_of_the_rules(app_context, session):
    ended = Ended(session)
    ended.fill(ended.invented(12))
    locked = ended.vote.sha256
    session.get_one(Process, ended.component.process.id).slug = "otra-direccion"
    ended.close().publish()
    assert ended.component.process.slug == "otra-direccion"
    assert outcomes.file(session, ended.component, "regla.json").sha256 == locked
    assert lock.refuse_settings(session, ended.component.id, ended.component.settings) == []


# --- somebody who votes twice


def by_telephone(session, organization, telephone="keyed-hash"):
    person = factories.make_person(session)
    at = clock.now()
    records.write(
        session, person, "sms_code", at, expires_at=at + dt.timedelta(days=365), evidence=telephone
    )
    session.commit()
    return person, factories.actor_of(session, person, verifications=(Verification("sms_code"),))


def leave(session, organization, actor):
    session.get_one(Person, actor.person_id).email = None  # no letter: there is no request here
    session.flush()
    deletion.delete(session, actor, organization, password="")
    session.commit()


def again(session, organization, evidence="keyed-hash"):
    """Somebody new types the code that went to the same telephone."""
    person, at = factories.make_person(session), clock.now()
    digits = by_code._issue(session, person, "sms_code", at, evidence)
    return by_code.SMS.verify(session, organization, person, {"code": digits}, at)


def test_a_telephone_does_not_vote_again_through_a_new_account(app_context, session, organization):
    poll = Poll(session, ballot="approval")
    _person, voter = by_telephone(session, organization)
    poll.cast(0, actor=voter)
    leave(session, organization, voter)
    assert isinstance(again(session, organization), Refusal)
    session.get_one(Vote, poll.component.id).closed_at = clock.now()
    session.commit()
    assert isinstance(again(session, organization), VerificationRecord)


def test_who_did_not_vote_leaves_no_telephone_behind(app_context, session, organization):
    Poll(session, ballot="approval")
    person, voter = by_telephone(session, organization)
    leave(session, organization, voter)
    assert session.query(VerificationRecord).filter_by(person_id=person.id).all() == []
    assert isinstance(again(session, organization), VerificationRecord)


def test_an_account_that_is_being_deleted_does_not_vote(app_context, session, organization):
    poll = Poll(session, ballot="approval")
    _person, voter = by_telephone(session, organization)
    leave(session, organization, voter)
    with pytest.raises(Denied):  # the request had begun before
        poll.cast(0, actor=voter)
    assert session.query(Mark).count() == 0


@pytest.fixture
def hall():
    made = Hall("postgresql", ballot="approval", ties="file")
    yield made
    made.close()


@pytest.mark.skipif("postgresql" not in ENGINES, reason="needs PostgreSQL")
def test_who_casts_waits_for_who_deletes_the_same_account(hall):
    voter = hall.people[0]
    results = []

    def cast():
        try:
            hall.do(casting.cast, voter, hall.component, {hall.ids[0]: 1})
        except Denied as denied:
            results.append(denied)

    thread = threading.Thread(target=cast)
    with hall.session() as session:
        session.get_one(Person, voter.person_id).email = None
        session.flush()
        deletion.delete(session, voter, hall.organization, password="")
        thread.start()
        thread.join(1)
        assert thread.is_alive()
        session.commit()
    thread.join()
    assert len(results) == 1
    with hall.session() as session:
        assert session.query(Mark).count() == 0


def test_whose_line_is_freed_is_told(app_context, session, organization):
    roll, first = factories.make_roll(session, organization, ["1001"])
    boss = factories.actor_of(
        session, factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    )
    person = factories.make_person(session)
    session.get_one(RollEntry, first).person_id = person.id
    session.commit()
    correcting.release(session, boss, organization, roll, first, "Lo pidió por teléfono")
    session.commit()
    outbox.drain(session)
    session.expire_all()
    told = session.scalars(sa.select(Notification.person_id)).all()
    assert told == [person.id]


def test_two_typists_do_not_count_sheets_that_nobody_was_handed(app_context, session, organization):
    hall = Station(session, organization)
    hall.hand("1001")
    sheets.make(session, hall.boss, hall.component, hall.point, "3")
    session.flush()
    rows = session.scalars(sa.select(Sheet).order_by(Sheet.number)).all()

    def type_both(row, **values):
        typing = Typing(str(row.number), row.check, **values)
        for who in (hall.typist, hall.other):
            double_entry.type_sheet(session, who, hall.component, typing)

    type_both(rows[0], projects="1")
    for row in rows[1:]:
        with pytest.raises(Invalid) as error:
            type_both(row, projects="1")
        assert [each.path for each in error.value.problems] == ["number"]
    assert session.query(Ballot).count() == 1
    # What is no vote is said to be none, by two people, and stands in nobody's way.
    for row in rows[1:]:
        type_both(row, cause="surplus")
    points.reconcile(session, hall.boss, hall.component, hall.point, "1")
    said = [
        str(problem)
        for item in before_closing.checklist(session, hall.component, clock.now())
        for problem in item.problems
    ]
    assert not [each for each in said if "hoja" in each or "urna" in each]


def test_a_revoked_verification_does_not_vote_by_that_of_another_roll(
    app_context, session, organization
):
    poll = RollPoll(session, organization)
    elsewhere = session.scalars(
        sa.select(RollEntry.id).where(RollEntry.roll_id == poll.elsewhere)
    ).one()
    factories.claim_line(session, poll.person.id, elsewhere)
    record = session.scalars(
        sa.select(VerificationRecord).where(VerificationRecord.evidence == f"roll-{poll.line}")
    ).one()
    now = clock.now()
    for column, moment in (("revoked_at", now), ("expires_at", now)):
        setattr(record, column, moment)
        session.flush()
        with recorded() as statements:
            names, line = voters.held_voters(session, poll.voter, poll.component)
        assert (names, line, len(statements)) == ([f"person-{poll.person.id}"], None, 1)
        with pytest.raises(Denied) as refused:
            poll.cast(0)
        assert refused.value.denial.key == "on_roll"
        setattr(record, column, None)
    session.flush()
    assert session.query(Mark).count() == 0
    poll.cast(0)
    assert session.query(Mark).count() == 1


# --- somebody who reads


def small_pot(session, **chosen):
    """The outcome of a pot in which three people voted."""
    ended = Ended(session, **chosen)
    ended.fill([{ended.ids[0]: 1}] * 30)
    ended.fill([{ended.ids[5]: 1, ended.ids[7]: 1}] * 2, start=100)
    ended.fill([{ended.ids[6]: 1}], start=200)
    ended.close().publish()
    pot = ended.rows[ended.ids[5]].pot_id
    return ended, session.scalars(sa.select(Outcome).where(Outcome.pot_id == pot)).one()


def test_a_small_pot_does_not_tell_what_was_chosen_together(app_context, session):
    ended, found = small_pot(session, preset="equal-shares", completion="none")
    assert found.explanations["voters"] == 3
    assert found.explanations["votes"] == {str(ended.ids[5]): 2, str(ended.ids[6]): 1,
                                           str(ended.ids[7]): 2}  # fmt: skip
    assert found.winners == [ended.ids[5]]
    assert [each["sentences"] for each in found.explanations["accounts"]] == [[], [], []]
    assert (found.rounds, found.counterfactuals) == ([], {"alternatives": []})
    again = overrides.leave_out(session, ended.boss, ended.component, ended.ids[5], "Sin predio.")
    assert [each["sentences"] for each in again.explanations["accounts"]] == [[], [], []]
    assert (again.rounds, again.counterfactuals) == ([], {"alternatives": []})
    names = {row.name for row in outcomes.files(session, ended.component)}
    assert not {name for name in names if name.startswith(("bolsa-norte", "votos-norte"))}


def test_a_small_pot_says_all_that_follows_from_its_totals(app_context, session):
    _ended, found = small_pot(session)
    assert all(each["sentences"] for each in found.explanations["accounts"])
    assert found.rounds


def test_whoever_is_at_a_point_does_not_try_out_documents(app, client, session, organization):
    with app.app_context():
        hall = Station(session, organization)
    browser = factories.sign_in(client, session, hall.people["promoter"])
    place = f"/procesos/presupuesto/presupuesto/puntos/{hall.point}"

    def tried(number, page=place):
        data = {"document_type": "CC", "document_number": str(number)}
        return browser.post(page, data=data).status_code

    assert tried("1001") == 200
    with time_machine.travel(clock.now(), tick=False) as travel:
        for number in range(30):
            travel.shift(dt.timedelta(seconds=30))
            assert tried(5000 + number) == 422
        travel.shift(dt.timedelta(seconds=30))
        assert tried(6000) == 429
        assert tried("1001") == 429
