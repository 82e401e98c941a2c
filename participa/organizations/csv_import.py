"""Territories and themes as CSV: reading a file that people made, and saying what it would change.

Nothing here touches the database: the page, the command and the tests share these functions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.errors import Problem
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.tables import Line, Table, read_table

MOST_LEVELS = 12
"""How deep a tree of territories may be."""
TERRITORY_COLUMNS = {"codigo": 60, "nombre": 160, "nivel": 40, "codigo_padre": 60}
"""Columns of the territories' file with the most characters of each."""
THEME_COLUMNS = {"codigo": 60, **{f"nombre_{code}": 160 for code in SUPPORTED_LOCALES}}
"""Columns of the themes' file."""


@dataclass(frozen=True, slots=True)
class Place:
    """A territory as a line of the file says it."""

    code: str
    name: str
    level: str
    parent: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns, in the file's order."""
        return (self.code, self.name, self.level, self.parent)


@dataclass(frozen=True, slots=True)
class Subject:
    """A theme as a line of the file says it: a name per language."""

    code: str
    names: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The name in Spanish."""
        return dict(self.names).get("es", "")

    @property
    def cells(self) -> tuple[str, ...]:
        """The columns, in the file's order."""
        return (self.code, *[dict(self.names).get(code, "") for code in SUPPORTED_LOCALES])


@dataclass(slots=True)
class Plan:
    """What a file would do, by code and in the file's order; applied whole or not at all."""

    rows: dict[str, Any] = field(default_factory=dict)
    """Everything there will be in the file's order."""
    added: list[Any] = field(default_factory=list)
    changed: list[tuple[Any, Any]] = field(default_factory=list)
    """Pairs of before and after."""
    removed: list[Any] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def does_nothing(self) -> bool:
        """Whether the file says what already is."""
        return not (self.added or self.changed or self.removed)


def _unique(table: Table) -> dict[str, Line]:
    first: dict[str, Line] = {}
    for line in table.lines:
        code = line.cells["codigo"]
        if code in first:
            table.problems.append(
                Problem(
                    "codigo",
                    _l(
                        "El código «%(code)s» ya está en la línea %(first)s.",
                        code=code,
                        first=first[code].number,
                    ),
                    line.number,
                )
            )
        else:
            first[code] = line
    return first


def read_territories(data: bytes) -> Table:
    """Read a file of territories."""
    return read_table(data, TERRITORY_COLUMNS, ("codigo", "nombre", "nivel"))


def read_themes(data: bytes) -> Table:
    """Read a file of themes."""
    return read_table(data, THEME_COLUMNS, ("codigo", "nombre_es"))


def plan_territories(
    table: Table, existing: Iterable[Place], *, remove_missing: bool = False
) -> Plan:
    """Return what a file would do to the territories, with every problem found."""
    lines = _unique(table)
    rows = {
        code: Place(code, line.cells["nombre"], line.cells["nivel"], line.cells["codigo_padre"])
        for code, line in lines.items()
    }
    before = {place.code: place for place in existing}
    plan = _compare(rows, before, table, remove_missing=remove_missing)
    merged = {**({} if remove_missing else before), **rows}
    for code, place in rows.items():
        if place.parent and place.parent not in merged:
            plan.problems.append(
                Problem(
                    "codigo_padre",
                    _l("No existe el código «%(code)s».", code=place.parent),
                    lines[code].number,
                )
            )
    plan.problems += _tree_problems(merged, lines)
    return plan


def _tree_problems(merged: Mapping[str, Place], lines: Mapping[str, Line]) -> list[Problem]:
    problems = []
    depths: dict[str, int] = {}
    for start in merged:
        walked: list[str] = []
        seen: set[str] = set()
        code = start
        while code in merged and code not in depths and code not in seen:
            seen.add(code)
            walked.append(code)
            code = merged[code].parent
        if code in seen:
            place = next((each for each in walked if each in lines), code)
            problems.append(
                Problem(
                    "codigo_padre",
                    _l("«%(code)s» quedaría dentro de sí mismo.", code=code),
                    lines[place].number if place in lines else None,
                )
            )
            depths.update(dict.fromkeys(walked, 1))
            continue
        depth = depths.get(code, 0)
        for each in reversed(walked):
            depth += 1
            depths[each] = depth
            if depth == MOST_LEVELS + 1:
                problems.append(
                    Problem(
                        "codigo_padre",
                        _l("El árbol tendría más de %(most)s niveles.", most=MOST_LEVELS),
                        lines[each].number if each in lines else None,
                    )
                )
    return problems


def plan_themes(table: Table, existing: Iterable[Subject], *, remove_missing: bool = False) -> Plan:
    """Return what a file would do to the themes, with every problem found."""
    rows = {
        code: Subject(
            code,
            tuple(
                (locale, line.cells[f"nombre_{locale}"])
                for locale in SUPPORTED_LOCALES
                if line.cells[f"nombre_{locale}"]
            ),
        )
        for code, line in _unique(table).items()
    }
    before = {subject.code: subject for subject in existing}
    return _compare(rows, before, table, remove_missing=remove_missing)


def _compare(
    rows: Mapping[str, Any], before: Mapping[str, Any], table: Table, *, remove_missing: bool
) -> Plan:
    plan = Plan(rows=dict(rows), problems=table.problems, ignored=table.ignored)
    for code, row in rows.items():
        old = before.get(code)
        if old is None:
            plan.added.append(row)
        elif old.cells != row.cells:
            plan.changed.append((old, row))
        else:
            plan.unchanged += 1
    if remove_missing:
        plan.removed = [old for code, old in before.items() if code not in rows]
    return plan
