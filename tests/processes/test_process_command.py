"""``participa process``: files in, files out, whole or not at all."""

import contextlib
import textwrap

import pytest
from click.testing import CliRunner

from participa.cli import context
from participa.cli import main as cli
from participa.core.db import db
from participa.processes import queries
from participa.processes.catalogue import catalogue, template
from participa.processes.models import ProcessStatus

GOOD = """\
slug: barrios
title: {es: "Ideas de los barrios"}
phases:
  - key: ideas
    kind: ideation
    title: {es: Ideas}
    start: 2027-03-03
    end: 2027-04-30
    opens:
      propuestas:
        create: {state: open, requires: [confirmed_email, {age: 14}]}
        support: open_hidden
components:
  - {key: propuestas, type: proposals, title: {es: Propuestas}, settings: {support_limit: 10}}
"""
DIARY = """\
slug: barrios
title: {es: "Ideas de los barrios"}
components:
  - {key: diario, type: diary, title: {es: Diario}}
"""


@pytest.fixture
def run(app, session, organization, monkeypatch):
    """Run the command on the database of the test."""

    @contextlib.contextmanager
    def application(_config=None):
        with app.app_context():
            yield app
            db.session.remove()

    monkeypatch.setattr(context, "application", application)
    session.commit()

    def call(*arguments, text=None):
        result = CliRunner().invoke(cli, ["process", *arguments], input=text)
        assert result.exception is None or isinstance(result.exception, SystemExit), (
            result.exception
        )
        session.expire_all()
        queries.forget()
        return result

    return call


@pytest.fixture
def file(tmp_path):
    def write(text, name="p.yaml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return write


def test_apply_creates_and_changes(run, file, session):
    assert run("list").stdout == ""
    result = run("apply", file(GOOD))
    assert (result.exit_code, result.output) == (0, "barrios: creado, borrador.\n")
    result = run("apply", file(GOOD), "--publish")
    assert result.output == "barrios: sin cambios, publicado.\n"
    result = run("apply", "-", text=GOOD.replace("2027-04-30", "2027-04-15"))
    assert result.output == "barrios: cambiado, publicado.\n"
    assert run("list").output == (
        "barrios\tpublicado\t2027-03-03..2027-04-15\tIdeas de los barrios\n"
    )
    view = queries.by_slug(session, "barrios")
    assert view.status is ProcessStatus.PUBLISHED
    assert view.component("propuestas").settings.support_limit == 10


def test_what_is_exported_applies_without_a_change(run, tmp_path):
    run("apply", "-", text=GOOD)
    exported = run("export", "barrios").output
    assert "create: {state: open, requires: [confirmed_email, {age: 14}]}" in exported
    assert run("apply", "-", text=exported).output == "barrios: sin cambios, borrador.\n"
    target = tmp_path / "salida.yaml"
    assert run("export", "barrios", "-o", str(target)).output == ""
    assert target.read_text("utf-8") == exported
    assert run("export", "barrios", "-o", str(tmp_path)).exit_code == 1


def test_dry_run_tells_and_changes_nothing(run, file, session):
    result = run("apply", file(GOOD), "--dry-run")
    assert result.exit_code == 0
    assert "Se crearía el proceso «barrios»" in result.output
    assert "Se agrega la fase «Ideas» (ideas)" in result.output
    assert "Propuestas · Proponer: abrirá el 3 de marzo de 2027" in result.output
    assert run("list").stdout == ""
    run("apply", file(GOOD), "--publish")
    assert run("apply", file(GOOD), "--dry-run").output == "No cambia nada.\n"
    later = file(GOOD.replace("2027-03-03", "2027-03-10"))
    assert run("apply", later, "--dry-run").output == textwrap.dedent(
        """\
          Fase «Ideas»: empieza el 10 de marzo de 2027 en vez del 3 de marzo de 2027
        Lo que la gente notará:
          Propuestas · Proponer: abrirá el 10 de marzo de 2027 en vez del 3 de marzo de 2027, hasta el 30 de abril de 2027.
          Propuestas · Apoyar: abrirá el 10 de marzo de 2027 en vez del 3 de marzo de 2027, hasta el 30 de abril de 2027.
        """
    )
    assert queries.by_slug(session, "barrios").version == 2


@pytest.mark.parametrize("options", [[], ["--dry-run"], ["--publish"]])
def test_what_would_be_refused_is_not_offered(run, file, diary, session, options):
    run("apply", "-", text=DIARY)
    diary.of.add(queries.by_slug(session, "barrios").component("diario").id)
    gone = run("apply", file("slug: barrios\ntitle: {es: Sin nada}\n"), *options)
    assert (gone.exit_code, gone.stdout) == (1, "")
    assert "no se puede quitar" in gone.stderr
    assert queries.by_slug(session, "barrios").version == 1


def test_every_problem_with_its_line(run, file):
    path = file(
        GOOD.replace("ideation", "ideacion")
        .replace("2027-04-30", "2027-02-30")
        .replace("support_limit", "suport_limit")
    )
    for command in (["validate"], ["apply"], ["apply", "--dry-run"]):
        result = run(*command, path)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.splitlines() == [
            f"{path}:5: phases[0].kind: no se conoce «ideacion»; ¿quiso decir «ideation»?",
            f"{path}:8: phases[0].end: «2027-02-30» no existe en el calendario",
            f"{path}:14: components[0].settings.suport_limit: no se conoce «suport_limit»; ¿quiso decir «support_limit»?",
        ]
    assert run("list").stdout == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: b: c", ":1: columna 5: sobran dos puntos: ponga el texto entre comillas"),
        ("", ": el archivo está vacío"),
        ("x: " + "x" * 5_000_000, ": es demasiado grande: el máximo es 1 MB"),
        ("a: &a 1\nb: *a", ":1: no se permiten anclas"),
        (GOOD + "slug: otro\n", ":15: slug: está repetido: ya aparece en la línea 1"),
        (b"\xff\xfe", ":1: el archivo no es de texto o no está guardado en UTF-8"),
        ("- 1", ":1: debe ser un grupo de datos"),
    ],
)
def test_files_that_cannot_be_read(run, file, text, complaint):
    path = file(text)
    result = run("validate", path)
    assert result.exit_code == 2
    assert f"{path}{complaint}" in result.stderr


def test_a_slug_that_is_another_page_s_address(run, file):
    path = file(GOOD.replace("slug: barrios", "slug: nuevo"))
    for command in (["validate"], ["apply"]):
        result = run(*command, path)
        assert result.exit_code == 2
        assert (
            result.stderr == f"{path}:1: slug: «nuevo» es la dirección de otra página: elija otra\n"
        )


def test_a_file_that_is_not_there(run, tmp_path):
    result = run("apply", str(tmp_path / "no.yaml"))
    assert result.exit_code == 2
    assert "no se puede leer" in result.stderr
    assert run("export", "no-existe").exit_code == 1
    assert run("apply", "-", "--organization", "nadie", text=GOOD).exit_code == 2


def test_nothing_is_half_applied(run, session):
    """Publishing is refused after the process was written: then it was not written."""
    empty = "slug: vacio\ntitle: Sin fases\n"
    result = run("apply", "-", "--publish", text=empty)
    assert result.exit_code == 1
    assert "al menos una fase" in result.stderr
    assert run("list").stdout == ""


def test_templates(run):
    listed = run("templates").output.splitlines()
    assert [line.split("\t")[0] for line in listed] == [each.key for each in catalogue()]
    text = run("templates", "usme-innova-2023").output
    assert text == template("usme-innova-2023").text
    assert run("apply", "-", "--publish", text=text).exit_code == 0
    assert run("templates", "otra").exit_code == 2


def test_validate(run):
    result = run("validate", "-", text=GOOD)
    assert (result.exit_code, result.output) == (0, "-: «Ideas de los barrios» se puede aplicar.\n")
