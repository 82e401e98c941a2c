"""Voting, put to the proof: ``python -m benchmarks.voting [--kill] [--cast] [--close] …``.

Without a section: all of them. Starts what it needs (a PostgreSQL from the ``test`` extra, unless
``--database`` names a server), listens on loopback addresses only, and stops it at the end. Exit
code 1 where anything was lost, doubled, or slower than its target.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import servers, voting_cast, voting_close, voting_kill, voting_recount
from participa.budgets.rules import PRESETS
from participa.core.config import Config

ENGINES = ("sqlite", "postgresql")
SECTIONS = ("kill", "cast", "close", "same_person", "recount")


def main() -> int:
    """Run what was asked for; return 1 where a promise is broken."""
    given = _arguments()
    wanted = [each for each in SECTIONS if getattr(given, each)] or list(SECTIONS)
    broken: list[str] = []
    for section in wanted:
        if section == "recount":
            broken += voting_recount.run(given.python)
            continue
        for engine in given.engine or ENGINES:
            if section == "cast" and engine == "sqlite" and given.engine is None:
                continue  # the target is for PostgreSQL
            broken += _run(section, engine, given)
    print("\n" + ("\n".join(["BROKEN:", *broken]) if broken else "every promise was kept"))
    return 1 if broken else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.voting")
    parser.add_argument("--kill", action="store_true", help="kill -9 in the middle of a load")
    parser.add_argument("--cast", action="store_true", help="casts per second (needs wrk)")
    parser.add_argument("--close", action="store_true", help="closing and publishing")
    parser.add_argument("--same-person", action="store_true", help="64 at once by one person")
    parser.add_argument("--recount", action="store_true", help="published files by pabutools")
    parser.add_argument("--python", type=Path, help="a Python with pabutools, for --recount")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="only this one")
    parser.add_argument("--database", metavar="URL", help="a PostgreSQL server")
    parser.add_argument("--seed", type=int, default=None, help="of what is random, to repeat a run")
    parser.add_argument("--voters", type=int, default=2000, help="with --kill")
    parser.add_argument("--kills", type=int, default=6, help="with --kill")
    parser.add_argument("--crowd", type=int, default=24, help="voters at a time, with --kill")
    parser.add_argument("--people", type=int, default=100_000, help="on the roll, or who voted")
    parser.add_argument("--seconds", type=float, default=12, help="per load, with --cast")
    parser.add_argument("--rounds", type=int, default=3, help="turns of the loads, with --cast")
    parser.add_argument("--workers", type=int, default=2, help="with --cast")
    parser.add_argument("--threads", type=int, default=8, help="with --cast")
    parser.add_argument("--connections", type=int, default=8, help="with --cast")
    parser.add_argument("--preset", default="equal-shares", choices=PRESETS, help="with --close")
    given = parser.parse_args()
    given.seed = random.randrange(2**31) if given.seed is None else given.seed
    return given


@contextmanager
def _config(engine: str, database: str | None) -> Iterator[Config]:
    """Give the configuration of an installation with an empty database of its own."""
    with tempfile.TemporaryDirectory(prefix="participa-bench-", ignore_cleanup_errors=True) as name:
        wanted = f"sqlite:///{Path(name) / 'vote.sqlite3'}" if engine == "sqlite" else database
        with servers.database(wanted) as url:
            yield Config(database_url=url, data_dir=name, secret_key="benchmark-" * 4)


def _run(section: str, engine: str, given: argparse.Namespace) -> list[str]:
    if section == "close":
        return voting_close.run(
            lambda: _config(engine, given.database), people=given.people, preset=given.preset
        )
    with _config(engine, given.database) as config:
        if section == "kill":
            return voting_kill.run(
                config, people=given.voters, kills=given.kills, threads=given.crowd, seed=given.seed
            )
        if section == "cast":
            return voting_cast.run(config, given)
        return voting_cast.same_person(config)


if __name__ == "__main__":
    sys.exit(main())
