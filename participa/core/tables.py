"""Tables as people make them: CSV files whatever program wrote them, and rows of a workbook.

Nothing here knows what the columns mean, nor the database.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.errors import Problem
from participa.core.sanitize import control_characters, normalize

LARGEST_FILE = 2 * 1024 * 1024
"""Bytes."""
MOST_ROWS = 20_000
MOST_PROBLEMS = 200
"""Problems shown of one file; the rest is counted."""
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


def read_table(
    data: bytes,
    columns: Mapping[str, int],
    required: Sequence[str],
    *,
    multiline: Collection[str] = (),
) -> Table:
    """Read a CSV file of known columns, whatever program wrote it; finds every problem.

    ``multiline`` are the columns whose cells may have line breaks.
    """
    table = Table()
    text = _decode(data, table)
    if text is not None:
        _read_rows(_csv_rows(text, table), columns, required, table, multiline)
    return table


def read_rows(
    rows: Iterable[tuple[int, Sequence[str]]],
    columns: Mapping[str, int],
    required: Sequence[str],
    *,
    multiline: Collection[str] = (),
) -> Table:
    """Read rows with their line numbers as :func:`read_table` reads a file's."""
    table = Table()
    _read_rows(rows, columns, required, table, multiline)
    return table


def _csv_rows(text: str, table: Table) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    before = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            yield number, cells
    except csv.Error:
        table.problems.append(
            Problem("", _l("Esta línea no se entiende: revise las comillas."), before + 1)
        )


def _read_rows(
    rows: Iterable[tuple[int, Sequence[str]]],
    columns: Mapping[str, int],
    required: Sequence[str],
    table: Table,
    multiline: Collection[str],
) -> None:
    header: list[str] | None = None
    for number, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        if header is None:
            header = _header(cells, columns, required, number, table)
            if table.problems:
                return
            continue
        if len(table.lines) >= MOST_ROWS:
            table.problems.append(
                Problem("", _l("El archivo tiene más de %(most)s filas.", most=MOST_ROWS), number)
            )
            break
        _read_line(cells, header, columns, required, number, table, multiline)
    if header is None or (not table.lines and not table.problems):
        table.problems.append(Problem("", _l("El archivo no tiene filas.")))


def _decode(data: bytes, table: Table) -> str | None:
    if not data.strip():
        table.problems.append(Problem("", _l("El archivo está vacío.")))
    elif len(data) > LARGEST_FILE:
        table.problems.append(Problem("", _l("El archivo pesa más de 2 MB.")))
    elif data.startswith(b"PK"):
        table.problems.append(
            Problem("", _l("Parece un libro de hojas de cálculo. Ábralo y guárdelo como CSV."))
        )
    else:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16", errors="replace")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("cp1252", errors="replace").replace("\ufffd", "\x00")
    return None


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.strip().lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).replace(" ", "_")


def _header(
    cells: Sequence[str],
    columns: Mapping[str, int],
    required: Sequence[str],
    number: int,
    table: Table,
) -> list[str]:
    header = [_plain(cell) for cell in cells]
    for name in required:
        if name not in header:
            table.problems.append(
                Problem(
                    name,
                    _l(
                        "Falta esta columna. La primera línea debe ser: %(columns)s",
                        columns=",".join(columns),
                    ),
                    number,
                )
            )
    for name in sorted({name for name in header if name in columns and header.count(name) > 1}):
        table.problems.append(Problem(name, _l("Esta columna está dos veces."), number))
    table.ignored = [
        cell.strip()
        for cell, name in zip(cells, header, strict=True)
        if name not in columns and name
    ]
    return header


def _read_line(
    cells: Sequence[str],
    header: Sequence[str],
    columns: Mapping[str, int],
    required: Sequence[str],
    number: int,
    table: Table,
    multiline: Collection[str],
) -> None:
    if any(cell.strip() for cell in cells[len(header) :]):
        table.problems.append(
            Problem(
                "", _l("Esta línea tiene más datos que columnas: revise comas y comillas."), number
            )
        )
        return
    found = dict.fromkeys(columns, "")
    for name, cell in zip(header, cells, strict=False):
        if name in columns:
            found[name] = _unquoted(normalize(cell))
    good = True
    for name, value in found.items():
        problem = _cell_problem(
            value, columns[name], required=name in required, multiline=name in multiline
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
