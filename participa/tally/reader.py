"""Read a ``.pb`` file: everything it says, or the first thing that is wrong with it and where.

The format is described at https://pabulib.org/format. Seen in real files and accepted: lines that
end in CRLF and in LF, a last line without an end, empty lines at the end, a byte order mark,
quotes, cells that begin with a quote and do not end with it, decimal costs, ballots that name a
project twice (counted once, and noted), totals of ballots that are off, and points of ballots that
rank (noted, and not counted). Anything else is refused, and nothing is half read.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from participa.tally.election import (
    WITHDRAWN,
    Election,
    Project,
    VoteType,
    withdrawn_cost,
)
from participa.tally.rows import Note, Rows, WrongFile
from participa.tally.sentences import Sentence, _l, _ln
from participa.tally.votes import WHOLE, Limits, Votes

REQUIRED = (
    "description", "country", "unit", "instance", "num_projects", "num_votes", "budget",
    "vote_type", "rule", "date_begin", "date_end",
)  # fmt: skip
SELECTED = {"0", "1", "2", "3"}
_DATE = re.compile(r"\d{4}|(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])\.\d{4}", re.ASCII)
_AMOUNT = re.compile(r"\d{1,15}(\.\d{1,6})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class File:
    """A file as read: the election, its digest, and what was odd about it."""

    election: Election
    sha256: str
    notes: tuple[Note, ...]


class _Meta:
    """The section META: values, and where they stand."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.values: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        rows.expect("META")
        rows.header({"key", "value"})
        for row in rows:
            if row == ["PROJECTS"]:
                break
            rows.width(row, ["key", "value"])
            key, value = row
            rows.bare(key, 0)
            if key in self.values:
                raise rows.wrong(_l("la clave «%(key)s» está dos veces", key=key))
            self.values[key], self.lines[key] = value, rows.line
        else:
            raise rows.wrong(_l("falta la sección %(section)s", section="PROJECTS"))
        self._check()

    def _check(self) -> None:
        values = self.values
        needed = [*REQUIRED]
        if values.get("vote_type") == VoteType.CUMULATIVE:
            needed.append("max_sum_points")
        for key in needed:
            if not values.get(key):
                reason = _l("a META le falta «%(key)s»", key=key)
                raise self.rows.wrong(reason, line=self.lines.get(key, 1))
        for key in ("date_begin", "date_end"):
            if not _DATE.fullmatch(values[key]):
                raise self.wrong(_l("una fecha se escribe DD.MM.AAAA o AAAA"), key)
        if values["vote_type"] not in set(VoteType):
            raise self.wrong(_l("no conozco este tipo de papeleta"), "vote_type")
        self.amounts()
        if not values["budget"].replace(".", "").strip("0"):
            raise self.wrong(_l("la bolsa debe ser más que 0"), "budget")

    def wrong(self, reason: Sentence, key: str) -> WrongFile:
        return self.rows.wrong(reason, 1, self.lines[key])

    def whole(self, key: str) -> int | None:
        """Return a whole number; None where it is not said."""
        if not self.values.get(key):
            return None
        if not WHOLE.fullmatch(self.values[key]):
            raise self.wrong(_l("esto no es un número entero"), key)
        return int(self.values[key])

    def amounts(self) -> dict[str, str]:
        """Return what is said in money."""
        keys = ("budget", "min_sum_cost", "max_sum_cost")
        found = {key: self.values[key] for key in keys if self.values.get(key)}
        for key, text in found.items():
            if not _AMOUNT.fullmatch(text):
                raise self.wrong(_l("esto no es una suma de dinero"), key)
        return found

    def count(self, key: str, found: int, section: str) -> None:
        """Refuse a count of rows that is not the number of rows."""
        if self.whole(key) != found:
            raise self.wrong(
                _ln(
                    "%(section)s tiene una línea",
                    "%(section)s tiene %(num)s líneas",
                    found,
                    section=section,
                ),
                key,
            )


class _Projects:
    """The section PROJECTS: the rows, and where they stand."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.header = rows.header({"project_id", "cost"})
        self.cells: list[Mapping[str, str]] = []
        self.lines: list[int] = []
        self.places: dict[str, int] = {}
        for row in rows:
            if row == ["VOTES"]:
                return
            rows.width(row, self.header)
            cells = dict(zip(self.header, row, strict=True))
            self._check(cells)
            self.places[cells["project_id"]] = len(self.cells)
            self.cells.append(cells)
            self.lines.append(rows.line)
        raise rows.wrong(_l("falta la sección %(section)s", section="VOTES"))

    def _check(self, cells: Mapping[str, str]) -> None:
        key = cells["project_id"]
        self.rows.bare(key, self.header.index("project_id"))
        if key in self.places:
            raise self._wrong(_l("el proyecto «%(key)s» está dos veces", key=key), "project_id")
        if "," in key:
            raise self._wrong(_l("el id de un proyecto no lleva comas"), "project_id")
        if not _AMOUNT.fullmatch(cells["cost"]):
            raise self._wrong(_l("esto no es una suma de dinero"), "cost")
        if not cells["cost"].replace(".", "").strip("0"):
            raise self._wrong(_l("un proyecto debe costar más que 0"), "cost")
        if cells.get("selected", "0") not in SELECTED:
            raise self._wrong(_l("«selected» debe ser 0, 1, 2 o 3"), "selected")
        for column in ("votes", "score"):
            if cells.get(column) and not WHOLE.fullmatch(cells[column]):
                raise self._wrong(_l("esto no es un número entero"), column)

    def _wrong(self, reason: Sentence, column: str, line: int | None = None) -> WrongFile:
        return self.rows.wrong(reason, self.header.index(column), line)

    def projects(self, unit: int, budget: int) -> tuple[Project, ...]:
        """Return the projects, their costs in smallest units as the budget is."""
        withdrawn = {WITHDRAWN * unit, withdrawn_cost(budget // unit) * unit}
        return tuple(
            Project(
                id=cells["project_id"],
                cost=(cost := _money(cells["cost"], unit)),
                name=cells.get("name", ""),
                withdrawn=cost in withdrawn,
                columns={
                    key: value
                    for key, value in cells.items()
                    if key not in {"project_id", "cost", "name"}
                },
            )
            for cells in self.cells
        )

    def compare(self, election: Election, noted: set[str]) -> list[Note]:
        """Compare the columns ``votes`` and ``score`` with the ballots.

        Another count is refused; of projects that a ballot names twice it is noted.
        """
        notes = []
        for column, counted in (("votes", election.votes), ("score", election.scores)):
            for line, cells, found in zip(self.lines, self.cells, counted, strict=True):
                said = cells.get(column, "")
                if said and int(said) != found:
                    reason = _l(
                        "«%(column)s» dice %(said)s y las papeletas dan %(found)s",
                        column=column,
                        said=int(said),
                        found=found,
                    )
                    if cells["project_id"] not in noted:
                        raise self._wrong(reason, column, line)
                    notes.append(Note(line, reason))
        return notes


def _money(text: str, unit: int) -> int:
    whole, _point, rest = text.partition(".")
    digits = len(str(unit)) - 1
    return int(whole) * unit + int(rest[:digits].ljust(digits, "0") or 0)


def _decode(data: bytes) -> str:
    try:
        return data.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        before = data.removeprefix(BOM_UTF8)[: error.start].decode("utf-8")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise WrongFile(line, column, _l("el archivo no está en UTF-8")) from None


def read(data: bytes) -> File:
    """Return what a ``.pb`` file says.

    Raises :class:`WrongFile` with the first thing that is wrong.
    """
    rows = Rows(_decode(data))
    meta = _Meta(rows)
    section = _Projects(rows)
    meta.count("num_projects", len(section.cells), "PROJECTS")
    amounts = meta.amounts()
    texts = [*amounts.values(), *(cells["cost"] for cells in section.cells)]
    unit = 10 ** max(len(text.partition(".")[2].rstrip("0")) for text in texts)
    money = {key: _money(text, unit) for key, text in amounts.items()}
    projects = section.projects(unit, money["budget"])
    limits = Limits(
        (meta.whole("min_length"), meta.whole("max_length")),
        (money.get("min_sum_cost"), money.get("max_sum_cost")),
        (meta.whole("min_points"), meta.whole("max_points")),
        (meta.whole("min_sum_points"), meta.whole("max_sum_points")),
    )
    kind = VoteType(meta.values["vote_type"])
    votes = Votes(rows, kind, projects, section.places, limits)
    votes.read()
    meta.count("num_votes", len(votes.lines), "VOTES")
    if not votes.lines:
        raise meta.wrong(_l("no hay ninguna papeleta"), "num_votes")
    election = Election(
        projects=projects,
        budget=money["budget"],
        vote_type=kind,
        ballots=votes.ballots(),
        unit=unit,
        default_score=meta.whole("default_score") or 0,
        meta=meta.values,
    )
    notes = [*votes.notes, *section.compare(election, votes.twice)]
    return File(
        election, sha256(data).hexdigest(), tuple(sorted(notes, key=lambda note: note.line))
    )
