"""What is published: the same for everybody who counts again, and never edited."""

import contextlib
import hashlib
import io
import shlex

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pabulib.checker import Checker

from participa.budgets import counting, outcome_files
from participa.budgets.ballots import BallotKind, Form, PotLimit
from participa.budgets.counting import Candidate
from participa.budgets.models import Outcome, PublishedFile
from participa.budgets.outcome_figures import grouped
from participa.budgets.queries import outcomes
from participa.budgets.rules import PRESETS, Rules
from participa.budgets.services import overrides, publishing
from participa.budgets.settings import BALLOTS
from participa.cli import main
from participa.core.errors import Invalid
from participa.core.facts import FactRow
from participa.core.policy import Denied, Role
from participa.tally import Unsuitable, declared, read, tally, write
from tests import factories
from tests.budgets.ended import Ended, shuffled
from tests.conftest import ENGINES

OF_THE_ELECTION = {"single project exceeded whole budget"}


def errors(data):
    """What the official checker finds wrong, but for what is of the election and not the file."""
    with contextlib.redirect_stdout(io.StringIO()):
        report = Checker().process_files([data.decode()])
    (found,) = [value for key, value in report.items() if key not in {"metadata", "summary"}]
    return {
        kind: list(details.values())
        for kind, details in found["results"]["errors"].items()
        if kind not in OF_THE_ELECTION
    }


def published(session, component):
    return {
        row.name: row.content
        for row in session.scalars(
            sa.select(PublishedFile).where(PublishedFile.component_id == component.id)
        )
    }


def by_the_command(parameters, name, content, tmp_path, monkeypatch):
    """Run the very command that the page shows and return the numbers of the winners."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(content)
    words = shlex.split(outcome_files.recount(parameters, name))
    assert words[:2] == ["participa", "tally"]
    answer = CliRunner().invoke(main, words[1:])
    assert answer.exit_code == 0, answer.output
    *winners, digest = answer.output.splitlines()
    assert digest == f"sha256 {hashlib.sha256(content).hexdigest()}"
    return [line.split("\t")[0] for line in winners]


@pytest.mark.parametrize("engine_name", ENGINES[:1], indirect=True)
@pytest.mark.parametrize("ballot", BALLOTS)
@pytest.mark.parametrize("preset", PRESETS)
def test_the_command_on_the_page_gives_the_winners(
    app_context, session, tmp_path, monkeypatch, preset, ballot
):
    chosen = {"preset": preset, "ballot": ballot}
    ended = Ended(session, category=True, **chosen).whole(50)
    files = published(session, ended.component)
    vote = ended.vote
    checked = 0
    for pot_id, (row, *_more) in outcomes.outcomes(session, ended.component).items():
        pot = next(each for each in ended.rows.values() if each.pot_id == pot_id)
        key = "ciudad" if pot.number <= 5 else "norte"
        name = f"bolsa-{key}.pb"
        if name not in files:
            continue
        numbers = [str(ended.rows[each].number) for each in row.winners]
        parameters = publishing.parameters_of(vote)
        assert by_the_command(parameters, name, files[name], tmp_path, monkeypatch) == numbers
        assert errors(files[name]) == {}
        said = declared(read(files[name]).election)
        assert (said.rule, said.plain()) == (parameters.rule, parameters.plain())
        checked += 1
    assert checked


def test_every_digest_is_that_of_its_file(app_context, session):
    ended = Ended(session).whole()
    files = published(session, ended.component)
    rows = {row.name: row for row in outcomes.files(session, ended.component)}
    for name, content in files.items():
        assert rows[name].sha256 == hashlib.sha256(content).hexdigest()
        assert rows[name].size == len(content)
    listed = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    assert listed == {name: rows[name].sha256 for name in files if name != outcome_files.SUMS}
    assert rows["regla.json"].sha256 == ended.vote.sha256


def test_the_files_carry_nobody(app_context, session):
    ended = Ended(session).whole(territories=(None,), bands=("18-28",))
    for name, content in published(session, ended.component).items():
        text = content.decode()
        assert "person-" not in text
        assert "18-28" not in text
        if name.endswith(".pb"):
            head = text.partition("VOTES\n")[2].splitlines()[0]
            assert head in {"voter_id;vote", "voter_id;vote;points"}


def test_lots_decide_by_the_seed_alone(app_context, session):
    ended = Ended(session, pots=(("ciudad", 10_000_000, (10_000_000,) * 4),))
    ended.fill([{each: 1} for each in ended.ids] * 5)
    ended.close().publish("4821")
    (row,) = session.scalars(sa.select(Outcome))
    lots = {
        each: hashlib.sha256(f"4821:{ended.rows[each].number}".encode()).hexdigest()
        for each in ended.ids
    }
    assert row.winners == [min(lots, key=lots.__getitem__)]


def test_an_override_is_a_further_edition_beside_the_first(
    app_context, session, tmp_path, monkeypatch
):
    ended = Ended(session).whole()
    before = published(session, ended.component)
    first = session.scalars(
        sa.select(Outcome).where(Outcome.edition == 0).order_by(Outcome.pot_id)
    ).first()
    was = (list(first.winners), dict(first.explanations), first.spent)
    out = first.winners[0]
    second = overrides.leave_out(session, ended.boss, ended.component, out, "El predio es privado.")
    session.commit()
    assert (list(first.winners), dict(first.explanations), first.spent) == was
    assert (second.edition, out in second.winners) == (1, False)
    assert [each["reason"] for each in second.excluded] == ["El predio es privado."]
    files = published(session, ended.component)
    assert {name: files[name] for name in before} == before
    name = "bolsa-ciudad.edicion-1.pb"
    numbers = [str(ended.rows[each].number) for each in second.winners]
    parameters = publishing.parameters_of(ended.vote)
    assert by_the_command(parameters, name, files[name], tmp_path, monkeypatch) == numbers
    assert errors(files[name]) == {}
    third = overrides.take_back(session, ended.boss, ended.component, out, "Ya es público.")
    session.commit()
    assert (third.edition, list(third.winners)) == (2, was[0])
    assert [each["out"] for each in third.excluded] == [True, False]
    facts = [row.name for row in session.scalars(sa.select(FactRow).order_by(FactRow.id))]
    assert facts[-2:] == ["budgets.left_out", "budgets.taken_back"]


def test_who_may_override_and_what(app_context, session):
    ended = Ended(session)
    ended.fill(ended.invented())
    ended.close()
    with pytest.raises(Denied):
        overrides.leave_out(session, ended.boss, ended.component, ended.ids[0], "No se puede.")
    session.rollback()
    ended.publish()
    row = session.scalars(sa.select(Outcome).order_by(Outcome.pot_id)).first()
    loser = next(
        each for each, project in ended.rows.items()
        if project.pot_id == row.pot_id and each not in row.winners
    )  # fmt: skip
    for project, reason, path in (
        (loser, "No se puede.", "project"),
        (row.winners[0], "  ", "reason"),
        (row.winners[0], "x" * 501, "reason"),
    ):
        with pytest.raises(Invalid) as error:
            overrides.leave_out(session, ended.boss, ended.component, project, reason)
        assert error.value.problems[0].path == path
    with pytest.raises(Invalid):
        overrides.take_back(session, ended.boss, ended.component, row.winners[0], "Sí se puede.")
    process = ended.component.process.id
    for role in (Role.MODERATOR, Role.REVIEWER, Role.OBSERVER):
        other = factories.actor_of(session, factories.make_person(session, roles=[(role, process)]))
        with pytest.raises(Denied):
            overrides.leave_out(session, other, ended.component, row.winners[0], "No se puede.")


# --- properties

RULES = [
    Rules(Form(), rule=rule, utility=utility, completion=completion)
    for rule, utility, completion in (
        ("greedy", "cost", "none"),
        ("greedy-no-skip", "cost", "none"),
        ("equal-shares", "cost", "add1"),
        ("equal-shares", "cardinality", "greedy"),
        ("phragmen", "cost", "none"),
    )
]
FORMS = {
    "approval": lambda picked, _dice: dict.fromkeys(picked, 1),
    "ranking": lambda _picked, dice: {each: rank for rank, each in enumerate(dice, 1)},
    "points": lambda picked, _dice: {each: number for number, each in enumerate(picked, 1)},
}


@st.composite
def boxes(draw):
    costs = draw(st.lists(st.integers(1, 40), min_size=2, max_size=5))
    kind = draw(st.sampled_from(sorted(FORMS)))
    choices = []
    for picked in draw(
        st.lists(st.sets(st.integers(1, len(costs)), min_size=1), min_size=1, max_size=12)
    ):
        ordered = sorted(picked)
        choices.append(FORMS[kind](ordered, draw(st.permutations(ordered))))
    rules = draw(st.sampled_from(RULES))
    shape = Form(kind=BallotKind(kind), points=99)
    utility = {"points": "points", "ranking": "borda"}.get(kind, rules.utility)
    made = Rules(shape, rules.rule, utility, rules.completion)
    candidates = [
        Candidate(number, number, f"Proyecto {number}", cost * 100)
        for number, cost in enumerate(costs, 1)
    ]
    return made, PotLimit(1, draw(st.integers(10, 80)) * 100), candidates, choices


META = {
    "description": "Prueba", "country": "Colombia", "unit": "Aurora", "instance": "2026",
    "date_begin": "2026", "date_end": "2026", "max_sum_points": "99",
}  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(boxes(), st.randoms(use_true_random=False))
def test_the_order_of_the_box_decides_nothing_and_the_file_recounts_alike(found, dice):
    rules, pot, candidates, choices = found
    parameters = counting.parameters(rules, "7")
    election = counting.election(rules, pot, candidates, choices, unit=100)
    try:
        outcome = tally(election, parameters)
    except Unsuitable:
        return
    again = shuffled(choices, dice.randrange(1000))
    other = tally(counting.election(rules, pot, candidates, again, unit=100), parameters)
    assert other.ids == outcome.ids
    assert other.plain() == outcome.plain()
    election.meta.update(META)
    assert tally(read(write(outcome)).election, parameters).ids == outcome.ids


@given(st.dictionaries(st.integers(0, 12), st.integers(1, 40)), st.integers(3, 10))
def test_small_groups_cannot_be_computed_from_the_whole(counts, smallest):
    shown, together = grouped(counts, smallest)
    assert sum(number for _key, number in shown) + together == sum(counts.values())
    assert all(number >= smallest for _key, number in shown)
    hidden = len(counts) - len(shown)
    if hidden and shown:
        assert hidden > 1
        assert together >= smallest + hidden
    if not any(number < smallest for number in counts.values()):
        assert not hidden


def test_the_ballots_for_a_spreadsheet_say_what_the_official_file_says(app_context, session):
    ended = Ended(session, ballot="points").whole(30)
    files = published(session, ended.component)
    rows = files["votos-ciudad.csv"].decode().splitlines()
    assert rows[0] == "papeleta,proyectos,puntos"
    said = sorted(line.split(",")[1:] for line in rows[1:])
    official = files["bolsa-ciudad.pb"].decode().partition("VOTES\n")[2].splitlines()[1:]
    known = []
    for line in official:
        _number, projects, points = line.split(";")
        pairs = sorted(zip(map(int, projects.split(",")), points.split(","), strict=True))
        known.append(
            [" ".join(str(each) for each, _p in pairs), " ".join(points for _each, points in pairs)]
        )
    assert said == sorted(known)
