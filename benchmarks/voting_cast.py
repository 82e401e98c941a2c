"""How many people can send their vote in a second, beside a bare page in the same run."""

import argparse
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy.orm import Session

from benchmarks import servers
from benchmarks.load import Measure, load, load_posts, median
from benchmarks.proposals import signed_cookie
from benchmarks.servers import Running
from benchmarks.voting_city import DRAFT_KEY, DRAFTED, Hall, Shape, counts, prepare
from participa.accounts import queries as accounts
from participa.app import create_app
from participa.budgets.services import casting
from participa.core import clock
from participa.core.config import Config
from participa.core.db import bind_to_organization, db
from participa.organizations import queries as organizations

TARGET = 200
"""Casts per second."""
PREPARED = 1000
"""Votes that wait for every second of load: more than can be sent."""
MANY = 64
LEADS = "/votar/enviado$"


def run(config: Config, given: argparse.Namespace) -> list[str]:
    """Measure on an empty database; print the figures and return what misses its target."""
    if shutil.which("wrk") is None:
        return ["wrk is needed (Debian: apt install wrk)"]
    config = replace(config, embedded_worker=False)
    app = create_app(config, testing=True)
    each = given.seconds / given.rounds
    waiting = min(given.people // 2, int(given.seconds * PREPARED))
    with app.app_context():
        shape = Shape(
            given.people, voted=given.people // 3, drafts=waiting, signed_in=waiting, projects=20
        )
        hall = prepare(shape)
        db.session.remove()
    with ExitStack() as stack:
        port, plain = servers.free_port(), servers.free_port()
        arguments, environment = servers.product(config, port, given.workers, given.threads)
        product = stack.enter_context(servers.server(arguments, port, hall.path, environment))
        posts, size = _posts(app, hall)
        arguments = servers.bare(plain, given.workers, given.threads, size, 0)
        bare = stack.enter_context(servers.server(arguments, plain, "/", {}))
        reader = {
            "Cookie": f"participa={signed_cookie(app, hall.voters[-1][1])}; papeleta={DRAFT_KEY}"
        }

        def casts(seconds: float) -> Measure:
            path = config.folder / "votes.tsv"
            with path.open("w") as file:
                file.writelines(islice(posts, int(seconds * PREPARED)))
            return load_posts(
                product, path, seconds=seconds, connections=given.connections, leads=LEADS
            )

        def page(server: Running, path: str) -> Callable[[float], Measure]:
            return lambda seconds: load(
                server, path, seconds=seconds, connections=given.connections, headers=reader
            )

        loads = {
            "bare page": page(bare, "/"),
            "ballot (20 + 20 projects)": page(product, f"{hall.path}/votar"),
            "review": page(product, f"{hall.path}/votar/revisar"),
            "cast": casts,
        }
        measured: dict[str, list[Measure]] = {name: [] for name in loads}
        for _turn in range(given.rounds):
            for name, one in loads.items():
                measured[name].append(one(each))
    found = {name: median(each) for name, each in measured.items()}
    with app.app_context():
        session = db.session()
        bind_to_organization(session, hall.component.organization_id)
        left = counts(session, hall.component.id)
        db.session.remove()
        db.engine.dispose()
    _print(given, db_name(config), found)
    wrong = [f"cast: {found['cast'].trouble}"] if found["cast"].trouble else []
    if left["marks"] != left["ballots"]:
        wrong.append(f"{left['marks']} marks and {left['ballots']} ballots")
    rate = found["cast"].rate
    print(f"   → casts per second: {rate:.0f}, target {TARGET}: "
          f"{'met' if rate >= TARGET else 'MISSED'}")  # fmt: skip
    if rate < TARGET:
        wrong.append(f"{rate:.0f} casts per second")
    return wrong


def db_name(config: Config) -> str:
    """Return how people call the database."""
    return "SQLite" if config.is_sqlite else "PostgreSQL"


def _posts(app: Flask, hall: Hall) -> tuple[Iterator[str], int]:
    """Return the sending of each waiting draft, as wrk reads it, and the bytes of its page."""
    client = app.test_client()
    client.set_cookie("participa", signed_cookie(app, hall.voters[0][1]), domain="127.0.0.1")
    path = f"{hall.path}/votar/revisar"
    text = client.get(path, base_url="http://127.0.0.1").get_data(as_text=True)
    if 'name="visto"' not in text:
        message = f"no form to send: {text[:300]}"
        raise RuntimeError(message)
    body = urlencode({"visto": DRAFTED.isoformat()})

    def lines() -> Iterator[str]:
        for _person, session in hall.voters:
            yield f"{path}\tparticipa={signed_cookie(app, session)}; papeleta={DRAFT_KEY}\t{body}\n"

    return lines(), len(text.encode())


def _print(given: argparse.Namespace, engine: str, found: dict[str, Measure]) -> None:
    reference = found["bare page"]
    print(
        f"\n{engine}: {given.people} people on the roll, a third have voted, {given.workers} "
        f"workers of {given.threads} threads, {given.connections} connections, median of "
        f"{given.rounds} runs of {given.seconds / given.rounds:.1f} seconds\n"
    )
    heads = ("req/s", "of bare", "CPU ms", "of bare", "p50 ms", "p99 ms")
    print(" " * 28 + "".join(f"{head:>9}" for head in heads))
    for name, each in found.items():
        cells = (
            f"{each.rate:.0f}",
            f"{each.rate / reference.rate:.0%}",
            f"{each.processor:.2f}",
            f"{reference.processor / each.processor:.0%}" if each.processor else "",
            f"{each.p50:.1f}",
            f"{each.p99:.1f}",
        )
        print(f"{name:28}" + "".join(f"{cell:>9}" for cell in cells), each.trouble)


def same_person(config: Config) -> list[str]:
    """Send 64 votes of one person at the same moment, each in a transaction of its own."""
    app = create_app(config, testing=True)
    with app.app_context():
        hall = prepare(Shape(people=50, signed_in=1, pots=1, projects=8))
        person, token = hall.voters[0]
        organization = organizations.by_id(db.session(), hall.component.organization_id)
        signed_in = accounts.signed_in(db.session(), organization, token, clock.now())
        db.session.remove()
    if signed_in is None:
        return ["nobody is signed in"]
    actor = signed_in.actor
    start = threading.Barrier(MANY)
    answers: list[str] = []

    def one(number: int) -> None:
        with app.app_context():
            session: Session = db.session()
            bind_to_organization(session, hall.component.organization_id)
            if session.get_bind().dialect.name == "sqlite":
                # So many at once wait longer for the one writer than its five seconds.
                session.connection().exec_driver_sql("PRAGMA busy_timeout=120000")
                session.rollback()
            start.wait()
            try:
                choice = hall.chooser.choice(random.Random(number), 2)
                sent = casting.cast(session, actor, hall.component, choice)
                session.commit()
                answers.append("first" if sent.receipt is not None else "changed")
            except Exception as error:  # noqa: BLE001  (whatever it is, it is counted)
                answers.append(repr(error))
            finally:
                session.rollback()
                db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(MANY)]
    begun = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    took = time.perf_counter() - begun
    with app.app_context():
        session = db.session()
        bind_to_organization(session, hall.component.organization_id)
        found = counts(session, hall.component.id)
        db.session.remove()
        db.engine.dispose()
    told = {each: answers.count(each) for each in dict.fromkeys(answers)}
    print(f"\n{db_name(config)}: {MANY} casts at once by person {person}, {took:.1f} s: {told}, "
          f"{found['marks']} mark, {found['ballots']} ballot")  # fmt: skip
    good = {"first": 1, "changed": MANY - 1}
    return [] if told == good and found["marks"] == found["ballots"] == 1 else [f"{told} {found}"]
