"""Mail and a real mail server: one that refuses, one that hangs, one that is away and comes back."""

import email
import socketserver
import threading
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from participa.core import clock, mailer, smtp
from participa.core.db import ALL, bind_to_organization, db
from participa.core.jobs import Jobs, make_queue
from participa.core.mail import FinalError, Mail, ServerError, queue, send_due
from participa.core.mailer import Circuit, Mailer

LONG = 20
"""Seconds after which a test that hangs says so."""

RECIPIENTS = {"nadie@": b"550 5.1.1 no such user", "luego@": b"450 4.2.0 greylisted",
              "ajena@": b"554 5.7.1 relay access denied"}  # fmt: skip


class Conversation(socketserver.StreamRequestHandler):
    """As much of a mail server as a client needs, with answers by recipient."""

    def handle(self):
        self.server.met.append("connection")
        if self.server.hangs is not None:
            self.server.hangs.wait(LONG)
            return None
        self.say(b"220 mx.test")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.say(b"354 go on")
                message = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    message += part
                self.server.met.append(email.message_from_bytes(message))
                self.say(b"250 taken")
            elif verb == b"RCPT":
                said = [said for start, said in RECIPIENTS.items() if start.encode() in line]
                self.say(said[0] if said else b"250 ok")
            elif verb == b"QUIT":
                return self.say(b"221 bye")
            else:
                self.say(b"250 mx.test")
        return None

    def say(self, line):
        self.wfile.write(line + b"\r\n")


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


@contextmanager
def serving(monkeypatch, port=0, hangs=None):
    with Server(("127.0.0.1", port), Conversation) as server:
        server.met, server.hangs = [], hangs
        # Between machines of one network, whatever the port: no certificate is made for a test.
        monkeypatch.setattr(smtp, "PLAIN_PORT", server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            if hangs is not None:
                hangs.set()
            server.shutdown()
            thread.join()


def url_of(server):
    return f"smtp://127.0.0.1:{server.server_address[1]}"


def row(recipient="rosa@ejemplo.test", **values):
    return Mail(
        id=7, organization_id=1, recipient=recipient, sender_name="", subject="Hola", text="Hola",
        created_at=clock.now(), **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ("nadie@x.test", FinalError),
        ("luego@x.test", smtp.smtplib.SMTPRecipientsRefused),
        ("ajena@x.test", smtp.smtplib.SMTPRecipientsRefused),
        ("ñandú@x.test", smtp.smtplib.SMTPNotSupportedError),
    ],
)
def test_what_a_refusal_means(monkeypatch, recipient, expected):
    with serving(monkeypatch) as server, pytest.raises(expected):
        smtp.smtp_sender(url_of(server), "p@aurora.test")(row(recipient))


def test_the_same_row_is_the_same_message(monkeypatch):
    with serving(monkeypatch) as server:
        send = smtp.smtp_sender(url_of(server), "p@aurora.test")
        first, other = row(), row()
        other.id = 8
        for each in (first, first, other):
            send(each)
        ids = [each["Message-ID"] for each in server.met if each != "connection"]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0].endswith(".7@aurora.test>")


def test_a_server_that_is_away_or_hangs_is_the_servers_fault(monkeypatch):
    with serving(monkeypatch, hangs=threading.Event()) as server:
        url = url_of(server)
        with pytest.raises(ServerError):
            smtp.smtp_sender(url, "p@aurora.test", timeout=0.05)(row())
    with pytest.raises(ServerError):
        smtp.smtp_sender(url, "p@aurora.test")(row())


def test_a_server_that_hangs_is_asked_once_and_holds_up_no_delivery(own_app, monkeypatch):
    """Many mails wait; a delivery comes; the server is asked for one of them only."""
    delivered = threading.Event()
    with serving(monkeypatch, hangs=threading.Event()) as server:
        jobs = Jobs(
            own_app,
            make_queue(own_app.extensions["participa_config"], immediate=True),
            smtp.smtp_sender(url_of(server), "p@aurora.test", timeout=0.5),
        )
        jobs.after_deliveries(delivered.set)
        with own_app.app_context():
            for number in range(5):
                each = row(f"p{number}@x.test")
                each.id = None
                queue(db.session(), each)
            db.session.commit()
        jobs.start_mailer()
        jobs.run_and_call()
        assert delivered.is_set()
        until = threading.Event()
        monkeypatch.setattr(mailer.log, "warning", lambda *_all, **_values: until.set())
        assert until.wait(LONG)
        jobs.stop_mailer()
        assert server.met == ["connection"]
    with own_app.app_context():
        bind_to_organization(db.session(), ALL)
        attempts = db.session.scalars(sa.select(Mail.attempts).order_by(Mail.id)).all()
    assert attempts == [1, 0, 0, 0, 0]


def test_after_a_rest_the_server_is_asked_again(session, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(mailer.time, "monotonic", lambda: now[0])
    queue(session, row())
    session.commit()
    circuit = Circuit()
    asked = []

    def fail(each):
        asked.append(each.id)
        raise ServerError from TimeoutError()

    assert send_due(session, fail, circuit=circuit) == 1
    session.execute(sa.update(Mail).values(due_at=clock.now()))
    session.commit()
    assert send_due(session, fail, circuit=circuit) == 0
    now[0] += mailer.FIRST_REST
    assert send_due(session, lambda each: asked.append(each.id), circuit=circuit) == 1
    assert len(asked) == 2
    assert not circuit.is_open


def test_a_thread_that_fails_goes_on():
    done = threading.Event()
    calls = []

    def send():
        calls.append(1)
        if len(calls) == 1:
            raise ValueError
        done.set()

    thread = Mailer(send)
    thread.start()
    while not done.is_set():
        thread.call()
        done.wait(0.01)
    thread.stop(LONG)
    assert not thread.is_alive
