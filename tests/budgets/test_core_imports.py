"""Projects from a file: the whole of it, or nothing."""

import io

import pytest
from openpyxl import Workbook

from participa.budgets import exports
from participa.budgets.models import Project, ProjectStatus
from participa.budgets.services import imports, lock, pots
from participa.budgets.services.pots import PotDraft
from participa.core import tables
from participa.core.db import bind_to_organization, db
from participa.core.errors import Conflict, Invalid
from participa.core.i18n import Localized
from participa.core.policy import Role
from tests import factories
from tests.budgets.polls import with_vote
from tests.budgets.test_core_services import SEED
from tests.conftest import new_app

GOOD = (
    "numero;titulo;bolsa;categoria;costo;territorio;latitud;longitud;mantenimiento;meses;estado\n"
    "7;Parque del río;Ciudad;Vías;1.200.000;Centro;4,6097;-74,0817;$ 50.000;8;\n"
    ";Puente nuevo;ciudad;;300000;la-loma;;;;;borrador\n"
)


@pytest.fixture
def ready(session, organization, component, staff):
    pots.save_pot(
        session, staff, organization, component, PotDraft(Localized("Ciudad"), "9.000.000")
    )
    pots.save_category(session, staff, organization, component, Localized("Vías"))
    return component


def run(session, staff, organization, component, text):
    data = text.encode() if isinstance(text, str) else text
    code = imports.upload(session, staff, organization, component, data, name="p.csv")
    return imports.apply(session, staff, organization, component, code)


def problems(session, organization, component, text):
    data = text.encode() if isinstance(text, str) else text
    found = imports.plan(session, organization, component, data)
    return [(each.line, each.path) for each in found.problems]


def workbook(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def rows_of(session):
    return session.query(Project).order_by(Project.number).all()


def test_a_file_with_numbers_and_without(session, organization, ready, staff):
    found = run(session, staff, organization, ready, GOOD)
    assert (len(found.added), len(found.changed)) == (2, 0)
    park, bridge = rows_of(session)
    assert (park.number, park.cost, park.status) == (7, 120_000_000, ProjectStatus.FEASIBLE)
    assert park.sheet == {"months": 8, "upkeep": 5_000_000}
    assert (park.latitude, park.longitude) == (4.6097, -74.0817)
    assert organization.territories[park.territory_id].name == "Centro"
    assert (bridge.number, bridge.status) == (8, ProjectStatus.DRAFT)


def test_a_number_that_is_there_changes_its_project(session, organization, ready, staff):
    run(session, staff, organization, ready, GOOD)
    again = GOOD.replace("1.200.000", "1.300.000")
    found = run(session, staff, organization, ready, again)
    assert [
        (each.project.number, [(str(one.label), one.before, one.after) for one in each.differences])
        for each in found.changed
    ] == [(7, [("Costo", "COP1.200.000", "COP1.300.000")])]
    assert (found.added, found.unchanged) == ([], 1)
    assert rows_of(session)[0].cost == 130_000_000
    with pytest.raises(Conflict):
        run(session, staff, organization, ready, again)


def test_what_is_exported_is_imported_without_a_change(session, organization, ready, staff):
    run(session, staff, organization, ready, GOOD)
    text = exports.projects_csv(session, organization, ready, with_drafts=True)
    found = imports.plan(session, organization, ready, text.encode())
    assert (found.problems, found.unchanged, found.does_nothing) == ([], 2, True)
    assert "Puente" not in exports.projects_csv(session, organization, ready)


def test_a_workbook_says_the_same(session, organization, ready, staff):
    data = workbook(
        [
            ["Título", "Bolsa", "Costo", "Meses", "otra"],
            ["Parque del río", "Ciudad", 1_200_000, 8, None],
            [None, None, None, None, None],
            ["Puente nuevo", "Ciudad", 300_000.5, None, "x"],
        ]
    )
    found = run(session, staff, organization, ready, data)
    assert found.ignored == ["otra"]
    assert [row.cost for row in rows_of(session)] == [120_000_000, 30_000_050]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("titulo;bolsa\nx;y\n", [(1, "costo")]),
        ("titulo;bolsa;costo\nParque;Otra;mucho\n", [(2, "bolsa"), (2, "costo")]),
        ("titulo;bolsa;costo\nx;Ciudad;5\n", [(2, "titulo")]),
        ("titulo;bolsa;costo\n;Ciudad;5\n", [(2, "titulo")]),
        ("titulo;bolsa;costo;estado\nParque;Ciudad;5;ganador\n", [(2, "estado")]),
        ("titulo;bolsa;costo;estado\nParque;Ciudad;5;no viable\n", [(2, "viabilidad")]),
        ("numero;titulo;bolsa;costo\n1;Parque;Ciudad;5\n1;Puente;Ciudad;5\n", [(3, "numero")]),
        ("numero;titulo;bolsa;costo\nuno;Parque;Ciudad;5\n", [(2, "numero")]),
        (
            "titulo;bolsa;costo;categoria;territorio\nParque;Ciudad;5;No;No\n",
            [(2, "categoria"), (2, "territorio")],
        ),
        ("titulo;bolsa;costo;latitud;longitud\nParque;Ciudad;5;200;0\n", [(2, "latitud")]),
        ('titulo;bolsa;costo\n"Parque;Ciudad;5\n', [(2, "")]),
        ("", [(None, "")]),
        (b"PK\x03\x04 no workbook", [(None, "")]),
    ],
)
def test_every_mistake_has_its_line_and_column(session, organization, ready, text, found):
    assert problems(session, organization, ready, text)[: len(found)] == found


def test_nothing_is_half_imported(session, organization, ready, staff):
    text = "titulo;bolsa;costo\nParque;Ciudad;5\nPuente;Nadie;5\n"
    with pytest.raises(Invalid) as caught:
        run(session, staff, organization, ready, text)
    assert [(each.line, each.path) for each in caught.value.problems] == [(3, "bolsa")]
    assert rows_of(session) == []


def test_a_text_of_several_lines_and_a_formula(session, organization, ready, staff):
    text = 'titulo;bolsa;costo;descripcion;area\nParque;Ciudad;5;"una\ndos";\'=1+1\n'
    run(session, staff, organization, ready, text)
    (row,) = rows_of(session)
    assert row.body == "una\ndos"
    assert row.sheet["area"] == "=1+1"
    assert "'=1+1" in exports.projects_csv(session, organization, ready)


def test_a_file_with_fewer_columns_leaves_the_rest(session, organization, ready, staff):
    text = (
        "numero;titulo;bolsa;costo;estado;viabilidad;descripcion;area;meses\n"
        "1;Puente peatonal;Ciudad;500000;no viable;Falta el predio;Un puente.;Obras;8\n"
    )
    run(session, staff, organization, ready, text)
    fewer = "numero;titulo;bolsa;costo\n1;Puente peatonal;Ciudad;500001\n"
    found = run(session, staff, organization, ready, fewer)
    assert [str(one.label) for one in found.changed[0].differences] == ["Costo"]
    row = rows_of(session)[0]
    assert (row.status, row.feasibility, row.body) == (
        ProjectStatus.INFEASIBLE, "Falta el predio", "Un puente."
    )  # fmt: skip
    found = run(session, staff, organization, ready, "numero;área\n1;\n")
    assert [(str(one.label), one.before, one.after) for one in found.changed[0].differences] == [
        ("Área responsable", "Obras", "")
    ]
    assert rows_of(session)[0].sheet == {"months": 8}
    assert rows_of(session)[0].body_html


def test_the_same_file_twice_adds_nothing(session, organization, ready, staff):
    text = "titulo;bolsa;costo\nParque;Ciudad;100000\nPuente;Ciudad;200000\n"
    run(session, staff, organization, ready, text)
    found = imports.plan(session, organization, ready, text.upper().encode())
    assert (found.added, found.recognised, found.problems) == ([], 2, [])
    assert "2 líneas sin número" in str(found.notes[-1])
    found = imports.plan(session, organization, ready, text.encode())
    assert found.does_nothing
    numbered = "numero;titulo;bolsa;costo\n9;Parque;Ciudad;100000\n"
    assert problems(session, organization, ready, numbered) == [(2, "numero")]
    twice = "titulo;bolsa;costo\nVía real;Ciudad;100000\nvía REAL;Ciudad;1\n"
    assert problems(session, organization, ready, twice) == [(3, "titulo")]


def test_what_a_workbook_holds_is_what_is_read(session, organization, ready, staff):
    head = ["titulo", "bolsa", "costo", "latitud", "longitud"]
    wrong = [
        ["Parque", "Ciudad", 350.125, 4.612, -74.081],
        ["#REF!", "Ciudad", 100, None, None],
        ["Puente", "Ciudad", 100, -74.081, 4.612],
    ]
    book = workbook([head, *wrong])
    assert problems(session, organization, ready, book) == [
        (3, "titulo"), (2, "costo"), (4, "latitud")
    ]  # fmt: skip
    book = workbook(
        [["Proyectos de la ciudad"], [], head, ["Parque", "Ciudad", 350.5, 4.612, -74.081]]
    )
    run(session, staff, organization, ready, book)
    row = rows_of(session)[0]
    assert (row.cost, row.latitude, row.longitude) == (35_050, 4.612, -74.081)


def test_once_firm_nothing_is_imported(session, organization, ready, staff):
    run(session, staff, organization, ready, GOOD)
    code = imports.upload(session, staff, organization, ready, GOOD.encode())
    lock.lock(session, staff, ready, seed_source=SEED)
    with pytest.raises(Conflict):
        imports.apply(session, staff, organization, ready, code)


def test_a_workbook_that_would_fill_the_memory_is_refused(
    session, organization, ready, monkeypatch
):
    monkeypatch.setattr("participa.core.spreadsheets.LARGEST_CONTENT", 1000)
    assert problems(session, organization, ready, workbook([["titulo"], ["x"]])) == [(None, "")]


def test_a_file_is_read_before_anybody_must_wait(engine_name, monkeypatch):
    """Neither taking nor applying a file has a transaction open while it reads the file."""
    app = new_app(engine_name)
    open_while_reading = []
    read_table = tables.read_table

    def noted(*args, **options):
        open_while_reading.append(db.session().in_transaction())
        return read_table(*args, **options)

    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        component = with_vote(session).components[0]
        person = factories.make_person(
            session, "Funcionaria", roles=[(Role.PROCESS_ADMIN, component.process.id)]
        )
        staff = factories.actor_of(session, person)
        pot = PotDraft(Localized("Ciudad"), "9.000.000")
        pots.save_pot(session, staff, organization, component, pot)
        pots.save_category(session, staff, organization, component, Localized("Vías"))
        session.commit()
        monkeypatch.setattr(tables, "read_table", noted)
        code = imports.upload(session, staff, organization, component, GOOD.encode())
        session.commit()
        imports.apply(session, staff, organization, component, code)
        session.commit()
    assert open_while_reading == [False, False]
