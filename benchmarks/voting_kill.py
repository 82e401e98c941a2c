"""Killing the server again and again while two thousand people vote, and looking at what is left.

The server is the product's own, as ``participa serve`` starts it. Each person is a browser without
script that opens the ballot, chooses, reviews, sends, reads the receipt, and sometimes comes back
to send another choice. A vote is acknowledged when the answer to sending it is the redirect to the
receipt; from then on it must be in the box. What was sent and never answered may be there or not.
"""

import http.client
import os
import queue
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from benchmarks import servers
from benchmarks.proposals import signed_cookie
from benchmarks.voting_city import DRAFT_KEY, Hall, Shape, counts, prepare
from participa.app import create_app
from participa.budgets.models import Ballot, Mark, Vote
from participa.budgets.queries import casting as queries
from participa.budgets.services import box
from participa.core.config import Config
from participa.core.db import bind_to_organization, db
from participa.core.facts import FactRow

VERSION = re.compile(r'name="visto" value="([^"]*)"')
RECEIPT = re.compile(r'class="code"><span>([0-9a-z-]+)</span>')
PATIENCE = 120
"""Seconds that a person waits for the server to come back."""
GIVES_UP = 0.3
"""How many of those whose sending was not answered never come back to it."""
MOST_ERRORS = 20
"""Errors after which a person has had enough, and the run has failed."""
COMES_BACK = 0.3
"""How many send another choice later."""


class Unanswered(Exception):
    """The server went away before it answered."""


class Wrong(Exception):
    """The server answered what it must not."""


@dataclass
class Person:
    """One voter, and all that they know."""

    id: int
    cookie: str
    chance: random.Random
    receipt: str | None = None
    acknowledged: dict[int, int] | None = None
    """What the last acknowledged ballot said."""
    pending: list[dict[int, int]] = field(default_factory=list)
    """What was sent after that and never answered."""
    casts: int = 0
    """Acknowledged."""
    unanswered: int = 0
    errors: int = 0
    """Answers that said that something failed: people try again."""


class Site:
    """The server, which is killed and started again."""

    def __init__(self, config: Config, workers: int, threads: int) -> None:
        self.port = servers.free_port()
        arguments, environment = servers.product(config, self.port, workers, threads)
        self._command = [sys.executable, *arguments]
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self.up = threading.Event()

    def start(self) -> float:
        """Start it, and return how many seconds it took until it answered."""
        begun = time.perf_counter()
        self._process = subprocess.Popen(
            self._command, env=self._environment, start_new_session=True
        )
        servers.wait_for(self._process, self.port, "/readyz")
        self.up.set()
        return time.perf_counter() - begun

    def kill(self) -> None:
        """Kill every process of it at once, as a power cut would."""
        assert self._process is not None  # noqa: S101
        self.up.clear()
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


class Browser:
    """One kept connection, with the cookie of whoever uses it at the moment."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._connection = self._new()

    def _new(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(servers.HOST, self._site.port, timeout=30)

    def ask(
        self, person: Person, path: str, form: dict[str, Any] | None = None
    ) -> tuple[int, str, str]:
        """Return status, address it leads to, and text.

        Raises :class:`Unanswered`, also for an answer that only says that something failed.
        """
        headers = {
            "Cookie": f"participa={person.cookie}; papeleta={DRAFT_KEY}",
            "Sec-Fetch-Site": "same-origin",
        }
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self._connection.request("POST" if form is not None else "GET", path, body, headers)
            answer = self._connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            self._connection = self._new()
            raise Unanswered from error
        for value in answer.headers.get_all("Set-Cookie", []):
            name, _equals, rest = value.partition("=")
            if name == "participa":
                person.cookie = rest.partition(";")[0]
        if answer.status >= http.client.INTERNAL_SERVER_ERROR:
            person.errors += 1
            if person.errors > MOST_ERRORS:
                message = f"{path} failed {person.errors} times"
                raise Wrong(message)
            time.sleep(0.5)
            raise Unanswered
        return answer.status, answer.headers.get("Location", ""), text


class Load:
    """All people, voting at once in a few threads."""

    def __init__(self, hall: Hall, site: Site, people: list[Person], threads: int) -> None:
        self.hall, self.site, self.people = hall, site, people
        self.casts = 0
        self.wrong: list[str] = []
        self._lock = threading.Lock()
        self._waiting: queue.Queue[Person] = queue.Queue()
        for each in people:
            self._waiting.put(each)
        self._threads = [threading.Thread(target=self._run) for _each in range(threads)]

    def start(self) -> None:
        for each in self._threads:
            each.start()

    def join(self) -> None:
        for each in self._threads:
            each.join()

    @property
    def is_over(self) -> bool:
        """Whether everybody is done."""
        return not any(each.is_alive() for each in self._threads)

    def _run(self) -> None:
        browser = Browser(self.site)
        while True:
            try:
                person = self._waiting.get_nowait()
            except queue.Empty:
                return
            try:
                self._votes(browser, person)
            except Exception as error:  # noqa: BLE001  (whatever it is, the run has failed)
                with self._lock:
                    self.wrong.append(f"person {person.id}: {error!r}")

    def _votes(self, browser: Browser, person: Person) -> None:
        again = person.chance.random() < COMES_BACK
        for _turn in range(1 + again):
            wanted = self.hall.chooser.choice(person.chance, 2)
            while not self._sends(browser, person, wanted):
                if person.pending and person.chance.random() < GIVES_UP:
                    return
                if not self.site.up.wait(PATIENCE):
                    message = "the server did not come back"
                    raise Wrong(message)

    def _sends(self, browser: Browser, person: Person, wanted: dict[int, int]) -> bool:
        """Go through the whole journey; return whether it was acknowledged."""
        try:
            version = self._chooses(browser, person, wanted)
        except Unanswered:
            return False
        path = f"{self.hall.path}/votar/revisar"
        try:
            status, where, _text = browser.ask(person, path, {"visto": version})
        except Unanswered:
            person.unanswered += 1
            person.pending.append(wanted)
            return False
        if status != http.client.SEE_OTHER or not where.endswith("/votar/enviado"):
            message = f"sending was answered with {status} {where}"
            raise Wrong(message)
        person.acknowledged, person.pending = wanted, []
        person.casts += 1
        with self._lock:
            self.casts += 1
        self._reads(browser, person)
        return True

    def _chooses(self, browser: Browser, person: Person, wanted: dict[int, int]) -> str:
        base = f"{self.hall.path}/votar"
        text = self._page(browser, person, base)
        here = {
            project
            for project in self.hall.projects
            if re.search(rf'name="papeleta" value="{project}">\s*<input[^>]*value="0"', text)
        }
        for project in sorted(here - set(wanted)):
            self._post(browser, person, project, on="0")
        for project in sorted(set(wanted) - here):
            self._post(browser, person, project, on="1")
        if here == set(wanted):
            # The same as was sent before: taken out and put back, so that there is a draft to send.
            for on in "01":
                self._post(browser, person, min(here), on=on)
        text = self._page(browser, person, f"{base}/revisar")
        return _found(VERSION, text)

    def _page(self, browser: Browser, person: Person, path: str) -> str:
        status, where, text = browser.ask(person, path)
        if status != http.client.OK:
            message = f"{path} answered {status} {where}"
            raise Wrong(message)
        return text

    def _post(self, browser: Browser, person: Person, project: int, on: str) -> None:
        path = f"{self.hall.path}/votar/escoger"
        form = {"papeleta": project, "on": on}
        status, _where, text = browser.ask(person, path, form)
        if status != http.client.SEE_OTHER:
            message = f"choosing was answered with {status}: {text[:200]}"
            raise Wrong(message)

    def _reads(self, browser: Browser, person: Person) -> None:
        """Read the receipt, for as long as it takes: the browser holds it until it is shown."""
        while True:
            try:
                text = self._page(browser, person, f"{self.hall.path}/votar/enviado")
            except Unanswered:
                if not self.site.up.wait(PATIENCE):
                    raise
                continue
            break
        if found := RECEIPT.search(text):
            if person.receipt is not None:
                message = "a second receipt"
                raise Wrong(message)
            person.receipt = found[1]


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        message = f"the page has no {pattern.pattern}"
        raise Wrong(message)
    return found[1]


def run(config: Config, *, people: int, kills: int, threads: int, seed: int) -> list[str]:
    """Do it all on an empty database; print the figures and return what was breached."""
    app = create_app(config, testing=True)
    chance = random.Random(seed)
    with app.app_context():
        hall = prepare(Shape(people=people, signed_in=people, pots=2, projects=10))
        engine = db.engine.dialect.name
        db.session.remove()
        db.engine.dispose()
    crowd = [
        Person(id, signed_cookie(app, token), random.Random(chance.random()))
        for id, token in hall.voters
    ]
    # With SQLite one process is best, as `participa serve --help` says.
    site = Site(config, workers=1 if config.is_sqlite else 2, threads=8)
    site.start()
    load = Load(hall, site, crowd, threads)
    begun = time.perf_counter()
    load.start()
    try:
        back = _kill(site, load, people, kills, chance)
        load.join()
    finally:
        site.up.set()
        site.stop()
    took = time.perf_counter() - begun
    print(
        f"\n{engine}: {people} people, {threads} at a time, {took:.0f} s, seed {seed}\n"
        f"  killed with -9, of {kills} planned        {len(back):>7}\n"
        f"  back after, seconds                  {', '.join(f'{each:.1f}' for each in back)}"
    )
    with app.app_context():
        breaches = [*load.wrong[:20], *_audit(hall, crowd)]
        if len(back) < kills:
            breaches.append("the load was over before every kill")
        db.session.remove()
        db.engine.dispose()
    for each in breaches:
        print(f"  BREACH: {each}")
    print(f"  {'breached' if breaches else 'nothing lost, nothing twice'}")
    return breaches


def _kill(site: Site, load: Load, people: int, kills: int, chance: random.Random) -> list[float]:
    """Kill the server at random moments, spread over the load; return how soon it was back."""
    back = []
    for turn in range(kills):
        wanted = people * (turn + chance.random()) / kills * 0.9
        while load.casts < wanted and not load.is_over:
            time.sleep(0.005)
        if load.is_over:
            break
        time.sleep(chance.random() * 0.05)
        site.kill()
        back.append(site.start())
    return back


def _audit(hall: Hall, crowd: list[Person]) -> list[str]:
    """Compare what people know with what the database has."""
    session = db.session()
    bind_to_organization(session, hall.component.organization_id)
    component = hall.component
    found = counts(session, component.id)
    vote = session.get_one(Vote, component.id)
    by_voter = {each.voter: each for each in session.scalars(sa.select(Mark))}
    by_link = {
        each.link: queries.chosen(each.choice) for each in session.scalars(sa.select(Ballot))
    }
    facts = Counter(
        session.scalars(sa.select(FactRow.name).where(FactRow.component_id == component.id))
    )
    breaches = []
    lost = other = taken = 0
    for person in crowd:
        mark = by_voter.get(hall.name_of(person.id))
        if mark is None:
            lost += person.acknowledged is not None
            continue
        if person.receipt is not None and mark.receipt_hash != box.receipt_hash(person.receipt):
            breaches.append(f"person {person.id}: another receipt")
        choice = by_link.get(box.link_of(vote.link_key or "", mark.id))
        sent = [person.acknowledged, *person.pending]
        other += choice is None or choice not in sent
        taken += choice in person.pending and choice != person.acknowledged
    links = {box.link_of(vote.link_key or "", each.id) for each in by_voter.values()}
    checks = {
        "acknowledged ballots that are lost": lost,
        "ballots that say something else": other,
        "people with two marks": found["marks"] - len(by_voter),
        "ballots of no mark": len(by_link.keys() - links),
        "marks of no ballot": len(links - by_link.keys()),
        "ballots twice": found["ballots"] - len(by_link),
        "difference of marks and ballots": found["marks"] - found["ballots"],
        "difference of marks and recorded facts": found["marks"] - facts["budgets.ballot_cast"],
    }
    acknowledged = [each for each in crowd if each.acknowledged is not None]
    figures = {
        "people whose ballot was acknowledged": len(acknowledged),
        "receipts held": sum(each.receipt is not None for each in crowd),
        "acknowledged casts, with changes": sum(each.casts for each in crowd),
        "sent and never answered": sum(each.unanswered for each in crowd),
        "  of these in the box all the same": taken,
        "answers that said: something failed": sum(each.errors for each in crowd),
        "marks on the roll": found["marks"],
        "ballots in the box": found["ballots"],
    }
    for name, number in (figures | checks).items():
        print(f"  {name:38} {number:>6}")
    breaches += [f"{name}: {number}" for name, number in checks.items() if number]
    db.session.remove()
    return [*breaches, *(f"integrity: {each}" for each in _integrity())]


def _integrity() -> list[str]:
    """Return what the database finds wrong with itself."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            found = [row[0] for row in connection.exec_driver_sql("PRAGMA integrity_check")]
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            what = "integrity_check, foreign_key_check"
            wrong = [each for each in found if each != "ok"] + [str(each) for each in broken]
        else:
            what, wrong = _postgresql_integrity(connection)
    print(f"  {what:38} {'ok' if not wrong else 'WRONG':>6}")
    return wrong


def _postgresql_integrity(connection: Any) -> tuple[str, list[str]]:
    """Check every index of the vote's tables against its table; by hand where amcheck is missing.

    The database itself is not killed, but what was half-way when its clients were is.
    """
    has = connection.exec_driver_sql(
        "SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'"
    ).first()
    if has is None:
        return "tables and their indexes agree", _read_both_ways(connection)
    connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS amcheck")
    try:
        connection.exec_driver_sql(
            "SELECT bt_index_check(i.indexrelid, true) FROM pg_index i"
            " JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
            " WHERE a.amname = 'btree' AND i.indrelid IN ('budget_marks'::regclass,"
            " 'budget_ballots'::regclass, 'budget_drafts'::regclass, 'budget_votes'::regclass)"
        ).all()
    except sa.exc.DBAPIError as error:
        return "amcheck", [str(error.orig)]
    return "amcheck of every index", []


def _read_both_ways(connection: Any) -> list[str]:
    wrong = []
    for table, column in (("budget_marks", "voter"), ("budget_ballots", "link")):
        read = []
        for off in ("enable_seqscan", "enable_indexscan, enable_indexonlyscan, enable_bitmapscan"):
            for name in ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan",
                         "enable_bitmapscan"):  # fmt: skip
                connection.exec_driver_sql(f"SET {name} = {'off' if name in off else 'on'}")
            rows = connection.exec_driver_sql(
                f"SELECT component_id, {column} FROM {table} ORDER BY component_id, {column}"  # noqa: S608
            )
            read.append(rows.all())
        if read[0] != read[1]:
            wrong.append(f"{table}: {len(read[0])} rows by index, {len(read[1])} in the table")
    return wrong
