"""A component of somebody else's: installed as a package of its own, found, and used."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "greetings"

SCRIPT = """
import sys
from tests import factories
from tests.conftest import new_app
from participa.core.db import db
from participa.core.registry import registry

app = new_app("sqlite")
component = registry.component("greetings")
assert component is not None, "the entry point was not found"
with app.app_context():
    session = db.session()
    factories.make_organization(session)
    import datetime as dt
    now = dt.datetime.now(dt.UTC)
    factories.make_process(
        session,
        components=[{"key": "saludos", "type": "greetings", "title": "Saludos"}],
        phases=[{"key": "unica", "start": now - dt.timedelta(days=1), "end": now + dt.timedelta(days=1),
                 "opens": {"saludos": {"greet": "open"}}}],
    )
    person = factories.make_person(session)
    client = factories.sign_in(app.test_client(), session, person)
page = "/procesos/presupuesto/saludos"
assert client.post(page, data={"text": "¡Hola, vecinos!"}).status_code == 303
assert "¡Hola, vecinos!" in client.get(page).text
assert "Saludar" in client.get("/procesos/presupuesto/quien-puede-que").text
assert client.get("/procesos/presupuesto").status_code == 200
visitor = app.test_client()
assert visitor.post(page, data={"text": "x"}).status_code in (303, 401)
print("used")
"""


@pytest.mark.slow
def test_an_installed_component_is_found_and_used(tmp_path: Path) -> None:
    target = tmp_path / "site"
    subprocess.run(
        [
            sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
            "--no-build-isolation", "--target", str(target), str(EXAMPLE),
        ],
        check=True,
    )  # fmt: skip
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        check=False,
        capture_output=True,
        text=True,
        cwd=EXAMPLE.parents[1],
        env={**os.environ, "PYTHONPATH": f"{target}{os.pathsep}{EXAMPLE.parents[1]}"},
    )
    assert found.returncode == 0, found.stderr
    assert found.stdout.strip().endswith("used")
