import pytest

from participa.core import tables
from participa.organizations import csv_import
from participa.organizations.csv_import import Place

HEAD = "codigo,nombre,nivel,codigo_padre\n"


def plan_territories(data, existing, **options):
    return csv_import.plan_territories(csv_import.read_territories(data), existing, **options)


def plan_themes(data, existing, **options):
    return csv_import.plan_themes(csv_import.read_themes(data), existing, **options)


EXISTING = [
    Place("aurora", "Aurora", "municipio"),
    Place("centro", "Centro", "barrio", "aurora"),
    Place("la-loma", "Vereda La Loma", "barrio", "aurora"),
]


def said(plan):
    return [(each.line, each.path, str(each.message)) for each in plan.problems]


def test_a_file_says_what_it_adds_changes_and_leaves():
    data = (
        HEAD
        + "aurora,Aurora,municipio,\ncentro,Centro Histórico,barrio,aurora\nsur,Sur,barrio,aurora\n"
    )
    plan = plan_territories(data.encode(), EXISTING)
    assert not plan.problems
    assert [each.code for each in plan.added] == ["sur"]
    assert [(before.name, after.name) for before, after in plan.changed] == [
        ("Centro", "Centro Histórico")
    ]
    assert plan.unchanged == 1
    assert not plan.removed


def test_what_is_not_in_the_file_goes_only_when_asked():
    data = (HEAD + "aurora,Aurora,municipio,\n").encode()
    assert not plan_territories(data, EXISTING).removed
    assert [
        each.code for each in plan_territories(data, EXISTING, remove_missing=True).removed
    ] == [
        "centro",
        "la-loma",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_whatever_program_wrote_it(encoding, delimiter):
    data = "código,Nombre,NIVEL,codigo padre\r\nnunoa,Ñuñoa,comuna,\r\n".replace(",", delimiter)
    plan = plan_territories(data.encode(encoding), [])
    assert not plan.problems
    assert plan.rows["nunoa"].name == "Ñuñoa"


@pytest.mark.parametrize(
    ("rows", "line", "column", "words"),
    [
        ("x,X,barrio,no-hay\n", 2, "codigo_padre", "No existe el código «no-hay»"),
        ("x,X,barrio,\nx,Otra,barrio,\n", 3, "codigo", "ya está en la línea 2"),
        ("x,X,barrio,y\ny,Y,barrio,x\n", 2, "codigo_padre", "dentro de sí mismo"),
        ("x,X,barrio,x\n", 2, "codigo_padre", "dentro de sí mismo"),
        ("x," + "a" * 161 + ",barrio,\n", 2, "nombre", "161 caracteres; el máximo es 160"),
        ("x,,barrio,\n", 2, "nombre", "hace falta"),
        ("x,a\x07b,barrio,\n", 2, "nombre", "invisibles"),
        ("x,a\u202eb,barrio,\n", 2, "nombre", "invisibles"),
        ("x y,X,barrio,\n", 2, "codigo", "no sirve de código"),
        ("x,X,barrio,,de más\n", 2, "", "más datos que columnas"),
        ('x,"X,barrio,\n', 2, "", "comillas"),
        ("\n\nx,,barrio,\n", 4, "nombre", "hace falta"),
        ('x,"dos\nlíneas",barrio,\ny,,barrio,\n', 4, "nombre", "hace falta"),
    ],
)
def test_each_error_names_line_column_and_reason(rows, line, column, words):
    plan = plan_territories((HEAD + rows).encode(), [])
    assert any(
        number == line and path == column and words in message
        for number, path, message in said(plan)
    ), said(plan)


def test_every_error_is_told_at_once():
    plan = plan_territories((HEAD + "x,,barrio,\ny,Y,,\nz,Z,barrio,nada\n").encode(), [])
    assert [each[0] for each in said(plan)] == [2, 3, 4]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "vacío"),
        (b"   \n", "vacío"),
        (HEAD.encode(), "no tiene filas"),
        (b"PK\x03\x04 rest of a workbook", "dañado"),
        (b"a" * (tables.LARGEST_FILE + 1), "2 MB"),
        (b"nombre,nivel\nX,barrio\n", "Falta esta columna"),
        (b"codigo,codigo,nombre,nivel\nx,x,X,barrio\n", "dos veces"),
    ],
)
def test_files_that_cannot_be_read_as_a_whole(data, words):
    assert words in " ".join(message for _line, _path, message in said(plan_territories(data, [])))


def test_too_many_rows_stop_at_the_limit():
    rows = "".join(f"c{number},N,barrio,\n" for number in range(tables.MOST_ROWS + 5))
    plan = plan_territories((HEAD + rows).encode(), [])
    assert "más de 20000 filas" in said(plan)[0][2]


def test_a_very_deep_tree_is_refused():
    rows = "a0,A,nivel,\n" + "".join(
        f"a{number},A,nivel,a{number - 1}\n" for number in range(1, 2000)
    )
    assert "más de 12 niveles" in said(plan_territories((HEAD + rows).encode(), []))[0][2]


def test_a_cycle_with_what_is_already_there():
    data = HEAD + "aurora,Aurora,municipio,centro\n"
    assert "dentro de sí mismo" in said(plan_territories(data.encode(), EXISTING))[0][2]


def test_unknown_columns_are_named_and_left_out():
    plan = plan_territories(b"codigo,nombre,nivel,poblacion\nx,X,barrio,12\n", [])
    assert plan.ignored == ["poblacion"]
    assert not plan.problems


def test_what_is_written_is_read_again_and_no_formula_runs():
    rows = [Place("x", "=HYPERLINK(1)", "barrio"), Place("y", "-5 @casa", "+barrio")]
    text = tables.write(csv_import.TERRITORY_COLUMNS, [each.cells for each in rows])
    assert "'=HYPERLINK" in text
    assert "'+barrio" in text
    plan = plan_territories(text.encode(), rows)
    assert plan.does_nothing
    assert not plan.problems


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("Parque;=2+5;fin", '"Parque;\'=2+5;fin"'),
        ("a;b", '"a;b"'),
        ("a, -b", '"a, -b"'),
        (" =1", "' =1"),
        ("'=1", "''=1"),
        ("x;'+1", "\"x;''+1\""),
        ("-73.1012", "-73.1012"),
        ("-73,1012", '"-73,1012"'),
        ("-5 casas", "'-5 casas"),
        ("310000000", "310000000"),
    ],
)
def test_a_cell_is_a_text_or_a_number_wherever_it_is_split(cell, written):
    assert tables.line([cell]) == f"{written}\r\n"
    read = tables.read_table(
        tables.write(["a", "b"], [[cell, "x"]]).encode(), tables.Columns({"a": 99, "b": 9}, [])
    )
    assert read.lines[0].cells["a"] == cell


def test_a_file_with_fewer_columns_leaves_the_rest():
    plan = plan_territories(b"codigo;nombre\ncentro;Centro Alto\n", EXISTING)
    assert not plan.problems
    assert plan.changed == [(EXISTING[1], Place("centro", "Centro Alto", "barrio", "aurora"))]
    emptied = plan_territories(
        b"codigo;nombre;nivel;codigo_padre\ncentro;Centro;barrio;\n", EXISTING
    )
    assert emptied.changed == [(EXISTING[1], Place("centro", "Centro", "barrio"))]
    theme = csv_import.Subject("agua", (("es", "Agua"), ("en", "Water"), ("pt", "Água")))
    plan = plan_themes(b"codigo;nombre_es;nombre_pt\nagua;Aguas;\n", [theme])
    assert [dict(after.names) for _before, after in plan.changed] == [
        {"es": "Aguas", "en": "Water"}
    ]


def test_what_is_new_needs_its_columns():
    plan = plan_territories(b"codigo;nombre\nnuevo;Nuevo\n", EXISTING)
    assert [(line, path) for line, path, _words in said(plan)] == [(2, "nivel")]


def test_a_row_of_totals_is_no_territory():
    plan = plan_territories(b"codigo;nombre;nivel\nsur;Sur;barrio\nTOTAL;1;x\n;Gran total:;x\n", [])
    assert list(plan.rows) == ["sur"]
    assert [line for line, _path, words in said(plan) if "totales" in words] == [3, 4]


def test_themes_need_a_spanish_name_only():
    plan = plan_themes(b"codigo;nombre_es;nombre_en\nagua;Agua;Water\nvias;;Roads\n", [])
    assert said(plan) == [(3, "nombre_es", "Este dato hace falta.")]
    assert dict(plan.rows["agua"].names) == {"es": "Agua", "en": "Water"}
