"""Mails: claimed, sent without a transaction, tried again, and with headers nobody can bend."""

import datetime as dt
import email
import email.policy
import smtplib

import pytest
import sqlalchemy as sa
import structlog
import time_machine

from participa.core import clock, mail, smtp
from participa.core.db import ALL, bind_to_organization, db
from participa.core.mail import CLAIM, FIRST_DELAY, MAXIMUM_ATTEMPTS, FinalError, Mail, send_due
from participa.core.smtp import to_message
from tests.core.conftest import at_once

START = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)


def make(**values):
    return Mail(
        **{
            "organization_id": 1,
            "recipient": "rosa@ejemplo.test",
            "sender_name": "Municipio de Aurora",
            "subject": "Su propuesta",
            "text": "Hola",
            "created_at": START,
            "due_at": START,
            **values,
        }
    )


@pytest.fixture
def clock_at():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def queued(session, clock_at):
    def queue(**values):
        row = make(**values)
        mail.queue(session, row)
        session.commit()
        return row.id

    return queue


def row_of(session, mail_id):
    session.expire_all()
    return session.get_one(Mail, mail_id)


def test_oldest_first_and_once(session, queued):
    second = queued(due_at=START - dt.timedelta(seconds=1))
    first = queued(due_at=START - dt.timedelta(minutes=1))
    queued(due_at=START + dt.timedelta(seconds=1))
    sent = []
    assert send_due(session, lambda each: sent.append(each.id)) == 2
    assert send_due(session, lambda each: sent.append(each.id)) == 0
    assert sent == [first, second]
    row = row_of(session, first)
    assert (row.sent_at, row.due_at, row.attempts, row.last_error) == (START, None, 1, None)


def test_what_left_is_forgotten_after_a_month(session, queued):
    """Also what was given up, whoever's it is; never what still waits."""
    old = START - mail.KEPT - dt.timedelta(seconds=1)
    sent, given_up = queued(created_at=old), queued(created_at=old, organization_id=2)
    recent = queued(created_at=START - mail.KEPT)
    waiting = queued(created_at=old, due_at=START + CLAIM)
    done = sa.update(Mail).where(Mail.id.in_([sent, given_up, recent]))
    session.execute(done.values(due_at=None))
    mail.forget_old(session, mail.to_mailbox)
    assert set(session.scalars(sa.select(Mail.id))) == {recent, waiting}


SECRET = {"text": "http://localhost/clave/nueva/abc", "html": "<a>", "stop_url": "http://x/abc"}


def test_what_left_says_no_longer_what_it_said(session, queued):
    """It holds links that open accounts; that it left, to whom and about what, is kept."""
    sent, waiting = queued(**SECRET), queued(due_at=START + CLAIM, **SECRET)
    assert send_due(session, lambda _mail: None) == 1
    row = row_of(session, sent)
    assert (row.text, row.html, row.stop_url) == ("", "", None)
    assert (row.recipient, row.subject, row.sent_at) == (
        "rosa@ejemplo.test",
        "Su propuesta",
        START,
    )
    assert row_of(session, waiting).text == SECRET["text"]


def test_a_mailbox_in_the_table_keeps_its_letters(session, queued):
    sent = queued(**SECRET)
    assert send_due(session, mail.to_mailbox) == 1
    mail.forget_old(session, mail.to_mailbox)
    assert row_of(session, sent).text == SECRET["text"]


def test_what_an_earlier_version_sent_is_emptied(session, queued):
    """What was given up is emptied a week later: until then somebody may send it again."""
    long_ago = START - mail.REPEATABLE - dt.timedelta(seconds=1)
    sent, waiting = queued(sent_at=START, **SECRET), queued(**SECRET)
    given_up, too_old = queued(**SECRET), queued(created_at=long_ago, **SECRET)
    over = sa.update(Mail).where(Mail.id.in_([sent, given_up, too_old]))
    session.execute(over.values(due_at=None))
    mail.forget_old(session, lambda _mail: None)
    left = [row_of(session, each).text for each in (sent, waiting, given_up, too_old)]
    assert left == ["", SECRET["text"], SECRET["text"], ""]
    assert mail.send_again(session, 1) == 1


def test_a_limit(session, queued):
    for _ in range(3):
        queued()
    assert send_due(session, mail.to_mailbox, limit=2) == 2
    assert send_due(session, mail.to_mailbox) == 1


@pytest.mark.parametrize(
    "error",
    [
        OSError("sin red"),
        smtplib.SMTPRecipientsRefused({"rosa@ejemplo.test": (550, b"no")}),
        ValueError("Header values may not contain linefeed"),
        UnicodeError("x"),
        KeyError("x"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_failing_mail_is_put_off_and_holds_up_nobody(session, queued, error):
    bad, good = queued(), queued(recipient="otra@ejemplo.test")
    sent = []

    def send(each):
        if each.id == bad:
            raise error
        sent.append(each.id)

    with structlog.testing.capture_logs() as lines:
        assert send_due(session, send) == 2
    assert sent == [good]
    row = row_of(session, bad)
    assert (row.sent_at, row.attempts, row.due_at) == (None, 1, START + FIRST_DELAY)
    assert row.last_error.startswith(type(error).__name__)
    assert "rosa@" not in repr(lines)


def test_after_many_attempts_it_is_given_up(session, queued, clock_at):
    bad = queued()

    def fail(_mail):
        raise OSError

    for attempt in range(1, MAXIMUM_ATTEMPTS + 1):
        assert send_due(session, fail) == 1
        row = row_of(session, bad)
        assert row.attempts == attempt
        if row.due_at:
            clock_at.move_to(row.due_at)
    assert (row.due_at, row.text) == (None, "Hola"), "it may be sent again"
    assert dt.timedelta(days=3) < clock.now() - START < dt.timedelta(days=3, hours=1)
    clock_at.move_to(START + dt.timedelta(days=300))
    assert send_due(session, fail) == 0


def test_what_nobody_will_ever_take_is_given_up_at_once(session, queued):
    bad = queued()

    def fail(_mail):
        raise FinalError from ValueError("no such address")

    assert send_due(session, fail) == 1
    row = row_of(session, bad)
    assert (row.due_at, row.sent_at, row.attempts) == (None, None, 1)
    assert row.last_error == "ValueError: no such address"


def test_what_was_given_up_is_seen_counted_and_sent_again(session, queued):
    given_up, other = queued(attempts=9), queued(organization_id=2)
    sent = queued(sent_at=START)
    queued(due_at=START + CLAIM)
    bind_to_organization(session, ALL)
    over = sa.update(Mail).where(Mail.id.in_([given_up, other, sent]))
    session.execute(over.values(due_at=None))
    assert [each.id for each in mail.ended(session, 1)] == [given_up]
    assert mail.number_ended(session, 1) == 1
    assert mail.send_again(session, 1, mail_id=other) == 0
    assert mail.send_again(session, 1) == 1
    session.commit()
    assert mail.number_ended(session, 1) == 0
    assert (row_of(session, given_up).due_at, row_of(session, given_up).attempts) == (START, 0)
    assert send_due(session, mail.to_mailbox) == 1


def test_a_worker_that_dies_gives_the_mail_back(session, queued, clock_at):
    lost = queued()

    def die(_mail):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_due(session, die)
    assert row_of(session, lost).due_at == START + CLAIM
    assert send_due(session, mail.to_mailbox) == 0
    clock_at.move_to(START + CLAIM)
    assert send_due(session, mail.to_mailbox) == 1


def test_what_has_a_basis_is_asked_about_before_each_attempt(session, queued, clock_at):
    plain, dropped, broken = queued(), queued(basis={"n": 1}), queued(basis={"n": 2})
    sent, asked = [], []

    def check(session, each):
        asked.append(each.id)
        if each.id == broken:
            session.execute(sa.text("SELECT nothing FROM nowhere"))
        session.execute(sa.delete(Mail).where(Mail.id == each.id))
        return False

    with structlog.testing.capture_logs():
        assert send_due(session, lambda each: sent.append(each.id), check=check) == 3
    assert (sent, asked) == ([plain], [dropped, broken])
    session.expire_all()
    assert session.get(Mail, dropped) is None
    assert row_of(session, broken).due_at == START + FIRST_DELAY
    clock_at.shift(FIRST_DELAY)
    assert send_due(session, lambda each: sent.append(each.id), check=lambda *_all: True) == 1
    assert sent == [plain, broken]


def test_no_transaction_is_open_while_the_network_works(own_app):
    with own_app.app_context():
        session = db.session()
        session.add(make(due_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC)))
        session.commit()

        def send(each):
            assert not session.in_transaction()
            with db.engine.begin() as other:  # would wait for a lock that the claim held
                other.execute(sa.update(Mail.__table__).values(subject=each.subject))

        assert send_due(session, send) == 1
        db.session.remove()


def test_workers_at_once_send_each_once(own_app):
    with own_app.app_context():
        db.session.add_all(
            make(recipient=f"p{n}@x.test", due_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
            for n in range(30)
        )
        db.session.commit()
        db.session.remove()
    sent = []
    at_once(
        own_app, 3, lambda session, _n: send_due(session, lambda each: sent.append(each.recipient))
    )
    assert sorted(sent) == sorted(f"p{n}@x.test" for n in range(30))


# --- the message --------------------------------------------------------------------------------


def wire(row):
    raw = to_message(row, "participa@aurora.test").as_bytes()
    return raw, email.message_from_bytes(raw, policy=email.policy.default)


def test_headers_of_a_mail():
    stop = (
        "https://participa.aurora.test/avisos/parar/"
        + "WzEyMzQ1NiwicHJvcG9zYWxzLmFuc3dlcmVkIl0." * 4
    )
    raw, message = wire(make(stop_url=stop, html="<p>Hola</p>", subject="Ñandú — su propuesta"))
    assert message["Subject"] == "Ñandú — su propuesta"
    assert message["From"].addresses[0].addr_spec == "participa@aurora.test"
    assert message["From"].addresses[0].display_name == "Municipio de Aurora"
    assert message["To"] == "rosa@ejemplo.test"
    assert message["Date"].datetime == START
    assert message["Message-ID"].endswith("@aurora.test>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # As it stands on the wire: an address cut in pieces is one that no mail program finds.
    assert f"List-Unsubscribe: <{stop}>\r\n".encode() in raw
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_without_a_stop_address_there_is_no_list():
    _raw, message = wire(make())
    assert "List-Unsubscribe" not in message
    assert message.get_content_type() == "text/plain"


@pytest.mark.parametrize("field", ["subject", "sender_name", "recipient", "stop_url"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_nothing_adds_a_header(field, end):
    evil = f"a@x.test{end}Bcc: todos@x.test{end}{end}<script>"
    try:
        raw, message = wire(make(**{field: evil}))
    except ValueError:
        return
    assert "Bcc" not in message
    assert b"\r\nBcc:" not in raw


def test_long_words_and_strange_names_arrive():
    name = 'Alcaldía "La Loma", <b>'
    _raw, message = wire(make(sender_name=name, subject="x" * 300, text="á" * 5000))
    assert message["From"].addresses[0].display_name == name
    assert message["Subject"] == "x" * 300
    assert message.get_content().strip() == "á" * 5000


def test_the_smtp_session(monkeypatch):
    calls = []

    class Server:
        def __init__(self, host, port, **_values):
            calls.append((type(self).__name__, host, port))

        def __enter__(self):
            return self

        def __exit__(self, *_args):
            calls.append("quit")

        def starttls(self, context):
            assert context.check_hostname
            calls.append("starttls")

        def login(self, user, password):
            calls.append((user, password))

        def send_message(self, message):
            calls.append(message["To"])

    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", type("Secure", (Server,), {}))
    smtp.smtp_sender("smtp://u%40x:p%3A@mx.test:587", "a@x.test")(make())
    assert calls == [
        ("Server", "mx.test", 587),
        "starttls",
        ("u@x", "p:"),
        "rosa@ejemplo.test",
        "quit",
    ]
    calls.clear()
    smtp.smtp_sender("smtps://mx.test", "a@x.test")(make())
    assert calls == [("Secure", "mx.test", 465), "rosa@ejemplo.test", "quit"]
