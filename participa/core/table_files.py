"""What an uploaded table is (CSV, XLSX, ODS, something else), and how its text is written.

Nothing here knows what the columns mean.
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core import words

SNIFF = 64 * 1024
"""Bytes that tell how a text file is written."""
HEADING_WITHIN = 30
"""Rows among which the one with the columns is looked for: a cover may stand above it."""
ACCEPT = (
    ".csv,.txt,.xlsx,.ods,text/csv,text/plain,"
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet,"
    "application/vnd.oasis.opendocument.spreadsheet"
)
"""What a form lets people choose."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""A compound file: the old Excel format, and any workbook with a password."""
_SEPARATOR = re.compile(r"\s*sep=(.)\s*", re.IGNORECASE)
_MARKUP = re.compile(rb"<(\?xml|!doctype|html|table|meta|style|head|body)\b", re.IGNORECASE)
_LETTERS = frozenset("áéíóúñüÁÉÍÓÚÑÜ¿¡ãõçâêôàÃÕÇÂÊÔÀ")
"""What Spanish and Portuguese write beside ASCII; what else there is counts against a reading."""
_ENCODINGS: Mapping[str, Any] = {
    "cp1252": "Windows",
    "mac_roman": "Macintosh",
    "cp850": "MS-DOS",
}
"""How spreadsheets write text that is not Unicode, the most common first."""
_TOTALS = re.compile(r"(gran |sub ?)?total(es)?( general(es)?)?|sumas?|sumatoria")
_ERRORS = re.compile(
    r"#(REF|DIV/0|N/A|N/D|NAME|NULL|NUM|VALUE|SPILL|CALC)[!?]?|#[¡¿][A-Z0-9/Ñ]+[!?]|#{3,}"
)


class Kind(StrEnum):
    """What a file is."""

    TEXT = "text"
    XLSX = "xlsx"
    ODS = "ods"


def kind(data: bytes) -> tuple[Kind | None, Any]:
    """Return what a file is, or ``None`` and the sentence that says why it cannot be read."""
    start = data[:SNIFF].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(b"PK"):
        return _archive(data)
    if data.startswith(_OLD_OFFICE):
        return None, _l(
            "Es un libro de Excel antiguo (.xls) o con contraseña. Ábralo y guárdelo como libro "
            "de Excel (.xlsx), sin contraseña."
        )
    if _MARKUP.match(start):
        return None, _l(
            "Es una página web o un archivo XML, aunque se llame .xls. Ábralo en su hoja de "
            "cálculo y guárdelo como libro de Excel (.xlsx) o como CSV."
        )
    if not data.startswith(_UTF16) and (b"\x00" in start or start.startswith(b"%PDF")):
        return None, _not_a_table()
    return Kind.TEXT, None


def _archive(data: bytes) -> tuple[Kind | None, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        # Damaged: whoever reads it says so.
        return Kind.XLSX, None
    if "content.xml" in names:
        return Kind.ODS, None
    if "xl/workbook.bin" in names:
        return None, _l(
            "Es un libro binario de Excel (.xlsb). Ábralo y guárdelo como libro de Excel (.xlsx)."
        )
    if not any(name.startswith("xl/") for name in names):
        return None, _not_a_table()
    return Kind.XLSX, None


def _not_a_table() -> Any:
    return _l("Esto no es una tabla. Sirven archivos CSV y libros XLSX u ODS.")


def encoding(start: bytes) -> tuple[str, Any]:
    """Return how a text file is written, and what to say of it where it had to be guessed.

    Text that is not Unicode is read as the program that gives the most Spanish letters.
    """
    if start.startswith(_UTF16):
        return "utf-16", None
    try:
        # What was cut may end within a letter.
        start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(start) - 3 or len(start) < SNIFF:
            best = max(_ENCODINGS, key=lambda each: _likeness(start, each))
            note = _l(
                "El archivo no está en Unicode: lo leímos como lo escribe %(program)s. Mire que "
                "las tildes se vean bien.",
                program=_ENCODINGS[best],
            )
            return best, None if best == "cp1252" else note
    return "utf-8-sig", None


def _likeness(start: bytes, name: str) -> int:
    odd = bytes(byte for byte in start if byte > 127).decode(name, "replace")  # noqa: PLR2004
    return sum(1 if letter in _LETTERS else -1 for letter in odd)


def separator(text: str, known: Callable[[Sequence[str]], int]) -> tuple[str, bool]:
    """Return what separates the cells of a CSV text, and whether its first line only says so.

    The one by which some line has the most columns that are ``known``; where none has any, the
    one that the first line has the most of.
    """
    lines = [line for line in text.splitlines()[:HEADING_WITHIN] if line.strip()]
    if not lines:
        return ",", False
    if said := _SEPARATOR.fullmatch(lines[0]):
        return said[1], True
    return max(
        ",;\t",
        key=lambda each: (
            max(known([cell.strip(' "') for cell in line.split(each)]) for line in lines),
            lines[0].count(each),
        ),
    ), False


def column(cell: str) -> str:
    """Return the name of a column as it is compared: ``F. de Nacimiento`` → ``f_nacimiento``."""
    name = re.sub(r"[\s_.:;,/()\-#º°ª*]+", " ", words.plain(cell)).strip()
    return re.sub(r" (de|del|la|el) ", " ", name).replace(" ", "_")


def columns(
    cells: Sequence[str], known: Sequence[str], other_names: Mapping[str, str]
) -> list[str]:
    """Return what each cell of a heading means; what means nothing here is as it is compared.

    ``other_names`` are what people call columns too; they count where the column's own name is
    not there.
    """
    own = {column(name): name for name in known}
    compared = [column(cell) for cell in cells]
    found = [own.get(name, name) for name in compared]
    for place, name in enumerate(compared):
        meant = other_names.get(name)
        if meant is not None and name not in own and meant not in found:
            found[place] = meant
    return found


def is_total(cells: Sequence[str]) -> bool:
    """Return whether a row looks like the totals below a table."""
    first = next((cell for cell in cells if cell.strip()), "")
    return bool(_TOTALS.fullmatch(words.plain(first).rstrip(" :.")))


def is_error(cell: str) -> bool:
    """Return whether a cell is what a spreadsheet shows where a formula failed."""
    return bool(_ERRORS.fullmatch(cell.strip()))
