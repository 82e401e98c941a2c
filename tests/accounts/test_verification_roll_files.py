"""Rolls as clerks send them: number formats, totals, unknown types and headers, doubtful dates."""

import csv
import datetime as dt
import io

import pytest
from openpyxl import Workbook

from participa.accounts.models import Roll, RollEntry, RollUploadCandidate, RollUploadLine
from participa.accounts.queries import roll_files, rolls
from participa.accounts.services.rolls import applying, loading, settling
from participa.core.errors import Conflict, Invalid
from tests.accounts import test_verification_rolls as shared
from tests.accounts.test_verification_rolls import HEADER, load, read

pytestmark = pytest.mark.usefixtures("context")
boss, context, desk, roll = shared.boss, shared.context, shared.desk, shared.roll


def types(session, upload):
    return {each.document_type: each.lines for each in roll_files.upload_types(session, upload.id)}


def born(session, roll_id, number):
    return rolls.entry_by_document(session, session.get_one(Roll, roll_id), "CC", number).birth_date


@pytest.mark.parametrize(
    "number",
    ["1020304053,00", "1,020,304,053.00", "1.020.304.053,00", "1020304053.0", "1 020 304 053,00"],
)
def test_decimals_of_a_spreadsheet_are_none_of_the_document(
    session, organization, boss, roll, number
):
    load(session, boss, organization, roll, f'tipo_documento;numero_documento\nCC;"{number}"\n')
    row = session.get_one(Roll, roll)
    assert rolls.entry_by_document(session, row, "CC", "1020304053") is not None


def test_a_number_with_real_decimals_is_refused(session, organization, boss, roll):
    upload = read(session, boss, organization, roll, f"{HEADER}CC,1020304.53,,,\n")
    assert "decimales" in str(loading.problems_of(upload)[0].message)


def test_totals_are_no_voter_and_words_are_types(session, organization, boss, roll):
    text = (
        "tipo_documento;numero_documento\nCC;1020304061\nCédula;1020304062\n"
        "Cédula de Ciudadanía;1020304063\nC.C.;1020304064\nTarjeta de identidad;1020304065\nTOTAL;5\n"
    )
    upload = read(session, boss, organization, roll, text)
    (problem,) = loading.problems_of(upload)
    assert (problem.line, "totales" in str(problem.message)) == (7, True)
    assert types(session, upload) == {"CC": 4, "TI": 1}
    with pytest.raises(Invalid):
        applying.apply(session, boss, organization, roll, upload.id)
    done = applying.apply(session, boss, organization, roll, upload.id, without_problems=True)
    assert done.added == 5
    assert session.get_one(Roll, roll).document_types == ["CC", "TI"]


def test_a_file_that_replaces_is_applied_whole_or_not(session, organization, boss, roll):
    load(session, boss, organization, roll, f"{HEADER}CC,55555555,,,\n")
    text = f"{HEADER}CC,66666666,,,\nCC,12,,,\n"
    upload = read(session, boss, organization, roll, text, replace=True, reason="Censo nuevo")
    with pytest.raises(Invalid):
        applying.apply(session, boss, organization, roll, upload.id, without_problems=True)


def test_unknown_headers_are_told_and_usual_ones_understood(session, organization, boss, roll):
    text = "Tipo;No. Documento;F. nacimiento;Barrio\nCC;1020304063;1990-05-01;Centro\n"
    upload = read(session, boss, organization, roll, text)
    assert upload.found["unused"] == ["Barrio"]
    assert upload.found["used"] == {
        "tipo_documento": "Tipo",
        "numero_documento": "No. Documento",
        "fecha_nacimiento": "F. nacimiento",
    }
    applying.apply(session, boss, organization, roll, upload.id)
    assert born(session, roll, "1020304063") == dt.date(1990, 5, 1)


def test_unknown_types_wait_for_an_answer(session, organization, boss, roll):
    text = (
        f"{HEADER}CC,55555555,,,\nNUIP,55555555,,,\nNUIP,66666666,,,\nNUIP,66666666,,,\n"
        "Otro papel,77777777,,,\n"
    )
    upload = read(session, boss, organization, roll, text)
    assert (upload.problem_count, upload.found["unknown"]) == (0, {"NUIP": 3, "Otro papel": 1})
    with pytest.raises(Conflict):
        applying.apply(session, boss, organization, roll, upload.id)
    with pytest.raises(Invalid) as caught:
        settling.settle(session, boss, organization, roll, upload.id, {"NUIP": "CC"})
    assert [each.path for each in caught.value.problems] == ["type_1"]
    with pytest.raises(Invalid):
        settling.settle(
            session, boss, organization, roll, upload.id, {"NUIP": "XX", "Otro papel": "-"}
        )
    settling.settle(session, boss, organization, roll, upload.id, {"NUIP": "CC", "Otro papel": "-"})
    assert [(each.line, each.path) for each in loading.problems_of(upload)] == [
        (3, "numero_documento"), (5, "numero_documento"), (6, "tipo_documento")
    ]  # fmt: skip
    assert session.query(RollUploadCandidate).count() == 0
    done = applying.apply(session, boss, organization, roll, upload.id, without_problems=True)
    assert done.added == 2
    row = session.get_one(Roll, roll)
    assert row.document_types == ["CC"]
    assert rolls.entry_by_document(session, row, "CC", "66666666") is not None
    assert session.query(RollEntry).count() == 2


def test_a_word_may_be_a_type_of_its_own(session, organization, boss, roll):
    upload = read(session, boss, organization, roll, f"{HEADER}NUIP,55555555,,,\n")
    settling.settle(session, boss, organization, roll, upload.id, {"NUIP": "NUIP"})
    applying.apply(session, boss, organization, roll, upload.id)
    assert session.get_one(Roll, roll).document_types == ["NUIP"]
    # From now on the roll knows it.
    again = read(
        session, boss, organization, roll, f"{HEADER}NUIP,66666666,,,\n", reason="Otro corte"
    )
    assert again.found["unknown"] == {}


@pytest.mark.parametrize(
    ("answer", "first", "refused"),
    [("dia", dt.date(1990, 4, 5), [4]), ("mes", dt.date(1990, 5, 4), [3])],
)
def test_doubtful_dates_are_asked_about(session, organization, boss, roll, answer, first, refused):
    text = (
        f"{HEADER}CC,55555555,05/04/1990,,\nCC,66666666,31/05/1990,,\nCC,77777777,05/31/1990,,\n"
        "CC,88888888,1991-02-03,,\nCC,99999999,,,\n"
    )
    upload = read(session, boss, organization, roll, text)
    assert upload.found["dates"] == ["1990-04-05", "1990-05-04"]
    with pytest.raises(Conflict):
        applying.apply(session, boss, organization, roll, upload.id, without_problems=True)
    with pytest.raises(Invalid):
        settling.settle(session, boss, organization, roll, upload.id, {}, "")
    settling.settle(session, boss, organization, roll, upload.id, {}, answer)
    assert [each.line for each in loading.problems_of(upload)] == refused
    applying.apply(session, boss, organization, roll, upload.id, without_problems=True)
    assert born(session, roll, "55555555") == first
    assert born(session, roll, "88888888") == dt.date(1991, 2, 3)
    assert born(session, roll, "99999999") is None


@pytest.mark.parametrize(
    ("other", "first"), [("31/05/1990", dt.date(1990, 4, 5)), ("05/31/1990", dt.date(1990, 5, 4))]
)
def test_dates_that_show_their_order_are_not_asked_about(
    session, organization, boss, roll, other, first
):
    text = f"{HEADER}CC,55555555,05/04/1990,,\nCC,66666666,{other},,\n"
    load(session, boss, organization, roll, text)
    assert born(session, roll, "55555555") == first
    assert born(session, roll, "66666666") == dt.date(1990, 5, 31)


def test_a_column_that_is_absent_leaves_what_there_is(session, organization, boss, roll):
    load(session, boss, organization, roll, f"{HEADER}CC,55555555,1990-05-31,la-loma,rural\n")
    fewer = "tipo_documento,numero_documento,grupo\nCC,55555555,\n"
    load(session, boss, organization, roll, fewer, reason="Otro corte")
    line = rolls.entry_by_document(session, session.get_one(Roll, roll), "CC", "55555555")
    assert (line.birth_date, line.group) == (dt.date(1990, 5, 31), "")
    assert organization.territories[line.territory_id].code == "la-loma"


def test_territories_by_their_names(session, organization, boss, roll):
    text = f"{HEADER}CC,55555555,,Vereda La Loma,\nCC,66666666,,LA_LOMA,\nCC,77777777,,CENTRÓ,\n"
    load(session, boss, organization, roll, text)
    row = session.get_one(Roll, roll)
    codes = [
        organization.territories[rolls.entry_by_document(session, row, "CC", n).territory_id].code
        for n in ("55555555", "66666666", "77777777")
    ]
    assert codes == ["la-loma", "la-loma", "centro"]


def test_a_workbook_with_a_cover(session, organization, boss, roll):
    book = Workbook()
    book.active.append(["Alcaldía"])
    sheet = book.create_sheet("Padrón")
    for cells in (
        ["Padrón de 2026"], [], ["Tipo de documento", "Número de documento", "Fecha de nacimiento"],
        ["CC", 1020304053, dt.date(1990, 5, 31)], [None], ["CC", 1020304054.0, None],
    ):  # fmt: skip
        sheet.append(cells)
    target = io.BytesIO()
    book.save(target)
    upload = read(session, boss, organization, roll, target.getvalue())
    assert upload.problem_count == 0
    assert "«Padrón»" in upload.found["notes"][0]
    applying.apply(session, boss, organization, roll, upload.id)
    assert born(session, roll, "1020304053") == dt.date(1990, 5, 31)


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850", "utf-8"])
def test_letters_of_every_program(session, organization, boss, roll, encoding):
    text = "sep=;\r\nTipo de documento;Número de documento\r\nCédula de ciudadanía;1.032.456\r\n"
    assert load(session, boss, organization, roll, text.encode(encoding)).added == 1


def test_no_number_is_kept_of_a_file(session, organization, boss, roll):
    read(session, boss, organization, roll, f"{HEADER}CC,1020304053,,,\nXX,1020304054,,,\n")
    for table in (RollUploadLine, RollUploadCandidate):
        names = [each.key for each in table.__mapper__.column_attrs]
        said = [str(getattr(row, name)) for row in session.query(table) for name in names]
        assert said
        assert not [each for each in said if "10203040" in each]


def test_what_is_missing_is_answered_in_the_page(desk, session, organization):
    made = desk.post("/gestion/padrones", data={"name": "Padrón de Usme", "key": "usme"})
    text = f"{HEADER}CC,55555555,05/04/1990,,\nNUIP,66666666,,,\nCC,12,,,\n"
    sent = desk.post(made.location, data={"file": (io.BytesIO(text.encode()), "padron.csv")})
    page = desk.get(sent.location).text
    assert "Qué documento es «NUIP» (1 línea)" in page
    assert "5 de abril de 1990" in page
    assert "4 de mayo de 1990" in page
    assert "Cédula de ciudadanía (CC), número de 8" in page
    assert "Aplicar todo" not in page
    refused = desk.post(sent.location, data={"responder": "1", "type_0": "TI"})
    assert refused.status_code == 422
    assert "Diga cómo están escritas las fechas" in refused.text
    assert '<option value="TI" selected' in refused.text
    answers = {"responder": "1", "type_0": "TI", "dates": "dia"}
    assert desk.post(sent.location, data=answers).status_code == 303
    page = desk.get(sent.location).text
    assert "Cargar las 2 que están bien" in page
    sheet = desk.get(f"{sent.location}/problemas.csv").text.lstrip("\ufeff")
    assert list(csv.reader(io.StringIO(sheet)))[1][:2] == ["4", "numero_documento"]
    assert desk.post(sent.location).status_code == 422
    assert desk.post(sent.location, data={"sin_problemas": "1"}).status_code == 303
    row = session.query(Roll).one()
    assert (row.size, row.document_types) == (2, ["CC", "TI"])


def test_a_type_that_the_roll_lacks_is_added_by_hand(desk, session, organization, boss, roll):
    load(session, boss, organization, roll, f"{HEADER}CC,55555555,,,\n")
    session.commit()
    place = f"/gestion/padrones/{roll}/agregar"
    assert "Permiso por protección temporal" in desk.get(place).text
    new = {"document_type": "PPT", "document_number": "7777777", "reason": "Llegó en marzo"}
    assert desk.post(place, data=new).status_code == 303
