"""The command line as an operator uses it: help, plain errors, exit codes."""

import sqlite3
import urllib.request
from contextlib import closing

import pytest

from participa.cli import main
from participa.core import config
from tests.browser.city import City

pytestmark = pytest.mark.slow


def commands(group, path=()):
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_has_help(run, path):
    answer = run(*path, "--help")
    assert answer.exit_code == 0
    assert len(answer.output.splitlines()) > 2


def test_from_nothing_to_an_entity_with_an_administrator(run):
    assert run("db", "check").exit_code == 1
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "check").exit_code == 0
    assert "no hay ninguna" in run("check").output
    made = run("organization", "create", "--slug", "usme", "--name", "Alcaldía de Usme")
    assert made.exit_code == 0, made.output
    assert "usme" in run("organization", "list").output
    account = run(
        "user", "create", "--email", "ana@usme.gov.co", "--name", "Ana", "--admin", "--password-stdin",
        input="una clave bien larga\n",
    )  # fmt: skip
    assert account.exit_code == 0, account.output
    assert "ana@usme.gov.co" in run("user", "list").output
    assert run("process", "list").exit_code == 0


def test_a_wrong_entity_says_each_thing(run):
    run("db", "upgrade")
    answer = run("organization", "create", "--slug", "Ñ", "--name", " ", "--host", "no es/host")
    assert answer.exit_code == 2
    for path in ("slug:", "name:", "host:"):
        assert path in answer.output


def test_a_wrong_configuration_says_each_thing(run, monkeypatch):
    monkeypatch.setenv("PARTICIPA_LOG_LEVEL", "LOUD")
    monkeypatch.setenv("PARTICIPA_MAIL_URL", "http://correo")
    monkeypatch.setenv("PARTICIPA_SMTP", "x")
    answer = run("check")
    assert answer.exit_code == 1
    lines = answer.output.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("PARTICIPA_") for line in lines)
    assert run("db", "upgrade").exit_code == 2


def test_a_public_address_has_a_proxy_in_front(run, monkeypatch):
    run("db", "upgrade")
    monkeypatch.setenv("PARTICIPA_BASE_URL", "https://participa.ejemplo.gov.co")
    answer = run("check")
    assert answer.exit_code == 1
    assert "PARTICIPA_PROXY_HOPS: con https:// hay un proxy" in answer.output
    monkeypatch.setenv("PARTICIPA_PROXY_HOPS", "1")
    assert "PROXY_HOPS" not in run("check").output


def test_a_database_of_a_later_version_is_told(run, tmp_path):
    run("db", "upgrade")
    with closing(sqlite3.connect(tmp_path / "data" / "participa.sqlite3")) as database:
        database.execute("UPDATE alembic_version SET version_num = '2099_01_01_later'")
        database.commit()
    for words in (["db", "upgrade"], ["db", "check"], ["check"], ["serve"], ["worker", "--once"]):
        answer = run(*words)
        assert answer.exit_code == 1, words
        assert "es de la versión «2099_01_01_later», más nueva" in answer.output, words


def test_a_missing_extra_is_one_sentence(run, monkeypatch):
    monkeypatch.setenv("PARTICIPA_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setattr(config, "find_spec", lambda _name: None)
    for words, code in ((["check"], 1), (["serve"], 2), (["worker"], 2), (["db", "upgrade"], 2)):
        answer = run(*words)
        assert (answer.exit_code, len(answer.output.splitlines())) == (code, 1), words
        assert "pip install 'participa[redis]'" in answer.output


def test_going_down_and_up_again(run):
    run("db", "upgrade")
    assert run("db", "downgrade", "--revision", "base", "--yes").exit_code == 0
    assert run("db", "upgrade").exit_code == 0
    assert run("db", "check").exit_code == 0


def test_serving_an_old_database_is_refused(run):
    answer = run("serve")
    assert answer.exit_code == 1
    assert "participa db upgrade" in answer.output


def test_the_demo_builds_once_and_never_deletes_what_is_not_its_own(run, tmp_path):
    city = City(tmp_path)  # builds, then serves
    with urllib.request.urlopen(city.url) as answer:  # noqa: S310
        assert "Valle Sereno" in answer.read().decode()
    city.stop()
    assert "Creando la ciudad" in city.log.read_text()
    assert not city.crashes()
    folder = city.folder
    assert "Creando la ciudad" not in run("demo", "--data", folder, "--prepare-only").output
    assert "Creando la ciudad" in run("demo", "--data", folder, "--prepare-only", "--reset").output
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "important.txt").write_text("x")
    for words in (("--reset",), ()):
        assert run("demo", "--data", mine, "--prepare-only", *words).exit_code == 2
    assert (mine / "important.txt").exists()


def test_a_roll_from_the_command_line(run, tmp_path):
    run("db", "upgrade")
    run("organization", "create", "--slug", "usme", "--name", "Alcaldía de Usme")
    file = tmp_path / "padron.csv"
    file.write_text("tipo_documento,numero_documento\nCC,12345678\nCC,12\n")
    assert run("roll", "import", file, "--roll", "usme").exit_code == 2, "there is no such roll"
    assert run("roll", "create", "Ñ", "--name", "Padrón").exit_code == 2
    assert run("roll", "create", "usme", "--name", "Padrón").exit_code == 0
    refused = run("roll", "import", file, "--roll", "usme")
    assert refused.exit_code == 2
    assert "línea 3: numero_documento" in refused.output
    file.write_text("tipo_documento,numero_documento\nCC,12345678\nCC,12345679\n")
    dry = run("roll", "import", file, "--roll", "usme", "--dry-run")
    assert (dry.exit_code, "nuevas: 2" in dry.output) == (0, True)
    assert "usme\t0" in run("roll", "list").output
    assert run("roll", "import", file, "--roll", "usme").exit_code == 0
    assert "usme\t2" in run("roll", "list").output
    assert "motivo" in run("roll", "import", file, "--roll", "usme").output
    file.write_text("tipo_documento,numero_documento\nCC,12345679\n")
    done = run("roll", "import", file, "--roll", "usme", "--replace", "--reason", "Censo nuevo")
    assert "ya estaban: 1  retiradas: 1" in done.output
