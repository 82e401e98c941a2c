"""Real elections, every listed outcome. The files are not ours to copy: see where they are looked for."""

import json
import os
from functools import cache
from pathlib import Path

import pytest

from participa.tally import (
    Completion,
    Parameters,
    Rule,
    Unsuitable,
    Utility,
    declared,
    read,
    tally,
    write,
)

FOLDER = Path(
    os.environ.get("PARTICIPA_PABULIB")
    or Path(__file__).resolve().parents[2].parent / "shared" / "pabulib"
)
THERE = (FOLDER / "expected.json").is_file()
EXPECTED = json.loads((FOLDER / "expected.json").read_text("utf-8")) if THERE else {"": {}}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not THERE, reason=f"no real elections in {FOLDER}"),
]

COMPLETIONS = {
    "": Completion.NONE,
    "+greedy": Completion.GREEDY,
    "add1-stop-exhaustive": Completion.ADD1_EXHAUSTIVE,
    "add1-stop-overshoot": Completion.ADD1,
    "add1-stop-overshoot+greedy": Completion.ADD1_GREEDY,
}
UTILITIES = {
    "cost": Utility.COST,
    "card": Utility.CARDINALITY,
    "points": Utility.POINTS,
    "borda": Utility.BORDA,
}
# Listed as a set: in order of ids, not in order of funding.
SETS = {"phragmen/tie=id"}
# Ordered by mentions; ballots rank here, and their file too goes by points. The set is the same.
BY_MENTIONS = {("US_Stanford_Dataset_PB_Dieppe_2015_vote_rankings.pb", "greedy/tie=id")}
# The files lack what decided: quotas by district, projects chosen by hand, conflicts.
NOT_REPRODUCIBLE = {"Poland_Warszawa_2018_Wawrzyszew.pb"}


@cache
def election(name):
    return read((FOLDER / name).read_bytes()).election


def parameters(variant, name):
    rule, _slash, ties = variant.partition("/tie=")
    if not rule.startswith("mes/"):
        # The other rules were counted without the threshold that a file declares.
        with_threshold = Rule(rule) is Rule.GREEDY_THRESHOLD
        declared = election(name).meta.get("min_project_score_threshold", "0")
        return Parameters(Rule(rule), threshold=int(declared) * with_threshold, ties=ties)
    _mes, utility, *rest = rule.split("/")
    utility, plus, fill = utility.partition("+")
    completion = "".join([*rest, plus + fill])
    return Parameters(Rule.EQUAL_SHARES, UTILITIES[utility], COMPLETIONS[completion], ties=ties)


CASES = [
    (name, variant)
    for name, variants in EXPECTED.items()
    for variant in variants
    if not variant.startswith("recorded")
]


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_winners_are_those_expected(name, variant):
    expected = EXPECTED[name][variant]
    found = tally(election(name), parameters(variant, name)).ids
    if variant in SETS:
        found = sorted(found)
        expected = sorted(expected)
    elif (name, variant) in BY_MENTIONS:
        assert found != expected
        found, expected = set(found), set(expected)
    assert found == expected


@pytest.mark.parametrize("name", [name for name in EXPECTED if "recorded" in EXPECTED[name]])
def test_the_declared_rule_gives_what_the_city_recorded(name):
    try:
        outcome = tally(election(name), declared(election(name)))
    except Unsuitable:
        assert election(name).meta["rule"] in {"greedy-custom", "greedy-exclusive", "unknown"}
        return
    recorded = set(EXPECTED[name]["recorded"])
    assert (set(outcome.ids) == recorded) is (name not in NOT_REPRODUCIBLE)


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_written_recounts_to_the_same(name):
    outcome = tally(election(name), Parameters(ties="lot:2026"))
    again = tally(read(write(outcome)).election, Parameters(ties="lot:2026"))
    assert again.ids == outcome.ids
    assert again.election.voters == outcome.election.voters
