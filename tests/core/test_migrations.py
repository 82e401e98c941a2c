"""The database's history: up, down and up again, and the same as the models."""

import sqlalchemy as sa

from participa.core import migrate
from participa.core.db import Base, prepare_engine
from tests.conftest import new_database


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
