"""A roll from a file, read line by line: half a million lines of CSV take no more memory than one.

Nothing here touches the database. A document number leaves this module only as its keyed hash, and
no problem quotes one.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, BinaryIO

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln

from participa.accounts.models.rolls import GROUP_LENGTH, TYPE_LENGTH, WRITTEN_LENGTH
from participa.accounts.verification.documents import (
    BadDocument,
    normal_number,
    normal_type,
    recognised_type,
)
from participa.core import spreadsheets, table_files, tables
from participa.core.errors import Invalid, Problem
from participa.core.tables import CODE
from participa.core.words import plain_name

TYPE, NUMBER, BORN, PLACE, GROUP = (
    "tipo_documento",
    "numero_documento",
    "fecha_nacimiento",
    "codigo_territorio",
    "grupo",
)
COLUMNS = (TYPE, NUMBER, BORN, PLACE, GROUP)
REQUIRED = (TYPE, NUMBER)
_FILE = tables.Columns(
    dict.fromkeys(COLUMNS, 0),
    REQUIRED,
    other_names={
        "tipo": TYPE, "tipo_doc": TYPE, "tipo_identificacion": TYPE, "clase_documento": TYPE,
        "numero": NUMBER, "documento": NUMBER, "cedula": NUMBER, "no_documento": NUMBER,
        "n_documento": NUMBER, "nro_documento": NUMBER, "num_documento": NUMBER,
        "numero_identificacion": NUMBER, "identificacion": NUMBER, "numero_cedula": NUMBER,
        "f_nacimiento": BORN, "fecha_nac": BORN, "f_nac": BORN, "nacimiento": BORN,
        "fec_nacimiento": BORN, "territorio": PLACE, "cod_territorio": PLACE,
    },
)  # fmt: skip
EARLIEST = dt.date(1880, 1, 1)
MOST_LINES = 10_000_000
AMBIGUOUS: Any = object()
"""Stands for the id of a territory whose name another one has too."""
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file has, before its lines."""

    used: Mapping[str, str]
    """Columns with what the file calls them."""
    unused: Sequence[str]
    notes: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A good line of the file."""

    number: int
    document_type: str
    """Empty: nobody knows yet what was meant by ``written_type``."""
    document_hash: str
    birth_date: dt.date | None = None
    """With the day before the month, where it was written with the year last."""
    other_birth_date: dt.date | None = None
    """With the month before the day; the same where that makes no difference."""
    territory_id: int | None = None
    group: str = ""
    length: int = 0
    """Characters of the number."""
    written_type: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)
    """What the document would be by each type that may have been meant."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the lines are checked against."""

    document: Callable[[str, str], str]
    """Type and number → keyed hash; raises :class:`BadDocument`."""
    territories: Mapping[str, Any]
    """Ids by code and by name, as :func:`plain_name` gives them; see :data:`AMBIGUOUS`."""
    today: dt.date
    own_types: Collection[str] = ()
    """Types of document that the roll has."""
    types: Collection[str] = ()
    """Types that somebody may mean by a word that is not known."""


Found = Heading | Line | Problem


def lines(file: BinaryIO, reading: Reading) -> Iterator[Found]:
    """Give the heading of a file, then each line, good or with what is wrong with it."""
    start = file.read(table_files.SNIFF)
    if not start.strip():
        yield Problem("", _l("El archivo está vacío."))
        return
    data = start
    if start.startswith(b"PK"):
        data += file.read(spreadsheets.LARGEST_FILE)
    kind, refusal = table_files.kind(data)
    if kind is None:
        yield Problem("", refusal)
    elif kind is table_files.Kind.TEXT:
        file.seek(0)
        yield from _text_lines(file, start, reading)
    else:
        try:
            name, rows = _sheet(spreadsheets.sheets(data, kind, path=""))
            notes = [_l("Leímos la hoja «%(name)s».", name=name)] if name else []
            yield from _rows(rows, reading, notes)
        except Invalid as error:
            yield from error.problems


def _sheet(
    sheets: Iterator[spreadsheets.Sheet],
) -> tuple[str, Iterator[tuple[int, Sequence[str]]]]:
    """Return the first sheet that has the columns, with its name where another comes before it."""
    first: list[tuple[int, Sequence[str]]] = []
    for place, sheet in enumerate(sheets):
        start = list(islice(sheet.rows, table_files.HEADING_WITHIN))
        if any(not _FILE.missing(_FILE.heading(cells)) for _number, cells in start):
            return sheet.name if place else "", chain(start, sheet.rows)
        first = first or start
    return "", iter(first)


def _text_lines(file: BinaryIO, start: bytes, reading: Reading) -> Iterator[Found]:
    guess, note = table_files.encoding(start)
    unicode = guess if guess in {"utf-16", "utf-8-sig"} else "utf-8-sig"
    letters = "cp1252" if guess == unicode else guess
    delimiter, is_said = table_files.separator(start.decode(guess, "replace"), _FILE.count)
    # What is not UTF-8 is put right cell by cell: see _text.
    text = io.TextIOWrapper(file, unicode, errors="surrogateescape", newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    said = _Said(is_said)

    def rows() -> Iterator[tuple[int, Sequence[str]]]:
        before = 0
        for cells in reader:
            number, before = before + 1, reader.line_num
            said.line = before + 1
            if said.skips(cells):
                continue
            yield number, [_text(cell, letters) for cell in cells]

    try:
        yield from _rows(rows(), reading, [note] if note is not None else [])
    except csv.Error:
        yield Problem("", _l("Esta línea no se entiende: revise las comillas."), said.line)
    except UnicodeError:
        yield Problem("", _l("El archivo está dañado a partir de esta línea."), said.line)
    finally:
        text.detach()


@dataclass(slots=True)
class _Said:
    """Where reading stands, and whether the line ``sep=;`` is still to come."""

    waits: bool
    line: int = 1

    def skips(self, cells: Sequence[str]) -> bool:
        skipped = self.waits and any(cells)
        self.waits = self.waits and not skipped
        return skipped


def _rows(
    rows: Iterator[tuple[int, Sequence[str]]], reading: Reading, notes: list[Any]
) -> Iterator[Found]:
    said = ((number, cells) for number, cells in rows if any(cell.strip() for cell in cells))
    start = []
    for each in said:
        start.append(each)
        if not _FILE.missing(_FILE.heading(each[1])) or len(start) == table_files.HEADING_WITHIN:
            break
    if not start:
        yield Problem("", _l("El archivo no tiene líneas."))
        return
    place = tables.heading_place([cells for _number, cells in start], _FILE)
    number, cells = start[place]
    header, problems = _header(cells, number)
    yield from problems
    if problems:
        return
    if place:
        notes.append(
            _ln(
                "No leímos la línea que está encima de las columnas.",
                "No leímos las %(num)s líneas que están encima de las columnas.",
                place,
            )
        )
    names = _FILE.heading(cells)
    unused = [cell.strip() for cell, name in zip(cells, names, strict=True) if name not in COLUMNS]
    yield Heading(
        {name: cells[where].strip() for name, where in header.items()},
        [name for name in unused if name],
        notes,
    )
    found = 0
    for number, cells in chain(start[place + 1 :], said):
        found += 1
        if found > MOST_LINES:
            yield Problem("", _l("El archivo tiene demasiadas líneas."), number)
            return
        yield _line(cells, header, number, reading)
    if not found:
        yield Problem("", _l("El archivo no tiene líneas."))


def _header(cells: Sequence[str], number: int) -> tuple[dict[str, int], list[Problem]]:
    names = _FILE.heading(cells)
    problems = [tables.missing_column(name, COLUMNS, number) for name in _FILE.missing(names)]
    problems += [
        Problem(name, _l("Esta columna está dos veces."), number)
        for name in COLUMNS
        if names.count(name) > 1
    ]
    return {name: names.index(name) for name in COLUMNS if name in names}, problems


def _line(
    cells: Sequence[str], header: Mapping[str, int], number: int, reading: Reading
) -> Line | Problem:
    if table_files.is_total(cells):
        return Problem("", tables.TOTALS, number)
    value = {
        name: cells[place].strip() if place < len(cells) else "" for name, place in header.items()
    }
    for name, text in value.items():
        if name in REQUIRED and not text:
            return Problem(name, _l("Este dato hace falta."), number)
        if table_files.is_error(text):
            return Problem(name, tables.FAILED_FORMULA, number)
    try:
        meant = recognised_type(value[TYPE], reading.own_types)
        length = len(normal_number(value[NUMBER]))
        hashes = {} if meant else _hashes(value[TYPE], value[NUMBER], reading)
        document_hash = reading.document(meant, value[NUMBER]) if meant else ""
    except BadDocument as error:
        return Problem(TYPE if error.field == "type" else NUMBER, error.sentence, number)
    born, other, wrong = birth_dates(value.get(BORN, ""), reading.today)
    if wrong is not None:
        return Problem(BORN, wrong, number)
    code = value.get(PLACE, "")
    territory = reading.territories.get(plain_name(code)) if code else None
    if code and (territory is None or territory is AMBIGUOUS):
        # No code is quoted: a number in the wrong column must not reach the list of problems.
        sentence = (
            _l("No hay un territorio con ese código ni con ese nombre.")
            if territory is None
            else _l("Varios territorios se llaman así: escriba el código.")
        )
        return Problem(PLACE, sentence, number)
    group = value.get(GROUP, "")
    if group and (len(group) > GROUP_LENGTH or not CODE.fullmatch(group)):
        return Problem(
            GROUP, _l("Use una palabra corta, sin tildes ni espacios, como rural."), number
        )
    return Line(
        number,
        meant or "",
        document_hash,
        born,
        other,
        territory,
        group,
        length,
        "" if meant else value[TYPE][:WRITTEN_LENGTH],
        hashes,
    )


def _hashes(written: str, number: str, reading: Reading) -> dict[str, str]:
    """Return the hash of a document by each type that a word may mean, its own among them."""
    types = [*reading.types]
    try:
        own = normal_type(written)
    except BadDocument:
        own = ""
    if own and own not in types and len(own) <= TYPE_LENGTH:
        types.append(own)
    return {kind: reading.document(kind, number) for kind in types}


def birth_dates(text: str, today: dt.date) -> tuple[dt.date | None, dt.date | None, Any]:
    """Return a date as read with the day first and with the month first, or what is wrong with it.

    Both are the same for a date whose year comes first; one is missing where it would be no date.
    """
    text = re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", text.strip())
    if not text:
        return None, None, None
    if match := _DATE.fullmatch(text):
        first, second, year = map(int, match.groups())
        days = _day(year, second, first, today), _day(year, first, second, today)
    else:
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            day = None
        found = day if day is not None and EARLIEST <= day <= today else None
        days = found, found
    if days == (None, None):
        return None, None, _l("Escriba la fecha de nacimiento como 1990-05-31.")
    return *days, None


def _day(year: int, month: int, day: int, today: dt.date) -> dt.date | None:
    try:
        found = dt.date(year, month, day)
    except ValueError:
        return None
    return found if EARLIEST <= found <= today else None


def birth_date(text: str, today: dt.date) -> tuple[dt.date | None, Any]:
    """Return a date written as 1990-05-31 or 31/05/1990, or a sentence on what is wrong."""
    day, other, wrong = birth_dates(text, today)
    if wrong is None and day is None and other is not None:
        wrong = _l("Escriba la fecha de nacimiento como 1990-05-31.")
    return day, wrong


def _text(cell: str, letters: str) -> str:
    """Return a cell of a file that is not in Unicode as what was meant."""
    if cell.isascii():
        return cell
    return (
        cell.encode("utf-8", "surrogateescape").decode("utf-8", "ignore")
        if not any("\udc80" <= char <= "\udcff" for char in cell)
        else cell.encode("utf-8", "surrogateescape").decode(letters, "replace")
    )
