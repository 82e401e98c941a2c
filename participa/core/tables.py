"""Tables as people make them: CSV files whatever program wrote them, and rows of a workbook.

Nothing here knows what the columns mean, nor the database.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from participa.core import spreadsheets, table_files
from participa.core.errors import Invalid, Problem
from participa.core.sanitize import control_characters, normalize

LARGEST_FILE = 2 * 1024 * 1024
"""Bytes."""
MOST_ROWS = 20_000
MOST_PROBLEMS = 200
"""Problems shown of one file; the rest is counted."""
TOTALS = _l("Parece una fila de totales: quítela del archivo.")
FAILED_FORMULA = _l("La hoja de cálculo muestra un error en esta celda: corríjala.")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
NUMBER = re.compile(r"-?[0-9]+([.,][0-9]+)?")
FORMULA = re.compile(r"(^|[;\t\r\n])(?=[ \t]*'*[ \t]*[=+\-@\t\r])")
"""Where a cell of some spreadsheet may begin, before what it would run."""
QUOTED_FORMULA = re.compile(r"(^|[;\t\r\n])'(?=[ \t]*'*[ \t]*[=+\-@])")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file: where it stands, and its cells by column."""

    number: int
    cells: Mapping[str, str]


@dataclass(slots=True)
class Table:
    """A file that was read."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    """Columns that mean nothing here."""
    used: dict[str, str] = field(default_factory=dict)
    """Columns that the file has, with what it calls them; of others it says nothing."""
    notes: list[Any] = field(default_factory=list)
    """How it was understood, where people should look: which sheet, which rows were left out."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file may have."""

    most: Mapping[str, int]
    """The columns with the most characters of each."""
    required: Sequence[str]
    identifier: str = ""
    """A column by which a line names what is there already: with it, no other is required."""
    multiline: Collection[str] = ()
    """Columns whose cells may have line breaks."""
    other_names: Mapping[str, str] = field(default_factory=dict)
    """What people call columns too, as :func:`table_files.column` compares it."""

    def heading(self, cells: Sequence[str]) -> list[str]:
        """Return what the cells of a heading mean."""
        return table_files.columns(cells, list(self.most), self.other_names)

    def missing(self, heading: Collection[str]) -> list[str]:
        """Return what a heading lacks."""
        if self.identifier and self.identifier in heading and len(self.known(heading)) > 1:
            return []
        return [name for name in self.required if name not in heading]

    def count(self, cells: Sequence[str]) -> int:
        """Return how many columns the cells of a heading name."""
        return len(self.known(self.heading(cells)))

    def known(self, heading: Collection[str]) -> set[str]:
        """Return the columns that a heading has."""
        return set(self.most).intersection(heading)


def read_table(data: bytes, columns: Columns) -> Table:
    """Read a CSV file, whatever program wrote it, or a workbook; finds every problem.

    Of a workbook it is the first sheet that has the columns. What stands above the line with the
    columns is left out.
    """
    table = Table()
    if len(data) > LARGEST_FILE:
        table.problems.append(Problem("", _l("El archivo pesa más de 2 MB.")))
        return table
    kind, refusal = table_files.kind(data)
    if kind is None:
        table.problems.append(Problem("", refusal))
    elif kind is not table_files.Kind.TEXT:
        try:
            _read_sheets(spreadsheets.sheets(data, kind, path=""), columns, table)
        except Invalid as error:
            table.problems += error.problems
    elif data.strip():
        name, note = table_files.encoding(data)
        table.notes += [note] if note is not None else []
        # What stands for nothing in Windows' letters is told cell by cell.
        text = data.decode(name, errors="replace")
        if name != "utf-16":
            text = text.replace("\ufffd", "\x00")
        _read_rows(_csv_rows(text, columns, table), columns, table)
    else:
        table.problems.append(Problem("", _l("El archivo está vacío.")))
    return table


def _read_sheets(sheets: Iterator[spreadsheets.Sheet], columns: Columns, table: Table) -> None:
    first: Iterable[tuple[int, Sequence[str]]] | None = None
    names = []
    for sheet in sheets:
        names.append(sheet.name)
        start = list(islice(sheet.rows, table_files.HEADING_WITHIN))
        if any(not columns.missing(columns.heading(cells)) for _number, cells in start):
            if len(names) > 1:
                table.notes.append(_l("Leímos la hoja «%(name)s».", name=sheet.name))
            _read_rows(chain(start, sheet.rows), columns, table)
            return
        if first is None and any(any(cells) for _number, cells in start):
            first = start
    _read_rows(first or (), columns, table)
    if len(names) > 1:
        sentence = _l(
            "Ninguna hoja del libro tiene esas columnas: %(names)s.",
            names=", ".join(f"«{name}»" for name in names[:20]),
        )
        table.problems.append(Problem("", sentence))


def _csv_rows(text: str, columns: Columns, table: Table) -> Iterator[tuple[int, Sequence[str]]]:
    delimiter, is_said = table_files.separator(text, columns.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            if not (is_said and any(cells)):
                yield number, cells
            is_said = is_said and not any(cells)
    except csv.Error:
        table.problems.append(
            Problem("", _l("Esta línea no se entiende: revise las comillas."), before + 1)
        )


def _read_rows(rows: Iterable[tuple[int, Sequence[str]]], columns: Columns, table: Table) -> None:
    said = ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))
    start = list(islice(said, table_files.HEADING_WITHIN))
    if not start:
        if not table.problems:
            table.problems.append(Problem("", _l("El archivo no tiene filas.")))
        return
    place = heading_place([cells for _number, cells in start], columns)
    number, cells = start[place]
    header = _header(cells, columns, number, table)
    if any(each.line == number for each in table.problems):
        return
    if place:
        table.notes.append(
            _ln(
                "No leímos la línea que está encima de las columnas.",
                "No leímos las %(num)s líneas que están encima de las columnas.",
                place,
            )
        )
    for number, cells in chain(start[place + 1 :], said):
        if len(table.lines) >= MOST_ROWS:
            table.problems.append(
                Problem("", _l("El archivo tiene más de %(most)s filas.", most=MOST_ROWS), number)
            )
            break
        _read_line(cells, header, columns, number, table)
    if not table.lines and not table.problems:
        table.problems.append(Problem("", _l("El archivo no tiene filas.")))


def heading_place(rows: Sequence[Sequence[str]], columns: Columns) -> int:
    """Return which of the first rows of a file says the columns: the first one that has them.

    Where none has, the one that has the most of them.
    """
    headings = [columns.heading(cells) for cells in rows]
    for place, heading in enumerate(headings):
        if not columns.missing(heading):
            return place
    return max(range(len(rows)), key=lambda place: (len(columns.known(headings[place])), -place))


def _header(cells: Sequence[str], columns: Columns, number: int, table: Table) -> list[str]:
    header = columns.heading(cells)
    table.problems += [
        missing_column(name, list(columns.most), number) for name in columns.missing(header)
    ]
    for name in sorted(name for name in columns.known(header) if header.count(name) > 1):
        table.problems.append(Problem(name, _l("Esta columna está dos veces."), number))
    for cell, name in zip(cells, header, strict=True):
        if name in columns.most:
            table.used[name] = cell.strip()
        elif name:
            table.ignored.append(cell.strip())
    return header


def missing_column(name: str, columns: Sequence[str], number: int) -> Problem:
    """Return what is wrong with a file that lacks a column."""
    sentence = _l(
        "Falta esta columna. La primera línea debe ser: %(columns)s", columns=",".join(columns)
    )
    return Problem(name, sentence, number)


def _read_line(
    cells: Sequence[str], header: Sequence[str], columns: Columns, number: int, table: Table
) -> None:
    if table_files.is_total(cells):
        table.problems.append(Problem("", TOTALS, number))
        return
    if any(cell.strip() for cell in cells[len(header) :]):
        table.problems.append(
            Problem(
                "", _l("Esta línea tiene más datos que columnas: revise comas y comillas."), number
            )
        )
        return
    found = dict.fromkeys(columns.most, "")
    for name, cell in zip(header, cells, strict=False):
        if name in columns.most:
            found[name] = _unquoted(normalize(cell))
    good = True
    for name, value in found.items():
        problem = _cell_problem(
            value,
            columns.most[name],
            required=name in columns.required and name in table.used,
            multiline=name in columns.multiline,
        )
        if problem is None and name.startswith("codigo") and value and not CODE.fullmatch(value):
            problem = _l(
                "«%(value)s» no sirve de código: use letras sin tilde, cifras, punto o guion.",
                value=value,
            )
        if problem is not None:
            table.problems.append(Problem(name, problem, number))
            good = False
    if good:
        table.lines.append(Line(number, found))


def _unquoted(cell: str) -> str:
    """Undo :func:`harmless`, so that what was exported can be imported."""
    return QUOTED_FORMULA.sub(r"\1", cell)


def _cell_problem(value: str, maximum: int, *, required: bool, multiline: bool) -> Any:
    if table_files.is_error(value):
        return FAILED_FORMULA
    if control_characters(value) or (not multiline and ("\n" in value or "\t" in value)):
        return _l("Tiene caracteres invisibles o un salto de línea.")
    if len(value) > maximum:
        return _l(
            "Tiene %(length)s caracteres; el máximo es %(maximum)s.",
            length=len(value),
            maximum=maximum,
        )
    if required and not value:
        return _l("Este dato hace falta.")
    return None


def write(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV text (RFC 4180) that a spreadsheet opens without running anything."""
    return "".join(map(line, [list(columns), *rows]))


def line(cells: Iterable[str]) -> str:
    """Return one row of CSV text.

    What holds a delimiter of any country's spreadsheets is quoted, not our own comma alone.
    """
    return ",".join(_written(harmless(cell)) for cell in cells) + "\r\n"


def _written(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[,;\t\r\n"]', cell) else cell


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, not even where it splits at ``;``.

    Excel in Spanish splits our lines there, and inside of quotes too, since they do not begin its
    cell. A number stays one.
    """
    return cell if NUMBER.fullmatch(cell) else FORMULA.sub(r"\1'", cell)
