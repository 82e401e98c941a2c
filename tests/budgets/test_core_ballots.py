"""What a ballot may hold: `problems` says exactly what the declaration says, and `left` agrees."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from participa.budgets.ballots import BallotKind, Form, Option, PotLimit, PotScope, left, problems

KINDS = st.sampled_from(BallotKind)


@st.composite
def elections(draw):
    """A declaration, two or three pots with projects in them, and something chosen."""
    pots = {
        number: PotLimit(
            number,
            draw(st.integers(1, 60)),
            citywide=draw(st.booleans()),
            maximum=draw(st.none() | st.integers(1, 4)),
        )
        for number in range(1, draw(st.integers(2, 4)))
    }
    options = {
        number: Option(
            number,
            draw(st.sampled_from(sorted(pots))),
            draw(st.integers(1, 30)),
            draw(st.sampled_from(["", "a", "b"])),
        )
        for number in range(10, draw(st.integers(11, 18)))
    }
    form = Form(
        kind=draw(KINDS),
        scope=draw(st.sampled_from(PotScope)),
        minimum=draw(st.integers(1, 3)),
        maximum=draw(st.none() | st.integers(1, 5)),
        per_category=draw(st.none() | st.integers(1, 2)),
        minimum_spent=draw(st.sampled_from([0, 0, 50, 100])),
        points=draw(st.integers(1, 12)),
        points_per_project=draw(st.none() | st.integers(1, 6)),
    )
    keys = draw(st.lists(st.sampled_from([*options, 99]), unique=True, max_size=6))
    if form.kind is BallotKind.RANKING and draw(st.booleans()):
        chosen = {}
        for key in keys:
            pot = options[key].pot_id if key in options else 0
            chosen[key] = 1 + sum(
                key in options and options[each].pot_id == pot for each in chosen if each in options
            )
    elif form.kind is BallotKind.POINTS:
        chosen = {key: draw(st.integers(0, 6)) for key in keys}
    else:
        chosen = {key: draw(st.sampled_from([1, 1, 1, 2])) for key in keys}
    return form, pots, options, chosen


def is_valid(form, pots, options, chosen):
    """The declaration, said once more and in another way."""
    if not chosen or any(key not in options for key in chosen):
        return False
    voted = {options[key].pot_id for key in chosen}
    bound = {pot for pot in voted if form.scope is PotScope.ONE or not pots[pot].citywide}
    if form.scope is not PotScope.ALL and len(bound) > 1:
        return False
    return all(
        _is_valid_in(
            form,
            pots[pot],
            [(options[k], v) for k, v in chosen.items() if options[k].pot_id == pot],
        )
        for pot in voted
    )


def _is_valid_in(form, pot, picked):
    values = [value for _option, value in picked]
    spent = sum(option.cost for option, _value in picked)
    most = max(Counter(option.category for option, _value in picked).values())
    if form.kind is BallotKind.CHOOSE_ONE:
        in_number = len(picked) == 1
    else:
        maximum = pot.maximum or form.maximum
        in_number = form.minimum <= len(picked) and (maximum is None or len(picked) <= maximum)
    of_kind = {
        BallotKind.APPROVAL: set(values) == {1},
        BallotKind.CHOOSE_ONE: set(values) == {1},
        BallotKind.KNAPSACK: set(values) == {1}
        and spent <= pot.amount
        and spent * 100 >= form.minimum_spent * pot.amount,
        BallotKind.RANKING: sorted(values) == list(range(1, len(values) + 1)),
        BallotKind.POINTS: min(values) >= 1
        and sum(values) <= form.points
        and (form.points_per_project is None or max(values) <= form.points_per_project),
    }
    return (
        in_number
        and of_kind[form.kind]
        and (form.per_category is None or most <= form.per_category)
    )


@given(elections())
def test_what_is_accepted_is_exactly_what_is_declared(election):
    form, pots, options, chosen = election
    found = problems(form, pots, options, chosen)
    assert (found == []) == is_valid(form, pots, options, chosen), [
        str(each.message) for each in found
    ]
    assert all(str(each.message) for each in found)


@given(elections())
def test_every_problem_names_the_pot_or_the_whole(election):
    form, pots, options, chosen = election
    paths = {each.path for each in problems(form, pots, options, chosen)}
    assert paths <= {"", *(f"pot-{pot}" for pot in pots)}


@given(elections())
def test_what_is_left_agrees_with_what_is_refused(election):
    form, pots, options, chosen = election
    chosen = {key: value for key, value in chosen.items() if key in options}
    for pot in pots.values():
        rest = left(form, pot, chosen, options.values())
        over = any(
            each is not None and each < 0
            for each in (rest.projects, rest.money, rest.points, *rest.categories.values())
        )
        here = {key: value for key, value in chosen.items() if options[key].pot_id == pot.id}
        if here and over:
            assert f"pot-{pot.id}" in {each.path for each in problems(form, pots, options, chosen)}


@given(elections())
def test_what_still_fits_may_be_added(election):
    """Where the page offers one more, no limit is broken by it; where it does not, one is."""
    form, pots, options, chosen = election
    chosen = {key: 1 for key in chosen if key in options}
    if form.kind is BallotKind.RANKING:
        return
    for option in options.values():
        if option.id in chosen:
            continue
        pot = pots[option.pot_id]
        before = left(form, pot, chosen, options.values())
        after = left(form, pot, {**chosen, option.id: 1}, options.values())
        fits = all(
            each is None or each >= 0
            for each in (
                after.projects,
                after.money,
                after.points,
                after.categories.get(option.category),
            )
        )
        assert before.allows(option) == fits


def test_a_form_for_the_countryside_and_one_for_the_town():
    form = Form(maximum=7)
    assert form.maximum_in(PotLimit(1, 10)) == 7
    assert form.maximum_in(PotLimit(1, 10, maximum=9)) == 9
    assert Form(kind=BallotKind.CHOOSE_ONE, maximum=7).maximum_in(PotLimit(1, 10, maximum=9)) == 1
