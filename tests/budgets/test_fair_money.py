"""Nothing wins that nobody chose; and who was told to have won does not lose it for another."""

import pytest
from click.testing import CliRunner

from participa.budgets.queries import outcomes
from participa.budgets.rules import PRESETS, Rules, rules_of
from participa.budgets.services import overrides
from participa.budgets.settings import Settings
from participa.cli import main
from participa.tally import (
    Election,
    Parameters,
    Project,
    Rule,
    VoteType,
    declared,
    read,
    write,
)
from participa.tally import tally as count
from tests.budgets.ended import Ended

RULES = [
    {"rule": "greedy"},
    {"rule": "greedy-no-skip"},
    {"rule": "greedy-threshold", "threshold": 1},
    {"rule": "equal-shares", "completion": "greedy"},
    {"rule": "equal-shares", "completion": "add1", "compare": True},
    {"rule": "phragmen"},
]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_asks_for_a_vote(preset):
    assert rules_of(Settings(preset=preset)).threshold == 1


def test_what_was_firm_before_says_what_it_said():
    data = rules_of(Settings()).plain() | {"threshold": 0}
    assert Rules.read(data).plain() == data


@pytest.mark.parametrize("chosen", RULES)
def test_a_project_without_votes_wins_under_no_rule(chosen):
    values = dict(chosen)
    made = Parameters(**values, **({} if "threshold" in values else {"threshold": 1}))
    projects = tuple(Project(each, 10, each) for each in ("a", "b", "c"))
    election = Election(projects, 100, VoteType.APPROVAL, {((0,), ()): 3, ((0, 1), ()): 2})
    assert sorted(count(election, made).ids) == ["a", "b"]


def published(session, component, name):
    return outcomes.file(session, component, name).content


def recounted(tmp_path, content, *options):
    path = tmp_path / "x.pb"
    path.write_bytes(content)
    answer = CliRunner().invoke(main, ["tally", str(path), *options])
    assert answer.exit_code == 0, answer.output
    return [line.split("\t")[0] for line in answer.stdout.splitlines() if "\t" in line]


@pytest.mark.parametrize("chosen", RULES, ids=lambda each: each["rule"])
def test_leaving_out_keeps_who_was_announced_and_the_file_recounts_it(
    app_context, session, tmp_path, chosen
):
    pots = (("ciudad", 100, (60, 40, 30, 30, 90)),)
    ended = Ended(session, pots=pots, ties="file", **chosen)
    first, second, third, fourth, fifth = ended.ids
    ended.fill(
        [{first: 1}] * 6 + [{second: 1}] * 4 + [{third: 1, fourth: 1}] * 3 + [{fifth: 1}] * 2
    )
    ended.close().publish()
    (edition,) = outcomes.editions(session, ended.component, ended.rows[first].pot_id)
    announced = list(edition.winners)
    assert fifth not in announced
    out = announced[0]
    told = overrides.preview(session, ended.boss, ended.component, out, out=True)
    made = overrides.leave_out(session, ended.boss, ended.component, out, "No hay terreno.")
    assert set(announced[1:]) <= set(made.winners)
    assert set(told.entering) == set(made.winners) - set(announced)
    assert told.leaving == (out,)
    content = published(session, ended.component, "bolsa-ciudad.edicion-1.pb")
    numbers = [str(ended.rows[each].number) for each in made.winners]
    assert recounted(tmp_path, content) == numbers
    kept = declared(read(content).election).keep
    assert kept == tuple(str(ended.rows[each].number) for each in announced[1:])
    if kept:
        assert f"--keep {','.join(kept)}" in content.decode()
        assert recounted(tmp_path, content, "--keep", ",".join(kept)) == numbers
    # Taking it back restores what was announced first.
    back = overrides.take_back(session, ended.boss, ended.component, out, "Sí hay terreno.")
    assert list(back.winners) == announced


def test_a_winner_that_was_announced_is_not_pushed_out(app_context, session):
    """Without the dearest, most votes first would fund another instead of one announced."""
    pots = (("ciudad", 100, (70, 30, 60)),)
    ended = Ended(session, pots=pots, ties="file", rule="greedy")
    dear, small, middle = ended.ids
    ended.fill([{dear: 1}] * 5 + [{middle: 1}] * 4 + [{small: 1}] * 3)
    ended.close().publish()
    (edition,) = outcomes.editions(session, ended.component, ended.rows[dear].pot_id)
    assert edition.winners == [dear, small]
    made = overrides.leave_out(session, ended.boss, ended.component, dear, "No se puede.")
    assert set(made.winners) == {small, middle}


def test_the_file_says_the_minimum_and_any_tool_reads_it():
    projects = tuple(Project(each, 10, each) for each in ("a", "b"))
    election = Election(
        projects, 100, VoteType.APPROVAL, {((0,), ()): 3},
        meta={"description": "x", "country": "x", "unit": "x", "instance": "2026",
              "date_begin": "01.01.2026", "date_end": "02.01.2026"},
    )  # fmt: skip
    for threshold in (0, 1):
        content = write(count(election, Parameters(Rule.GREEDY, threshold=threshold)))
        assert (b"min_project_score_threshold;1" in content) is bool(threshold)
        assert declared(read(content).election).threshold == threshold
        assert (b"rule;greedy-threshold" in content) is bool(threshold)


def test_what_cannot_be_kept_is_said(tmp_path):
    projects = tuple(Project(each, 10, each) for each in ("a", "b"))
    election = Election(
        projects, 15, VoteType.APPROVAL, {((0,), ()): 3},
        meta={"description": "x", "country": "x", "unit": "x", "instance": "2026",
              "date_begin": "01.01.2026", "date_end": "02.01.2026"},
    )  # fmt: skip
    path = tmp_path / "x.pb"
    path.write_bytes(write(count(election, Parameters(Rule.GREEDY))))
    for keep, reason in (("z", "no está en la votación"), ("a,b", "más que la bolsa")):
        answer = CliRunner().invoke(main, ["tally", str(path), "--keep", keep])
        assert answer.exit_code == 2
        assert reason in answer.output
