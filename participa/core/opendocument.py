"""The sheets of an OpenDocument spreadsheet (ODS), read as it streams by.

The libraries that read it build every cell that a file claims to have (a sheet repeats a cell a
billion times in thirty bytes), which ends the process: here repetitions are bounded as they come.
"""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers.expat import ParserCreate

PIECE = 64 * 1024
_TYPED = {
    "float": "value", "currency": "value", "percentage": "value",
    "date": "date-value", "boolean": "boolean-value",
}  # fmt: skip
"""Which attribute says the value of a cell, by its type; of others it is their text."""
_SKIPPED = frozenset({"annotation", "shapes", "tracked-changes"})
"""What has text that is of no cell."""


@dataclass(slots=True)
class OpenSheet:
    """One sheet: its name, and its rows that say something with their numbers, from 1."""

    name: str
    rows: list[tuple[int, Sequence[str]]] = field(default_factory=list)
    following: int = 1


class TooManyRows(ValueError):
    """A sheet says something further down than what is read."""


class _Reader:
    """What the parser calls; namespaces are not looked at."""

    def __init__(self, number: Callable[[float], str], most_rows: int, most_columns: int) -> None:
        self.sheets: list[OpenSheet] = []
        self._number = number
        self._most_rows, self._most_columns = most_rows, most_columns
        self._cells: list[str] = []
        self._row_repeats = self._cell_repeats = 1
        self._value: str | None = None
        self._text: list[str] = []
        self._in_cell, self._paragraphs, self._in_paragraph, self._skipping = False, 0, 0, 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = _local(name)
        if self._skipping or name in _SKIPPED:
            self._skipping += 1
            return
        said = {_local(key): value for key, value in attributes.items()}
        if name == "table":
            self.sheets.append(OpenSheet(said.get("name", "")))
        elif name == "table-row":
            self._cells, self._row_repeats = [], _times(said.get("number-rows-repeated"))
        elif name in {"table-cell", "covered-table-cell"}:
            self._in_cell, self._paragraphs, self._text = True, 0, []
            self._cell_repeats = _times(said.get("number-columns-repeated"))
            self._value = self._typed(said)
        elif self._in_cell and name == "p":
            self._text += ["\n"] if self._paragraphs else []
            self._paragraphs, self._in_paragraph = self._paragraphs + 1, self._in_paragraph + 1
        elif self._in_paragraph and name == "s":
            self._text.append(" " * min(_times(said.get("c")), 100))
        elif self._in_paragraph and name in {"tab", "line-break"}:
            self._text.append("\t" if name == "tab" else "\n")

    def text(self, text: str) -> None:
        if self._in_paragraph and not self._skipping:
            self._text.append(text)

    def end(self, name: str) -> None:
        if self._skipping:
            self._skipping -= 1
            return
        name = _local(name)
        if name == "p" and self._in_paragraph:
            self._in_paragraph -= 1
        elif name in {"table-cell", "covered-table-cell"}:
            self._in_cell = False
            said = self._value if self._value is not None else "".join(self._text)
            room = self._most_columns - len(self._cells)
            self._cells += [said] * min(self._cell_repeats, max(room, 0))
        elif name == "table-row" and self.sheets:
            self._row()

    def _row(self) -> None:
        sheet = self.sheets[-1]
        first, sheet.following = sheet.following, sheet.following + self._row_repeats
        if any(self._cells):
            if sheet.following - 1 > self._most_rows:
                raise TooManyRows
            sheet.rows += [(first + each, self._cells) for each in range(self._row_repeats)]

    def _typed(self, said: Mapping[str, str]) -> str | None:
        kind = said.get("value-type", "")
        value = said.get(_TYPED.get(kind, ""), "")
        if not value:
            return None
        if kind == "boolean":
            return "1" if value == "true" else "0"
        return value.removesuffix("T00:00:00") if kind == "date" else self._number(float(value))


def sheets(
    archive: zipfile.ZipFile, number: Callable[[float], str], most_rows: int, most_columns: int
) -> list[OpenSheet]:
    """Return the sheets of a spreadsheet. Raises what a damaged archive or XML raises.

    ``number`` writes a number. Raises :class:`TooManyRows`.
    """
    reader = _Reader(number, most_rows, most_columns)
    parser: Any = ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.text
    with archive.open("content.xml") as content:
        while piece := content.read(PIECE):
            parser.Parse(piece, False)  # noqa: FBT003  (the library's signature)
    parser.Parse(b"", True)  # noqa: FBT003
    return reader.sheets


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _times(text: str | None) -> int:
    return max(int(text), 1) if text else 1
