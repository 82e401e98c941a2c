"""The sheets of an uploaded workbook (XLSX, ODS), as rows of text."""

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from flask_babel import lazy_gettext as _l

from participa.core import opendocument, table_files
from participa.core.errors import Invalid

LARGEST_CONTENT = 32 * 1024 * 1024
"""Bytes that a workbook may hold once unpacked: more would be a way to fill the memory."""
MOST_ELEMENTS = 800_000
"""XML elements (cells, their values, shared strings) that a workbook may hold: each costs memory
and some ten microseconds, however few bytes it takes."""
MOST_ROWS = 25_000
"""Rows that are looked at, empty ones too: a file may say that its next row is the millionth."""
MOST_COLUMNS = 200
_PIECE = 64 * 1024


MOST_EXACT = 10**15
"""From here on a spreadsheet has rounded a number: fifteen digits are all that it keeps."""
LARGEST_FILE = 2 * 1024 * 1024
"""Bytes of a workbook."""
_DAMAGED = (
    zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError, SyntaxError, ExpatError,
    zlib.error, EOFError, NotImplementedError, RuntimeError, ArithmeticError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, and its rows with their lines, counted from 1, and their cells as text."""

    name: str
    rows: Iterator[tuple[int, Sequence[str]]]


def sheets(data: bytes, kind: table_files.Kind, *, path: str = "file") -> Iterator[Sheet]:
    """Give the sheets of a workbook, those that are hidden last.

    Formulas count as what they last showed. Raises :class:`Invalid` on ``path`` for a file that is
    no readable workbook.
    """
    if len(data) > LARGEST_FILE:
        raise Invalid.of(path, _l("El libro pesa más de 2 MB: guárdelo como CSV."))
    try:
        if not _is_bounded(data):
            raise Invalid.of(path, _l("El libro de hojas de cálculo es demasiado grande."))
    except _DAMAGED:
        raise _broken(path) from None
    yield from (_open_document if kind is table_files.Kind.ODS else _xlsx)(data, path)


def rows(data: bytes, *, path: str = "file") -> Iterator[tuple[int, Sequence[str]]]:
    """Give the rows of the first sheet of an XLSX workbook: see :func:`sheets`."""
    for sheet in sheets(data, table_files.Kind.XLSX, path=path):
        yield from sheet.rows
        return


def _broken(path: str) -> Invalid:
    return Invalid.of(path, _l("No pudimos leer el libro de hojas de cálculo: está dañado."))


def _too_many(path: str) -> Invalid:
    sentence = _l(
        "La hoja tiene más de %(most)s filas. Si las de abajo están vacías, bórrelas; si no, "
        "guárdela como CSV.",
        most=MOST_ROWS,
    )
    return Invalid.of(path, sentence)


def _open_document(data: bytes, path: str) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = opendocument.sheets(archive, number, MOST_ROWS, MOST_COLUMNS)
    except opendocument.TooManyRows:
        raise _too_many(path) from None
    except _DAMAGED:
        raise _broken(path) from None
    for each in found:
        yield Sheet(each.name, iter(each.rows))


def _xlsx(data: bytes, path: str) -> Iterator[Sheet]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (*_DAMAGED, InvalidFileException):
        raise _broken(path) from None
    try:
        if not book.worksheets:
            raise Invalid.of(path, _l("El libro no tiene hojas."))
        for sheet in sorted(book.worksheets, key=lambda each: each.sheet_state != "visible"):
            yield Sheet(sheet.title, _sheet_rows(sheet, path))
    finally:
        book.close()


def _sheet_rows(sheet: Any, path: str) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        # What the file says of its own size may be wrong by millions of rows.
        sheet.reset_dimensions()
        for line, cells in enumerate(
            sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1
        ):
            if line > MOST_ROWS:
                raise _too_many(path)
            yield line, [_text(cell) for cell in cells]
    except _DAMAGED:
        raise _broken(path) from None


def _is_bounded(data: bytes) -> bool:
    """Return whether reading a workbook takes bounded time and memory, whatever it says of itself.

    Unpacks and scans every part, which costs a fraction of reading them.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if sum(each.file_size for each in parts) > LARGEST_CONTENT:
            return False
        elements = 0

        def count(_name: str, _attributes: Any) -> None:
            nonlocal elements
            elements += 1

        for part in parts:
            if not part.filename.lower().endswith((".xml", ".rels")):
                continue
            parser = ParserCreate()
            parser.StartElementHandler = count
            parser.StartDoctypeDeclHandler = _refuse_doctype
            with archive.open(part) as content:
                while piece := content.read(_PIECE):
                    parser.Parse(piece, False)  # noqa: FBT003  (the library's signature)
                    if elements > MOST_ELEMENTS:
                        return False
            parser.Parse(b"", True)  # noqa: FBT003
    return True


def _refuse_doctype(*_declared: Any) -> None:
    """Refuse declarations: no workbook has them, and they may define entities that multiply."""
    message = "a workbook declares a document type"
    raise ValueError(message)


def number(value: float) -> str:
    """Return a number as text that cannot be read as another one.

    Fifteen digits, as a spreadsheet shows it. A whole number of more was rounded: it is written
    with its exponent, as spreadsheets do. Three decimals get a zero: ``350.125`` would be read as
    three hundred and fifty thousand.
    """
    if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124
        return "#NUM!"
    if abs(value) >= MOST_EXACT:
        return f"{value:.14E}"
    if float(value).is_integer():
        return str(int(value))
    text = format(Decimal(f"{value:.15g}"), "f")
    return f"{text}0" if len(text.partition(".")[2]) == 3 else text  # noqa: PLR2004


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        return number(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return str(cell)
