"""Tables as clerks upload them: what program wrote them, what stands around them."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from participa.core import spreadsheets, tables
from participa.core.tables import Columns

COLUMNS = Columns({"codigo": 20, "nombre": 40, "valor": 20}, ("codigo", "nombre"))
OPEN = (
    'xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>%s'
    "</office:spreadsheet></office:body></office:document-content>"
)


def read(data):
    return tables.read_table(data.encode() if isinstance(data, str) else data, COLUMNS)


def cells(table):
    assert [str(each) for each in table.problems] == []
    return [tuple(line.cells.values()) for line in table.lines]


def reason(data):
    table = read(data)
    assert not table.lines
    return " ".join(str(each.message) for each in table.problems)


def book(**sheets):
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def ods(*sheets):
    """Return a spreadsheet of (name, rows as XML)."""
    body = "".join(
        f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office:document-content " + OPEN % body)
    return target.getvalue()


def row(*texts):
    inside = "".join(
        f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in texts
    )
    return f"<table:table-row>{inside}</table:table-row>"


@pytest.mark.parametrize(
    "text",
    [
        "codigo;nombre;valor\na;Año;1\n",
        "sep=;\ncodigo;nombre;valor\na;Año;1\n",
        "Alcaldía, Secretaría de Hacienda, Oficina;;\n;;\ncodigo;nombre;valor\na;Año;1\n;;\n",
        "\nCódigo;NOMBRE;Valor ($)\na;Año;1\n",
        '"codigo";"nombre";"valor"\n"a";"Año";"1"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "mac_roman", "cp850"])
def test_one_table_whatever_is_around_it(text, encoding):
    if "($)" in text:
        text = text.replace(" ($)", "")
    assert cells(read(text.encode(encoding))) == [("a", "Año", "1")]


def test_letters_of_other_programs_are_told():
    text = "codigo;nombre\na;Peñón\n"
    assert "Macintosh" in str(read(text.encode("mac_roman")).notes[0])
    assert read(text.encode("cp1252")).notes == []


def test_lines_above_the_columns_are_told():
    assert "No leímos las 2 líneas" in str(read("Portada\nx\ncodigo;nombre\na;A\n").notes[0])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99,
            "Excel antiguo (.xls) o con contraseña",
        ),
        (b"<html><body><table><tr><td>codigo</td></tr></table>", "página web"),
        (b"\xef\xbb\xbf\r\n<?xml version='1.0'?><Workbook/>", "página web"),
        (b"%PDF-1.7 ...", "no es una tabla"),
        (b"PK\x03\x04 cut", "dañado"),
    ],
)
def test_what_is_no_table_is_told_for_what_it_is(data, words):
    assert words in reason(data)


def test_an_archive_of_something_else():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "no es una tabla" in reason(target.getvalue())


def test_the_sheet_with_the_columns_is_read_and_named():
    data = book(
        Portada=[["Alcaldía"], ["Listado"]],
        Datos=[
            ["Listado"],
            ["codigo", "nombre", "valor"],
            ["a", "A", 350.125],
            [None],
            ["b", "B", 3.0],
        ],
    )
    table = read(data)
    assert cells(table) == [("a", "A", "350.1250"), ("b", "B", "3")]
    assert "«Datos»" in str(table.notes[0])
    assert "«Portada», «Otra»" in reason(book(Portada=[["Alcaldía"]], Otra=[["x"]]))


@pytest.mark.parametrize("cell", ["#REF!", "#¡REF!", "#N/A", "#¿NOMBRE?", "#DIV/0!", "######"])
def test_a_failed_formula_is_no_text(cell):
    table = read(f"codigo;nombre\na;{cell}\n")
    assert [(each.line, each.path) for each in table.problems] == [(2, "nombre")]


@pytest.mark.parametrize("cell", ["TOTAL", "Total general", "Subtotal:", "Suma"])
def test_a_row_of_totals_is_told(cell):
    table = read(f"codigo;nombre;valor\na;A;1\n;{cell};1\n")
    assert ([each.line for each in table.problems], len(table.lines)) == ([3], 1)


def test_an_open_document_is_read():
    typed = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p>'
        "<office:annotation><text:p>nota</text:p></office:annotation></table:table-cell>"
        '<table:table-cell><text:p>Uno<text:s text:c="2"/>dos</text:p></table:table-cell>'
        '<table:table-cell office:value-type="float" office:value="350.125"><text:p>350</text:p>'
        "</table:table-cell></table:table-row>"
    )
    empty = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    data = ods(
        ("Portada", row("Alcaldía")),
        ("Datos", row("codigo", "nombre", "valor") + typed + empty),
    )
    table = read(data)
    assert cells(table) == [("a", "Uno  dos", "350.1250")]
    assert table.lines[0].number == 2


def test_what_an_open_document_repeats_is_bounded():
    many = row("a", "A").replace(
        "<table:table-row>", '<table:table-row table:number-rows-repeated="%s">'
    )
    head = row("codigo", "nombre")
    assert len(read(ods(("x", head + many % 3))).problems) == 0
    assert "más de" in reason(ods(("x", head + many % 10**9)))
    wide = head + row("a", "A").replace(
        "<table:table-cell>", '<table:table-cell table:number-columns-repeated="1000000000">'
    )
    table = read(ods(("x", wide)))
    assert len(table.problems) == 1


@pytest.mark.parametrize("content", ["<a", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_a_broken_open_document(content):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("content.xml", content)
    assert "dañado" in reason(target.getvalue())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1020304053.0, "1020304053"), (350.125, "350.1250"), (0.1 + 0.2, "0.3"), (1e-7, "0.0000001"),
        (1234567890123456789, "1.23456789012346E+18"), (-74.081, "-74.0810"), (float("nan"), "#NUM!"),
    ],
)  # fmt: skip
def test_numbers_are_written_so_that_nobody_reads_another(value, text):
    assert spreadsheets.number(value) == text
