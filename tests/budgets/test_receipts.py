"""A receipt says that a vote counts exactly while it does, and nothing of its owner's changes."""

import json
import re

import pytest
import sqlalchemy as sa

from participa.accounts.services import deletion
from participa.accounts.services.rolls import correcting
from participa.budgets.models import Ballot, Channel, Mark, PublishedFile
from participa.budgets.queries import outcomes
from participa.budgets.services import casting, closing, receipts
from participa.core.errors import Invalid
from participa.core.policy import Role
from tests import factories
from tests.budgets.ended import Ended
from tests.budgets.polls import Poll, RollPoll


def standing(poll, receipt):
    poll.session.flush()
    return receipts.check(poll.session, poll.component, receipt).value


@pytest.fixture
def poll(app_context, session, organization):
    return RollPoll(session, organization)


def release(poll, organization):
    boss = factories.make_person(poll.session, roles=[(Role.ORGANIZATION_ADMIN, None)])
    actor = factories.actor_of(poll.session, boss)
    correcting.release(
        poll.session, actor, organization, poll.roll, poll.line, reason="La usó otra persona."
    )


def test_ones_own_change_leaves_the_receipt_as_it_was(poll):
    receipt = poll.cast(0).receipt
    assert standing(poll, receipt) == "counts"
    assert poll.cast(1).receipt is None
    assert standing(poll, receipt) == "counts"


def test_a_line_that_was_released_counts_until_somebody_else_votes_by_it(poll, organization):
    first = poll.cast(0).receipt
    release(poll, organization)
    assert standing(poll, first) == "counts"
    owner = poll.on(factories.make_person(poll.session), poll.line)
    second = poll.cast(1, actor=owner).receipt
    assert second is not None
    assert (standing(poll, first), standing(poll, second)) == ("released", "counts")
    # From then on it is theirs: changing it is nobody's business.
    assert poll.cast(0, actor=owner).receipt is None
    assert (standing(poll, first), standing(poll, second)) == ("released", "counts")
    assert outcomes.released_lines(poll.session, poll.component) == 1


def test_who_deletes_the_account_and_comes_back_changes_their_own_vote(poll, organization):
    """No staff had a hand in it: whoever holds the paper must not learn of it."""
    receipt = poll.cast(0).receipt
    poll.person.email = None
    poll.session.flush()
    deletion.delete(poll.session, poll.voter, organization, password="")
    back = poll.on(factories.make_person(poll.session), poll.line)
    assert poll.cast(1, actor=back).receipt is None
    assert standing(poll, receipt) == "counts"
    assert outcomes.released_lines(poll.session, poll.component) == 0


@pytest.mark.parametrize("how", ["deleted", "choice", "code", "swapped"])
def test_a_ballot_that_somebody_touched_in_the_database_does_not_count(app_context, session, how):
    poll = Poll(session, ballot="approval")
    receipt = poll.cast(0).receipt
    other = factories.actor_of(session, factories.make_person(session))
    poll.cast(1, actor=other)
    mine, theirs = sorted(poll.box(), key=lambda row: str(poll.ids[0]) not in row.choice)
    table, here = Ballot.__table__, Ballot.__table__.c.id == mine.id
    session.connection().execute(
        {
            "deleted": sa.delete(table).where(here),
            "choice": sa.update(table).where(here).values(choice={str(poll.ids[2]): 1}),
            "code": sa.update(table).where(here).values(code=None),
            "swapped": sa.update(table).where(here).values(choice=theirs.choice, code=theirs.code),
        }[how]
    )
    session.expire_all()
    assert standing(poll, receipt) == "damaged"
    # Sending it again mends it: one ballot, and the same receipt.
    assert poll.cast(0).receipt is None
    assert standing(poll, receipt) == "counts"
    assert len(poll.box()) == 2


# --- closing


def sentences(error):
    return " ".join(str(each.message) for each in error.value.problems)


@pytest.fixture
def ended(app_context, session):
    ended = Ended(session)
    ended.fill(ended.invented(12))
    ended.fill(ended.invented(4), channel=Channel.ASSISTED)
    return ended


def refused(ended, session):
    ended.end()
    with pytest.raises(Invalid) as error:
        closing.close(session, ended.boss, ended.component)
    session.rollback()
    assert ended.vote.link_key is not None
    return sentences(error)


def test_closing_refuses_ballots_that_were_altered_with_figures(ended, session):
    rows = session.scalars(sa.select(Ballot).order_by(Ballot.id)).all()
    for row in rows[:2]:
        row.choice = {str(ended.ids[4]): 1, str(ended.ids[0]): 1}
        row.code = rows[3].code
    said = refused(ended, session)
    assert "2 votos de la urna no están como se enviaron" in said
    assert "copia de seguridad" in said


def test_closing_refuses_a_ballot_in_the_place_of_another(ended, session):
    """The figures agree: only the links tell."""
    row = session.scalars(sa.select(Ballot).order_by(Ballot.id)).first()
    row.link = "0" * 64
    said = refused(ended, session)
    assert "Falta en la urna el voto de una persona que votó" in said
    assert "no es de nadie que haya votado" in said


def test_closing_refuses_a_sheet_that_was_altered(app_context, session):
    ended = Ended(session)
    ended.fill(ended.invented(3), channel=Channel.PAPER)
    row = session.scalars(sa.select(Ballot).order_by(Ballot.id)).first()
    row.choice = {str(ended.ids[1]): 1, str(ended.ids[3]): 1, str(ended.ids[4]): 1}
    assert "Un voto de la urna no está como se envió" in refused(ended, session)


def test_closing_goes_through_batches(ended, session, monkeypatch):
    monkeypatch.setattr(outcomes, "BATCH", 3)
    assert not receipts.check_box(session, ended.component, ended.vote.link_key)
    ended.close()


def test_after_the_closing_a_receipt_says_that_it_went_in(app_context, session):
    ended = Ended(session)
    voter = factories.actor_of(session, factories.make_person(session))
    receipt = casting.cast(session, voter, ended.component, {ended.ids[0]: 1}).receipt
    ended.close()
    assert receipts.check(session, ended.component, receipt).value == "counted"
    assert {(row.code, row.replaced) for row in session.scalars(sa.select(Ballot))} == {
        (None, None)
    }
    # One that was closed before promises what it promised.
    vote = ended.vote
    vote.figures = {key: value for key, value in vote.figures.items() if key != "released"}
    session.flush()
    assert receipts.check(session, ended.component, receipt).value == "counts"


def test_how_many_lines_were_released_is_published(app, session):
    with app.app_context():
        ended = Ended(session)
        marks, _ballots = ended.fill(ended.invented(12))
        session.execute(sa.update(Mark).where(Mark.id == marks[0]["id"]).values(released=True))
        ended.close().publish()
        assert ended.vote.figures["released"] == 1
        file = session.scalars(
            sa.select(PublishedFile).where(PublishedFile.name == "cifras.json")
        ).one()
        said = json.loads(file.content)
        assert said["documentos_liberados_despues_de_votar"] == 1
        assert said["votantes"] == {"web": len(marks)}
        place = f"/procesos/{ended.component.process.slug}/{ended.component.key}/resultado"
        session.commit()
    client = app.test_client()
    assert "liberó un documento del padrón después" in client.get(place).text
    assert "liberó después de que con ellos se votó" in re.sub(
        r"\s+", " ", client.get(f"{place}/acta").text
    )
