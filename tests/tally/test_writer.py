"""What is written passes the official checker, says who won, and nothing about who voted."""

import contextlib
import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pabulib.checker import Checker

from participa.tally import (
    Completion,
    Parameters,
    Rule,
    VoteType,
    declared,
    read,
    tally,
    write,
)
from tests.tally.elections import election, elections

COSTS = {"a": 60, "b": 50, "c": 40, "d": 10}
# About the election, not about the file: cheap or dear projects, votes that nobody cast.
OF_THE_ELECTION = {"single project exceeded whole budget"}


def errors(data):
    with contextlib.redirect_stdout(io.StringIO()):
        report = Checker().process_files([data.decode()])
    (found,) = [value for key, value in report.items() if key not in {"metadata", "summary"}]
    return {
        kind: list(details.values())
        for kind, details in found["results"]["errors"].items()
        if kind not in OF_THE_ELECTION
    }


BALLOTS = {
    VoteType.APPROVAL: [["a", "b"]] * 5 + [["b", "c"]] * 4 + [["d"]] * 2 + [["a"]],
    VoteType.CHOOSE_ONE: [["a"]] * 5 + [["b"]] * 4 + [["c"]] * 3 + [["d"]] * 2,
    VoteType.ORDINAL: [["b", "a"]] * 5 + [["c", "b", "d"]] * 4 + [["d"]],
    VoteType.CUMULATIVE: [[("a", 3), ("b", 7)]] * 5 + [[("c", 5)]] * 3 + [[("d", 1)]],
    VoteType.SCORING: [[("a", 3), ("b", 0)]] * 5 + [[("c", 5)]] * 3 + [[("d", 1)]],
}
META = {VoteType.CUMULATIVE: {"max_sum_points": "10"}}


@pytest.mark.parametrize("rule", Rule)
@pytest.mark.parametrize("kind", VoteType)
def test_the_official_checker_takes_it(kind, rule):
    found = election(COSTS, BALLOTS[kind], 100, kind, meta=META.get(kind, {}))
    chosen = Parameters(rule, threshold=3 if rule is Rule.GREEDY_THRESHOLD else 0, ties="lot:7")
    data = write(tally(found, chosen))
    assert errors(data) == {}
    assert declared(read(data).election) == chosen


@pytest.mark.parametrize("completion", Completion)
@pytest.mark.parametrize("compare", [False, True])
def test_equal_shares_by_its_official_name(completion, compare):
    found = election(COSTS, BALLOTS[VoteType.APPROVAL], 96)
    chosen = Parameters(Rule.EQUAL_SHARES, completion=completion, compare=compare)
    data = write(tally(found, chosen))
    assert errors(data) == {}
    named = completion in {Completion.NONE, Completion.ADD1}
    assert (b"rule;equalshares" in data) is named
    assert declared(read(data).election) == chosen


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(elections(), st.sampled_from(Rule), st.sampled_from(Completion), st.booleans())
def test_the_official_checker_takes_any(found, rule, completion, compare):
    chosen = Parameters(rule, completion=completion, compare=compare, threshold=2, ties="lot:7")
    # The checker leaves out cents: amounts in whole units here.
    assert errors(write(tally(replace(found, unit=1), chosen))) == {}


def test_the_file_tells_nothing_of_who_voted():
    data = read(
        b"META\nkey;value\ndescription;x\ncountry;Colombia\nunit;Usme\ninstance;2026\n"
        b"num_projects;2\nnum_votes;3\nbudget;5\nvote_type;approval\nrule;greedy\ndate_begin;2026\n"
        b"date_end;2026\nPROJECTS\nproject_id;cost\na;3\nb;4\nVOTES\n"
        b"voter_id;vote;age;sex;voting_method;neighborhood\n"
        b"52;b,a;71;F;paper;Fiscala\n51;a;19;M;internet;Marichuela\n50;b;33;O;internet;Olivares\n"
    )
    text = write(tally(data.election, Parameters())).decode()
    assert text.partition("VOTES\n")[2] == "voter_id;vote\n1;a\n2;a,b\n3;b\n"


def test_equal_elections_give_equal_bytes():
    ballots = BALLOTS[VoteType.APPROVAL]
    first = write(tally(election(COSTS, ballots, 100), Parameters()))
    assert first == write(tally(election(COSTS, ballots[::-1], 100), Parameters()))


def test_cents_and_names_with_signs_survive():
    found = election({"a": 60_050, "b": 5_000}, [["a"], ["b"]], 100_000, unit=100)
    data = write(tally(found, Parameters()))
    assert b"a;600.50;1;Proyecto a;1" in data
    again = read(data).election
    assert [each.cost for each in again.projects] == [6005, 500]
    assert (again.budget, again.unit) == (10_000, 10)


def test_coordinates_stay_though_one_project_has_none():
    found = election({"a": 60, "b": 30}, [["a"], ["b"]], 100)
    projects = tuple(
        replace(each, columns={"latitude": "4.6", "longitude": "-74.1"} if each.id == "a" else {})
        for each in found.projects
    )
    data = write(tally(replace(found, projects=projects), Parameters()))
    assert {each.id: each.columns.get("latitude") for each in read(data).election.projects} == {
        "a": "4.6",
        "b": "",
    }
    assert errors(data) == {}
