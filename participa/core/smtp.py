"""The mail server: how a mail is written for it, how it is asked, and what its refusals mean."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from participa.core.mail import FinalError, Mail, Sender, ServerError

PLAIN_PORT = 25
"""Between machines of one network: no STARTTLS is asked for."""

PATIENCE = 20.0
"""Seconds that the mail server may take for each answer."""

# Python encodes a long word of a header in pieces, and then no program finds the address in it.
_POLICY = policy.SMTP.clone(max_line_length=900)

_OF_POLICY = re.compile(rb"5\.7\.\d+")
"""The enhanced code (RFC 3463) of a server that does not relay for us or does not trust us: a
fault of the installation, which somebody can mend while the mail waits."""


def to_message(mail: Mail, sender: str) -> EmailMessage:
    """Return the mail as a MIME message: plain text first, simple HTML beside it.

    Its Message-ID is the row's, so that one that was sent twice (a worker that died before it noted
    the first) is one message for the programs of whoever reads it.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(mail.sender_name, addr_spec=sender)
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    domain = sender.rpartition("@")[2]
    message["Message-ID"] = f"<{mail.created_at:%Y%m%d%H%M%S%f}.{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if mail.stop_url:
        message["List-Unsubscribe"] = f"<{mail.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    return message


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


def smtp_sender(url: str, sender: str, *, timeout: float = PATIENCE) -> Sender:
    """Return a sender that connects to ``url`` (see :func:`connected`) for each mail."""

    def send(mail: Mail) -> None:
        try:
            message = to_message(mail, sender)
        except ValueError as error:  # UnicodeError too: no other attempt would write it
            raise FinalError(error) from error
        refused: Exception | None = None
        try:
            with connected(url, timeout=timeout) as server:
                try:
                    server.send_message(message)
                except (
                    smtplib.SMTPRecipientsRefused,
                    smtplib.SMTPDataError,
                    smtplib.SMTPNotSupportedError,
                ) as error:
                    refused = error  # this mail: the next one may do better
        except OSError as error:
            raise ServerError(error) from error
        if isinstance(refused, smtplib.SMTPRecipientsRefused) and all(
            _is_final(code, text) for code, text in refused.recipients.values()
        ):
            raise FinalError(refused) from refused
        if refused is not None:
            raise refused

    return send


def _is_final(code: int, text: bytes) -> bool:
    """Return whether a server will give the same answer about this address tomorrow."""
    return code >= 500 and not _OF_POLICY.match(text)  # noqa: PLR2004  (RFC 5321)
