"""Proposals under load: list, detail and support, beside a bare Flask page of the same size.

The detail is that of a proposal with four comments.

Starts what it needs (a PostgreSQL from the ``test`` extra, unless ``--database`` names one),
seeds it, serves it with participa's own server and loads it with ``wrk`` (Debian: ``apt install
wrk``). Nothing is cached for the run; the limits and the check of where a post began stay on.
Everything listens on loopback addresses only and stops at the end.
"""

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from benchmarks import servers
from benchmarks.load import Measure, load, load_posts, median
from benchmarks.seeding import City, seed
from benchmarks.servers import Running
from participa.app import create_app
from participa.core import migrate
from participa.core.config import Config
from participa.core.db import db

CARDS = 20
Run = Callable[[float], Measure]
"""Load something for so many seconds."""

NEXT = re.compile(r'href="([^"]+)" rel="next"')


@dataclass(frozen=True, slots=True)
class Page:
    """One thing to load."""

    name: str
    path: str
    headers: Mapping[str, str]
    size: int = 0
    """Bytes of its HTML."""
    statements: int = 0
    target: str = ""


def main() -> int:
    """Run everything and print one table."""
    given = _arguments()
    if shutil.which("wrk") is None:
        print("wrk is needed (Debian: apt install wrk)", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="participa-bench-")))
        url = stack.enter_context(servers.database(given.database))
        config = Config(
            database_url=url,
            data_dir=str(folder),
            secret_key="benchmark-" * 4,
            embedded_worker=False,
        )
        app = create_app(config, testing=True)
        city = _seeded(app, given)
        pages = _described(app, city)
        product = stack.enter_context(_participa(config, given, pages[0].path))
        listed = next(page for page in pages if page.name.startswith("list, newest"))
        shown = next(page for page in pages if page.name.startswith("detail"))
        plain = stack.enter_context(_bare(given, listed.size, CARDS))
        small = stack.enter_context(_bare(given, shown.size, 0))

        def loads(server: Running, path: str, headers: Mapping[str, str] | None = None) -> Run:
            return lambda seconds: load(
                server, path, seconds=seconds, connections=given.connections, headers=headers
            )

        runs: dict[str, Run] = {
            "bare hello": loads(plain, "/hello"),
            "bare page": loads(plain, "/"),
            "bare page, detail's size": loads(small, "/"),
            **{page.name: loads(product, page.path, page.headers) for page in pages},
        }
        runs["support"] = _supporter(app, city, product, folder, given)
        if given.only:
            runs = {
                name: run
                for name, run in runs.items()
                if name == "bare page" or re.search(given.only, name)
            }
        measured: dict[str, list[Measure]] = {name: [] for name in runs}
        for _ in range(given.rounds):
            for name, run in runs.items():
                measured[name].append(run(given.seconds / given.rounds))
        _print(given, pages, {name: median(each) for name, each in measured.items()})
        with app.app_context():
            db.engine.dispose()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.proposals")
    parser.add_argument("--proposals", type=int, default=2000)
    parser.add_argument(
        "--people", type=int, default=2000, help="half of them write and support, half load"
    )
    parser.add_argument("--supports", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=8, help="per page, over all rounds")
    parser.add_argument(
        "--rounds", type=int, default=3, help="turns that the pages take; medians are printed"
    )
    parser.add_argument(
        "--database", metavar="URL", help="a PostgreSQL server, or sqlite:///new-file"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument(
        "--only", metavar="REGEX", help="only the pages whose name matches (and the bare page)"
    )
    return parser.parse_args()


def _seeded(app: Flask, given: argparse.Namespace) -> City:
    start = time.perf_counter()
    with app.app_context():
        migrate.upgrade(db.engine)
        city = seed(
            db.session(), proposals=given.proposals, people=given.people, supports=given.supports
        )
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(
                "ANALYZE" if db.engine.dialect.name == "sqlite" else "VACUUM ANALYZE"
            )
    print(
        f"seeded {given.proposals} proposals, {given.people} people and about {given.supports} "
        f"supports in {time.perf_counter() - start:.1f} s",
        file=sys.stderr,
    )
    return city


def _described(app: Flask, city: City) -> list[Page]:
    """Return the pages to load; each was asked for in this process for its bytes and statements."""
    base = f"/procesos/{city.process}/{city.component}"
    signed_in = {"Cookie": f"participa={signed_cookie(app, city.voters[-1])}"}
    place = f"territorio={city.territory}"
    pages = [
        Page("list, newest", f"{base}?orden=newest", {}),
        Page("list, most supported", f"{base}?orden=most_supported", {}),
        Page("list, random, first visit", base, {}),
        Page("list, of a comuna", f"{base}?orden=newest&{place}", {}),
        Page(
            "list, of a comuna by supports",
            f"{base}?orden=most_supported&territorio={city.territory}",
            {},
        ),
        Page("list, of a theme, random", f"{base}?orden=random&semilla=1000&tema={city.theme}", {}),
        Page("list, words", f"{base}?orden=newest&q=acueducto+vereda", {}),
        Page("list, newest, signed in", f"{base}?orden=newest", signed_in),
        Page("detail", f"{base}/{city.popular}", {}),
        Page("detail, signed in", f"{base}/{city.popular}", signed_in),
        Page("process", f"/procesos/{city.process}", {}),
        Page("home", "/", {}),
    ]
    second = NEXT.search(_get(app.test_client(), pages[0].path).get_data(as_text=True))
    if second is not None:
        pages.insert(1, Page("list, newest, second page", second[1].replace("&amp;", "&"), {}))
    return [_counted(app, page) for page in pages]


def _counted(app: Flask, page: Page) -> Page:
    statements: list[str] = []
    note: Any = lambda *given: statements.append(given[2])  # noqa: E731
    _get(app.test_client(use_cookies=False), page.path, page.headers)
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        answer = _get(app.test_client(use_cookies=False), page.path, page.headers)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    return replace(page, size=len(answer.data), statements=len(statements))


def _get(client: FlaskClient, path: str, headers: Mapping[str, str] | None = None) -> Any:
    answer = client.get(path, headers=dict(headers or {}), base_url="http://127.0.0.1")
    if answer.status_code != 200:  # noqa: PLR2004
        message = f"{path} answered {answer.status}"
        raise RuntimeError(message)
    return answer


def signed_cookie(app: Flask, token: str) -> str:
    """Return the cookie of a browser in which somebody signed in with this session's token."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return str(serializer.dumps({"_user_id": token, "_fresh": True, "_permanent": True}))


def _participa(config: Config, given: argparse.Namespace, path: str) -> Any:
    port = servers.free_port()
    arguments, environment = servers.product(config, port, given.workers, given.threads)
    return servers.server(arguments, port, path, environment)


def _bare(given: argparse.Namespace, size: int, cards: int) -> Any:
    port = servers.free_port()
    arguments = servers.bare(port, given.workers, given.threads, size, cards)
    return servers.server(arguments, port, "/", {})


def _supporter(
    app: Flask, city: City, server: Running, folder: Path, given: argparse.Namespace
) -> Run:
    """Return the load of supports: different (person, proposal) pairs, each sent once."""
    voters = city.voters[: min(len(city.voters), 400)]
    forms = [(f"participa={signed_cookie(app, token)}", "on=1") for token in voters]
    chance = random.Random(11)
    wanted = [chance.sample(city.proposals, min(len(city.proposals), 200)) for _ in voters]
    pairs = iter(
        [
            (person, wanted[person][turn])
            for turn in range(len(wanted[0]))
            for person in range(len(voters))
        ]
    )

    def run(seconds: float) -> Measure:
        path = folder / "supports.tsv"
        with path.open("w") as file:
            for person, proposal in islice(pairs, int(seconds * 1500) + 1500):
                cookie, body = forms[person]
                file.write(
                    f"/procesos/{city.process}/{city.component}/{proposal}/apoyo\t{cookie}\t{body}\n"
                )
        return load_posts(server, path, seconds=seconds, connections=given.connections)

    return run


def _print(given: argparse.Namespace, pages: list[Page], found: Mapping[str, Measure]) -> None:
    reference = found["bare page"]
    by_name = {page.name: page for page in pages}
    print(
        f"\n{given.proposals} proposals, {given.workers} workers of {given.threads} threads, "
        f"{given.connections} connections, median of {given.rounds} runs of "
        f"{given.seconds / given.rounds:.1f} seconds\n"
    )
    heads = ("req/s", "of bare", "CPU ms", "of bare", "p50 ms", "p99 ms", "SQL", "HTML kB")
    print(" " * 32 + "".join(f"{head:>9}" for head in heads))
    for name, each in found.items():
        page = by_name.get(name)
        cells = [
            f"{each.rate:.0f}",
            f"{each.rate / reference.rate:.0%}",
            f"{each.processor:.2f}",
            f"{reference.processor / each.processor:.0%}" if each.processor else "",
            f"{each.p50:.1f}",
            f"{each.p99:.1f}",
            *((str(page.statements), f"{page.size / 1000:.1f}") if page else ()),
        ]
        print(f"{name:32}" + "".join(f"{cell:>9}" for cell in cells), each.trouble)


if __name__ == "__main__":
    sys.exit(main())
