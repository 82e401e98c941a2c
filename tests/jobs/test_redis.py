"""With Redis: the queue wakes a worker, and limits are counted for all processes together."""

import datetime as dt
import shutil
import socket
import subprocess
import time

import pytest

from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.core.events import record
from participa.core.jobs import make_queue
from participa.core.outbox import Delivery, Subscriber, subscriptions
from participa.core.policy import SYSTEM
from participa.organizations.events import OrganizationCreated
from tests import factories
from tests.conftest import new_app

pytestmark = [pytest.mark.redis, pytest.mark.slow]


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """Where a Redis answers, by the kind of address."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed here")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    process = subprocess.Popen(
        [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
         "--dir", str(folder), "--unixsocket", str(folder / "s")],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.05)
    yield {"redis": f"redis://127.0.0.1:{port}/0", "unix": f"unix://{folder / 's'}"}
    new_app("sqlite")  # the limiter is one for the process: let it count in memory again
    process.terminate()
    process.wait()


@pytest.fixture(params=["redis", "unix"])
def redis_url(redis, request):
    return redis[request.param]


def test_a_change_wakes_the_worker_through_redis(redis_url, monkeypatch):
    heard = []
    app = new_app("sqlite", redis_url=redis_url)
    monkeypatch.setitem(
        subscriptions._by_name,
        "listener",
        Subscriber(
            "listener",
            lambda name: name == OrganizationCreated.NAME,
            lambda _s, row: heard.append(row.id),
        ),
    )
    subscriptions._wanting.clear()
    jobs = type(app.extensions["participa_jobs"])(
        app, make_queue(app.extensions["participa_config"]), lambda _mail: None
    )
    try:
        with app.app_context():
            session = db.session()
            organization = factories.make_organization(session)
            bind_to_organization(session, organization.id)
            fact = record(
                session,
                OrganizationCreated("Aurora"),
                actor=SYSTEM,
                organization_id=organization.id,
            )
            session.commit()
        # A worker takes the wake-up from the queue and, as it is for half a second later, puts it
        # on the schedule; the scheduler then finds it.
        task = jobs.queue.dequeue()
        assert task is not None, "nothing was queued in Redis"
        jobs.queue.execute(task)
        for waiting in jobs.queue.read_schedule(
            clock.now().replace(tzinfo=None) + dt.timedelta(seconds=5)
        ):
            waiting.eta = None
            jobs.queue.execute(waiting)
        assert heard == [fact]
        with app.app_context():
            session = db.session()
            bind_to_organization(session, -1)
            assert session.query(Delivery).filter(Delivery.done_at.is_(None)).count() == 0
            session.rollback()
    finally:
        subscriptions._wanting.clear()


def test_two_processes_count_one_limit(redis_url):
    first, second = (new_app("sqlite", redis_url=redis_url) for _ in range(2))
    for app in (first, second):
        with app.app_context():
            factories.make_organization(db.session())
            db.session.rollback()
    form = {"login": redis_url[:5], "password": "no"}  # one server answers both addresses
    answers = [
        app.test_client().post("/entrar", data=form).status_code
        for _ in range(10)
        for app in (first, second)
    ]
    assert answers.count(429) == 10, "each process counted for itself"
