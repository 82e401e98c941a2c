"""Territories and themes from a file: reading what people made, and saying what it would change.

Nothing here touches the database: the page, the command and the tests share these functions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.errors import Problem
from participa.core.i18n import SOURCE_LOCALE, SUPPORTED_LOCALES
from participa.core.tables import Columns, Line, Table, read_table

MOST_LEVELS = 12
"""How deep a tree of territories may be."""
TERRITORY_COLUMNS = {"codigo": 60, "nombre": 160, "nivel": 40, "codigo_padre": 60}
"""Columns of the territories' file with the most characters of each."""
THEME_COLUMNS = {"codigo": 60, **{f"nombre_{code}": 160 for code in SUPPORTED_LOCALES}}
"""Columns of the themes' file."""
_TERRITORIES = Columns(
    TERRITORY_COLUMNS,
    ("codigo", "nombre", "nivel"),
    identifier="codigo",
    other_names={"cod": "codigo", "tipo": "nivel", "cod_padre": "codigo_padre"},
)
_THEMES = Columns(
    THEME_COLUMNS,
    ("codigo", f"nombre_{SOURCE_LOCALE}"),
    identifier="codigo",
    other_names={"cod": "codigo", "nombre": f"nombre_{SOURCE_LOCALE}"},
)


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
    table: Table = field(default_factory=Table)
    """The file as it was read."""

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
    return read_table(data, _TERRITORIES)


def read_themes(data: bytes) -> Table:
    """Read a file of themes."""
    return read_table(data, _THEMES)


def plan_territories(
    table: Table, existing: Iterable[Place], *, remove_missing: bool = False
) -> Plan:
    """Return what a file would do to the territories, with every problem found."""
    lines = _unique(table)
    before = {place.code: place for place in existing}
    _refuse_new(table, lines, before, ("nombre", "nivel"))
    rows = {code: _place(table, line, before.get(code)) for code, line in lines.items()}
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


def _place(table: Table, line: Line, before: Place | None) -> Place:
    """Return what a line says of a territory; what the file has no column for stays as it is."""
    said = dict(zip(TERRITORY_COLUMNS, before.cells, strict=True)) if before is not None else {}
    said |= {name: line.cells[name] for name in table.used}
    return Place(*[said.get(name, "") for name in TERRITORY_COLUMNS])


def _refuse_new(
    table: Table, lines: Mapping[str, Line], before: Mapping[str, Any], needed: Iterable[str]
) -> None:
    """Add what is wrong with lines that are new in a file without the columns that those need."""
    table.problems += [
        Problem(
            name,
            _l("«%(code)s» es nuevo y al archivo le falta esta columna.", code=code),
            line.number,
        )
        for code, line in lines.items()
        if code not in before
        for name in needed
        if name not in table.used
    ]


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
    lines = _unique(table)
    before = {subject.code: subject for subject in existing}
    _refuse_new(table, lines, before, (f"nombre_{SOURCE_LOCALE}",))
    rows = {code: _subject(table, line, before.get(code)) for code, line in lines.items()}
    return _compare(rows, before, table, remove_missing=remove_missing)


def _subject(table: Table, line: Line, before: Subject | None) -> Subject:
    """Return what a line says of a theme; languages that the file has no column for stay."""
    said = dict(before.names) if before is not None else {}
    for locale in SUPPORTED_LOCALES:
        if f"nombre_{locale}" in table.used:
            said[locale] = line.cells[f"nombre_{locale}"]
    return Subject(line.cells["codigo"], tuple((key, name) for key, name in said.items() if name))


def _compare(
    rows: Mapping[str, Any], before: Mapping[str, Any], table: Table, *, remove_missing: bool
) -> Plan:
    plan = Plan(rows=dict(rows), problems=table.problems, ignored=table.ignored, table=table)
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
