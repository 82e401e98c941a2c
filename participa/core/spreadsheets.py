"""The first sheet of an uploaded workbook, as rows of text."""

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from flask_babel import lazy_gettext as _l

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


def is_workbook(data: bytes) -> bool:
    """Return whether a file looks like an XLSX workbook (a ZIP archive)."""
    return data.startswith(b"PK")


def rows(data: bytes, *, path: str = "file") -> Iterator[tuple[int, Sequence[str]]]:
    """Give each row of the first sheet with its line, counted from 1, and its cells as text.

    Formulas count as what they last showed. Raises :class:`Invalid` on ``path`` for a file that is
    no readable workbook.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    broken = Invalid.of(path, _l("No pudimos leer el libro de hojas de cálculo: está dañado."))
    try:
        if not _is_bounded(data):
            raise Invalid.of(path, _l("El libro de hojas de cálculo es demasiado grande."))
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (
        zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError,
        SyntaxError, ExpatError, zlib.error, EOFError, NotImplementedError, RuntimeError,
    ):  # fmt: skip
        raise broken from None
    try:
        if not book.worksheets:
            raise Invalid.of(path, _l("El libro no tiene hojas."))
        sheet = book.worksheets[0]
        # What the file says of its own size may be wrong by millions of rows.
        sheet.reset_dimensions()
        for number, cells in enumerate(
            sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), start=1
        ):
            if number > MOST_ROWS:
                raise Invalid.of(
                    path, _l("El archivo tiene más de %(most)s filas.", most=MOST_ROWS)
                )
            yield number, [_text(cell) for cell in cells]
    except (KeyError, ValueError, TypeError, OSError, SyntaxError, zipfile.BadZipFile):
        raise broken from None
    finally:
        book.close()


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


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    return str(cell)
