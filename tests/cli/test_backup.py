"""Backup and restore, on both engines, as an operator runs them."""

import json
import threading

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from participa.budgets import events
from participa.cli import main
from participa.core import clock
from participa.core.db import ALL, Base, bind_to_organization, db
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from tests import factories
from tests.conftest import new_app, new_database

KEY = "only-for-tests-" * 3


@pytest.fixture
def app(engine_name):
    app = new_app(engine_name)
    with app.app_context():
        session = db.session()
        factories.make_organization(session)
        factories.make_process(session)
        for number in range(300):
            session.add(letter(f"Señora «{number}»\n\\N\t"))
        session.commit()
        db.session.remove()
    yield app
    with app.app_context():
        db.engine.dispose()


def letter(subject):
    return Mail(
        organization_id=1, recipient="a@x.test", subject=subject, text="ñ\\.\n", basis={"a": [1, "«"]},
        created_at=clock.now(),
    )  # fmt: skip


@pytest.fixture
def run(monkeypatch, tmp_path):
    def call(database, *words, code=0, key=KEY):
        monkeypatch.setenv("PARTICIPA_DATABASE_URL", database)
        monkeypatch.setenv("PARTICIPA_DATA_DIR", str(tmp_path / "data"))
        monkeypatch.setenv("PARTICIPA_SECRET_KEY", key)
        organizations.forget()
        processes.forget()
        answer = CliRunner().invoke(main, [str(word) for word in words])
        assert answer.exit_code == code, answer.output
        return answer.output

    return call


def url(app):
    return app.extensions["participa_config"].database


def archive_in(folder, ending="tar"):
    return next(iter(sorted(folder.glob(f"*.{ending}"))))


def everything(database):
    """Return every row of every table."""
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        found = {
            table.name: sorted(map(repr, connection.execute(sa.select(table)).all()))
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


def firm_vote(session):
    """Make a vote that is open; nothing else of it matters here."""
    component = processes.by_slug(session, "presupuesto").components[0]
    session.execute(
        sa.text(
            "INSERT INTO budget_votes (component_id, organization_id, locked_at, rules, sha256,"
            " amendments, seed_source, figures, roll_digest, seed)"
            " VALUES (:component, 1, :at, '{}', '', '[]', '', '{}', '', '')"
        ),
        {"component": component.id, "at": clock.now()},
    )
    session.commit()


def test_there_and_back(app, run, engine_name, tmp_path):
    folder = tmp_path / "copies"
    said = run(url(app), "backup", folder)
    archive = archive_in(folder)
    assert archive.stat().st_mode & 0o077 == 0
    summary = json.loads(archive_in(folder, "json").read_text())
    assert summary["sha256"] in said
    assert summary["rows"]["mails"] == 300
    assert KEY.encode() not in archive.read_bytes()
    assert "entera" in run(url(app), "restore", archive, "--check")

    empty = new_database(engine_name)
    assert "Restaurada" in run(empty, "restore", archive)
    assert everything(empty) == everything(url(app))
    run(empty, "db", "check")
    # Numbers go on after the last one, also after one that was deleted.
    engine = sa.create_engine(empty)
    with engine.begin() as connection:
        made = connection.execute(
            sa.insert(Mail.__table__)
            .values(
                organization_id=1, recipient="b", sender_name="", subject="", text="", html="",
                created_at=clock.now(), attempts=0,
            )
            .returning(Mail.id)
        ).scalar_one()  # fmt: skip
    engine.dispose()
    assert made == 301
    assert "no está vacía" in run(empty, "restore", archive, code=1)


def test_under_load_it_is_one_moment(app, run, engine_name, tmp_path):
    """Somebody writes pairs of rows all the while: no backup holds half a pair."""
    stop = threading.Event()

    def write():
        engine = sa.create_engine(url(app), connect_args={})
        number = 0
        while not stop.is_set():
            number += 1
            with engine.begin() as connection:
                for _each in range(2):
                    connection.execute(
                        sa.insert(Mail.__table__).values(
                            organization_id=1, recipient="p", sender_name="", subject=str(number),
                            text="", html="", created_at=clock.now(), attempts=0,
                        )
                    )  # fmt: skip
        engine.dispose()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        run(url(app), "backup", tmp_path / "copies")
    finally:
        stop.set()
        thread.join()
    empty = new_database(engine_name)
    run(empty, "restore", archive_in(tmp_path / "copies"))
    engine = sa.create_engine(empty)
    with engine.connect() as connection:
        pairs = connection.execute(
            sa.select(sa.func.count())
            .select_from(Mail.__table__)
            .where(Mail.recipient == "p")
            .group_by(Mail.subject)
        ).scalars()
        assert set(pairs) <= {2}
    engine.dispose()


def test_an_open_vote_is_copied_encrypted_only_and_told_at_its_closing(app, run, tmp_path):
    folder, private = tmp_path / "copies", tmp_path / "private.txt"
    with app.app_context():
        bind_to_organization(db.session(), 1)
        firm_vote(db.session())
        db.session.remove()
    assert "votación abierta" in run(url(app), "backup", folder, code=1)
    assert not list(folder.glob("*.tar*"))
    assert "age1" in run(url(app), "backup", folder, "--recipient", "age1x", code=2)
    public = run(url(app), "key", "pair", private).strip()
    assert private.stat().st_mode & 0o077 == 0
    run(url(app), "backup", folder, "--recipient", public)
    archive = archive_in(folder, "tar.age")
    assert "cifrada" in run(url(app), "restore", archive, "--check", code=1)
    assert "entera" in run(url(app), "restore", archive, "--check", "--identity", private)
    other = tmp_path / "other.txt"
    run(url(app), "key", "pair", other)
    assert "no se abre" in run(url(app), "restore", archive, "--identity", other, code=1)
    with app.app_context():
        bind_to_organization(db.session(), ALL)
        facts = db.session.scalars(
            sa.select(FactRow).where(FactRow.name == events.BackupMade.NAME)
        ).all()
        assert [each.data["file"] for each in facts] == [archive.name]
        db.session.remove()


@pytest.mark.parametrize("where", [0.3, 0.6, 0.9])
def test_a_damaged_backup_changes_nothing(run, tmp_path, where):
    app = new_app("sqlite")
    run(url(app), "backup", tmp_path / "copies")
    archive = archive_in(tmp_path / "copies")
    raw = bytearray(archive.read_bytes())
    raw[int(len(raw) * where)] ^= 0xFF
    archive.write_bytes(raw)
    empty = new_database("sqlite")
    assert "dañad" in run(empty, "restore", archive, code=1)
    assert not sa.inspect(sa.create_engine(empty)).get_table_names()


def test_another_key_and_another_engine_are_told(run, tmp_path):
    app = new_app("sqlite")
    run(url(app), "backup", tmp_path / "copies")
    archive = archive_in(tmp_path / "copies")
    assert "no es la que tenía" in run(url(app), "restore", archive, "--check", key="another-" * 5)
    postgresql = new_database("postgresql")
    assert "es de sqlite" in run(postgresql, "restore", archive, code=1)


def test_the_key_is_exported_apart(run, tmp_path):
    app = new_app("sqlite")
    file = tmp_path / "key.txt"
    run(url(app), "key", "export", file)
    assert (file.read_text().strip(), file.stat().st_mode & 0o077) == (KEY, 0)
    assert "ya existe" in run(url(app), "key", "export", file, code=1)
