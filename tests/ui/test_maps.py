"""Maps without tiles: places inside the drawing, north at the top, a scale that is true."""

import math

from hypothesis import given
from hypothesis import strategies as st

from participa.ui import maps

POINTS = st.lists(st.tuples(st.floats(-89, 89), st.floats(-179, 179)), min_size=1, max_size=30)


@given(POINTS)
def test_every_point_is_inside(points):
    drawn = maps.draw(points)
    assert len(drawn.places) == len(points)
    for spot in drawn.places:
        assert 0 <= spot.x <= maps.WIDTH
        assert 0 <= spot.y <= maps.HEIGHT
    assert 0 < drawn.bar <= maps.WIDTH / 4 + 0.1
    assert str(drawn.metres)[0] in "125"


def test_nothing_to_draw():
    assert maps.draw([]) is None


def test_north_is_up_and_east_is_right():
    south, north, east = maps.draw([(4.0, -74.0), (4.1, -74.0), (4.0, -73.9)]).places
    assert north.y < south.y
    assert east.x > south.x


def test_the_bar_is_as_long_as_it_says():
    drawn = maps.draw([(4.0, -74.0), (4.1, -74.0)])
    first, second = drawn.places
    metres_a_unit = 0.1 * 111_320 / math.dist((first.x, first.y), (second.x, second.y))
    assert abs(drawn.bar * metres_a_unit - drawn.metres) / drawn.metres < 0.01


def test_points_at_one_place_can_all_be_read():
    places = maps.draw([(4.0, -74.0)] * 5).places
    for first, one in enumerate(places):
        for other in places[first + 1 :]:
            assert math.dist((one.x, one.y), (other.x, other.y)) > maps.APART * 0.9
