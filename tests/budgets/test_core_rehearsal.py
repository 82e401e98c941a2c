"""Invented votes are valid ballots, and count as real ones do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participa.budgets import counting, rehearsal
from participa.budgets.ballots import BallotKind, Option, PotLimit, problems
from participa.budgets.counting import Candidate
from participa.budgets.rehearsal import Trait
from participa.budgets.rules import PRESETS, rules_of
from participa.budgets.settings import Settings
from participa.tally import Rule, VoteType, tally

POTS = {1: PotLimit(1, 90_000), 2: PotLimit(2, 40_000, citywide=True)}
TRAITS = [
    Trait(
        Candidate(number, number, f"Proyecto {number}", 5_000 + 1_700 * number),
        Option(number, 1 + number % 2, 5_000 + 1_700 * number, "ab"[number % 3 % 2]),
        number % 4,
    )
    for number in range(1, 15)
]
OPTIONS = {each.option.id: each.option for each in TRAITS}
MEANT = [
    *[Settings(preset=preset) for preset in PRESETS],
    Settings(ballot="choose-1"),
    Settings(ballot="ranking", pots="one-and-city"),
    Settings(ballot="points", points=7, points_per_project=3),
    Settings(ballot="knapsack", minimum_spent=60),
    Settings(rule="phragmen", minimum=3),
    Settings(rule="equal-shares", completion="greedy", compare=True, ties="cost"),
]


@pytest.mark.parametrize("meant", MEANT)
def test_every_invented_ballot_is_valid_and_the_same_for_one_seed(meant):
    form = rules_of(meant).form
    first = rehearsal.invent(form, POTS, TRAITS, people=60, seed=4)
    assert first == rehearsal.invent(form, POTS, TRAITS, people=60, seed=4)
    assert first != rehearsal.invent(form, POTS, TRAITS, people=60, seed=5)
    assert len(first) > 40
    for choice in first:
        assert problems(form, POTS, OPTIONS, choice) == []


@pytest.mark.parametrize("meant", MEANT)
def test_every_rule_is_counted_and_explained(meant):
    rules = rules_of(meant)
    choices = rehearsal.invent(rules.form, POTS, TRAITS, people=60, seed=4)
    for pot in POTS.values():
        mine = [each.candidate for each in TRAITS if each.option.pot_id == pot.id]
        found = rehearsal.rehearse(rules, pot, mine, choices, 100)
        assert [each.is_own for each in found.columns].count(True) == 1
        assert found.columns[0].is_own
        for column in found.columns:
            assert column.outcome.spent <= pot.amount
            assert 0 <= column.happy <= column.outcome.election.voters
        told = {each.project for each in found.explanation.accounts}
        assert told == set(range(len(mine)))


def test_a_choice_becomes_the_ballot_that_the_tally_counts():
    candidates = [Candidate(70, 2, "B", 10), Candidate(50, 1, "A", 10)]
    pot = PotLimit(1, 20)

    def ballots(kind, *choices):
        rules = rules_of(Settings(ballot=kind))
        found = counting.election(rules, pot, candidates, choices, unit=1)
        assert [each.id for each in found.projects] == ["1", "2"]
        return found.vote_type, dict(found.ballots)

    assert ballots("approval", {70: 1}, {50: 1, 70: 1}, {70: 1, 999: 1}, {999: 1}) == (
        VoteType.APPROVAL,
        {((1,), ()): 2, ((0, 1), ()): 1},
    )
    assert ballots("ranking", {50: 2, 70: 1}) == (VoteType.ORDINAL, {((1, 0), ()): 1})
    assert ballots("points", {50: 2, 70: 5}) == (VoteType.CUMULATIVE, {((0, 1), (2, 5)): 1})
    assert ballots("choose-1", {50: 1}) == (VoteType.CHOOSE_ONE, {((0,), ()): 1})
    assert set(counting.VOTE_TYPES) == set(BallotKind)


def test_what_the_tally_is_told():
    told = counting.parameters(rules_of(Settings(preset="equal-shares")), "42")
    assert (told.rule, told.completion, told.ties) == (Rule.EQUAL_SHARES, "add1", "lot:42")
    told = counting.parameters(
        rules_of(Settings(rule="greedy-threshold", threshold=9, ties="file")), ""
    )
    assert (told.threshold, told.ties) == (9, "file")


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_the_order_of_projects_and_of_ballots_changes_nothing(seed):
    rules = rules_of(Settings(preset="equal-shares"))
    choices = rehearsal.invent(rules.form, POTS, TRAITS, people=25, seed=seed)
    mine = [each.candidate for each in TRAITS if each.option.pot_id == 1]
    one = counting.election(rules, POTS[1], mine, choices, unit=100)
    other = counting.election(rules, POTS[1], mine[::-1], choices[::-1], unit=100)
    told = counting.parameters(rules, "x")
    assert tally(one, told).ids == tally(other, told).ids
