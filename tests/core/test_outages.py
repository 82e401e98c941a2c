"""What fails beside the database: nothing that was saved is told to have failed, and all go on."""

import threading
import time
from unittest.mock import Mock

import pytest
import sqlalchemy as sa

from participa.core import clock, faults, health, limits
from participa.core.db import after_commit, db
from participa.core.engines import engine_options
from participa.core.limits import SharedCounts
from participa.core.mail import Mail
from participa.core.metrics import limits_shared
from participa.core.readiness import Readiness
from tests import factories
from tests.conftest import new_app


@pytest.fixture(autouse=True)
def nothing_told():
    """Forget which lines of the log were written within this second."""
    faults.throttle._lines.clear()
    yield
    faults.writes.succeeded()


@pytest.fixture
def own_app():
    """Make apps whose connections are closed at the end."""
    made = []

    def make(engine_name, **options):
        made.append(new_app(engine_name, **options))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def told(monkeypatch):
    lines = []
    monkeypatch.setattr(faults.log, "warning", lambda event, **_values: lines.append(event))
    return lines


def test_nothing_after_a_commit_changes_its_answer(session, told):
    after_commit(session, "broken", Mock(side_effect=OSError("no space left on device")))
    called = Mock()
    after_commit(session, "other", called)
    session.commit()
    assert called.called
    assert told == ["after_commit_failed"]


def test_a_queue_that_cannot_be_told_is_left_alone_for_a_while(
    engine_name, monkeypatch, told, own_app
):
    jobs = own_app(engine_name).extensions["participa_jobs"]
    schedule = Mock(side_effect=ConnectionError("Redis is away"))
    monkeypatch.setattr(jobs._wake, "schedule", schedule)
    jobs.wake()
    jobs.wake()
    assert schedule.call_count == 1
    assert told == ["wake_failed"]


class Redis:
    """Counts as Redis does, unless it is away."""

    base_exceptions = ConnectionError

    def __init__(self):
        self.is_away = False
        self.asked = 0
        self.counts = limits.ProcessMemory()

    def __getattr__(self, name):
        def ask(*given):
            self.asked += 1
            if self.is_away:
                raise ConnectionError
            return getattr(self.counts, name)(*given)

        return ask


@pytest.fixture
def counted(monkeypatch):
    """Counts that are shared through a Redis that can go away, and the seconds that pass."""
    redis, now = Redis(), [1000.0]
    monkeypatch.setattr(limits, "storage_from_string", lambda _address, **_options: redis)
    monkeypatch.setattr(limits.time, "monotonic", lambda: now[0])
    return SharedCounts(address="redis://nowhere"), redis, now


def test_without_redis_attempts_are_counted_in_the_process(counted, told):
    counts, redis, now = counted
    assert counts.incr("a", 60) == 1
    redis.is_away = True
    assert [counts.incr("a", 60) for _each in range(3)] == [1, 2, 3]
    assert counts.get("a") == 3
    assert redis.asked == 2, "a Redis that is away is waited for once"
    assert limits_shared._value.get() == 0
    assert not counts.is_shared
    now[0] += limits.AWAY
    assert counts.incr("a", 60) == 4
    redis.is_away = False
    now[0] += limits.AWAY
    assert counts.incr("a", 60) == 2
    assert counts.is_shared
    assert limits_shared._value.get() == 1
    assert told[0] == "limits_not_shared"
    assert told[-1] == "limits_shared_again"


def test_ready_says_that_limits_are_not_shared(client, monkeypatch):
    monkeypatch.setattr(health.limits, "are_shared", lambda: False)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert "limits" in answer.text


def test_ready_answers_whatever_hangs(monkeypatch):
    monkeypatch.setattr("participa.core.readiness.PATIENCE", 0.01)
    let_go, started = threading.Event(), []

    def hang():
        started.append(time.monotonic())
        let_go.wait(20)
        return ""

    readiness = Readiness(Mock(), hang)
    assert readiness.ask() == "does not answer"
    assert readiness.ask() == "does not answer"
    assert len(started) == 1
    let_go.set()


def test_not_ready_while_nothing_can_be_written(engine_name, own_app):
    app = own_app(engine_name)
    client = app.test_client()
    assert client.get("/readyz").text == "ok\n"
    faults.writes.failed("busy")
    assert client.get("/readyz").status_code == 200
    faults.writes.failed("full")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database: cannot be written (full)\n")


def test_not_ready_on_a_database_that_only_reads(own_app):
    app = own_app("postgresql")
    with app.app_context():
        name = db.engine.url.database
        with db.engine.begin() as connection:
            statement = f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'
            connection.exec_driver_sql(statement)
        db.engine.dispose()
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.text) == (503, "database: cannot be written (read_only)\n")


def test_a_stale_connection_is_replaced(monkeypatch, own_app):
    """The server was restarted: nobody who only reads is told, and nobody after the first."""
    app = own_app("postgresql")
    with app.app_context():
        factories.make_organization(db.session())
        db.session.commit()
    client = app.test_client()
    assert client.get("/").status_code == 200
    with app.app_context():
        name, admin = db.engine.url.database, db.engine.url.set(database="postgres")
    server = sa.create_engine(admin, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        end = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n")
        connection.execute(end, {"n": name})
    server.dispose()
    assert client.get("/").status_code == 200
    assert client.post("/clave/olvidada", data={"email": "nadie@ejemplo.org"}).status_code < 400


def test_a_connection_that_was_long_idle_is_asked_first(monkeypatch, own_app):
    monkeypatch.setattr("participa.core.engines.IDLE_SECONDS", 0)
    app = own_app("postgresql")
    pinged = []
    with app.app_context():
        engine = db.engine
        ping = engine.dialect.do_ping
        monkeypatch.setattr(engine.dialect, "do_ping", lambda c: pinged.append(1) or ping(c))
        for _each in range(2):
            with engine.connect():
                pass
    assert pinged


def test_statements_are_bounded():
    options = engine_options("postgresql+psycopg://x/y?options=-c%20lock_timeout%3D1s")
    asked = options["connect_args"]["options"]
    assert "statement_timeout" in asked
    assert asked.index("lock_timeout=10s") < asked.index("lock_timeout=1s"), "an own one counts"


def test_metrics_of_mails_that_fail(engine_name, own_app):
    app = own_app(engine_name, metrics_token="t" * 20)
    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        session.info["organization_id"] = organization.id
        old = clock.now() - clock.dt.timedelta(hours=2)
        for attempts, due in ((0, old), (3, clock.now()), (8, None)):
            mail = Mail(recipient="a@b.co", subject="x", text="x", created_at=old)
            mail.organization_id, mail.attempts = organization.id, attempts
            session.add(mail)
            session.flush()
            mail.due_at = due
        session.commit()
    text = app.test_client().get("/metrics", headers={"Authorization": "Bearer " + "t" * 20}).text
    assert "\nparticipa_mails_failing 1\n" in text
    assert "\nparticipa_mails_given_up 1\n" in text
    oldest = float(text.split("\nparticipa_mails_oldest_seconds ")[1].split("\n")[0])
    assert 7200 <= oldest < 7300
    assert "\nparticipa_deliveries_failing 0\n" in text
    assert "\nparticipa_deliveries_oldest_seconds 0\n" in text
