"""When phases are active: compared with a model that asks minute by minute."""

import datetime as dt
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from participa.core.i18n import Localized
from participa.processes.models import PhaseKind
from participa.processes.timeline import (
    Override,
    PhaseView,
    active_intervals,
    is_active,
    overlaps,
    phases_at,
    with_active,
)

START = dt.datetime(2026, 3, 3, 5, tzinfo=dt.UTC)
MINUTES = 30


def minute(number: int) -> dt.datetime:
    return START + dt.timedelta(minutes=number)


minutes = st.integers(0, MINUTES)


@st.composite
def stretches(draw):
    first = draw(st.integers(0, MINUTES - 1))
    return first, draw(st.integers(first + 1, MINUTES))


@st.composite
def overrides(draw):
    until = draw(st.none() | minutes)
    return draw(st.booleans()), draw(minutes), until


def model(stretch, changes, number: int) -> bool:
    """Whether a minute is active: the last thing said about it holds."""
    active = stretch[0] <= number < stretch[1]
    for opens, start, until in changes:
        if start <= number < (stretch[1] if until is None else until):
            active = opens
    return active


def phase(stretch, changes=(), key="ideas") -> PhaseView:
    return with_active(
        PhaseView(
            id=1,
            key=key,
            kind=PhaseKind.IDEATION,
            title=Localized(key),
            description=Localized(),
            start=minute(stretch[0]),
            end=minute(stretch[1]),
            overrides=tuple(
                Override(
                    opens, minute(start), minute(until) if until is not None else None, "", START
                )
                for opens, start, until in changes
            ),
        )
    )


@settings(deadline=None, max_examples=150)
@given(stretches(), st.lists(overrides(), max_size=5))
def test_active_is_what_was_said_last(stretch, changes):
    found = phase(stretch, changes)
    for number in range(-1, MINUTES + 1):
        assert is_active(found, minute(number)) == model(stretch, changes, number), number


@settings(deadline=None)
@given(stretches(), st.lists(overrides(), max_size=5))
def test_intervals_are_apart_and_in_order(stretch, changes):
    found = phase(stretch, changes).active
    for each in found:
        assert each.start < each.end
    for before, after in pairwise(found):
        assert before.end < after.start, "stretches that touch are one"


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(stretches(), st.lists(overrides(), max_size=2)), min_size=2, max_size=4))
def test_overlaps_are_the_minutes_that_phases_share(described):
    phases = [phase(*each, key=f"fase-{index}") for index, each in enumerate(described)]
    found = {(each.first.key, each.second.key): each.shared for each in overlaps(phases)}
    for one in range(len(phases)):
        for other in range(one + 1, len(phases)):
            together = [
                number
                for number in range(-1, MINUTES + 1)
                if model(*described[one], number) and model(*described[other], number)
            ]
            shared = found.get((phases[one].key, phases[other].key))
            assert (shared is not None) == bool(together)
            if shared is not None:
                assert shared.start == minute(together[0])
                assert shared.contains(minute(together[0]))


def test_half_open():
    found = phase((10, 20))
    assert [is_active(found, minute(n)) for n in (9, 10, 19, 20)] == [False, True, True, False]
    just_before = minute(20) - dt.timedelta(microseconds=1)
    assert is_active(found, just_before)


def test_one_phase_ends_as_the_next_begins():
    first, second = phase((0, 10), key="a"), phase((10, 20), key="b")
    assert overlaps([first, second]) == []
    assert [each.key for each in phases_at([first, second], minute(10))] == ["b"]


def test_no_phase_none_active():
    assert phases_at([], START) == ()
    assert (
        active_intervals(minute(0), minute(1), [Override(False, minute(0), None, "", START)]) == ()
    )
