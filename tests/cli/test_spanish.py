"""What a wrong command is answered: one Spanish line that says how to go on, never a traceback."""

import re
import socket

import pytest


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("process validate", "falta FILE"),
        ("process validate a b c", "sobran palabras: b c"),
        ("process lst", "no hay una orden «lst»; ¿quiso decir list?"),
        ("proces", "no hay una orden «proces»"),
        ("user create", "falta la opción --email"),
        ("user create --nme x", "no hay una opción --nme; ¿quiso decir --name?"),
        ("user create --email", "la opción --email necesita un valor"),
        ("db downgrade --yes=3", "la opción --yes no lleva un valor"),
        ("serve --port 99999999", "--port: debe ser un número entero entre 1 y 65535"),
        ("serve --port x", "--port: debe ser un número entero entre 1 y 65535"),
        ("serve --threads 0", "--threads: debe ser un número entero, 1 o mayor"),
        ("tally --rule foo x", "--rule: debe ser una de estas palabras: greedy"),
        ("process validate /nope.yaml", "no se puede leer /nope.yaml: no existe"),
        ("territories import /tmp", "no se puede leer /tmp: es una carpeta"),
        ("roll import /tmp --roll x", "no se puede leer /tmp: es una carpeta"),
        ("tally /nope.pb", "no se puede leer: no existe"),
        (
            "db upgrade --revision nope",
            "no se puede llegar a la revisión «nope»; las que hay: 2026",
        ),
        ("db downgrade --yes --revision nope", "no se puede llegar a la revisión «nope»"),
        ("serve --host nope.invalid", "no se conoce la dirección «nope.invalid»"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(run, words, sentence):
    answer = run(*words.split())
    assert answer.exit_code == 2, answer.output
    assert isinstance(answer.exception, SystemExit)
    assert sentence in answer.output.splitlines()[-1]
    assert not re.search(r"Usage|Try|Missing|No such|Invalid", answer.output)


def test_a_command_alone_still_shows_its_help(run):
    assert "Commands:" in run("process").output


@pytest.mark.parametrize("words", ["check", "process list", "serve", "worker --once"])
def test_a_data_folder_that_cannot_be_made_is_told(run, monkeypatch, words):
    monkeypatch.setenv("PARTICIPA_DATA_DIR", "/proc/x")
    answer = run(*words.split(), *(["--port", str(free_port())] if words == "serve" else []))
    assert isinstance(answer.exception, SystemExit)
    assert answer.exit_code == (1 if words == "check" else 2)
    [line] = answer.output.splitlines()
    assert line.startswith("PARTICIPA_DATA_DIR: no se puede usar la carpeta /proc/x")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_busy_port_is_told(run, tmp_path, command):
    where = ["--data", tmp_path / "demo"] if command == "demo" else []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = run(command, *where, "--port", taken.getsockname()[1])
    assert answer.exit_code == 1
    [line] = answer.output.splitlines()
    assert "ocupado" in line


def test_no_processes_is_said(run):
    run("db", "upgrade")
    run("organization", "create", "--slug", "usme", "--name", "Alcaldía de Usme")
    answer = run("process", "list")
    assert answer.exit_code == 0
    assert "«usme» no tiene procesos todavía" in answer.output


def test_the_link_to_choose_a_password_is_of_the_entity_s_own_host(run):
    run("db", "upgrade")
    run("organization", "create", "--slug", "uno", "--name", "Uno")
    run("organization", "create", "--slug", "dos", "--name", "Dos", "--host", "dos.example")
    words = ("user", "create", "--email", "ana@x.co", "--name", "Ana", "--organization")
    assert " http://dos.example:8000/clave/nueva/" in run(*words, "dos").output
    assert " http://127.0.0.1:8000/clave/nueva/" in run(*words, "uno").output
