"""Closing: what must be in order, what goes, and that counting and publishing can be resumed."""

import pytest
import sqlalchemy as sa

from participa.budgets.models import (
    Ballot,
    Channel,
    Draft,
    Mark,
    Outcome,
    Point,
    PublishedFile,
    Sheet,
    SheetStatus,
)
from participa.budgets.queries import outcomes
from participa.budgets.services import casting, closing, publishing
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.facts import FactRow
from participa.core.policy import Denied, Role
from tests import factories
from tests.budgets.ended import Ended
from tests.budgets.polls import BY_ROLL
from tests.statements import recorded


@pytest.fixture
def ended(app_context, session):
    return Ended(session)


def sentences(error):
    return [str(each.message) for each in error.value.problems]


def kinds(session):
    return [row.name for row in session.scalars(sa.select(FactRow).order_by(FactRow.id))]


def test_an_open_vote_is_not_closed(ended, session):
    with pytest.raises(Invalid) as error:
        closing.close(session, ended.boss, ended.component)
    assert "«Votar» sigue abierto hasta" in sentences(error)[0]
    session.rollback()
    assert ended.vote.closed_at is None


def test_everything_goes_that_could_join_voter_and_vote(ended, session):
    ended.fill(ended.invented(30))
    drafter = factories.make_person(session)
    session.add(Draft(component_id=ended.component.id, person_id=drafter.id, sealed="x"))
    before = {row.id: row.choice for row in session.scalars(sa.select(Ballot))}
    ended.close()
    vote = ended.vote
    assert (vote.link_key, session.scalars(sa.select(Draft)).all()) == (None, [])
    after = session.scalars(sa.select(Ballot).order_by(Ballot.id)).all()
    assert len(after) == len(before)
    assert sorted(map(str, before.values())) == sorted(str(row.choice) for row in after)
    assert not {row.id for row in after} & set(before)
    assert all((row.link, row.channel) == (None, None) for row in after)
    assert vote.figures["drafts"] == 1
    assert vote.figures["marks"] == vote.figures["ballots"] == {"web": len(before)}
    fact = session.scalars(sa.select(FactRow).where(FactRow.name == "budgets.closed")).one()
    assert (fact.data, fact.public) == (
        {"title": {"es": "Votación"}, "ballots": len(before)},
        True,
    )


def test_after_it_nobody_casts_and_nobody_closes_again(ended, session):
    ended.fill(ended.invented(10))
    ended.close()
    voter = factories.actor_of(session, factories.make_person(session))
    with pytest.raises(Denied):
        casting.cast(session, voter, ended.component, {ended.ids[0]: 1})
    with pytest.raises(Denied) as error:
        closing.close(session, ended.boss, ended.component)
    assert "ya se cerró" in str(error.value.denial.message)


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.ASSISTED, Channel.PAPER])
def test_a_channel_that_does_not_add_up_is_refused_with_its_figures(ended, session, channel):
    ended.fill(ended.invented(10), channel=channel)
    session.execute(
        sa.delete(Ballot).where(Ballot.id == sa.select(sa.func.min(Ballot.id)).scalar_subquery())
    )
    number = session.scalar(sa.select(sa.func.count()).select_from(Mark))
    ended.end()
    with pytest.raises(Invalid) as error:
        closing.close(session, ended.boss, ended.component)
    (found,) = sentences(error)
    assert f"votantes, {number}; votos en la urna, {number - 1}" in found


def test_rejected_sheets_stand_for_their_marks(ended, session):
    marks, _ballots = ended.fill(ended.invented(10), channel=Channel.PAPER)
    session.execute(
        sa.delete(Ballot).where(Ballot.id == sa.select(sa.func.min(Ballot.id)).scalar_subquery())
    )
    point = Point(component_id=ended.component.id, name="Colegio", reconciled_at=clock.now())
    session.add(point)
    session.flush()
    session.execute(sa.update(Mark).values(point_id=point.id))
    sheet = Sheet(
        component_id=ended.component.id, point_id=point.id, number=1, check="AB",
        status=SheetStatus.FIRST,
    )  # fmt: skip
    session.add(sheet)
    ended.end()
    with pytest.raises(Invalid) as error:
        closing.close(session, ended.boss, ended.component)
    assert any("a medio digitar" in each for each in sentences(error))
    session.rollback()
    sheet = session.scalars(sa.select(Sheet)).one()
    sheet.status = SheetStatus.REJECTED
    ended.close()
    assert ended.vote.figures["rejected"] == 1
    assert ended.vote.figures["ballots"] == {"paper": len(marks) - 1}


def test_a_point_that_is_not_reconciled_is_named(ended, session):
    point = Point(component_id=ended.component.id, name="Colegio de La Loma")
    session.add(point)
    session.flush()
    session.add(Sheet(component_id=ended.component.id, point_id=point.id, number=1, check="AB"))
    ended.end()
    with pytest.raises(Invalid) as error:
        closing.close(session, ended.boss, ended.component)
    assert any("Colegio de La Loma" in each for each in sentences(error))


def test_the_roll_is_frozen_and_its_digest_kept(app_context, session, organization):
    factories.make_roll(session, organization, ["52123456"], key="votantes")
    session.commit()
    ended = Ended(session, roll="votantes", cast=BY_ROLL)
    ended.close()
    vote = ended.vote
    assert len(vote.roll_digest) == 64
    assert vote.figures["roll"] == {"key": "votantes", "size": 1, "frozen": True}


def test_a_roll_that_two_votes_share_is_frozen_by_the_last(app_context, session, organization):
    factories.make_roll(session, organization, ["52123456"], key="votantes")
    session.commit()
    first = Ended(session, roll="votantes", cast=BY_ROLL)
    second = Ended(session, roll="votantes", slug="otro", cast=BY_ROLL)
    first.close()
    assert first.vote.figures["roll"]["frozen"] is False
    second.close()
    assert second.vote.figures["roll"]["frozen"] is True
    assert second.vote.roll_digest == first.vote.roll_digest


def test_only_who_may_closes_and_publishes(ended, session):
    ended.fill(ended.invented(10))
    ended.end()
    process = ended.component.process.id
    roles = (Role.MODERATOR, Role.REVIEWER, Role.OBSERVER, Role.COUNCIL)
    for role in roles:
        other = factories.actor_of(session, factories.make_person(session, roles=[(role, process)]))
        with pytest.raises(Denied):
            closing.close(session, other, ended.component)
    ended.close()
    for role in roles:
        other = factories.actor_of(session, factories.make_person(session, roles=[(role, process)]))
        if role is Role.COUNCIL:
            continue
        with pytest.raises(Denied):
            publishing.ask(session, other, ended.component, seed="1")


def test_nothing_is_counted_before_the_closing(ended, session):
    ended.end()
    with pytest.raises(Denied) as error:
        publishing.ask(session, ended.boss, ended.component, seed="1")
    assert "no se ha cerrado" in str(error.value.denial.message)
    assert publishing.run(session) == 0


@pytest.mark.parametrize(
    "seed",
    [
        "",
        "  ",
        "a" * 101,
        "4821; rm",
        "48#21",
        "'",
        "4821.",
        "48 21",
        "4-821",
        "4821_",
        "4821ª",
        "٤",
    ],
)
def test_a_seed_that_could_be_written_in_other_ways_is_refused(ended, session, seed):
    ended.fill(ended.invented(10))
    ended.close()
    with pytest.raises(Invalid) as error:
        publishing.ask(session, ended.boss, ended.component, seed=seed)
    assert error.value.problems[0].path == "seed"


def test_the_seed_is_final(ended, session):
    ended.fill(ended.invented(10))
    ended.close()
    publishing.ask(session, ended.boss, ended.component, seed=" 4821A ")
    publishing.ask(session, ended.boss, ended.component, seed="4821A")
    for other in ("22", "4821a", "04821A"):
        with pytest.raises(Conflict):
            publishing.ask(session, ended.boss, ended.component, seed=other)
    assert ended.vote.seed == "4821A"
    assert kinds(session).count("budgets.count_asked") == 1


def test_it_is_published_once_with_all_its_files(ended, session):
    ended.fill(ended.invented(40))
    ended.close().publish()
    assert ended.vote.published_at is not None
    names = [row.name for row in outcomes.files(session, ended.component)]
    assert sorted(names) == [
        "SHA256SUMS", "bolsa-ciudad.pb", "bolsa-norte.pb", "cifras.json", "proyectos.csv",
        "regla.json", "votos-ciudad.csv", "votos-norte.csv",
    ]  # fmt: skip
    assert publishing.run(session) == 0
    with pytest.raises(Denied) as error:
        publishing.ask(session, ended.boss, ended.component, seed="4821")
    assert "ya está publicado" in str(error.value.denial.message)
    assert kinds(session).count("budgets.published") == 1


def test_a_crash_between_the_steps_leaves_a_state_from_which_one_goes_on(
    ended, session, monkeypatch
):
    ended.fill(ended.invented(40))
    ended.close()
    publishing.ask(session, ended.boss, ended.component, seed="4821")
    session.commit()
    work = publishing.Work(session, ended.component)
    assert work.step() == 1
    session.commit()
    assert work.step() == 1
    session.commit()
    # Killed here: one pot of two is counted, nothing is published.
    assert len(session.scalars(sa.select(Outcome)).all()) == 1
    kept = {row.name: row.sha256 for row in session.scalars(sa.select(PublishedFile))}
    assert ended.vote.published_at is None
    monkeypatch.setattr(publishing, "_publish", _crash)
    with pytest.raises(RuntimeError):
        publishing.run(session)
    session.rollback()
    assert len(session.scalars(sa.select(Outcome)).all()) == 2
    monkeypatch.undo()
    publishing.run(session)
    assert ended.vote.published_at is not None
    now = {row.name: row.sha256 for row in session.scalars(sa.select(PublishedFile))}
    assert {name: now[name] for name in kept} == kept
    assert len(session.scalars(sa.select(Outcome)).all()) == 2


def _crash(*_args):
    raise RuntimeError


def test_the_job_leaves_the_session_as_it_was_and_asks_once_where_nothing_is_to_do(ended, session):
    before = session.info["organization_id"]
    with recorded() as statements:
        assert publishing.run(session) == 0
    assert (len(statements), session.info["organization_id"]) == (1, before)
    ended.fill(ended.invented(20))
    ended.close().publish()
    assert session.info["organization_id"] == before


def test_two_workers_at_once_count_each_pot_once(ended, session):
    ended.fill(ended.invented(40))
    ended.close()
    publishing.ask(session, ended.boss, ended.component, seed="4821")
    session.commit()
    first, second = (publishing.Work(session, ended.component) for _worker in range(2))
    first.step()
    second.step()
    while first.step():
        session.commit()
    while second.step():
        session.commit()
    assert len(session.scalars(sa.select(Outcome)).all()) == 2
    assert kinds(session).count("budgets.published") == 1


def test_small_pots_are_published_as_totals_only(ended, session):
    ended.fill([{ended.ids[0]: 1}] * 30 + [{ended.ids[5]: 1}] * 4)
    ended.close().publish()
    names = {row.name for row in outcomes.files(session, ended.component)}
    assert {"bolsa-ciudad.pb", "votos-ciudad.csv"} <= names
    assert not {"bolsa-norte.pb", "votos-norte.csv"} & names


def test_where_nobody_voted_nothing_is_funded(ended, session):
    ended.fill([{ended.ids[0]: 1}] * 30)
    ended.close().publish()
    found = {row.pot_id: row for row in session.scalars(sa.select(Outcome))}
    empty = found[ended.rows[ended.ids[5]].pot_id]
    assert (empty.winners, empty.spent, empty.explanations["voters"]) == ([], 0, 0)
