"""Small maps without tiles: points of the earth as places of a drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 400, 260, 24
SMALLEST = 0.002
"""Degrees: points closer than this do not fill the whole drawing."""
APART = 23
"""Units of the drawing between the middles of two points."""
MOST_APART, TURNS = 80, 40
_KILOMETRES = 111.32
"""One degree of latitude."""
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a point is drawn, in the units of the drawing."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing: its points in the order given, and a bar for the scale."""

    places: tuple[Place, ...]
    bar: float
    """Length of the scale's bar."""
    metres: int
    """What the bar measures."""


def draw(points: Sequence[tuple[float, float]]) -> Map | None:
    """Return (latitude, longitude) pairs as places of a drawing with north at the top.

    Distances are true near the middle of the points, as on any map of a city, but for points that
    would cover each other: these are moved apart as little as needed. ``None`` without points.
    """
    if not points:
        return None
    latitudes, longitudes = zip(*points, strict=True)
    middle = (min(latitudes) + max(latitudes)) / 2
    narrow = max(math.cos(math.radians(middle)), 0.01)
    centre = (min(longitudes) + max(longitudes)) / 2
    wide = max((max(longitudes) - min(longitudes)) * narrow, SMALLEST)
    high = max(max(latitudes) - min(latitudes), SMALLEST)
    scale = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)
    spots = [
        (
            WIDTH / 2 + (longitude - centre) * narrow * scale,
            HEIGHT / 2 - (latitude - middle) * scale,
        )
        for latitude, longitude in points
    ]
    places = tuple(Place(round(x, 1), round(y, 1)) for x, y in _apart(spots))
    metres = _round(_KILOMETRES * 1000 * (WIDTH / 4) / scale)
    return Map(places, round(metres / (_KILOMETRES * 1000) * scale, 1), metres)


def _apart(spots: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Push apart what would overlap, always in the same way; too many points are left alone."""
    if len(spots) > MOST_APART:
        return spots
    moved = [list(each) for each in spots]
    for _turn in range(TURNS):
        is_done = True
        for first, one in enumerate(moved):
            for second in range(first + 1, len(moved)):
                other = moved[second]
                across, down = other[0] - one[0], other[1] - one[1]
                distance = math.hypot(across, down)
                if distance >= APART:
                    continue
                is_done = False
                if distance < 1:  # the same place: any direction does, if it is always the same
                    angle = second * 2.4
                    across, down, distance = math.cos(angle), math.sin(angle), 1
                push = (APART - distance) / distance / 2
                for spot, sign in ((one, -1), (other, 1)):
                    spot[0] = min(max(spot[0] + sign * across * push, MARGIN), WIDTH - MARGIN)
                    spot[1] = min(max(spot[1] + sign * down * push, MARGIN), HEIGHT - MARGIN)
        if is_done:
            break
    return [(x, y) for x, y in moved]


def _round(metres: float) -> int:
    """Return the nearest length below that people count in: 1, 2 or 5 with noughts."""
    power = 10 ** max(0, math.floor(math.log10(max(metres, 1))))
    return int(max(step * power for step in _STEPS if step * power <= max(metres, 1)))
