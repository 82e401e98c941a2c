"""``participa db scrub``: what a closing threw away leaves the files of the database too."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.conftest import new_database

pytestmark = pytest.mark.slow

MARKER = "bd6f0c-una-papeleta-que-se-borro"
INSERT = (
    "INSERT INTO budget_ballots (id, organization_id, component_id, link, choice)"
    " VALUES ({id}, 1, 1, '{marker}-{id}', '{{}}')"
)


@pytest.fixture
def run(tmp_path, monkeypatch, engine_name):
    for name in list(os.environ):
        if name.startswith("PARTICIPA_") and "TEST" not in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("PARTICIPA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PARTICIPA_SECRET_KEY", "k" * 40)
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    if engine_name == "postgresql":
        url = new_database(engine_name)
    monkeypatch.setenv("PARTICIPA_DATABASE_URL", url)
    monkeypatch.setenv("THE_URL", url)
    # A process of its own, as for an operator: its connections end with it.
    program = str(Path(sys.executable).with_name("participa"))
    return lambda *words: subprocess.run(
        [program, *words], capture_output=True, text=True, check=False
    )


def test_deleted_ballots_leave_the_files(run, tmp_path, engine_name):
    assert run("db", "upgrade").returncode == 0
    if engine_name == "sqlite":
        path = tmp_path / "x.sqlite3"
        connection = sqlite3.connect(path)
        with connection:
            for number in range(200):
                connection.execute(INSERT.format(id=number, marker=MARKER))
        with connection:
            # Some builds of SQLite overwrite on their own: this one shall leave its traces.
            connection.execute("PRAGMA secure_delete = OFF")
            connection.execute("DELETE FROM budget_ballots")
        connection.close()
        assert MARKER.encode() in _files(tmp_path)
    else:
        engine = sa.create_engine(os.environ["THE_URL"])
        with engine.begin() as connection:
            connection.exec_driver_sql("SET session_replication_role = replica")
            for number in range(200):
                connection.exec_driver_sql(INSERT.format(id=number, marker=MARKER))
        with engine.begin() as connection:
            connection.exec_driver_sql("DELETE FROM budget_ballots")
            size = "SELECT pg_relation_size('budget_ballots')"
            assert connection.exec_driver_sql(size).scalar() > 0
    answer = run("db", "scrub")
    assert answer.returncode == 0, answer.stderr
    if engine_name == "sqlite":
        assert MARKER.encode() not in _files(tmp_path)
    else:
        with engine.begin() as connection:
            assert connection.exec_driver_sql(size).scalar() == 0
        engine.dispose()


def _files(folder):
    return b"".join(each.read_bytes() for each in folder.glob("x.sqlite3*"))
