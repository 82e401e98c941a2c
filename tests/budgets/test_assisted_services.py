"""Votes registered at a point for somebody on the roll: who may, who may not, what is kept."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.models import VerificationRecord
from participa.accounts.verification import sms
from participa.budgets.models import Ballot, Channel, Draft, Mark, Promoter, Sheet, Vote
from participa.budgets.queries import casting as queries
from participa.budgets.services import (
    assisted,
    box,
    casting,
    double_entry,
    drafts,
    lines,
    points,
    receipts,
    sheets,
)
from participa.budgets.services.double_entry import Typing
from participa.budgets.services.firm import snapshot
from participa.budgets.services.receipts import Standing
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.policy import Denied
from tests import factories
from tests.budgets.polls import BY_ROLL, KEY
from tests.budgets.stations import Station


@pytest.fixture
def hall(app_context, session, organization):
    return Station(session, organization, maximum=2)


def problems(error):
    return {each.path: str(each.message) for each in error.value.problems}


def refusal(hall, document, **values):
    with pytest.raises(Invalid) as refused:
        hall.find(document, **values)
    return problems(refused)


def everything(session, model):
    session.expire_all()
    return session.scalars(sa.select(model)).all()


def test_a_ballot_is_registered_with_its_mark_and_its_receipt(hall):
    receipt = hall.assist("1001", {hall.ids[0]: 1})
    (mark,) = everything(hall.session, Mark)
    assert (mark.voter, mark.channel, mark.point_id) == (
        f"roll-{hall.lines['1001']}",
        Channel.ASSISTED,
        hall.point,
    )
    assert receipts.check(hall.session, hall.component, receipt) == Standing.COUNTS
    (ballot,) = everything(hall.session, Ballot)
    vote = hall.session.get_one(Vote, hall.component.id)
    assert (ballot.channel, ballot.choice) == (Channel.ASSISTED, {str(hall.ids[0]): 1})
    assert ballot.link == box.link_of(vote.link_key, mark.id)
    (fact,) = hall.session.scalars(
        sa.select(FactRow).where(FactRow.name == "budgets.ballot_assisted")
    ).all()
    assert fact.actor_id == hall.people["promoter"].id
    assert fact.data == {"name": "Escuela La Loma", "point": hall.point}


def test_its_owner_changes_it_on_the_web_until_the_closing(hall):
    hall.assist("1003", {hall.ids[0]: 1})
    sent = casting.cast(hall.session, hall.claimed, hall.component, {hall.ids[1]: 1})
    assert sent.receipt is None
    (ballot,) = everything(hall.session, Ballot)
    assert ballot.choice == {str(hall.ids[1]): 1}
    assert "ya votó con ayuda" in refusal(hall, "1003")["document_number"]


def test_who_voted_elsewhere_is_told_the_channel_and_the_day_only(hall):
    casting.cast(hall.session, hall.claimed, hall.component, {hall.ids[0]: 1})
    said = refusal(hall, "1003")
    assert list(said) == ["document_number"]
    assert "ya votó por internet el " in said["document_number"]
    hall.hand("1001")
    assert "ya votó en papel el " in refusal(hall, "1001")["document_number"]
    assert len(everything(hall.session, Mark)) == 2


def test_who_is_not_on_the_roll_or_was_taken_out_does_not_vote_here(hall):
    assert "no está en el padrón" in refusal(hall, "4444444")["document_number"]
    assert "no está en el padrón" in refusal(hall, "1001", kind="TI")["document_number"]
    assert list(refusal(hall, "12")) == ["document_number"]
    assert list(refusal(hall, "1001", kind="")) == ["document_type"]
    hall.line("1002").removed_at = clock.now()
    hall.session.flush()
    assert "retirado" in refusal(hall, "1002")["document_number"]


def test_a_promoter_does_not_register_their_own_vote(hall):
    assert "por internet" in refusal(hall, "1008")["document_number"]


def test_only_who_is_in_charge_of_the_point_registers(hall):
    for someone in (hall.boss, hall.neighbour, hall.typist):
        for act in (hall.find, hall.hand):
            with pytest.raises(Denied) as refused:
                act("1001", who=someone)
            assert refused.value.denial.key == "is_promoter"
    points.end(hall.session, hall.boss, hall.component, hall.point, hall.people["promoter"].id)
    with pytest.raises(Denied):
        hall.find("1001")


def test_a_line_of_another_roll_is_not_there(hall, session, organization):
    _roll, line = factories.make_roll(session, organization, ["7777"], key="otro")
    found = hall.find("1001")
    with pytest.raises(Missing):
        assisted.hand(
            session,
            hall.promoter,
            organization,
            hall.component,
            hall.point,
            lines.Found(line, found.guardian),
        )


def test_an_impossible_ballot_is_refused_and_marks_nobody(hall):
    with pytest.raises(Invalid) as refused:
        hall.assist("1001", dict.fromkeys(hall.ids[:3], 1))
    assert f"pot-{hall.pot}" in problems(refused)
    with pytest.raises(Invalid):
        hall.assist("1001", {})
    hall.session.rollback()
    assert not everything(hall.session, Mark)


def test_without_a_roll_nobody_votes_here(app_context, session, organization):
    hall = Station(session, organization, firm=False, roll="no-existe")
    with pytest.raises(Denied):
        hall.find("1001")


def test_what_was_chosen_on_the_web_and_not_sent_goes(hall):
    drafts.choose(hall.session, hall.claimed, hall.component, hall.ids[0], key=KEY)
    assert queries.drafts(hall.session, hall.component) == 1
    hall.assist("1003", {hall.ids[1]: 1})
    assert not everything(hall.session, Draft)


def test_once_the_vote_is_closed_nothing_happens_at_a_point(hall, organization):
    session = hall.session
    sheets.make(session, hall.boss, hall.component, hall.point, "1")
    found = hall.find("1001")
    sheet = session.scalars(sa.select(Sheet)).one()
    session.get_one(Vote, hall.component.id).closed_at = clock.now()
    session.flush()
    here = (session, hall.promoter, organization, hall.component, hall.point)
    staff = (session, hall.boss, hall.component, hall.point)
    for act in (
        lambda: hall.find("1001"),
        lambda: assisted.assist(*here, found, {hall.ids[0]: 1}),
        lambda: assisted.hand(*here, found),
        lambda: sheets.make(*staff, "1"),
        lambda: points.give(*staff, hall.people["neighbour"].id, "9"),
        lambda: points.reconcile(*staff, "0"),
        lambda: points.reopen(*staff, "Porque sí, por si acaso"),
        lambda: double_entry.type_sheet(
            session, hall.typist, hall.component, Typing("1", sheet.check, "1")
        ),
    ):
        with pytest.raises(Denied) as refused:
            act()
        assert refused.value.denial.key == "not_closed"
    assert not everything(session, Mark)


# --- what the vote asks for


def asking(session, organization, *requirements):
    cast = {"state": "open", "requires": [*BY_ROLL["requires"], *requirements]}
    return Station(session, organization, cast=cast)


def test_who_is_too_young_does_not_vote(app_context, session, organization):
    hall = asking(session, organization, {"age": 14})
    today = clock.now().date()
    hall.line("1001").birth_date = today.replace(year=today.year - 13)
    hall.line("1002").birth_date = today.replace(year=today.year - 15)
    session.flush()
    assert "desde los 14 años" in refusal(hall, "1001")["document_number"]
    assert hall.find("1002").unknown == ()
    (unknown,) = hall.find("1004").unknown
    assert "14 años" in str(unknown)


def test_a_minor_votes_with_whoever_looks_after_them(app_context, session, organization):
    hall = asking(session, organization, {"age": 14}, "guardian")
    today = clock.now().date()
    for document in ("1001", "1003"):
        hall.line(document).birth_date = today.replace(year=today.year - 15)
    session.flush()
    assert list(refusal(hall, "1001")) == ["guardian"]
    assert hall.find("1001", guardian=True).guardian
    assert list(refusal(hall, "1003")) == ["guardian"]
    session.add(
        VerificationRecord(
            person_id=hall.people["claimed"].id, method="guardian", evidence="", at=clock.now()
        )
    )
    session.flush()
    hall.assist("1003", {hall.ids[0]: 1})
    assert everything(session, Mark)[0].age_band == "14-17"


def test_who_lives_elsewhere_does_not_vote(app_context, session, organization):
    hall = asking(session, organization, {"territory": "la-loma"})
    places = {each.code: each.id for each in organization.territories.values()}
    hall.line("1001").territory_id = places["centro"]
    hall.line("1002").territory_id = places["la-loma"]
    session.flush()
    assert "otro territorio" in refusal(hall, "1001")["document_number"]
    assert hall.find("1002").unknown == ()
    assert len(hall.find("1004").unknown) == 1


def test_what_the_web_proves_otherwise_is_proved_by_being_there(app_context, session, organization):
    hall = asking(session, organization, "confirmed_email", {"verified": "sms_code"})
    assert hall.find("1001").unknown == ()


def test_when_only_the_points_are_open_the_vote_asks_the_same(app_context, session, organization):
    hall = Station(
        session,
        organization,
        cast={"state": "closed", "requires": [{"verified": "census"}, {"age": 14}]},
        firm=False,
    )
    # Made firm by hand: the checklist wants a phase in which one votes on the web.
    rules = snapshot(hall.component.settings)
    session.add(Vote(component_id=hall.component.id, locked_at=clock.now(), rules=rules))
    hall.line("1001").birth_date = clock.now().date()
    session.commit()
    assert "desde los 14 años" in refusal(hall, "1001")["document_number"]
    hall.assist("1002", {hall.ids[0]: 1})


# --- the pace


def test_past_the_limit_the_staff_are_told_and_at_twice_it_stops(hall):
    points.give(
        hall.session, hall.boss, hall.component, hall.point, hall.people["promoter"].id, "1"
    )
    hall.hand("1001")
    assert not alerts(hall)
    hall.assist("1002", {hall.ids[0]: 1})
    (fact,) = alerts(hall)
    assert fact.data["person_id"] == [hall.people["boss"].id]
    row = hall.session.get_one(Promoter, (hall.point, hall.people["promoter"].id))
    assert row.alerted_at is not None
    with pytest.raises(Conflict):
        hall.hand("1004")
    hall.session.rollback()


def test_the_limit_is_of_the_person_and_not_of_the_point(hall, organization):
    other = points.save(
        hall.session, hall.boss, organization, hall.component, points.PointDraft("Salón comunal")
    )
    for point in (hall.point, other):
        points.give(hall.session, hall.boss, hall.component, point, hall.people["promoter"].id, "1")
    hall.hand("1001")
    hall.point = other
    hall.hand("1002")
    assert len(alerts(hall)) == 1
    with pytest.raises(Conflict):
        hall.hand("1004")


def test_an_hour_later_it_begins_again(hall):
    points.give(
        hall.session, hall.boss, hall.component, hall.point, hall.people["promoter"].id, "1"
    )
    hall.hand("1001")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=61), tick=False):
        hall.hand("1002")
    assert not alerts(hall)
    row = hall.session.get_one(Promoter, (hall.point, hall.people["promoter"].id))
    assert (row.in_hour, row.total) == (1, 2)


def alerts(hall):
    return hall.session.scalars(
        sa.select(FactRow).where(FactRow.name == "budgets.pace_unusual")
    ).all()


# --- the receipt


def test_the_receipt_goes_to_a_telephone_that_is_not_kept(hall, monkeypatch):
    sent = []
    monkeypatch.setattr(sms, "_sender", [lambda _s, _o, phone, text: sent.append((phone, text))])
    with pytest.raises(Invalid) as refused:
        hall.assist("1001", {hall.ids[0]: 1}, telephone="12")
    assert list(problems(refused)) == ["telefono"]
    assert hall.assist("1001", {hall.ids[0]: 1}, telephone="300 123 4567") is None
    ((phone, text),) = sent
    assert phone == "+573001234567"
    (mark,) = everything(hall.session, Mark)
    code = text.partition("Constancia: ")[2].partition(".")[0]
    assert box.receipt_hash(code) == mark.receipt_hash
    for row in everything(hall.session, FactRow):
        assert "3001234567" not in str(row.data)
        assert code not in str(row.data)


def test_without_a_sender_the_receipt_is_printed(hall, monkeypatch):
    monkeypatch.setattr(sms, "_sender", [])
    assert hall.assist("1001", {hall.ids[0]: 1}, telephone="300 123 4567")
    assert not everything(hall.session, Mail)
