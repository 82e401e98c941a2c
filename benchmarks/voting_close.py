"""Closing and publishing a large vote: how long it takes, and with how much memory.

The box is filled in bulk; then a process of its own, so that its peak of memory is that of the
task, does what staff and the job do: closes, counts with the seed of the draw, publishes. The same
is done with a tenth of the ballots: memory that grows with the box shows there.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.voting_city import Shape, counts, end_voting, leader, prepare
from participa.app import create_app
from participa.budgets.models import Outcome, PublishedFile, Vote
from participa.budgets.services import before_closing, closing, publishing
from participa.core import clock
from participa.core.config import Config
from participa.core.db import bind_to_organization, db
from participa.processes import queries as processes

TARGET = 30.0
"""Seconds for closing and publishing."""
MEMORY = 200.0
"""MB that the task may take, on top of what the program takes before it."""
GROWTH = 100.0
"""MB more with ten times the ballots."""
SEED = "4821"
TENTH = 10


def run(
    configured: Callable[[], AbstractContextManager[Config]], *, people: int, preset: str
) -> list[str]:
    """Do it with a tenth of the ballots and with all; print the figures, return what is missed.

    ``configured`` gives an installation with an empty database, each time another.
    """
    with configured() as config:
        small = _measured(config, people // TENTH, preset)
    with configured() as config:
        big = _measured(config, people, preset)
    engine = "SQLite" if config.is_sqlite else "PostgreSQL"
    print(f"\n{engine}: 4 pots of 40 projects, model «{preset}»\n")
    print(f"{'':34}{people // TENTH:>12,}{people:>12,} ballots")
    for name in (
        "close", "count and publish", "all", "of these, its own processor time",
        "memory before, MB", "memory more, MB",
    ):  # fmt: skip
        print(f"{name:34}{small[name]:>12.1f}{big[name]:>12.1f}")
    for name in ("marks", "ballots", "ballots with a link", "outcomes", "files"):
        print(f"{name:34}{small[name]:>12,}{big[name]:>12,}")
    grown = big["memory more, MB"] - small["memory more, MB"]
    wrong = []
    for name, found, most in (
        ("closing and publishing, s", big["all"], TARGET),
        ("memory of the task, MB", big["memory more, MB"], MEMORY),
        ("memory more than with a tenth, MB", grown, GROWTH),
    ):
        met = found <= most
        print(f"   → {name}: {found:.1f}, target ≤ {most:g}: {'met' if met else 'MISSED'}")
        if not met:
            wrong.append(f"{engine}: {name}: {found:.1f}")
    wrong += [
        f"{engine}: roll and box do not agree, or a link is left: {each}"
        for each in (small, big)
        if each["marks"] != each["ballots"] or each["ballots with a link"] or each["key"]
    ]
    return wrong


def _measured(config: Config, people: int, preset: str) -> dict[str, Any]:
    config = replace(config, embedded_worker=False)
    app = create_app(config, testing=True)
    with app.app_context():
        hall = prepare(
            Shape(
                people, voted=people, pots=4, projects=40, settings={"preset": preset}, distinct=0.8
            )
        )
        component = end_voting(db.session(), hall)
        db.session.remove()
        db.engine.dispose()
    words = [
        config.database_url, config.data_dir, config.secret_key,
        str(component.organization_id), str(component.id),
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.voting_close", *words],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _task() -> None:
    """Close and publish what the arguments name, and print what it took as JSON."""
    url, folder, key, organization, component_id = sys.argv[1:]
    app = create_app(
        Config(database_url=url, data_dir=folder, secret_key=key, embedded_worker=False)
    )
    with app.app_context():
        session = db.session()
        bind_to_organization(session, int(organization))
        component = processes.component(session, int(component_id))
        actor = leader(component)
        before_closing.checklist(session, component, clock.now())
        session.rollback()
        before = _resident()
        begun, busy = time.perf_counter(), time.process_time()
        closing.close(session, actor, component)
        session.commit()
        closed = time.perf_counter()
        publishing.ask(session, actor, component, seed=SEED)
        session.commit()
        publishing.run(session)
        session.commit()
        published = time.perf_counter()
        busy = time.process_time() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        session.expire_all()
        bind_to_organization(session, int(organization))
        vote = session.get_one(Vote, component.id)
        if vote.published_at is None:
            sys.exit("it was not published")
        boxed = "SELECT count(*) FROM budget_ballots WHERE link IS NOT NULL"
        print(
            json.dumps(
                {
                    "close": closed - begun,
                    "count and publish": published - closed,
                    "all": published - begun,
                    "of these, its own processor time": busy,
                    "memory before, MB": before,
                    "memory more, MB": peak - before,
                    **counts(session, component.id),
                    "ballots with a link": session.connection().exec_driver_sql(boxed).scalar(),
                    "key": vote.link_key,
                    "outcomes": session.scalar(sa.select(sa.func.count()).select_from(Outcome)),
                    "files": session.scalar(sa.select(sa.func.count()).select_from(PublishedFile)),
                }
            )
        )


def _resident() -> float:
    """Return the MB of memory that this process has now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    _task()
