"""A workbook is read in bounded time and memory, whatever it holds."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from participa.core import spreadsheets
from participa.core.errors import Invalid

SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(**parts: str) -> bytes:
    """Return a small workbook with some of its parts replaced or added."""
    book = Workbook()
    book.active.append(["titulo"])
    written = io.BytesIO()
    book.save(written)
    made = io.BytesIO()
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as to:
        for part in before.infolist():
            name = part.filename.rpartition("/")[2].removesuffix(".xml")
            to.writestr(part.filename, parts.pop(name, before.read(part)))
        for name, text in parts.items():
            to.writestr(f"xl/{name}.xml", text)
    return made.getvalue()


def strings(number: int) -> str:
    return f"<sst {SPACE}>{'<si><t>a</t></si>' * number}</sst>"


def sheet(rows: str) -> str:
    return f"<worksheet {SPACE}><sheetData>{rows}</sheetData></worksheet>"


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        list(spreadsheets.rows(data))
    return str(caught.value.problems[0].message)


def test_a_small_file_of_very_many_strings_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr("openpyxl.load_workbook", None)
    data = workbook(sharedStrings=strings(spreadsheets.MOST_ELEMENTS // 2 + 1))
    assert len(data) < 60_000
    assert "demasiado grande" in refused(data)


def test_as_many_cells_as_an_import_takes_are_read(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_ELEMENTS", 1000)
    data = workbook(sheet1=sheet("<row><c><v>1</v></c></row>" * 100))
    assert len(list(spreadsheets.rows(data))) == 100
    data = workbook(sheet1=sheet("<row><c><v>1</v></c></row>" * 300))
    assert "demasiado grande" in refused(data)


def test_a_row_that_says_it_is_the_millionth_fills_nothing():
    data = workbook(sheet1=sheet('<row r="1000000"><c r="A1000000"><v>1</v></c></row>'))
    assert "más de 25000 filas" in refused(data)


def test_entities_that_multiply_are_never_unfolded():
    laughs = '<!DOCTYPE x [<!ENTITY a "ja"><!ENTITY b "&a;&a;&a;">]>' + sheet("&b;")
    assert "dañado" in refused(workbook(sheet1=laughs))


@pytest.mark.parametrize("part", ["sheet1", "sharedStrings", "workbook", "styles"])
def test_broken_xml_is_a_broken_file(part):
    assert "dañado" in refused(workbook(**{part: "<sst"}))
