"""What two people decide: one asks, another one approves, and only then it happens."""

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.models import Approval, ApprovalState, RoleGrant, RollEntry
from participa.accounts.queries import staff
from participa.accounts.services import approvals, roles
from participa.accounts.services.rolls import correcting
from participa.budgets.services import closing, lock
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.facts import FactRow
from participa.core.policy import Denied, Role
from participa.processes import queries as processes
from tests import factories
from tests.budgets.ended import Ended
from tests.budgets.polls import RollPoll, with_vote

REASON = "La usó su vecino"


@pytest.fixture
def second(app_context, session):
    """Somebody else who may decide; there must be two before a vote that asks for them is firm."""
    return administrator(session, "Segunda")


def administrator(session, name):
    person = factories.make_person(session, name, roles=[Role.ORGANIZATION_ADMIN])
    return factories.actor_of(session, person)


@pytest.fixture
def ended(second, session):
    made = Ended(session, second_person=True)
    made.fill(made.invented(6))
    made.end()
    return made


def another(session, process_id, name, role=Role.PROCESS_ADMIN):
    person = factories.make_person(session, name, roles=[(role, process_id)])
    return factories.actor_of(session, person)


def facts(session, *names):
    return session.scalars(
        sa.select(FactRow).where(FactRow.name.in_(names)).order_by(FactRow.id)
    ).all()


def test_closing_waits_for_another_person(ended, second, session, organization):
    process_id = ended.component.process.id
    asked = closing.close(session, ended.boss, ended.component)
    assert (ended.vote.closed_at, str(asked.what)) == (None, "Cerrar la votación «Votación»")
    [told] = facts(session, "accounts.approval_asked")
    assert told.data["person_id"] == [second.person_id], "who may approve is told, not who asks"
    with pytest.raises(Conflict):
        closing.close(session, second, ended.component)
    with pytest.raises(Denied) as error:
        approvals.approve(session, ended.boss, organization, asked.id)
    assert error.value.denial.key == "not_own_request"
    stranger = factories.actor_of(session, factories.make_person(session, "Nadie"))
    observer = another(session, process_id, "Mira", Role.OBSERVER)
    for each in (stranger, observer):
        with pytest.raises(Denied):
            approvals.approve(session, each, organization, asked.id)
    assert ended.vote.closed_at is None
    approvals.approve(session, second, organization, asked.id)
    vote = ended.vote
    assert (vote.closed_at is not None, vote.closed_by_id) == (True, second.person_id)
    assert [
        row.actor_id for row in facts(session, "accounts.approval_given", "budgets.closed")
    ] == [
        second.person_id,
        second.person_id,
    ]
    with pytest.raises(Denied) as error:
        approvals.approve(session, second, organization, asked.id)
    assert error.value.denial.key == "still_waits"


def test_a_request_is_declined_withdrawn_or_ends_by_itself(ended, second, session, organization):
    first = closing.close(session, ended.boss, ended.component)
    approvals.decline(session, second, organization, first.id)
    next_ = closing.close(session, ended.boss, ended.component)
    with pytest.raises(Denied):
        approvals.withdraw(session, second, organization, next_.id)
    approvals.withdraw(session, ended.boss, organization, next_.id)
    late = closing.close(session, ended.boss, ended.component)
    with time_machine.travel(late.expires_at, tick=False):
        with pytest.raises(Denied) as error:
            approvals.approve(session, second, organization, late.id)
        assert "venció" in str(error.value.denial)
        again = closing.close(session, second, ended.component)
    session.expire_all()
    states = [each.state for each in session.scalars(sa.select(Approval).order_by(Approval.id))]
    assert states == [
        ApprovalState.DECLINED,
        ApprovalState.WITHDRAWN,
        ApprovalState.EXPIRED,
        ApprovalState.PENDING,
    ]
    assert again.asked_by_id == second.person_id
    assert ended.vote.closed_at is None


def test_what_came_in_the_way_meanwhile_is_looked_at_again(ended, second, session, organization):
    asked = closing.close(session, ended.boss, ended.component)
    session.execute(
        sa.text("DELETE FROM budget_ballots WHERE id = (SELECT min(id) FROM budget_ballots)")
    )
    session.commit()
    with pytest.raises(Invalid):
        approvals.approve(session, second, organization, asked.id)
    session.rollback()
    assert session.get_one(Approval, asked.id).state is ApprovalState.PENDING


@pytest.fixture
def poll(second, session, organization):
    made = RollPoll(session, organization, second_person=True)
    made.admin, made.other = administrator(session, "Jefa"), second
    return made


def test_a_line_is_released_by_two_once_somebody_voted_by_it(poll, session, organization):
    release = (session, poll.admin, organization, poll.roll, poll.line, REASON)
    poll.cast(0)
    asked = correcting.release(*release)
    line = session.get_one(RollEntry, poll.line)
    assert (asked.data["entry_id"], line.person_id) == (poll.line, poll.person.id)
    with pytest.raises(Denied):
        approvals.approve(session, poll.boss, organization, asked.id)
    approvals.approve(session, poll.other, organization, asked.id)
    assert line.person_id is None
    [told] = facts(session, "accounts.roll_entry_released")
    assert (told.data["person_id"], told.actor_id) == (poll.person.id, poll.other.person_id)


def test_a_line_without_a_ballot_needs_one_person(poll, session, organization):
    assert (
        correcting.release(session, poll.admin, organization, poll.roll, poll.line, REASON) is None
    )
    assert session.get_one(RollEntry, poll.line).person_id is None


def test_a_line_that_went_to_somebody_else_is_not_released_again(poll, session, organization):
    poll.cast(0)
    asked = correcting.release(session, poll.admin, organization, poll.roll, poll.line, REASON)
    session.get_one(RollEntry, poll.line).person_id = factories.make_person(session, "Nueva").id
    session.flush()
    with pytest.raises(Conflict):
        approvals.approve(session, poll.other, organization, asked.id)


def test_roles_are_given_by_two_while_people_vote(poll, session, organization):
    rosa = factories.make_person(session, "Rosa")
    process = poll.component.process
    asked = roles.give_role(
        session, poll.admin, organization, person_id=rosa.id, role=Role.ORGANIZATION_ADMIN
    )
    here = roles.give_role(session, poll.boss, process, person_id=rosa.id, role=Role.MODERATOR)
    assert staff.grants_of(session, rosa.id) == []
    with pytest.raises(Denied):
        approvals.approve(session, poll.boss, organization, asked.id)
    approvals.approve(session, poll.other, organization, asked.id)
    approvals.approve(session, poll.other, organization, here.id)
    assert {(each.role, each.process_id) for each in staff.grants_of(session, rosa.id)} == {
        (Role.ORGANIZATION_ADMIN, None),
        (Role.MODERATOR, process.id),
    }


def test_nobody_approves_their_own_role(poll, session, organization):
    asked = roles.give_role(
        session,
        poll.admin,
        poll.component.process,
        person_id=poll.boss.person_id,
        role=Role.MODERATOR,
    )
    with pytest.raises(Denied) as error:
        approvals.approve(session, poll.boss, organization, asked.id)
    assert "sobre usted" in str(error.value.denial)


def test_elsewhere_and_afterwards_one_person_is_enough(poll, session):
    rosa = factories.make_person(session, "Rosa")
    elsewhere = with_vote(session, slug="otro")
    given = roles.give_role(session, poll.admin, elsewhere, person_id=rosa.id, role=Role.MODERATOR)
    assert given is None
    poll.vote.closed_at = clock.now()
    session.flush()
    here = poll.component.process
    assert (
        roles.give_role(session, poll.admin, here, person_id=rosa.id, role=Role.MODERATOR) is None
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(RoleGrant)) >= 2


def test_it_is_not_switched_off_while_the_vote_is_firm(poll, session):
    component = processes.components(session, [poll.component.id])[poll.component.id]
    off = type(component.settings)(roll="padron", ballot="approval", second_person=False)
    [problem] = lock.refuse_settings(session, component.id, off)
    assert problem.path == "second_person"


def test_a_vote_that_asks_for_two_needs_two(app_context, session):
    process = with_vote(session, settings={"second_person": True})
    component = process.components[0]
    another(session, process.id, "Primera")
    assert not lock.seconds_item(session, component).is_done
    another(session, process.id, "Tercera")
    assert lock.seconds_item(session, component).is_done
    one = with_vote(session, slug="otro").components[0]
    assert lock.seconds_item(session, one).notes


def test_the_pages_ask_and_the_other_person_approves(app, session):
    with app.app_context():
        administrator(session, "Jefa de todo")
        poll = Ended(session, second_person=True)
        poll.fill(poll.invented(6))
        poll.end()
        session.commit()
    process = poll.component.process
    first, second = (
        factories.sign_in(
            app.test_client(),
            session,
            factories.make_person(session, name, roles=[(Role.PROCESS_ADMIN, process.id)]),
        )
        for name in ("Primera", "Segunda")
    )
    base = f"/gestion/procesos/{process.slug}/{poll.component.key}/cierre"
    page = first.get(base).text
    assert "Pedir el cierre" in page, page
    assert "Nada espera a una segunda persona" in second.get("/gestion/aprobaciones").text
    answer = first.post(f"{base}/cerrar", data={"confirmado": "1"}, follow_redirects=True).text
    assert "Quedó pedido" in answer
    assert "Retirar la petición" in answer
    mine, theirs = (each.get("/gestion/aprobaciones").text for each in (first, second))
    assert ("Retirar la petición" in mine, "Aprobar" in theirs) == (True, True)
    [row] = session.scalars(sa.select(Approval)).all()
    way = f"/gestion/aprobaciones/{row.id}/aprobar"
    assert first.post(way, data={"confirmado": "1"}).status_code == 403
    asked = second.post(way)
    assert "¿Aprobarlo?" in asked.text
    done = second.post(way, data={"confirmado": "1"}, follow_redirects=True).text
    assert "Quedó aprobado y hecho" in done
    assert poll.vote.closed_at is not None
    visitor = app.test_client()
    assert visitor.get("/gestion/aprobaciones").status_code in {302, 303, 401}
