"""Rolls: read from files, applied whole, corrected with reasons, frozen."""

import csv
import io

import pytest
import time_machine
from flask import g, request

from participa.accounts import policy
from participa.accounts.models import (
    Person,
    Roll,
    RollEntry,
    RollUpload,
    RollUploadLine,
    VerificationRecord,
)
from participa.accounts.queries import rolls, signed_in
from participa.accounts.services import sessions
from participa.accounts.services import verification as verifying
from participa.accounts.services.rolls import applying, correcting, loading, making
from participa.accounts.services.rolls.correcting import NewLine
from participa.admin.views.roll_files import allow_large_files
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow
from participa.core.policy import Denied, Role, can
from tests import factories

HEADER = "tipo_documento,numero_documento,fecha_nacimiento,codigo_territorio,grupo\n"
GOOD = HEADER + "CC,1.032.456.781,1990-05-31,la-loma,rural\nTI,98765432,,centro,\nCC,55555555,,,\n"


@pytest.fixture
def context(app):
    """The key of the installation is the app's."""
    with app.app_context():
        yield


@pytest.fixture
def boss(session):
    return factories.actor_of(
        session, factories.make_person(session, "Ana Admin", roles=[Role.ORGANIZATION_ADMIN])
    )


@pytest.fixture
def roll(session, organization, boss, context):
    return making.create(session, boss, organization, key="usme-2026", name="Padrón de Usme").id


def read(session, boss, organization, roll, text, **values):
    data = text if isinstance(text, bytes) else text.encode()
    source = loading.Source(io.BytesIO(data), "padron.csv", **values)
    return loading.read(session, boss, organization, roll, source)


def load(session, boss, organization, roll, text, **values):
    upload = read(session, boss, organization, roll, text, **values)
    assert not upload.problem_count, upload.problems
    return applying.apply(session, boss, organization, roll, upload.id)


def claim(session, organization, number, kind="CC", person=None):
    person = person or factories.make_person(session)
    actor = factories.actor_of(session, person)
    typed = {"document_type": kind, "document_number": number}
    return person, verifying.verify(session, actor, organization, "census", typed)


def test_a_file_becomes_a_roll_whole(session, organization, boss, roll):
    seen = []
    source = loading.Source(io.BytesIO(GOOD.encode()), "padron.csv")
    upload = loading.read(session, boss, organization, roll, source, seen.append)
    assert (upload.problem_count, upload.lines, seen) == (0, 3, [3])
    assert session.query(RollEntry).count() == 0
    done = applying.apply(session, boss, organization, roll, upload.id)
    assert (done.added, done.updated, done.removed) == (3, 0, 0)
    row = session.get_one(Roll, roll)
    assert (row.size, row.document_types) == (3, ["CC", "TI"])
    assert session.query(RollUpload).count() == session.query(RollUploadLine).count() == 0
    line = rolls.entry_by_document(session, row, "cc", "1032456781")
    place = organization.territories[line.territory_id]
    assert (line.birth_date.isoformat(), place.code, line.group) == (
        "1990-05-31",
        "la-loma",
        "rural",
    )
    assert {(each.territory_id, each.lines) for each in rolls.figures(session, roll)} == {
        (line.territory_id, 1),
        (next(i for i, t in organization.territories.items() if t.code == "centro"), 1),
        (None, 1),
    }


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("CC,12,,,", "numero_documento", "Escriba el número"),
        (",1032456781,,,", "tipo_documento", "hace falta"),
        ("CC,1.03E+09,,,", "numero_documento", "recortó"),
        ("CC,1032456781,31/31/1990,,", "fecha_nacimiento", "1990-05-31"),
        ("CC,1032456781,2190-01-01,,", "fecha_nacimiento", "1990-05-31"),
        ("CC,1032456781,,no-hay,", "codigo_territorio", "No hay un territorio"),
        ("CC,1032456781,,,dos palabras", "grupo", "palabra corta"),
        ("CC,55555555,,,", "numero_documento", "ya está en la línea 2"),
        ('CC,"1032,,,', "", "comillas"),
    ],
)
def test_errors_say_line_column_and_reason(session, organization, boss, roll, line, column, words):
    upload = read(session, boss, organization, roll, f"{HEADER}CC,55555555,,,\n{line}\n")
    (problem,) = loading.problems_of(upload)
    assert (problem.line, problem.path) == (3, column)
    assert words in str(problem.message)
    assert "1032456781" not in str(problem.message)
    with pytest.raises(Invalid):
        applying.apply(session, boss, organization, roll, upload.id)
    assert session.query(RollEntry).count() == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "vacío"),
        (b"PK\x03\x04", "dañado"),
        (b"numero_documento\n1\n", "Falta"),
        (HEADER.encode(), "no tiene"),
        (b"tipo_documento,numero_documento,numero_documento\nCC,1,2", "dos veces"),
    ],
)
def test_what_is_no_roll(session, organization, boss, roll, data, words):
    upload = read(session, boss, organization, roll, data)
    assert words in str(loading.problems_of(upload)[0].message)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_files_of_every_program(session, organization, boss, roll, encoding):
    text = "Tipo de documento;Número de documento;Código de territorio\r\nCC;1.032.456;centro\r\n"
    done = load(session, boss, organization, roll, text.encode(encoding))
    assert done.added == 1


def test_many_lines_are_read_in_batches_and_repeated_ones_found(
    session, organization, boss, roll, monkeypatch
):
    monkeypatch.setattr(loading, "BATCH", 10)
    text = HEADER + "".join(f"CC,{10_000_000 + number},,,\n" for number in range(95))
    seen = []
    source = loading.Source(io.BytesIO((text + "CC,10000003,,,\n").encode()))
    upload = loading.read(session, boss, organization, roll, source, seen.append)
    assert seen[:3] == [10, 20, 30]
    (problem,) = loading.problems_of(upload)
    assert (problem.line, "línea 5" in str(problem.message)) == (97, True)
    # Reading again forgets what was left half-way.
    done = load(session, boss, organization, roll, text)
    assert done.added == 95
    assert session.query(RollUpload).count() == 0


def test_a_second_file_adds_or_replaces(session, organization, boss, roll):
    load(session, boss, organization, roll, GOOD)
    person, refused = claim(session, organization, "1032456781")
    assert refused is None
    other, refused = claim(session, organization, "55555555")
    assert refused is None
    again = HEADER + "CC,1032456781,1991-01-01,centro,\nCC,77777777,,,\n"
    with pytest.raises(Invalid):
        read(session, boss, organization, roll, again)
    done = load(session, boss, organization, roll, again, reason="Faltaba un barrio")
    assert (done.added, done.updated, done.removed) == (1, 1, 0)
    assert session.get_one(Roll, roll).size == 4
    assert session.get_one(Person, person.id).birth_date.isoformat() == "1991-01-01"
    upload = read(
        session, boss, organization, roll, again, replace=True, reason="Padrón nuevo del censo"
    )
    found = rolls.effect(session, upload)
    assert (found.added, found.updated, found.removed, found.claimed_removed) == (0, 2, 2, 1)
    applying.apply(session, boss, organization, roll, upload.id)
    assert session.get_one(Roll, roll).size == 2
    assert rolls.removed_count(session, roll) == 2
    assert rolls.claimed_line(session, organization.id, person.id, "usme-2026") is not None
    assert rolls.claimed_line(session, organization.id, other.id, "usme-2026") is None
    revoked = session.query(VerificationRecord).filter_by(person_id=other.id).one()
    assert revoked.revoked_at is not None
    # Who was taken out comes back with the next file, and may verify again.
    load(session, boss, organization, roll, GOOD, reason="Volvió el de antes")
    assert session.get_one(Roll, roll).size == 4
    assert claim(session, organization, "55555555", person=other)[1] is None


def test_corrections_are_facts_without_documents(session, organization, boss, roll):
    load(session, boss, organization, roll, GOOD)
    line = NewLine("CC", "1.111.222", group="urbana")
    made = correcting.add(session, boss, organization, roll, line, "Vive aquí desde enero")
    assert session.get_one(Roll, roll).size == 4
    with pytest.raises(Invalid):
        correcting.add(session, boss, organization, roll, line, "Otra vez la misma")
    person, refused = claim(session, organization, "1111222")
    assert refused is None
    correcting.release(session, boss, organization, roll, made.id, "La usó su vecino")
    assert rolls.claimed_line(session, organization.id, person.id, "usme-2026") is None
    with pytest.raises(Conflict):
        correcting.release(session, boss, organization, roll, made.id, "Nadie la tiene")
    correcting.remove(session, boss, organization, roll, made.id, "No vive en la localidad")
    with pytest.raises(Conflict):
        correcting.remove(session, boss, organization, roll, made.id, "Otra vez la misma")
    assert claim(session, organization, "1111222")[1] is not None
    back = correcting.add(session, boss, organization, roll, line, "Sí vive en la localidad")
    assert back.id == made.id
    names = [each.name for each in rolls.corrections(session, session.get_one(Roll, roll))]
    assert names[::-1] == [
        "accounts.roll_loaded",
        "accounts.roll_entry_added",
        "accounts.roll_entry_released",
        "accounts.roll_entry_removed",
        "accounts.roll_entry_added",
    ]
    data = " ".join(str(each.data) for each in session.query(FactRow))
    assert "1111222" not in data
    assert "1.111.222" not in data


@pytest.mark.parametrize(
    "reason", ["", "no", "x" * 501, "Cédula 1.032.456.781 mal", "CC 1032456781", "1 0 3 2 4 5"]
)
def test_reasons_hold_no_document(session, organization, boss, roll, reason):
    with pytest.raises(Invalid) as refused:
        correcting.add(session, boss, organization, roll, NewLine("CC", "1032456781"), reason)
    assert "reason" in refused.value.by_path()


def test_a_frozen_roll_does_not_move(session, organization, boss, roll):
    load(session, boss, organization, roll, GOOD)
    before = making.digest(session, roll)
    person, refused = claim(session, organization, "1032456781")
    assert refused is None
    assert making.digest(session, roll) == before, "who claimed a line is not in the digest"
    assert making.freeze(session, roll, clock.now()) == before
    assert making.freeze(session, roll, clock.now()) == before
    assert session.query(FactRow).filter_by(name="accounts.roll_frozen").count() == 1
    line = rolls.claimed_line(session, organization.id, person.id, "usme-2026")
    for change in (
        lambda: correcting.add(
            session, boss, organization, roll, NewLine("CC", "77777777"), "Faltaba en la lista"
        ),
        lambda: correcting.remove(session, boss, organization, roll, line, "No vive aquí"),
        lambda: read(session, boss, organization, roll, GOOD, reason="Otro archivo"),
    ):
        with pytest.raises(Conflict):
            change()
    assert claim(session, organization, "55555555")[1] is None
    correcting.release(session, boss, organization, roll, line, "La usó otra persona")


def test_only_administrators_touch_rolls(session, organization, boss, roll):
    process = factories.make_process(session)
    stranger = factories.actor_of(
        session, factories.make_person(session, roles=[(Role.PROCESS_ADMIN, process.id)])
    )
    assert not can(policy.MANAGE_ROLLS, stranger, organization, at=clock.now())
    for attempt in (
        lambda: making.create(session, stranger, organization, key="a", name="A"),
        lambda: making.change_until(session, stranger, organization, roll, None),
        lambda: read(session, stranger, organization, roll, GOOD),
        lambda: applying.apply(session, stranger, organization, roll, 1),
        lambda: loading.discard(session, stranger, organization, roll, 1),
        lambda: correcting.remove(session, stranger, organization, roll, 1, "No vive aquí"),
        lambda: correcting.release(session, stranger, organization, roll, 1, "No vive aquí"),
        lambda: correcting.add(
            session, stranger, organization, roll, NewLine("CC", "77777777"), "Faltaba"
        ),
    ):
        with pytest.raises(Denied):
            attempt()
    with pytest.raises(Missing):
        correcting.remove(session, boss, organization, roll, 999, "No vive aquí")


def test_claiming_verifies_and_fixes_age_and_place(session, organization, boss, roll):
    load(session, boss, organization, roll, GOOD)
    person = factories.make_person(session, birth_date=None)
    token = sessions.start(session, person, "")
    assert claim(session, organization, "1.032.456.781", person=person)[1] is None
    assert claim(session, organization, "1032456781", person=person)[1] is None, "again: renewed"
    session.flush()
    actor = signed_in(session, organization, token, clock.now()).actor
    assert [each.method for each in actor.verifications] == ["census"]
    assert actor.birth_date.isoformat() == "1990-05-31"
    assert "la-loma" in actor.territories
    assert actor.groups == {"rural"}
    record = session.query(VerificationRecord).one()
    line = rolls.claimed_line(session, organization.id, person.id, "usme-2026")
    assert record.evidence == f"roll-{line}"
    other, refused = claim(session, organization, "1032456781")
    assert "otra cuenta" in str(refused.sentence)
    assert session.query(VerificationRecord).filter_by(person_id=other.id).count() == 0
    _again, refused = claim(session, organization, "55555555", person=person)
    assert "otro documento" in str(refused.sentence)
    _nobody, refused = claim(session, organization, "99999999")
    assert refused.field == "document_number"
    assert "padrón" in str(refused.sentence)
    _nobody, refused = claim(session, organization, "x")
    assert refused.field == "document_number"


def test_verification_by_a_roll_ends_with_it(session, organization, boss, roll):
    with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as travel:
        load(session, boss, organization, roll, GOOD)
        person, refused = claim(session, organization, "55555555")
        assert refused is None
        token = sessions.start(session, person, "")
        making.change_until(
            session, boss, organization, roll, clock.now().date().replace(month=4, day=30)
        )
        with pytest.raises(Invalid):
            making.change_until(
                session, boss, organization, roll, clock.now().date().replace(month=2)
            )
        session.expire_all()
        (held,) = session.query(VerificationRecord).all()
        assert held.expires_at.isoformat() == "2026-05-01T05:00:00+00:00"
        assert signed_in(session, organization, token, clock.now()).actor.verifications
        travel.move_to("2026-05-01 05:00:00Z")
        assert not held.holds(clock.now())
        assert rolls.open_rolls(session, clock.now()) == []
        assert "no ha cargado" in str(claim(session, organization, "55555555")[1].sentence)


# --- the staff's pages -----------------------------------------------------------------------


@pytest.fixture
def desk(client, session):
    ana = factories.make_person(session, "Ana Admin", roles=[Role.ORGANIZATION_ADMIN])
    return factories.sign_in(client, session, ana)


def test_the_way_of_a_roll_through_its_pages(desk, session, organization):
    bad = desk.post("/gestion/padrones", data={"name": "", "key": "Ñ", "until": "ayer"})
    assert bad.status_code == 422
    made = desk.post("/gestion/padrones", data={"name": "Padrón de Usme", "key": "usme"})
    assert made.status_code == 303
    loading_page = made.location
    empty = desk.post(loading_page, data={})
    assert empty.status_code == 422
    wrong = desk.post(
        loading_page, data={"file": (io.BytesIO(HEADER.encode() + b"CC,1,,,\n"), "malo.csv")}
    )
    page = desk.get(wrong.location).text
    assert "numero_documento" in page
    assert desk.post(wrong.location).status_code == 422
    good = desk.post(loading_page, data={"file": (io.BytesIO(GOOD.encode()), "padron.csv")})
    page = desk.get(good.location).text
    assert "Aplicar todo" in page
    assert "Vereda La Loma" in page
    assert desk.post(good.location).status_code == 303
    place = loading_page.removesuffix("/cargar")
    page = desk.get(place).text
    assert page.count("<h1") == 1
    assert "Vereda La Loma" in page
    found = desk.post(
        f"{place}/buscar", data={"document_type": "CC", "document_number": "1032456781"}
    )
    assert found.status_code == 303
    line = found.location
    assert "1032456781" not in desk.get(line).text
    nobody = desk.post(
        f"{place}/buscar", data={"document_type": "CC", "document_number": "1999999999"}
    )
    assert "no está en el padrón" in nobody.text
    assert (
        desk.post(
            f"{place}/buscar", data={"document_type": "CC", "document_number": "x"}
        ).status_code
        == 422
    )
    assert desk.post(f"{line}/retirar", data={"reason": ""}).status_code == 422
    assert desk.post(f"{line}/retirar", data={"reason": "Se fue del municipio"}).status_code == 303
    assert "Se fue del municipio" in desk.get(line).text
    new = {"document_type": "CC", "document_number": "1032456781", "reason": "Volvió en marzo"}
    refused = desk.post(f"{place}/agregar", data={**new, "territory": "no-hay"})
    assert refused.status_code == 422
    assert "1032456781" in refused.text, "what was typed is still there"
    assert desk.post(f"{place}/agregar", data={**new, "territory": "centro"}).status_code == 303
    assert desk.post(f"{place}/vigencia", data={"until": "2020-01-01"}).status_code == 422
    assert desk.post(f"{place}/vigencia", data={"until": "2099-01-01"}).status_code == 303
    sheet = desk.get(f"{place}/correcciones.csv")
    cells = list(csv.reader(io.StringIO(sheet.text.lstrip("\ufeff"))))
    assert [row[3] for row in cells[1:]] == ["Volvió en marzo", "Se fue del municipio", ""]
    assert {row[4] for row in cells[1:]} == {"Ana Admin"}
    assert "1032456" not in sheet.text


def test_a_large_file_is_for_administrators_only(app, desk, session, organization):
    roll, _line = factories.make_roll(session, organization)
    session.commit()
    body = HEADER + "".join(f"CC,{10_000_000 + each},,,{' ' * 100_000}\n" for each in range(90))
    assert len(body) > app.config["MAX_CONTENT_LENGTH"]
    address = f"/gestion/padrones/{roll}/cargar"
    # Written out: the test client would leave a temporary file open.
    sent = desk.post(
        address,
        data="--x\r\nContent-Disposition: form-data; name=reason\r\n\r\nCenso nuevo\r\n"
        "--x\r\nContent-Disposition: form-data; name=file; filename=censo.csv\r\n\r\n"
        f"{body}\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert (sent.status_code, session.query(RollUpload).one().lines) == (303, 90)
    for who, limit in (("participant", False), ("organization_admin", True)):
        person = factories.make_person(session, roles=[Role(who)] if limit else [])
        with app.test_request_context(address, method="POST"):
            g.organization, g.actor = organization, factories.actor_of(session, person)
            allow_large_files()
            assert (request.max_content_length > app.config["MAX_CONTENT_LENGTH"]) is limit
