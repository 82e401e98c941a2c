"""The database's history: up, down and up again, and the same as the models."""

import datetime as dt

import pyotp
import sqlalchemy as sa

from participa.core import clock, migrate
from participa.core.db import Base, db
from participa.core.encryption import decrypt
from participa.core.engines import prepare_engine
from tests.conftest import new_app, new_database


def test_up_down_up_and_no_difference(engine_name):
    engine = prepare_engine(sa.create_engine(new_database(engine_name)))
    try:
        assert migrate.current(engine) is None
        migrate.upgrade(engine)
        assert migrate.current(engine) == migrate.head()
        assert migrate.differences(engine) == []
        migrate.downgrade(engine, "base")
        assert migrate.current(engine) is None
        left = set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
        assert left == set()
        migrate.upgrade(engine)
        assert migrate.differences(engine) == []
        assert set(Base.metadata.tables) <= set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_what_differs_is_told(engine_name):
    engine = prepare_engine(sa.create_engine(new_database(engine_name)))
    try:
        migrate.upgrade(engine)
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE mails"))
        assert any("mails" in each for each in migrate.differences(engine))
    finally:
        engine.dispose()


def test_secrets_of_second_factors_are_encrypted_and_nothing_else_is_lost(engine_name):
    """On SQLite, making the table of people anew would delete everything that hangs on a person."""
    app = new_app(engine_name)
    with app.app_context():
        before = "2026_11_22_search"
        migrate.downgrade(db.engine, before)
        secret = pyotp.random_base32()
        with db.engine.begin() as connection:
            connection.execute(_insert(connection, "organizations", id=1, slug="aurora"))
            connection.execute(
                _insert(connection, "persons", id=7, organization_id=1, totp_secret=secret)
            )
            connection.execute(_insert(connection, "user_sessions", id=3, person_id=7))
        migrate.upgrade(db.engine)
        with db.engine.connect() as connection:
            kept = connection.scalar(sa.text("SELECT totp_secret FROM persons"))
            assert secret not in kept
            assert decrypt("totp", app.config["SECRET_KEY"], kept, 7) == secret
            assert connection.scalar(sa.text("SELECT count(*) FROM user_sessions")) == 1
        migrate.downgrade(db.engine, before)
        with db.engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT totp_secret FROM persons")) == secret
            assert connection.scalar(sa.text("SELECT count(*) FROM user_sessions")) == 1
        db.engine.dispose()


def _insert(connection, name, **values):
    """Return an INSERT with something in every column that must have a value."""
    table = sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)
    kinds = {str: "", int: 0, bool: False, dict: {}, dt.datetime: clock.now()}
    for column in table.columns:
        if not column.nullable and column.server_default is None and column.name not in values:
            kind = dict if isinstance(column.type, sa.JSON) else column.type.python_type
            values[column.name] = kinds[kind]
    return sa.insert(table).values(values)
