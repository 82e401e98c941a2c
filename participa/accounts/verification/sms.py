"""Text messages: who sends them is plugged in; the embedded sender writes to the local mailbox.

No gateway is part of the product: each has its own terms. An installed package that has one says so
when it starts::

    sms.use(my_sender)  # (session, organization, "+573001234567", "Su código es…") → None
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from participa.core import mail
from participa.core.config import Config
from participa.core.mail import Mail
from participa.organizations.queries import OrganizationView

Sender = Callable[[Session, OrganizationView, str, str], None]

_sender: list[Sender] = []


def use(sender: Sender | None) -> None:
    """Send with ``sender`` from now on; with ``None``, nobody sends."""
    _sender[:] = [sender] if sender is not None else []


def is_available() -> bool:
    """Return whether a message would arrive anywhere."""
    return bool(_sender)


def send(session: Session, organization: OrganizationView, telephone: str, text: str) -> None:
    """Hand a message over, in the caller's transaction."""
    _sender[0](session, organization, telephone, text)


def to_mailbox(session: Session, organization: OrganizationView, telephone: str, text: str) -> None:
    """Put a message among the mails, where the mailbox page of a demonstration shows it."""
    mail.queue(
        session,
        Mail(
            organization_id=organization.id,
            recipient=telephone,
            sender_name=organization.name,
            subject="SMS",
            text=text,
        ),
    )


def init_app(config: Config) -> None:
    """Use the mailbox where mails stay there too; a real mail server knows no telephones."""
    if not _sender or _sender == [to_mailbox]:
        use(None if config.mail_url else to_mailbox)
