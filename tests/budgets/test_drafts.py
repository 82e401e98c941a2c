"""What somebody chose and did not send is in clear nowhere but in their browser's hands."""

import re

import pytest
import sqlalchemy as sa
from markupsafe import escape

from participa.budgets.models import Ballot, Draft, Project
from participa.budgets.queries import casting as queries
from participa.budgets.services import drafts, reminders, sealing
from participa.core import clock
from participa.core.facts import FactRow
from tests import factories
from tests.budgets.polls import KEY, Poll
from tests.budgets.test_voting_pages import HERE, VOTE, choose, confirm, opened

COOKIE = "papeleta"
CANNOT = "no se puede abrir aquí"


@pytest.fixture
def poll(session, app):
    return opened(session, app, ballot="approval")


@pytest.fixture
def voter(client, session, poll):
    return factories.sign_in(client, session, poll.person)


def test_a_choice_is_sealed_for_one_browser_person_and_vote(app_context):
    key, choice = sealing.new_key(), {7: 1, 12: 3}
    sealed = sealing.seal(key, 1, 2, choice)
    assert sealing.opened(key, 1, 2, sealed) == choice
    for wrong in (
        (sealing.new_key(), 1, 2), (key, 2, 2), (key, 1, 3), ("", 1, 2), ("x" * 5000, 1, 2),
    ):  # fmt: skip
        assert sealing.opened(*wrong, sealed) is None
    assert sealing.opened(key, 1, 2, sealed[:-4] + "AAAA") is None
    assert sealing.opened(key, 1, 2, None) == {}
    assert sealing.seal(key, 1, 2, {}) is None


def test_what_is_stored_does_not_tell_how_much_is_chosen(app_context):
    one, many = (dict.fromkeys(range(number), 1) for number in (1, 30))
    key = sealing.new_key()
    assert len(sealing.seal(key, 1, 2, one)) == len(sealing.seal(key, 1, 2, many))


def test_the_key_is_in_a_cookie_of_that_vote_alone(app, voter, session, poll):
    answer = choose(voter, poll.ids[0])
    (header,) = [each for each in answer.headers.getlist("Set-Cookie") if COOKIE in each]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert f"Path={HERE}" in header
    key = voter.get_cookie(COOKIE, path=HERE).value
    row = session.scalars(sa.select(Draft)).one()
    with app.app_context():
        found = sealing.opened(key, row.component_id, row.person_id, row.sealed)
    assert found == {poll.ids[0]: 1}
    # Kept while one chooses, and forgotten once it is sent.
    answer = choose(voter, poll.ids[1])
    assert not [each for each in answer.headers.getlist("Set-Cookie") if COOKIE in each]
    confirm(voter)
    assert voter.get_cookie(COOKIE, path=HERE) is None


def test_a_lost_cookie_is_said_and_one_chooses_again(voter, session, poll):
    choose(voter, poll.ids[0])
    voter.delete_cookie(COOKIE, path=HERE)
    page = voter.get(VOTE)
    assert page.status_code == 200
    assert CANNOT in page.text
    assert "Revisar y enviar" not in page.text
    assert voter.get(f"{VOTE}/revisar").status_code == 303
    assert voter.post(f"{VOTE}/revisar", data={"visto": ""}).status_code == 303
    choose(voter, poll.ids[1])
    page = voter.get(VOTE).text
    assert CANNOT not in page
    assert "Escogió un proyecto." in page
    confirm(voter)
    assert session.scalars(sa.select(Ballot)).one().choice == {str(poll.ids[1]): 1}


def test_nothing_shows_or_writes_back_what_was_sent(app, voter, session, poll):
    choose(voter, poll.ids[0])
    confirm(voter)
    page = voter.get(VOTE).text
    assert "Aquí no se muestra qué votó" in page
    assert "Escogido" not in page
    choose(voter, poll.ids[1])
    key = voter.get_cookie(COOKIE, path=HERE).value
    row = session.scalars(sa.select(Draft)).one()
    with app.app_context():
        found = sealing.opened(key, row.component_id, row.person_id, row.sealed)
    assert found == {poll.ids[1]: 1}
    title = poll_title(session, poll, 0)
    review = voter.get(f"{VOTE}/revisar").text
    assert title not in review
    confirm(voter)
    assert session.scalars(sa.select(Ballot)).one().choice == {str(poll.ids[1]): 1}


def poll_title(session, poll, number):
    return str(escape(session.get_one(Project, poll.ids[number]).title))


def test_who_signs_in_next_in_the_same_browser_opens_nothing_of_it(client, session, app, poll):
    first = factories.sign_in(client, session, poll.person)
    choose(first, poll.ids[0])
    second = factories.sign_in(client, session, factories.make_person(session, "Otra"))
    page = second.get(VOTE).text
    assert "Todavía no ha escogido" in page
    assert CANNOT not in page
    choose(second, poll.ids[1])
    back = factories.sign_in(client, session, poll.person)
    assert re.search(r"Escogió un proyecto\.", back.get(VOTE).text)


def test_those_whose_draft_an_upgrade_threw_away_are_told_once(app_context, session, organization):
    poll = Poll(session, ballot="approval")
    row = Draft(component_id=poll.component.id, person_id=poll.person.id, lost=True)
    session.add(row)
    session.flush()
    assert reminders.tell_lost(session, poll.component, clock.now()) == 1
    assert reminders.tell_lost(session, poll.component, clock.now()) == 0
    fact = session.scalars(sa.select(FactRow).where(FactRow.name == "budgets.drafts_lost")).one()
    assert fact.data["person_id"] == [poll.person.id]
    assert queries.drafts(session, poll.component) == 0
    # Choosing again before the job runs is as good as having been told.
    session.add(Draft(component_id=poll.component.id, person_id=poll.person.id, lost=True))
    session.flush()
    drafts.choose(session, poll.voter, poll.component, poll.ids[0], key=KEY)
    assert reminders.tell_lost(session, poll.component, clock.now()) == 0
