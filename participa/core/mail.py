"""Mail leaves in two steps: a row in the caller's transaction, then the network without one.

So a mail is never sent for a change that was undone, and a slow mail server never holds a lock.
"""

import datetime as dt
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from participa.core import clock
from participa.core.db import ALL, Base, BigId, after_commit, bind_to_organization
from participa.core.outbox import wake

log = structlog.get_logger(__name__)

MAXIMUM_ATTEMPTS = 8
FIRST_DELAY = dt.timedelta(minutes=1)
CLAIM = dt.timedelta(minutes=5)
"""How long a worker may hold a mail before another takes it over."""

KEPT = dt.timedelta(days=30)
"""How long it is kept that a mail left, or why not: address, subject and moments."""

EMPTIED: Mapping[str, Any] = {"text": "", "html": "", "stop_url": None}
"""What becomes of a mail that left or was given up: what it said is often a link that opens
somebody's account, and nobody needs it here any more."""

PLAIN_PORT = 25
"""Between machines of one network: no STARTTLS is asked for."""

PATIENCE = 20.0
"""Seconds that the mail server may take for each answer."""

Sender = Callable[["Mail"], None]
Check = Callable[[Session, "Mail"], bool]
"""Whether a mail may leave as it was written; ``False``: it was dropped, or queued anew."""

# Python encodes a long word of a header in pieces, and then no program finds the address in it.
_POLICY = policy.SMTP.clone(max_line_length=900)


class Mail(Base):
    """One message to one address: queued, then sent or given up."""

    __tablename__ = "mails"
    __table_args__ = (sa.Index("ix_mails_due_at", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organization_id: Mapped[int] = mapped_column(index=True)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    sender_name: Mapped[str] = mapped_column(sa.String(200), default="")
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text, default="")
    stop_url: Mapped[str | None] = mapped_column(sa.String(500))
    """Address for ``List-Unsubscribe``: stops this kind of mail with one click (RFC 8058)."""
    basis: Mapped[dict[str, Any] | None]
    """What it was made from, in the words of the room that queued it: looked at again before the
    mail leaves, since what it quotes may have been removed while it waited."""
    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    due_at: Mapped[dt.datetime | None] = mapped_column(default=clock.now)
    sent_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(sa.String(500))


def queue(session: Session, mail: Mail) -> None:
    """Put a message in the queue, in the caller's transaction."""
    session.add(mail)
    after_commit(session, "outbox", wake)


def still_true(_session: Session, _mail: Mail) -> bool:
    """Let every mail leave as it was written."""
    return True


def send_due(session: Session, send: Sender, limit: int = 500, *, check: Check = still_true) -> int:
    """Send what is due, one by one, with no transaction open while the network works.

    ``check`` is asked of every mail that has a basis, each time before it is tried, in a
    transaction of its own.
    """
    sent = 0
    while sent < limit:
        mail = _claim(session)
        if mail is None:
            break
        try:
            if mail.basis is not None and not _holds(session, mail, check):
                sent += 1
                continue
            send(mail)
        except Exception as error:  # noqa: BLE001 - one mail must not hold up the others
            # No trace: what a mail server answers quotes the address.
            log.warning("mail_failed", mail=mail.id, error=type(error).__name__)
            session.rollback()
            _put_off(session, mail.id, error)
        else:
            left = {} if send is to_mailbox else EMPTIED
            _settle(session, mail.id, sent_at=clock.now(), due_at=None, last_error=None, **left)
        sent += 1
    return sent


def _claim(session: Session) -> Mail | None:
    bind_to_organization(session, ALL)
    mail = session.scalars(
        sa.select(Mail)
        .where(Mail.due_at <= clock.now())
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if mail is None:
        session.rollback()
        return None
    mail.due_at = clock.now() + CLAIM
    mail.attempts += 1
    session.flush()
    session.refresh(mail)
    session.expunge(mail)
    session.commit()
    return mail


def _holds(session: Session, mail: Mail, check: Check) -> bool:
    bind_to_organization(session, mail.organization_id)
    holds = check(session, mail)
    session.commit()
    return holds


def _settle(session: Session, mail_id: int, **values: object) -> None:
    session.execute(sa.update(Mail).where(Mail.id == mail_id).values(**values))
    session.commit()


def _put_off(session: Session, mail_id: int, error: Exception) -> None:
    bind_to_organization(session, ALL)
    mail = session.get_one(Mail, mail_id)
    delay = FIRST_DELAY * 2 ** (mail.attempts - 1)
    mail.due_at = clock.now() + delay
    if mail.attempts >= MAXIMUM_ATTEMPTS:
        mail.due_at = None
        for name, value in EMPTIED.items():
            setattr(mail, name, value)
    mail.last_error = f"{type(error).__name__}: {error}"[:500]
    session.commit()


def forget_old(session: Session, send: Sender) -> None:
    """Delete what was sent or given up and is older than :data:`KEPT`, of all organizations.

    And empty what an earlier version sent and left whole, unless the table is the mailbox.
    """
    bind_to_organization(session, ALL)
    if send is not to_mailbox:
        session.execute(
            sa.update(Mail).where(Mail.due_at.is_(None), Mail.text != "").values(**EMPTIED)
        )
    session.execute(
        sa.delete(Mail).where(Mail.due_at.is_(None), Mail.created_at < clock.now() - KEPT)
    )


def to_message(mail: Mail, sender: str) -> EmailMessage:
    """Return the mail as a MIME message: plain text first, simple HTML beside it."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(mail.sender_name, addr_spec=sender)
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    if mail.stop_url:
        message["List-Unsubscribe"] = f"<{mail.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


def to_mailbox(_mail: Mail) -> None:
    """Keep the mail in the table, where the local mailbox page of a demonstration shows it."""


@contextmanager
def connected(url: str, *, timeout: float = PATIENCE) -> Iterator[smtplib.SMTP]:
    """Give the mail server of ``smtp://user:pass@host:587`` (STARTTLS) or ``smtps://…`` (TLS).

    Signed in, where the address names somebody. Raises :class:`OSError` (that of ``smtplib`` too)
    when it cannot be reached within ``timeout`` seconds or does not let us in.
    """
    parts = urlsplit(url)
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(
            parts.hostname or "", parts.port or 465, timeout=timeout, context=context
        )
    else:
        server = smtplib.SMTP(parts.hostname or "", parts.port or 25, timeout=timeout)
    with server:
        if parts.scheme == "smtp" and parts.port != PLAIN_PORT:
            server.starttls(context=context)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def smtp_sender(url: str, sender: str) -> Sender:
    """Return a sender that connects to ``url`` (see :func:`connected`) for each mail."""

    def send(mail: Mail) -> None:
        with connected(url) as server:
            server.send_message(to_message(mail, sender))

    return send
