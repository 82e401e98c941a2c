"""The VOTES of a ``.pb`` file: cells into ballots, checked against what META allows."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from participa.tally.election import Ballot, Project, VoteType
from participa.tally.rows import Note, Rows
from participa.tally.sentences import Sentence, _l, _ln

WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)
Range = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a ballot may be: at least, at most.

    As in the official checker, number of projects and points to one project are binding; totals
    that are off are noted.
    """

    length: Range = (None, None)
    cost: Range = (None, None)
    points: Range = (None, None)
    total: Range = (None, None)


class _WrongBallot(Exception):
    def __init__(self, reason: Sentence, place: int = 0, *, in_points: bool = False) -> None:
        self.reason, self.place, self.in_points = reason, place, in_points


class Votes:
    """The section being read; ``notes`` are the oddities found."""

    def __init__(
        self,
        rows: Rows,
        kind: VoteType,
        projects: Sequence[Project],
        places: Mapping[str, int],
        limits: Limits,
    ) -> None:
        self.rows, self.kind, self.limits = rows, kind, limits
        self.projects, self.places = projects, places
        least, most = limits.length
        self.least = 1 if kind is VoteType.CHOOSE_ONE else least or 0
        self.most = 1 if kind is VoteType.CHOOSE_ONE else most or len(projects)
        self.strict = limits.cost != (None, None)
        self.ordered = kind is VoteType.ORDINAL
        self.notes: list[Note] = []
        self.twice: set[str] = set()  # projects that some ballot names twice
        self.cells: list[str] = []
        self.points: list[str] = []  # empty where ballots have none
        self.lines: list[int] = []
        self.ignores_points = False

    def read(self) -> None:
        """Take every row of the section. Raises WrongFile."""
        rows, pointed = self.rows, self.kind.has_points
        header = rows.header({"voter_id", "vote"} | ({"points"} if pointed else set()))
        self.columns = header.index("vote"), header.index("points") if "points" in header else -1
        width, who, (what, points) = len(header), header.index("voter_id"), self.columns
        voters: set[str] = set()
        for row in rows:
            if len(row) != width:
                rows.width(row, header)
            voter = row[who]
            if voter in voters or not voter:
                rows.bare(voter, who)
                raise rows.wrong(_l("«%(voter)s» ya votó en este archivo", voter=voter), who)
            voters.add(voter)
            self.cells.append(row[what])
            self.lines.append(rows.line)
            if points >= 0:
                if row[points] and not pointed:
                    self._refuse_points(row[points], points)
                self.points.append(row[points])

    def _refuse_points(self, given: str, column: int) -> None:
        """Refuse points where ballots have none; where they rank, the order says all: note it."""
        if not self.ordered:
            raise self.rows.wrong(_l("estas papeletas no llevan puntos"), column)
        if not all(WHOLE.fullmatch(each) for each in given.split(",")):
            raise self.rows.wrong(_l("esto no es un número entero"), column)
        if not self.ignores_points:
            sentence = _l("las papeletas traen puntos: cuenta el orden, no los puntos")
            self.notes.append(Note(self.rows.line, sentence))
        self.ignores_points = True

    def ballots(self) -> dict[Ballot, int]:
        """Return how often each ballot was cast. Raises WrongFile."""
        found: dict[Ballot, int] = {}
        if not self.kind.has_points:
            for vote, count in Counter(self.cells).items():
                ballot = self._plain(vote) or self._checked(vote)
                found[ballot] = found.get(ballot, 0) + count
            return found
        for (vote, given), count in Counter(zip(self.cells, self.points, strict=True)).items():
            ballot = self._checked(vote, given)
            found[ballot] = found.get(ballot, 0) + count
        return found

    def _plain(self, vote: str) -> Ballot | None:
        """Return a ballot in which nothing needs a second look: nearly all of them, quickly."""
        choices = list(map(self.places.get, vote.split(",")))
        if (
            None in choices
            or self.strict
            or len(set(choices)) != len(choices)
            or not self.least <= len(choices) <= self.most
        ):
            return None
        if not self.ordered:
            choices.sort()
        return tuple(choices), ()  # type: ignore[arg-type]

    def _checked(self, vote: str, given: str = "") -> Ballot:
        try:
            return self._ballot(vote, given)
        except _WrongBallot as wrong:
            line = self.lines[self._rows_of(vote, given)[0]]
            text = given if wrong.in_points else vote
            offset = len(",".join([*text.split(",")[: wrong.place], ""]))
            raise self.rows.wrong(
                wrong.reason, self.columns[wrong.in_points], line, offset
            ) from None

    def _rows_of(self, vote: str, given: str) -> list[int]:
        """Return the places of all rows with these cells."""
        pointed = self.kind.has_points
        return [
            place
            for place, cell in enumerate(self.cells)
            if cell == vote and (not pointed or self.points[place] == given)
        ]

    def _note(self, vote: str, given: str, text: Sentence) -> None:
        self.notes += [Note(self.lines[place], text) for place in self._rows_of(vote, given)]

    def _ballot(self, vote: str, given: str) -> Ballot:
        keys = vote.split(",")
        try:
            choices = [self.places[key] for key in keys]
        except KeyError as unknown:
            place = keys.index(unknown.args[0])
            raise _WrongBallot(
                _l("no hay un proyecto «%(key)s»", key=keys[place])
                if keys[place]
                else _l("aquí falta un proyecto"),
                place,
            ) from None
        points = self._points(given, len(choices)) if self.kind.has_points else []
        if len(set(choices)) != len(choices):
            twice = next(key for place, key in enumerate(keys) if key in keys[:place])
            self._note(
                vote, given, _l("la papeleta nombra dos veces «%(key)s»: cuenta una", key=twice)
            )
            self.twice.update(key for place, key in enumerate(keys) if key in keys[:place])
            kept = [place for place, choice in enumerate(choices) if choice not in choices[:place]]
            choices = [choices[place] for place in kept]
            points = [points[place] for place in kept] if points else []
        self._check(vote, given, choices, points)
        if points:
            pairs = sorted(zip(choices, points, strict=True))
            return tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
        if self.kind is not VoteType.ORDINAL:
            choices.sort()
        return tuple(choices), ()

    def _points(self, given: str, projects: int) -> list[int]:
        scores = given.split(",")
        if len(scores) != projects:
            raise _WrongBallot(
                _ln(
                    "hay un puntaje para %(projects)s proyectos",
                    "hay %(num)s puntajes para %(projects)s proyectos",
                    len(scores),
                    projects=projects,
                ),
                in_points=True,
            )
        for place, score in enumerate(scores):
            if not WHOLE.fullmatch(score):
                raise _WrongBallot(_l("esto no es un número entero"), place, in_points=True)
            if self.kind is VoteType.CUMULATIVE and score.startswith("-"):
                raise _WrongBallot(_l("hay puntos negativos"), place, in_points=True)
            if reason := _outside(int(score), self.limits.points):
                raise _WrongBallot(reason, place, in_points=True)
        return [int(score) for score in scores]

    def _check(self, vote: str, given: str, choices: list[int], points: list[int]) -> None:
        limits = self.limits
        if self.kind is VoteType.CHOOSE_ONE and len(choices) != 1:
            raise _WrongBallot(_l("la papeleta debe nombrar un solo proyecto"))
        if limits.length != (None, None) and (reason := _outside(len(choices), limits.length)):
            raise _WrongBallot(_l("la cantidad de proyectos %(reason)s", reason=reason))
        if limits.cost != (None, None):
            cost = sum(self.projects[choice].cost for choice in choices)
            if reason := _outside(cost, limits.cost):
                self._note(vote, given, _l("el costo de lo escogido %(reason)s", reason=reason))
        if points and (reason := _outside(sum(points), limits.total)):
            self._note(vote, given, _l("la suma de puntos %(reason)s", reason=reason))


def _outside(value: int, limits: Range) -> Sentence | None:
    """Return why a value is outside of its limits."""
    least, most = limits
    if least is not None and value < least:
        return _l("no llega al mínimo que declara META")
    if most is not None and value > most:
        return _l("pasa del máximo que declara META")
    return None
