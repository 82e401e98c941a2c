"""The first sheet of an uploaded workbook, as rows of text."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core.errors import Invalid

LARGEST_CONTENT = 60 * 1024 * 1024
"""Bytes that a workbook may hold once unpacked: more would be a way to fill the memory."""
MOST_COLUMNS = 200


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
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(each.file_size for each in archive.infolist()) > LARGEST_CONTENT:
                raise Invalid.of(path, _l("El libro de hojas de cálculo es demasiado grande."))
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (
        zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError, OSError,
        SyntaxError,
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
            yield number, [_text(cell) for cell in cells]
    except (KeyError, ValueError, TypeError, OSError, SyntaxError, zipfile.BadZipFile):
        raise broken from None
    finally:
        book.close()


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
