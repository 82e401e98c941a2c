"""Every command as a program of its own: what other commands import does not help it to start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from participa.cli import main

pytestmark = pytest.mark.slow

PROGRAM = Path(sys.executable).with_name("participa")

POLL = """META
key;value
description;Prueba
country;Colombia
unit;Usme
instance;2026
date_begin;01.01.2026
date_end;31.01.2026
num_projects;2
num_votes;2
budget;100
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;votes;name
1;60;2;Parque
2;60;1;Andén
VOTES
voter_id;vote
1;1,2
2;1
"""


@pytest.fixture
def program(tmp_path):
    """Run a command in a process of its own; gives what it said."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PARTICIPA_")} | {
        "PARTICIPA_DATA_DIR": str(tmp_path / "data"),
        "PARTICIPA_SECRET_KEY": "k" * 40,
    }

    def run(*words, code=0, text="", **variables):
        ended = subprocess.run(
            [PROGRAM, *map(str, words)],
            env=environment | variables,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        said = ended.stdout + ended.stderr
        assert "Traceback" not in said, said
        assert ended.returncode == code, said
        return said

    return run


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_starts_alone(program, name):
    assert f"participa {name}" in program(name, "--help")


def test_the_smallest_run_of_each(program, tmp_path):
    program("db", "upgrade")
    program("organization", "create", "--slug", "usme", "--name", "Alcaldía de Usme")
    program(
        "user", "create", "--email", "ana@usme.gov.co", "--name", "Ana", "--admin", "--password-stdin",
        text="una clave bien larga\n",
    )  # fmt: skip
    roll = tmp_path / "padron.csv"
    roll.write_text("tipo_documento,numero_documento\nCC,12345678\n")
    program("roll", "create", "usme", "--name", "Padrón")
    program("roll", "import", roll, "--roll", "usme")
    assert "usme\t1" in program("roll", "list")
    program("territories", "export")
    assert "presupuesto" in program("process", "templates")
    poll = tmp_path / "poll.pb"
    poll.write_text(POLL)
    assert "Parque" in program("tally", poll)
    program("worker", "--once")
    program("check", code=1)
    program("docs", "--folder", tmp_path / "docs")
    assert "ocupado" not in program("serve", "--host", "no.such.host.invalid", code=2)
