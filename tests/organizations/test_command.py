import os

import pytest
from click.testing import CliRunner

from participa.cli import main

HEAD = "codigo,nombre,nivel,codigo_padre\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    for name in list(os.environ):
        if name.startswith("PARTICIPA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PARTICIPA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PARTICIPA_SECRET_KEY", "k" * 40)

    def call(*words, **options):
        return CliRunner().invoke(main, [str(word) for word in words], **options)

    call("db", "upgrade")
    call("organization", "create", "--slug", "aurora", "--name", "Aurora")
    return call


def test_territories_come_and_go_by_command(run, tmp_path):
    path = tmp_path / "lista.csv"
    path.write_text(HEAD + "aurora,Aurora,municipio,\nsur,Sur,comuna,aurora\n")
    looked = run("territories", "import", path, "--organization", "aurora", "--dry-run")
    assert looked.exit_code == 0, looked.output
    assert "+ sur\tSur" in looked.output
    assert "sur" not in run("territories", "export").output
    assert run("territories", "import", path).exit_code == 0
    out = run("territories", "export").output
    assert "sur,Sur,comuna,aurora" in out
    again = run("territories", "import", "-", input=out)
    assert again.exit_code == 0
    assert "nuevos: 0  cambiados: 0" in again.output


def test_errors_name_line_and_column_and_change_nothing(run):
    answer = run("territories", "import", "-", input=HEAD + "sur,Sur,comuna,nada\n")
    assert answer.exit_code == 2
    assert "línea 2: codigo_padre: No existe el código «nada»." in answer.stderr
    assert "sur" not in run("territories", "export").output
    assert run("territories", "import", "/no/existe").exit_code == 2
    assert run("territories", "export", "--organization", "nadie").exit_code == 2
