"""The rows of a ``.pb`` file, and where in the file each cell stands."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from participa.tally.sentences import Sentence, _l, _ln

_LOOSE = re.compile(r'(?<=[;\n])"(?:[^";\r\n]|"")*"(?!")[^;"\r\n]+(?:"[^;\r\n]*)?(?=[;\r\n]|\Z)')
"""A cell like ``"One" and a half``: text after the quote that would end it, on the same line."""


class WrongFile(ValueError):
    """A file that is not what it should be: line and column (from 1), and the reason."""

    def __init__(self, line: int, column: int, reason: Sentence) -> None:
        self.line, self.column, self.reason = line, column, reason
        super().__init__(f"{line}:{column}: {reason}")


def _quoted(text: str) -> str:
    """Return a text with the cells quoted that begin with a quote which does not enclose them.

    ``"One" and a half`` is such a cell. A cell that is enclosed may have line breaks: only where a
    quote within ends nothing is it taken for part of the text.
    """
    return _LOOSE.sub(lambda found: f'"{found[0].replace(chr(34), chr(34) * 2)}"', text)


@dataclass(frozen=True, slots=True)
class Note:
    """Something odd that was accepted, and on which line."""

    line: int
    text: Sentence


class Rows:
    """The rows of a text, one after the other; ``line`` is where the row at hand begins."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.line = 1
        self.rows = self._read()

    def __iter__(self) -> Iterator[list[str]]:
        return self.rows

    def _read(self) -> Iterator[list[str]]:
        text = self.text.rstrip("\r\n")
        # Only \n ends a line here; csv takes the \r before it away and refuses any other.
        reader = csv.reader(StringIO(_quoted(text), newline="\n"), delimiter=";", strict=True)
        following = 1
        try:
            for row in reader:
                self.line, following = following, reader.line_num + 1
                yield row
        except csv.Error as error:
            self.line = following
            reason = _l(
                "las comillas o los finales de línea están mal (%(error)s)", error=str(error)
            )
            raise self.wrong(reason) from error

    def wrong(
        self, reason: Sentence, cell: int = 0, line: int | None = None, offset: int = 0
    ) -> WrongFile:
        """Return the error for a cell of the row at hand, or of the row at ``line``.

        ``offset`` counts characters inside of the cell.
        """
        line = line or self.line
        start = 0
        for _line in range(line - 1):
            start = self.text.find("\n", start) + 1
        place, quoted = start, False
        while cell and place < len(self.text):
            character = self.text[place]
            quoted ^= character == '"'
            cell -= character == ";" and not quoted
            place += 1
        place += offset + (offset > 0 and self.text[place - offset : place - offset + 1] == '"')
        breaks = self.text.count("\n", start, place)
        column = place - self.text.rfind("\n", 0, place)
        return WrongFile(line + breaks, column, reason)

    def expect(self, title: str) -> None:
        """Take the title line of a section."""
        if next(self.rows, None) != [title]:
            raise self.wrong(_l("aquí debe empezar la sección %(section)s", section=title))

    def header(self, needed: set[str]) -> list[str]:
        """Take a row of column names, which must hold those ``needed``."""
        header = next(self.rows, [])
        for column in sorted(needed):
            if column not in header:
                raise self.wrong(_l("falta la columna «%(column)s»", column=column))
        for cell, column in enumerate(header):
            self.bare(column, cell)
            if column in header[:cell]:
                raise self.wrong(_l("la columna «%(column)s» está dos veces", column=column), cell)
        return header

    def bare(self, text: str, cell: int) -> None:
        """Refuse a cell that is empty or has blanks around it."""
        if not text or text != text.strip():
            raise self.wrong(_l("hay una celda vacía o con espacios alrededor"), cell)

    def width(self, row: list[str], header: list[str]) -> None:
        """Refuse a row that is not as wide as its header."""
        if len(row) != len(header):
            reason = _ln(
                "la línea tiene una celda y el encabezado %(columns)s",
                "la línea tiene %(num)s celdas y el encabezado %(columns)s",
                len(row),
                columns=len(header),
            )
            raise self.wrong(reason, max(0, min(len(row) - 1, len(header))))
