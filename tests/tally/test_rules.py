"""The rules, on elections small enough to count by hand."""

import ast
import hashlib
import sys
from fractions import Fraction
from pathlib import Path

import pytest

import participa.tally
from participa.tally import (
    Completion,
    Parameters,
    Rule,
    Unsuitable,
    Utility,
    VoteType,
    command,
    declared,
    explain,
    tally,
)
from participa.tally.equal_shares import EqualShares
from participa.tally.rules import PABULIB
from tests.tally.elections import election

PARK = {"a": 60, "b": 50, "c": 40, "d": 10}
VOTES = [["a"]] * 5 + [["b"]] * 4 + [["c"]] * 3 + [["d"]] * 2


def winners(found, rule, **options):
    return tally(found, Parameters(rule, **options)).ids


def test_most_voted_skips_what_does_not_fit():
    assert winners(election(PARK, VOTES, 100), Rule.GREEDY) == ["a", "c"]


def test_without_skipping_the_first_that_does_not_fit_ends_it():
    assert winners(election(PARK, VOTES, 115), Rule.GREEDY_NO_SKIP) == ["a", "b"]
    assert winners(election(PARK, VOTES, 100), Rule.GREEDY_NO_SKIP) == ["a"]


def test_a_threshold_is_reached_by_as_many_votes():
    found = election(PARK, VOTES, 200)
    assert winners(found, Rule.GREEDY_THRESHOLD, threshold=4) == ["a", "b"]
    assert winners(found, Rule.GREEDY_THRESHOLD, threshold=5) == ["a"]


def test_withdrawn_projects_never_win_and_never_stop():
    found = election({**PARK, "a": 999_999_999}, VOTES, 2_000_000_000)
    for rule in Rule:
        assert "a" not in winners(found, rule)
    found = election({**PARK, "a": 999_999_999}, VOTES, 100)
    assert winners(found, Rule.GREEDY_NO_SKIP) == ["b", "c", "d"]


@pytest.mark.parametrize(
    ("ties", "expected"), [("file", "p10"), ("id", "p10"), ("cost", "p9"), ("lot:usme", None)]
)
def test_ties_go_by_the_declared_order(ties, expected):
    found = election({"p10": 30, "p9": 20}, [["p10"], ["p9"]], 30)
    if expected is None:
        expected = min(
            ["p10", "p9"], key=lambda key: hashlib.sha256(f"usme:{key}".encode()).hexdigest()
        )
    outcome = tally(found, Parameters(ties=ties))
    assert outcome.ids == [expected]
    assert outcome.steps[0].tied


def test_equal_shares_by_hand():
    """Ten people with 10 each; six want a (60), four want b (36) and c (8)."""
    found = election({"a": 60, "b": 36, "c": 8}, [["a"]] * 6 + [["b", "c"]] * 4, 100)
    outcome = tally(found, Parameters(Rule.EQUAL_SHARES))
    assert outcome.ids == ["a", "b"]
    first, second = outcome.purchases.rounds
    assert (first.share, first.price) == (10, Fraction(10, 60))
    assert (second.share, second.exhausted) == (9, 0)
    # By projects and not by money, the cheap one goes first and leaves too little for b.
    assert winners(found, Rule.EQUAL_SHARES, utility=Utility.CARDINALITY) == ["c", "a"]


def test_who_has_less_gives_all():
    found = election({"a": 18, "b": 24}, [["a", "b"]] * 2 + [["b"]] * 2, 60)
    outcome = tally(found, Parameters(Rule.EQUAL_SHARES, Utility.CARDINALITY))
    assert outcome.ids == ["b", "a"]
    found = election({"a": 24, "b": 24}, [["a", "b"]] * 2 + [["a"]] + [["b"]], 60)
    last = tally(found, Parameters(Rule.EQUAL_SHARES)).purchases.rounds[-1]
    assert last.share * 1 + last.remains == 24
    assert (last.exhausted.bit_count(), last.share, last.remains) == (2, 10, 14)


def test_add1_stops_only_before_what_does_not_fit():
    found = election({"a": 60, "b": 36, "c": 4}, [["a"]] * 6 + [["b", "c"]] * 4, 100)
    assert winners(found, Rule.EQUAL_SHARES) == ["a", "b", "c"]
    found = election({"a": 66, "b": 34}, [["a"]] * 6 + [["b"]] * 4, 100)
    assert winners(found, Rule.EQUAL_SHARES) == ["b"]
    outcome = tally(found, Parameters(Rule.EQUAL_SHARES, completion=Completion.ADD1))
    assert (outcome.ids, outcome.purchases.purse) == (["a", "b"], 11)


def test_add1_jumps_also_over_what_is_tied(monkeypatch):
    """Two projects with as many supporters cost the same per vote in every of many runs."""
    found = election(
        {"a": 14_500_000_000, "b": 18_000_000_000, "c": 52_000_000_000},
        [["a"]] * 20 + [["b"]] * 20 + [["c"]],
        120_000_000_000,
        unit=100,
    )
    runs = []
    plain = EqualShares.run

    def counted(self, purse, limit=None):
        runs.append(purse)
        return plain(self, purse, limit)

    monkeypatch.setattr(EqualShares, "run", counted)
    assert winners(found, Rule.EQUAL_SHARES, completion=Completion.ADD1) == ["a", "b", "c"]
    assert len(runs) < 200, "of 490 million purses"


def test_the_greedy_completion_fills_by_votes():
    found = election({"a": 90, "b": 30, "c": 20}, [["a"]] * 3 + [["b"]] * 2 + [["c"]], 100)
    assert winners(found, Rule.EQUAL_SHARES) == ["b"]
    assert winners(found, Rule.EQUAL_SHARES, completion=Completion.GREEDY) == ["b", "c"]


def test_the_comparison_keeps_what_more_people_prefer():
    found = election({"a": 90, "b": 10, "c": 10}, [["a"]] * 7 + [["b"]] + [["c"]] * 2, 100)
    outcome = tally(found, Parameters(Rule.EQUAL_SHARES, compare=True))
    assert (outcome.preference.shares, outcome.preference.greedy) == (1, 7)
    assert outcome.ids == ["a", "c"]
    assert winners(found, Rule.EQUAL_SHARES) == ["c", "b"]


def test_points_and_ranks():
    points = election(
        {"a": 50, "b": 50}, [[("a", 9)], [("b", 4)], [("b", 4)]], 50, VoteType.CUMULATIVE
    )
    assert winners(points, Rule.GREEDY) == ["a"]
    assert winners(points, Rule.EQUAL_SHARES, utility=Utility.POINTS) == []
    ranks = election({"a": 30, "b": 30}, [["a", "b"], ["b", "a"], ["b", "a"]], 90, VoteType.ORDINAL)
    assert ranks.scores == [4, 5]
    assert winners(ranks, Rule.GREEDY) == ["b", "a"]
    # The last of a list is worth nothing: only who put a project first pays for it.
    assert winners(ranks, Rule.EQUAL_SHARES, utility=Utility.BORDA) == ["b", "a"]


def test_scores_that_are_not_said_have_a_default():
    found = election(
        {"a": 1, "b": 1}, [[("a", 3)], [("b", -1)]], 2, VoteType.SCORING, default_score=2
    )
    assert found.scores == [5, 1]


def test_phragmen_by_hand():
    """a is bought when its three have received 10 each, b when its two have received 15."""
    found = election({"a": 30, "b": 30, "c": 30}, [["a"]] * 3 + [["b"]] * 2 + [["c"]], 60)
    outcome = tally(found, Parameters(Rule.PHRAGMEN))
    assert outcome.ids == ["a", "b"]
    assert [each.moment for each in outcome.drips] == [10, 15, 30]
    assert not outcome.drips[-1].fits


@pytest.mark.parametrize(
    "chosen",
    [Parameters(Rule.EQUAL_SHARES, Utility.POINTS), Parameters(Rule.EQUAL_SHARES, Utility.BORDA)],
)
def test_a_utility_needs_its_ballots(chosen):
    with pytest.raises(Unsuitable, match="necesita papeletas"):
        tally(election(PARK, VOTES, 100), chosen)


@pytest.mark.parametrize("ties", ["", "suerte", "lot:"])
def test_an_order_of_ties_must_be_declared(ties):
    with pytest.raises(Unsuitable):
        Parameters(ties=ties)


@pytest.mark.parametrize(
    "chosen",
    [
        Parameters(ties="lot:acta 12 de 2026"),
        Parameters(Rule.GREEDY_THRESHOLD, threshold=30, ties="cost"),
        Parameters(Rule.EQUAL_SHARES, Utility.CARDINALITY, Completion.ADD1, step=500, ties="id"),
        Parameters(Rule.EQUAL_SHARES, compare=True),
        Parameters(Rule.PHRAGMEN),
    ],
    ids=lambda chosen: str(chosen.rule),
)
def test_a_file_declares_its_rule_in_a_comment(chosen):
    found = election(PARK, VOTES, 100, meta={"comment": f"#1: {command(chosen)} #2: Otra cosa."})
    assert declared(found) == chosen


@pytest.mark.parametrize("rule", PABULIB)
def test_or_by_the_rule_of_the_format(rule):
    assert declared(election(PARK, VOTES, 100, meta={"rule": rule})) == PABULIB[rule]


@pytest.mark.parametrize(
    "meta",
    [
        {"rule": "greedy-custom"},
        {"comment": "#1: participa tally --rule magia"},
        {"comment": "#1: participa tally --ties 'lot:x"},
        {"comment": "#1: participa tally --step mucho"},
    ],
)
def test_what_is_declared_badly_is_refused(meta):
    with pytest.raises(Unsuitable):
        declared(election(PARK, VOTES, 100, meta=meta))


@pytest.mark.parametrize("completion", Completion)
def test_nobody_voted(completion):
    found = election(PARK, [], 100)
    for rule in (Rule.EQUAL_SHARES, Rule.PHRAGMEN):
        outcome = tally(found, Parameters(rule, completion=completion, compare=True))
        assert outcome.spent <= 100
        assert explain(outcome).summary
    assert winners(found, Rule.EQUAL_SHARES) == winners(found, Rule.PHRAGMEN) == []


def test_the_core_needs_nothing_but_python():
    """The contract in pyproject.toml names what is forbidden; this allows only what there is."""
    folder = Path(participa.tally.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom):
                names = [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                own = name.startswith("participa.tally")
                assert own or name.partition(".")[0] in sys.stdlib_module_names, f"{path}: {name}"


def test_no_float_decides():
    folder = Path(participa.tally.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            where = f"{path}:{getattr(node, 'lineno', 0)}"
            assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
            assert not (isinstance(node, ast.Name) and node.id == "float"), where
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                text = ast.unparse(node)
                assert "Fraction" in text or text in FRACTIONS, f"{where}: {text}"


# Divisions whose left side is a Fraction already.
FRACTIONS = {"cost / bought.share"}
