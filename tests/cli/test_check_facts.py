"""``participa check --facts``: what was rewritten is told, one line each, with an exit code."""

import re
import sqlite3
from contextlib import closing

import pytest

from participa.app import create_app
from participa.core import seals
from participa.core.config import from_environment
from participa.core.db import db

pytestmark = pytest.mark.slow


@pytest.fixture
def rewrite(run, tmp_path):
    """A sealed city, and a way to change its database behind the product's back."""
    run("db", "upgrade")
    run("organization", "create", "--slug", "usme", "--name", "Alcaldía de Usme")
    run("user", "create", "--email", "ana@usme.gov.co", "--name", "Ana", "--admin",
        "--password-stdin", input="una clave bien larga\n")  # fmt: skip
    app = create_app(from_environment()[0])
    with app.app_context():
        assert seals.seal_all(db.session()) > 1
        db.session.remove()
        db.engine.dispose()
    app.extensions["participa_jobs"].close()

    def change(statement):
        path = tmp_path / "data" / "participa.sqlite3"
        with closing(sqlite3.connect(path)) as database, database:
            return database.execute(statement).fetchall()

    return change


def test_an_untouched_record(run, rewrite):
    answer = run("check", "--facts")
    assert answer.exit_code == 0, answer.output
    assert re.search(r"usme: hechos sellados: \d+; sellos: 1; borrados con una cuenta: 0; por "
                     r"sellar: 0\nEl registro coincide con sus sellos\.", answer.output)  # fmt: skip


def test_a_rewritten_record(run, rewrite):
    [[kept]] = rewrite("SELECT hash FROM fact_seals")
    assert run("check", "--facts", "--seal", f"usme:1:{kept}").exit_code == 0
    assert run("check", "--facts", "--seal", "usme:1").exit_code == 2
    assert "no hay una entidad" in run("check", "--facts", "--seal", f"otra:1:{kept}").output
    rewrite("UPDATE facts SET actor_id = 77 WHERE id = 1")
    answer = run("check", "--facts")
    assert answer.exit_code == 1
    assert "usme: el hecho n.º 1 fue alterado después del sello 1" in answer.output
    rewrite("UPDATE facts SET salt = NULL WHERE id = 1")
    assert "sin que se eliminara ninguna cuenta" in run("check", "--facts").output
    rewrite("DELETE FROM facts WHERE id = 1")
    assert "falta el hecho n.º 1, que está en el sello 1" in run("check", "--facts").output
    rewrite("DELETE FROM fact_seals")
    gone = run("check", "--facts", "--seal", f"usme:1:{kept}")
    assert gone.exit_code == 1
    assert "usme: el sello 1 ya no está: el registro se rehízo" in gone.output
