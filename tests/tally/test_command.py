"""`participa tally`: a recount by anyone, with a file and nothing else."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from participa.cli import main
from participa.tally import Parameters, Rule, tally, write
from tests.tally.elections import election


@pytest.fixture
def file(tmp_path):
    found = election({"a": 66, "b": 34, "c": 50}, [["a"]] * 6 + [["b", "c"]] * 3 + [["b"]], 100)
    path = tmp_path / "urna.pb"
    path.write_bytes(write(tally(found, Parameters(Rule.EQUAL_SHARES, ties="lot:7"))))
    return path


def run(*words, **options):
    return CliRunner().invoke(main, ["tally", *map(str, words)], **options)


def test_the_rule_is_the_declared_one(file):
    answer = run(file)
    assert answer.exit_code == 0
    assert answer.output.splitlines()[0] == "b\t34\tProyecto b"


def test_options_change_what_is_declared(file):
    completed = run(file, "--completion", "add1").output.splitlines()
    assert [line[0] for line in completed[:-1]] == ["a", "b"]
    assert run(file, "--rule", "greedy").output.startswith("a\t66")
    assert run("-", "--rule", "greedy", input=file.read_bytes()).output.startswith("a\t66")


def test_a_threshold_of_nothing_is_honoured(tmp_path):
    found = election({"a": 60, "b": 30}, [["a"]] * 3 + [["b"]], 100)
    path = tmp_path / "urna.pb"
    path.write_bytes(write(tally(found, Parameters(Rule.GREEDY_THRESHOLD, threshold=2))))
    assert [line[0] for line in run(path).output.splitlines()[:-1]] == ["a"]
    zero = run(path, "--threshold", "0").output.splitlines()
    assert [line[0] for line in zero[:-1]] == ["a", "b"]


def test_an_unknown_rule_suggests_the_option(file):
    data = file.read_bytes().split(b"\n")
    lines = [b"rule;unknown" if each.startswith(b"rule;") else each for each in data]
    text = b"\n".join(each for each in lines if not each.startswith(b"comment;"))
    answer = run("-", input=text)
    assert answer.exit_code == 2
    assert "--rule greedy|" in answer.output


def test_json_says_everything(file):
    data = json.loads(run(file, "--json").output)
    assert data["rule"] == "equal-shares"
    assert data["parameters"] == {
        "utility": "cost", "completion": "none", "compare": False, "ties": "lot:7",
    }  # fmt: skip
    assert (data["winners"], data["spent"]) == (["b"], 34)
    assert data["rounds"] == [
        {
            "project": "b", "cost": 34, "round": "equal-shares", "share": "8.50",
            "share_exact": "17/2", "payments": [{"voters": 4, "each": "8.50"}],
        }
    ]  # fmt: skip
    assert (data["purse"], data["purse_exact"]) == (10, "10")
    assert len(data["sha256"]) == 64
    explained = json.loads(run(file, "--json", "--explain", "es").output)["explanation"]
    assert {each["project"] for each in explained["projects"]} == {"a", "b", "c"}


def test_the_explanation_says_who_paid_and_what_was_missing(file):
    text = run(file, "--explain", "es").output
    assert "4 personas pagaron 8,50 cada una." in text
    assert "A las 6 personas que lo escogieron les quedaban 60 entre todas: faltaron 6." in text
    assert "Su dinero fue a: «Proyecto b», 25,50." in text
    assert "Con otras reglas:" in text
    assert "Además se habrían financiado «Proyecto a»." in text


def test_an_error_has_its_place_and_code_2(file):
    file.write_bytes(
        file.read_bytes().replace(b"c,b\n", b"x,b\n", 1).replace(b"b,c\n", b"b,x\n", 1)
    )
    answer = run(file)
    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert answer.stderr.startswith(f"Error: {file}:")
    assert "no hay un proyecto «x»" in answer.stderr


@pytest.mark.parametrize(
    "words",
    [["--ties", "suerte"], ["--utility", "borda"], ["--rule", "magia"], ["--step", "0"]],
)
def test_what_does_not_suit_is_refused(file, words):
    answer = run(file, *words)
    assert answer.exit_code == 2
    assert "Error" in answer.stderr


def test_no_file_no_rule(file, tmp_path):
    assert run(tmp_path / "nada.pb").exit_code == 2
    file.write_bytes(
        file.read_bytes()
        .replace(b"participa tally", b"")
        .replace(b"rule;equalshares", b"rule;unknown")
    )
    answer = run(file)
    assert answer.exit_code == 2
    assert "no es una regla que se pueda recontar" in answer.stderr
    assert run(file, "--rule", "phragmen").exit_code == 0


LOADED = """
import sys
from participa.cli import main
main(sys.argv[1:], standalone_mode=False)
assert not {"flask", "sqlalchemy", "participa.app"} & sys.modules.keys()
"""


def test_who_counts_again_waits_for_no_server(file):
    subprocess.run([sys.executable, "-c", LOADED, "tally", file], check=True, capture_output=True)


def test_it_needs_no_database_and_no_configuration(file, tmp_path):
    """Wrong settings stop every command that starts the product; this one does not."""
    answer = subprocess.run(
        [sys.executable, "-c", "from participa.cli import main; main()", "tally", file],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={
            **os.environ,
            "PARTICIPA_DATABASE_URL": "nada://",
            "PARTICIPA_DATA_DIR": str(tmp_path / "x"),
        },
    )
    assert answer.stdout.startswith("b\t34")
    assert not (tmp_path / "x").exists()
