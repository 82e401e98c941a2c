"""Who sends slowly, or stops half-way, holds up nobody: with the server as it is installed."""

import http.client
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import cache
from urllib.parse import urlencode

import pytest

from participa.core.db import bind_to_organization, db
from tests import factories
from tests.conftest import new_app

pytestmark = pytest.mark.slow

THREADS = 2
LONG = 60
"""Seconds after which a test that hangs says so."""
PROGRAM = """
from participa.cli import buffered, main
buffered.PATIENCE = float({patience})
main(["serve", "--port", "{port}", "--threads", "{threads}"])
"""


@pytest.fixture(scope="module")
def database():
    """The address of a database with a city, and somebody who can sign in."""
    app = new_app("sqlite")
    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        factories.make_person(session, "Ana").email = "ana@ejemplo.org"
        session.commit()
        db.session.remove()
        db.engine.dispose()
        return app.config["SQLALCHEMY_DATABASE_URI"]


@pytest.fixture(scope="module")
def serve(database, tmp_path_factory):
    """Start a server of a given patience, once; returns its port."""
    with ExitStack() as ended:

        @cache
        def start(patience=LONG):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            program = PROGRAM.format(patience=patience, port=port, threads=THREADS)
            process = subprocess.Popen(
                [sys.executable, "-c", program],
                env={
                    "PARTICIPA_DATABASE_URL": database,
                    "PARTICIPA_DATA_DIR": str(tmp_path_factory.mktemp("data")),
                    "PARTICIPA_SECRET_KEY": "k" * 40,
                    "PARTICIPA_BASE_URL": f"http://127.0.0.1:{port}",
                    "PARTICIPA_EMBEDDED_WORKER": "no",
                },
                stdout=subprocess.DEVNULL,
            )
            ended.callback(process.wait, LONG)
            ended.callback(process.terminate)
            until = time.monotonic() + LONG
            while time.monotonic() < until:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        return port
                assert process.poll() is None
                time.sleep(0.05)
            pytest.fail("the server does not answer")

        yield start


def stalled(port, sent):
    connection = socket.create_connection(("127.0.0.1", port), timeout=LONG)
    connection.sendall(sent)
    return connection


def ask(port, method, path, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)
    headers = {"Origin": f"http://127.0.0.1:{port}", "Sec-Fetch-Site": "same-origin"}
    if fields:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request(method, path, urlencode(fields) if fields else None, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


HALF_A_BODY = (
    b"POST /entrar HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=ana&"
)
HALF_A_HEAD = b"POST /entrar HTTP/1.1\r\nHost: 127.0"


@pytest.mark.parametrize("sent", [HALF_A_BODY, HALF_A_HEAD, b""], ids=["body", "head", "nothing"])
def test_stalled_connections_stop_neither_pages_nor_who_writes(serve, sent):
    port = serve()
    waiting = [stalled(port, sent) for _each in range(2 * THREADS)]
    try:
        assert ask(port, "GET", "/healthz") == 200
        assert ask(port, "GET", "/procesos") == 200
        # A new link is a row. Without a token the form is asked for again: it was read, too.
        assert ask(port, "POST", "/clave/olvidada", email="ana@ejemplo.org") in {200, 303, 400}
        for each in waiting:
            each.setblocking(False)
            with pytest.raises(BlockingIOError):  # still waiting, every one of them
                each.recv(1)
    finally:
        for each in waiting:
            each.close()


def test_a_request_that_does_not_come_to_its_end_is_refused(serve):
    port = serve(patience=0.2)
    for sent in (HALF_A_BODY, HALF_A_HEAD):
        with stalled(port, sent) as connection:
            assert connection.recv(100).startswith((b"HTTP/1.1 408 ", b"HTTP/1.0 408 "))
            while connection.recv(1000):
                pass  # closed, then
