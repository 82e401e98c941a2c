"""What somebody typed of a paper ballot, read into a choice. Pure.

Projects are typed by the numbers that the sheet has: ``3 7 12`` or ``3, 7, 12``; with points after
a colon, ``3:4 7:2``; in a ranking in their order, the best first.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.budgets.ballots import BallotKind, Option

LONGEST = 2000
LONGEST_NUMBER = 6
MOST = 10**LONGEST_NUMBER - 1
"""The largest number of a project, and the most points, that anybody types."""
_COLON = re.compile(r"\s*[:=]\s*")
_BETWEEN = re.compile(r"[\s,;]+")
_TOKEN = re.compile(r"(\d+)(?::(\d+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Read:
    """What came of reading."""

    choice: Mapping[int, int]
    """Project id → 1, rank or points."""
    problem: Any = None
    """The first thing that cannot be read, as a sentence, or ``None``."""
    gone: tuple[int, ...] = ()
    """Numbers of projects that are no longer on the ballot, and are left out."""


def read(
    kind: BallotKind,
    text: str,
    numbers: Mapping[int, int],
    options: Mapping[int, Option],
    gone: Collection[int] = (),
) -> Read:
    """Read what was typed. ``numbers`` give the ids of the ``options`` on the ballot.

    Ranks count within each pot, as they do on the ballot. Whether the choice is a valid ballot is
    for :func:`participa.budgets.ballots.problems` to say.
    """
    if len(text) > LONGEST:
        return Read({}, _l("Es demasiado largo: escriba solo los números de los proyectos."))
    found: dict[int, int] = {}
    left_out: list[int] = []
    for token in filter(None, _BETWEEN.split(_COLON.sub(":", text.strip()))):
        number, points, problem = _token(kind, token)
        if problem is None and number in {*found, *left_out}:
            problem = _l("El proyecto %(number)s está dos veces.", number=number)
        if problem is None and number not in numbers and number not in gone:
            problem = _l("En esta votación no hay un proyecto %(number)s.", number=number)
        if problem is not None:
            return Read({}, problem)
        if number in numbers:
            found[number] = points
        else:
            left_out.append(number)
    choice = {numbers[number]: value for number, value in found.items()}
    if kind is BallotKind.RANKING:
        choice = ranked(list(choice), options)
    return Read({key: value for key, value in choice.items() if value}, None, tuple(left_out))


def _token(kind: BallotKind, token: str) -> tuple[int, int, Any]:
    match = _TOKEN.fullmatch(token)
    if match is None or max(len(each or "") for each in match.groups()) > LONGEST_NUMBER:
        return 0, 0, _l("«%(text)s» no es un número de proyecto.", text=token[:20])
    has_points = match[2] is not None
    if kind is BallotKind.POINTS and not has_points:
        return 0, 0, _l("Escriba los puntos después del número y de dos puntos, como 3:2.")
    if kind is not BallotKind.POINTS and has_points:
        return 0, 0, _l("Aquí se escriben solo los números de los proyectos, sin puntos.")
    return int(match[1]), int(match[2]) if has_points else 1, None


def ranked(order: Collection[int], options: Mapping[int, Option]) -> dict[int, int]:
    """Return the ranks of projects from their order, each pot's own."""
    used: dict[int, int] = {}
    choice = {}
    for key in order:
        pot = options[key].pot_id
        used[pot] = used.get(pot, 0) + 1
        choice[key] = used[pot]
    return choice


def present(
    kind: BallotKind, choice: Mapping[int, int], options: Mapping[int, Option]
) -> dict[int, int]:
    """Return a choice without what is no longer on the ballot; ranks close up."""
    kept = {key: value for key, value in choice.items() if key in options}
    if kind is BallotKind.RANKING:
        return ranked(sorted(kept, key=lambda key: kept[key]), options)
    return kept
