"""What must hold of every election there can be."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from participa.tally import (
    Completion,
    Parameters,
    Rule,
    Unsuitable,
    Utility,
    VoteType,
    explain,
    read,
    tally,
    write,
)
from participa.tally.equal_shares import EqualShares
from participa.tally.parameters import tie_order
from tests.tally import oracle
from tests.tally.elections import elections

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
ties = st.sampled_from(["file", "id", "cost", "lot:2026"])
parameters = st.builds(
    Parameters,
    rule=st.sampled_from(Rule),
    utility=st.sampled_from(Utility),
    completion=st.sampled_from(Completion),
    compare=st.booleans(),
    threshold=st.integers(0, 5),
    ties=ties,
)


def suits(utility, election):
    return {
        Utility.POINTS: election.vote_type.has_points,
        Utility.BORDA: election.vote_type is VoteType.ORDINAL,
    }.get(utility, True)


def counted(election, chosen):
    try:
        return tally(election, chosen)
    except Unsuitable:
        assume(False)


@quick
@given(elections(), parameters)
def test_never_over_the_pot(election, chosen):
    outcome = counted(election, chosen)
    assert outcome.spent <= election.budget
    assert len(set(outcome.winners)) == len(outcome.winners)
    assert (
        sum(project.cost for project in election.projects if project.id in outcome.ids)
        == outcome.spent
    )


@quick
@given(elections(), st.sampled_from(Utility), ties, st.integers(1, 60))
def test_equal_shares_is_what_the_plain_rule_gives(election, utility, order, extra):
    assume(suits(utility, election))
    rank = tie_order(election, order)
    purse = Fraction(election.budget * extra, election.voters * 20)
    expected, _paid = oracle.equal_shares(election, utility, rank, purse)
    assert list(EqualShares(election, utility, rank).run(purse).projects) == expected


@quick
@given(elections(), st.sampled_from(Utility), ties)
def test_payments_sum_exactly_to_the_cost(election, utility, order):
    assume(suits(utility, election))
    purse = Fraction(election.budget, election.voters)
    rank = tie_order(election, order)
    run = EqualShares(election, utility, rank).run(purse)
    _bought, paid = oracle.equal_shares(election, utility, rank, purse)
    for bought, payments in zip(run.rounds, paid, strict=True):
        full = sum(bought.share * worth * people.bit_count() for worth, people in bought.full)
        assert full + bought.remains == election.projects[bought.project].cost == sum(payments)
    for person in range(election.voters):
        assert sum(payments[person] for payments in paid) <= purse


@quick
@given(elections(), st.sampled_from(Utility), ties, st.booleans())
def test_jumping_add1_equals_stepping(election, utility, order, exhaustive):
    assume(suits(utility, election))
    election = replace(election, unit=1)
    chosen = Parameters(
        Rule.EQUAL_SHARES,
        utility,
        Completion.ADD1_EXHAUSTIVE if exhaustive else Completion.ADD1,
        ties=order,
    )
    expected = oracle.add1(election, utility, tie_order(election, order), exhaustive)
    assert list(tally(election, chosen).winners) == expected


@settings(quick, max_examples=10)
@given(elections(people=8), st.sampled_from([Utility.COST, Utility.CARDINALITY]), ties)
def test_jumping_over_many_small_units_equals_stepping(election, utility, order):
    """Money in small units: a step changes nearly nothing, so nearly every step is jumped."""
    scaled = replace(
        election,
        unit=1,
        budget=election.budget * 25,
        projects=tuple(replace(each, cost=each.cost * 25) for each in election.projects),
    )
    chosen = Parameters(Rule.EQUAL_SHARES, utility, Completion.ADD1, ties=order)
    expected = oracle.add1(scaled, utility, tie_order(scaled, order), exhaustive=False)
    assert list(tally(scaled, chosen).winners) == expected


@quick
@given(elections(), ties)
def test_phragmen_is_what_the_plain_rule_gives(election, order):
    outcome = tally(election, Parameters(Rule.PHRAGMEN, ties=order))
    assert list(outcome.winners) == oracle.phragmen(election, tie_order(election, order))


@quick
@given(elections(), parameters, st.randoms(use_true_random=False))
def test_the_order_of_ballots_changes_nothing(election, chosen, random):
    ballots = list(election.ballots.items())
    random.shuffle(ballots)
    other = replace(election, ballots=dict(ballots))
    assert counted(election, chosen).plain() == counted(other, chosen).plain()


@quick
@given(elections(), parameters, st.integers(2, 4))
def test_grouping_ballots_changes_nothing(election, chosen, times):
    """A ballot cast three times is three ballots: as rows of a file, and as a group."""
    grouped = replace(election, ballots=dict.fromkeys(election.ballots, times))
    first = counted(grouped, chosen)
    text = write(first).decode().splitlines()
    assert sum(line[:1].isdigit() for line in text[text.index("VOTES") :]) == grouped.voters
    again = read(write(first)).election
    assert sorted(again.ballots.values()) == sorted(grouped.ballots.values())
    assert tally(again, chosen).spent == first.spent


@quick
@given(elections(), parameters)
def test_what_is_written_recounts_to_the_same(election, chosen):
    first = counted(election, chosen)
    again = read(write(first)).election
    # The file stands in the order of ties, so that this order alone breaks them alike.
    for order in (chosen.ties, "file"):
        assert tally(again, replace(chosen, ties=order)).ids == first.ids
    assert (
        write(tally(again, replace(chosen, ties="file"))).split(b"PROJECTS")[1]
        == (write(first).split(b"PROJECTS")[1])
    )


@quick
@given(elections(), parameters)
def test_every_outcome_can_be_explained(election, chosen):
    outcome = counted(election, chosen)
    told = explain(outcome)
    assert [each.project for each in told.accounts if each.funded] == list(outcome.winners)
    assert len(told.accounts) == len(election.projects)
    for each in told.accounts:
        assert each.sentences
        assert all("%(" not in str(sentence) for sentence in each.sentences)
    for other in told.alternatives:
        assert set(other.lost) <= set(outcome.winners)
        assert not set(other.gained) & set(outcome.winners)


@pytest.mark.parametrize("utility", [Utility.COST, Utility.CARDINALITY])
@quick
@given(elections(vote_types=(VoteType.APPROVAL,)))
def test_a_withdrawn_project_changes_nothing(utility, election):
    first, *rest = election.projects
    withdrawn = replace(first, cost=999_999_999 * election.unit, withdrawn=True)
    election = replace(election, projects=(withdrawn, *rest))
    for rule in Rule:
        outcome = tally(election, Parameters(rule, utility, Completion.ADD1))
        assert 0 not in outcome.winners
