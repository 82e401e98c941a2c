"""The database's history: up, down and "does it match the models?", on both engines."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app, has_app_context
from sqlalchemy.engine import Connection, Engine

from participa.core.db import Base
from participa.core.i18n import bundled_folder


def _config(connection: Connection | None = None) -> AlembicConfig:
    """Return Alembic's configuration; inside an app context, with the installation's key.

    A migration that encrypts what was plain needs it (``context.config.attributes``).
    """
    config = AlembicConfig()
    config.set_main_option("script_location", str(bundled_folder("migrations")))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    config.attributes["secret_key"] = current_app.config["SECRET_KEY"] if has_app_context() else ""
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database up to ``revision``, in one transaction."""
    with engine.begin() as connection:
        upgrade_on(connection, revision)


def upgrade_on(connection: Connection, revision: str) -> None:
    """Bring the database up to ``revision`` in the caller's transaction."""
    _take_your_time(connection)
    command.upgrade(_config(connection), revision)


def _take_your_time(connection: Connection) -> None:
    """Lift what bounds the statements of requests: a migration may rewrite large tables."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database down to ``revision`` (``base`` empties it), in one transaction."""
    with engine.begin() as connection:
        _take_your_time(connection)
        command.downgrade(_config(connection), revision)


def revise(engine: Engine, message: str) -> None:
    """Write a new migration from the difference between models and database."""
    with engine.begin() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


def current(engine: Engine) -> str | None:
    """Return the revision that the database is at, or ``None`` when it is empty."""
    # Asked all the time whether the app is ready: it must not wait for whoever writes.
    with engine.connect().execution_options(rw=False) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """Return the newest revision that this version of the product knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def revisions() -> list[str]:
    """Return every revision that this version of the product knows, the oldest first."""
    found = ScriptDirectory.from_config(_config()).walk_revisions()
    return [each.revision for each in found][::-1]


def is_newer(found: str | None) -> bool:
    """Return whether a database is at a revision of a later version of the product."""
    return found is not None and found not in revisions()


def comparing(connection: Connection) -> dict[str, Any]:
    """Return how Alembic compares models and database.

    ``info={"only_on": …}`` names the one dialect that has, for instance, an index of some kind.
    """
    here = {None, connection.dialect.name}
    return {
        "compare_type": True,
        "include_object": lambda thing, *_: thing.info.get("only_on") in here,
    }


def differences(engine: Engine) -> list[str]:
    """Return in words how the migrated database differs from the models; empty when it does not."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=comparing(connection))
        return [str(each) for each in compare_metadata(context, Base.metadata)]
