"""The order at random: every place about equally likely, no neighbours in common, no key twice."""

import random
from collections import Counter
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from participa.core import shuffle

VISITORS = 20_000


def order(numbers, seed):
    return sorted(numbers, key=lambda number: shuffle.key(number, seed))


def deviation(counts, expected):
    """Return Pearson's statistic over its degrees of freedom: about 1 where chance alone speaks."""
    return sum((count - expected) ** 2 / expected for count in counts) / (len(counts) - 1)


@pytest.mark.parametrize("numbers", [range(1, 18), [5, 9, 1_000, 2**30, 2**31 - 2]])
def test_every_place_and_every_neighbour_is_about_equally_likely(numbers):
    chance, numbers = random.Random(2026), list(numbers)
    places = {number: Counter() for number in numbers}
    neighbours = Counter()
    for _visitor in range(VISITORS):
        shown = order(numbers, chance.randrange(shuffle.SPAN))
        for place, number in enumerate(shown):
            places[number][place] += 1
        neighbours.update(pairwise(shown))
    for found in places.values():
        counts = [found[place] for place in range(len(numbers))]
        assert deviation(counts, VISITORS / len(numbers)) < 3
    pairs = [(one, other) for one in numbers for other in numbers if one != other]
    assert deviation([neighbours[pair] for pair in pairs], VISITORS / len(numbers)) < 1.6


@given(
    st.lists(st.integers(0, shuffle.MODULUS - 1), min_size=2, unique=True),
    st.integers(0, shuffle.SPAN - 1),
)
def test_no_two_numbers_share_a_key(numbers, seed):
    assert len({shuffle.key(number, seed) for number in numbers}) == len(numbers)


def test_the_database_and_the_program_agree(app, session):
    numbers = [0, 1, 2, 2**30, shuffle.MODULUS - 1, shuffle.SPAN - 1]
    for seed in (0, 7, shuffle.SPAN - 1):
        found = [
            session.scalar(
                sa.select(
                    shuffle.key_of(
                        sa.bindparam("number", number, type_=sa.BigInteger),
                    )
                ),
                {"addend": shuffle.addend(seed)},
            )
            for number in numbers
        ]
        assert found == [shuffle.key(number, seed) for number in numbers]


@pytest.mark.parametrize(
    "text", [None, "", "basura", "WzAsMSwyXQ", shuffle.Position(None, None).encode()]
)
def test_a_broken_position_is_the_first_page(text):
    assert shuffle.Position.decode(text) == shuffle.Position()


@pytest.mark.parametrize(
    "position",
    [
        shuffle.Position(3, 9, (4, 5)),
        shuffle.Position(None, 9, None, backwards=True),
        shuffle.Position(7, None),
    ],
)
def test_a_position_travels(position):
    assert shuffle.Position.decode(position.encode()) == position
