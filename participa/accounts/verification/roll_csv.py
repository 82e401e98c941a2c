"""A roll as CSV, read line by line: half a million lines take no more memory than one.

Nothing here touches the database. A document number leaves this module only as its keyed hash, and
no problem quotes one.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _l

from participa.accounts.models.rolls import GROUP_LENGTH
from participa.accounts.verification.documents import BadDocument, normal_type
from participa.core.errors import Problem
from participa.core.tables import CODE
from participa.core.words import plain

TYPE, NUMBER, BORN, PLACE, GROUP = (
    "tipo_documento",
    "numero_documento",
    "fecha_nacimiento",
    "codigo_territorio",
    "grupo",
)
COLUMNS = (TYPE, NUMBER, BORN, PLACE, GROUP)
REQUIRED = (TYPE, NUMBER)
EARLIEST = dt.date(1880, 1, 1)
MOST_LINES = 10_000_000
_SNIFF = 4096
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Line:
    """A good line of the file."""

    number: int
    document_type: str
    document_hash: str
    birth_date: dt.date | None = None
    territory_id: int | None = None
    group: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lines are checked against."""

    document: Callable[[str, str], str]
    """Type and number → keyed hash; raises :class:`BadDocument`."""
    territories: Mapping[str, int]
    """Ids by code."""
    today: dt.date


def lines(file: BinaryIO, reading: Reading) -> Iterator[Line | Problem]:
    """Give each line of a file, good or with what is wrong with it (line, column, reason)."""
    start = file.read(_SNIFF)
    if not start.strip():
        yield Problem("", _l("El archivo está vacío."))
        return
    if start.startswith(b"PK"):
        yield Problem("", _l("Parece un libro de hojas de cálculo. Ábralo y guárdelo como CSV."))
        return
    file.seek(0)
    encoding = "utf-16" if start.startswith(_UTF16) else "utf-8-sig"
    # What is not UTF-8 is put right cell by cell: see _text.
    text = io.TextIOWrapper(file, encoding, errors="surrogateescape", newline="")
    try:
        yield from _rows(text, _delimiter(start, encoding), reading)
    finally:
        text.detach()


def _delimiter(start: bytes, encoding: str) -> str:
    first = start.decode(encoding, errors="replace").lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def _rows(text: io.TextIOWrapper, delimiter: str, reading: Reading) -> Iterator[Line | Problem]:
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    header: dict[str, int] | None = None
    before = found = 0
    try:
        for cells in reader:
            number, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header, problems = _header(cells, number)
                yield from problems
                if problems:
                    return
                continue
            found += 1
            if found > MOST_LINES:
                yield Problem("", _l("El archivo tiene demasiadas líneas."), number)
                return
            yield _line(cells, header, number, reading)
    except csv.Error:
        yield Problem("", _l("Esta línea no se entiende: revise las comillas."), before + 1)
        return
    except UnicodeError:
        yield Problem("", _l("El archivo está dañado a partir de esta línea."), before + 1)
        return
    if not found:
        yield Problem("", _l("El archivo no tiene líneas."))


def _header(cells: Sequence[str], number: int) -> tuple[dict[str, int], list[Problem]]:
    names = [plain(_text(cell)).replace(" ", "_").replace("_de_", "_") for cell in cells]
    problems = [
        Problem(
            name,
            _l(
                "Falta esta columna. La primera línea debe ser: %(columns)s",
                columns=",".join(COLUMNS),
            ),
            number,
        )
        for name in REQUIRED
        if name not in names
    ]
    problems += [
        Problem(name, _l("Esta columna está dos veces."), number)
        for name in COLUMNS
        if names.count(name) > 1
    ]
    return {name: names.index(name) for name in COLUMNS if name in names}, problems


def _line(
    cells: Sequence[str], header: Mapping[str, int], number: int, reading: Reading
) -> Line | Problem:
    value = {
        name: _text(cells[place]).strip() if place < len(cells) else ""
        for name, place in header.items()
    }
    for name in REQUIRED:
        if not value[name]:
            return Problem(name, _l("Este dato hace falta."), number)
    try:
        document_hash = reading.document(value[TYPE], value[NUMBER])
    except BadDocument as error:
        return Problem(TYPE if error.field == "type" else NUMBER, error.sentence, number)
    born, wrong = birth_date(value.get(BORN, ""), reading.today)
    if wrong is not None:
        return Problem(BORN, wrong, number)
    code = value.get(PLACE, "")
    if code and code not in reading.territories:
        # No code is quoted: a number in the wrong column must not reach the list of problems.
        return Problem(PLACE, _l("No hay un territorio con ese código."), number)
    group = value.get(GROUP, "")
    if group and (len(group) > GROUP_LENGTH or not CODE.fullmatch(group)):
        return Problem(
            GROUP, _l("Use una palabra corta, sin tildes ni espacios, como rural."), number
        )
    return Line(
        number,
        normal_type(value[TYPE]),
        document_hash,
        born,
        reading.territories[code] if code else None,
        group,
    )


def birth_date(text: str, today: dt.date) -> tuple[dt.date | None, Any]:
    """Return a date written as 1990-05-31 or 31/05/1990, or a sentence on what is wrong."""
    if not text:
        return None, None
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            # A calendar day has no zone.
            day = dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
        if EARLIEST <= day <= today:
            return day, None
        break
    return None, _l("Escriba la fecha de nacimiento como 1990-05-31.")


def _text(cell: str) -> str:
    """Return a cell of a file in Latin letters (Windows-1252) as what was meant."""
    if cell.isascii():
        return cell
    return (
        cell.encode("utf-8", "surrogateescape").decode("utf-8", "ignore")
        if not any("\udc80" <= char <= "\udcff" for char in cell)
        else cell.encode("utf-8", "surrogateescape").decode("cp1252", "replace")
    )
