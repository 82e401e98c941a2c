"""The roll while a vote is open: corrected with a reason, and still one ballot per line."""

import datetime as dt
import io
import json

import pytest
import sqlalchemy as sa

from participa.accounts import personal_data
from participa.accounts.models import Person, RollEntry
from participa.accounts.queries import rolls
from participa.accounts.services import deletion
from participa.accounts.services.rolls import applying, correcting, loading
from participa.accounts.verification import census
from participa.budgets.models import Ballot, Channel, Draft, Mark, Point, Promoter, Vote
from participa.budgets.queries import casting as queries
from participa.budgets.services import casting, drafts
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.policy import Denied, Role, Verification
from tests import factories
from tests.budgets.polls import BY_ROLL, KEY, Poll, RollPoll
from tests.budgets.test_voting_concurrency import Hall, engine  # noqa: F401  (a fixture)

REASON = "Se cambió de ciudad y lo avisó"
NUMBERS = ("123456", "654321")


@pytest.fixture
def poll(rolled):
    return rolled


@pytest.fixture
def boss(session):
    return factories.actor_of(
        session, factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    )


def verify(session, organization, person, number):
    """Claim a line as the page does; returns the actor, verified."""
    typed = {"document_type": "CC", "document_number": number}
    found = census.verify(session, organization, person, typed, clock.now())
    assert found.expires_at is None
    return factories.actor_of(session, person, verifications=(Verification("census"),))


def same(session, numbers):
    """As many marks as ballots, and how many."""
    session.expire_all()
    found = [
        session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Mark, Ballot)
    ]
    assert found == [numbers, numbers]


# --- taking a line out


def test_a_line_that_voted_stays_until_the_closing(poll, session, organization, boss):
    poll.cast(0)
    with pytest.raises(Invalid) as refused:
        correcting.remove(session, boss, organization, poll.roll, poll.line, REASON)
    assert "podrá cambiar ese voto" in str(refused.value.problems[0].message)
    session.execute(sa.update(Mark).values(channel=Channel.PAPER))
    with pytest.raises(Invalid) as refused:
        correcting.remove(session, boss, organization, poll.roll, poll.line, REASON)
    assert "ya no se cambia, aunque libere" in str(refused.value.problems[0].message)
    session.execute(sa.update(Mark).values(channel=Channel.WEB))
    session.expire_all()
    assert session.get_one(RollEntry, poll.line).removed_at is None
    correcting.remove(session, boss, organization, poll.roll, poll.line + 1, REASON)
    poll.cast(1)
    same(session, 1)
    session.get_one(Vote, poll.component.id).closed_at = clock.now()
    session.flush()
    correcting.remove(session, boss, organization, poll.roll, poll.line, REASON)


def test_the_page_says_why_a_line_stays(app, client, poll, session):
    poll.cast(0)
    person = factories.make_person(session, "Jefa", roles=[Role.ORGANIZATION_ADMIN])
    session.commit()
    desk = factories.sign_in(client, session, person)
    place = f"/gestion/padrones/{poll.roll}/lineas/{poll.line}"
    answer = desk.post(f"{place}/retirar", data={"reason": REASON})
    assert (answer.status_code, "ya se votó" in answer.text) == (422, True)
    assert REASON in answer.text
    assert desk.post(f"{place}/liberar", data={"reason": REASON}).status_code == 303


def test_a_file_that_replaces_the_roll_leaves_those_who_voted(poll, session, organization, boss):
    poll.cast(0)
    other = factories.make_person(session, "Otra")
    poll.on(other, poll.line + 1)
    text = "tipo_documento,numero_documento\nCC,999999\n"
    source = loading.Source(io.BytesIO(text.encode()), replace=True, reason=REASON)
    upload = loading.read(session, boss, organization, poll.roll, source)
    found = rolls.effect(session, upload)
    assert (found.added, found.removed, found.claimed_removed, found.kept) == (1, 1, 1, 1)
    done = applying.apply(session, boss, organization, poll.roll, upload.id)
    assert done == found
    assert rolls.roll(session, poll.roll).size == 2
    assert (
        rolls.claimed_line(session, poll.component.organization_id, poll.person.id, "padron")
        == poll.line
    )
    assert rolls.claimed_line(session, poll.component.organization_id, other.id, "padron") is None
    poll.cast(1)
    same(session, 1)


# --- a line that changes hands


def test_a_released_line_does_not_vote_twice_nor_tell(poll, session, organization, boss):
    poll.cast(0)
    correcting.release(session, boss, organization, poll.roll, poll.line, REASON)
    with pytest.raises(Denied) as refused:
        poll.cast(1)
    assert refused.value.denial.key == "on_roll"
    owner = factories.make_person(session, "La del documento")
    actor = verify(session, organization, owner, NUMBERS[0])
    chosen = drafts.choose(session, actor, poll.component, poll.ids[2], key=KEY)
    assert chosen == {poll.ids[2]: 1}, "what was sent before is not among what is chosen"
    # Theirs is a receipt of their own: the other one is void.
    assert casting.cast(session, actor, poll.component, {poll.ids[2]: 1}).receipt is not None
    same(session, 1)
    assert session.scalars(sa.select(Ballot)).one().choice == {str(poll.ids[2]): 1}
    # Whoever had the wrong line still has their own.
    mine = verify(session, organization, poll.person, NUMBERS[1])
    assert casting.cast(session, mine, poll.component, {poll.ids[1]: 1}).receipt is not None
    same(session, 2)


def test_where_votes_do_not_change_a_released_line_has_voted(app_context, session, organization):
    poll = RollPoll(session, organization, changeable=False)
    poll.cast(0)
    boss = factories.actor_of(
        session, factories.make_person(session, roles=[Role.ORGANIZATION_ADMIN])
    )
    with pytest.raises(Invalid) as error:
        correcting.remove(session, boss, organization, poll.roll, poll.line, REASON)
    assert "ya no se cambia, aunque libere" in str(error.value.problems[0].message)
    correcting.release(session, boss, organization, poll.roll, poll.line, REASON)
    owner = verify(session, organization, factories.make_person(session), NUMBERS[0])
    with pytest.raises(Denied) as refused:
        poll.cast(1, actor=owner)
    assert refused.value.denial.key == "may_change"
    same(session, 1)


# --- leaving


def leave(session, organization, actor):
    session.get_one(Person, actor.person_id).email = None  # no letter: there is no request here
    session.flush()
    deletion.delete(session, actor, organization, password="")
    session.expire_all()


def test_who_leaves_while_the_vote_is_open(poll, session, organization):
    poll.cast(0)
    drafts.choose(session, poll.voter, poll.component, poll.ids[1], key=KEY)
    assert len(session.scalars(sa.select(Draft)).all()) == 1
    leave(session, organization, poll.voter)
    same(session, 1)
    assert session.scalars(sa.select(Draft)).all() == []
    mark = session.scalars(sa.select(Mark)).one()
    assert (mark.voter, mark.handed_on) == (f"roll-{poll.line}", False)
    # From the mark one gets to the line, and no further.
    line = session.get_one(RollEntry, poll.line)
    assert (line.person_id, line.claimed_at) == (None, None)
    assert session.get_one(Person, poll.person.id).name == ""
    # Back with the same document: no second ballot, and nothing of the first is shown.
    back = verify(session, organization, factories.make_person(session), NUMBERS[0])
    assert drafts.choose(session, back, poll.component, poll.ids[2], key=KEY) == {poll.ids[2]: 1}
    assert casting.cast(session, back, poll.component, {poll.ids[2]: 1}).receipt is None
    same(session, 1)


def test_who_leaves_without_a_roll_leaves_a_bare_number(app_context, session, organization):
    poll = Poll(session, ballot="approval")
    poll.cast(0)
    leave(session, organization, poll.voter)
    same(session, 1)
    assert session.scalars(sa.select(Mark.voter)).one() == f"person-{poll.person.id}"
    person = session.get_one(Person, poll.person.id)
    assert (person.name, person.email, person.birth_date) == ("", None, None)


def test_who_leaves_after_the_closing_changes_nothing(poll, session, organization):
    poll.cast(0)
    session.get_one(Vote, poll.component.id).closed_at = clock.now()
    session.flush()
    leave(session, organization, poll.voter)
    same(session, 1)
    assert not session.scalars(sa.select(Mark)).one().handed_on


def test_a_promoter_who_leaves_is_none(poll, session, organization):
    point = Point(component_id=poll.component.id, name="Salón comunal")
    session.add(point)
    session.flush()
    session.add(Promoter(point_id=point.id, person_id=poll.person.id))
    session.flush()
    leave(session, organization, poll.voter)
    assert session.scalars(sa.select(Promoter)).one().ended_at is not None


def test_ones_own_download_says_that_one_voted_and_not_what(poll, session):
    receipt = poll.cast(0, 1).receipt
    found = personal_data.everything(session, poll.person.id)["votaciones"]
    day = clock.now().astimezone(poll.component.zone).date()
    (vote,) = found["votos"]
    assert vote == {
        "votacion": f"{poll.component.process.slug}/{poll.component.key}",
        "dia": day.isoformat(),
        "canal": "web",
        "territorio": None,
        "grupo_de_edad": None,
    }
    assert found["sin_enviar"] == []
    assert receipt not in json.dumps(personal_data.everything(session, poll.person.id), default=str)
    drafts.choose(session, poll.voter, poll.component, poll.ids[2], key=KEY)
    (unsent,) = personal_data.everything(session, poll.person.id)["votaciones"]["sin_enviar"]
    assert unsent.keys() == {"votacion", "cambiado", "recordado"}
    other = factories.make_person(session)
    assert personal_data.everything(session, other.id)["votaciones"] == {
        "votos": [],
        "sin_enviar": [],
    }


# --- at the same moment


def test_taking_lines_out_while_they_vote(engine):  # noqa: F811
    hall = Hall(engine, cast=BY_ROLL, numbers=[str(each) for each in range(100_000, 100_012)])
    try:
        acts = []
        for number, line in enumerate(hall.lines):
            acts.append(
                lambda number=number: hall.do(
                    casting.cast, hall.people[number], hall.component, {hall.ids[0]: 1}
                )
            )
            acts.append(
                lambda line=line: hall.do(
                    correcting.remove, hall.boss, hall.organization, hall.roll, line, REASON
                )
            )
        results = hall.together(acts)
        unexpected = [
            each
            for each in results
            if isinstance(each, Exception) and not isinstance(each, Denied | Invalid)
        ]
        assert unexpected == []
        with hall.session() as session:
            voted = set(session.scalars(sa.select(Mark.voter)))
            counted = {
                census.evidence(row.id)
                for row in session.scalars(sa.select(RollEntry))
                if row.removed_at is None
            }
            assert voted == counted, "a line either voted and stays, or left and did not vote"
            assert len(session.scalars(sa.select(Ballot)).all()) == len(voted)
    finally:
        hall.close()


def test_no_draft_outlives_its_account_by_days(poll, session, organization):
    """The reminders' job meets no draft of somebody who left."""
    drafts.choose(session, poll.voter, poll.component, poll.ids[0], key=KEY)
    leave(session, organization, poll.voter)
    later = clock.now() + dt.timedelta(days=1)
    rows = queries.to_remind(
        session, poll.component.id, not_since=later, quiet_since=later, most=10
    )
    assert rows == []
