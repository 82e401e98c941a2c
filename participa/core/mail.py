"""Mail leaves in two steps: a row in the caller's transaction, then the network without one.

So a mail is never sent for a change that was undone, and a slow mail server never holds a lock.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from participa.core import clock
from participa.core.db import ALL, Base, BigId, after_commit, bind_to_organization
from participa.core.errors import ParticipaError
from participa.core.mailer import Circuit
from participa.core.outbox import wake

log = structlog.get_logger(__name__)

FIRST_DELAY = dt.timedelta(minutes=1)
LONGEST_DELAY = dt.timedelta(hours=2)
"""Between two attempts: the first delay is doubled until here."""
MAXIMUM_ATTEMPTS = 43
"""The last one comes three days after the first: a server may be away for a long weekend."""
CLAIM = dt.timedelta(minutes=5)
"""How long a worker may hold a mail before another takes it over."""

KEPT = dt.timedelta(days=30)
"""How long it is kept that a mail left, or why not: address, subject and moments."""

EMPTIED: Mapping[str, Any] = {"text": "", "html": "", "stop_url": None}
"""What becomes of a mail that left: what it said is often a link that opens somebody's account, and
nobody needs it here any more. One that was given up is emptied after :data:`REPEATABLE`."""

REPEATABLE = dt.timedelta(days=10)
"""How long after it was written a mail that was given up can be sent again: three days of attempts,
and a week for somebody to notice."""

Sender = Callable[["Mail"], None]
Check = Callable[[Session, "Mail"], bool]
"""Whether a mail may leave as it was written; ``False``: it was dropped, or queued anew."""


class FinalError(ParticipaError):
    """This mail will never be taken: its address does not exist, or it cannot be written."""


class ServerError(ParticipaError):
    """The mail server cannot be reached or does not let us in: no other mail would fare better."""


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


def never(mail: Mail) -> None:
    """Let a mail be written and not sent: the work of one, for somebody who does not exist."""
    # Not None: that would be the default.
    mail.due_at, mail.sent_at = cast("Any", sa.null()), clock.now()


def still_true(_session: Session, _mail: Mail) -> bool:
    """Let every mail leave as it was written."""
    return True


def send_due(
    session: Session,
    send: Sender,
    limit: int = 500,
    *,
    check: Check = still_true,
    circuit: Circuit | None = None,
) -> int:
    """Send what is due, one by one, with no transaction open while the network works.

    ``check`` is asked of every mail that has a basis, each time before it is tried, in a
    transaction of its own. While the ``circuit`` is open no mail is touched: what waits for a
    server that is away loses none of its attempts.
    """
    circuit = circuit or Circuit()
    sent = 0
    while sent < limit and not circuit.is_open:
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
            if isinstance(error, ServerError):
                circuit.failed()
        else:
            circuit.answered()
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
    is_over = isinstance(error, FinalError) or mail.attempts >= MAXIMUM_ATTEMPTS
    mail.due_at = None if is_over else clock.now() + _delay(mail.attempts)
    cause = error.__cause__ or error
    mail.last_error = f"{type(cause).__name__}: {cause}"[:500]
    session.commit()
    if is_over:
        log.warning("mail_given_up", mail=mail.id, attempts=mail.attempts)


def _delay(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many attempts."""
    doublings: int = min(attempts - 1, 16)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def _ended(organization_id: int) -> sa.ColumnElement[bool]:
    """Return the condition of mails that were given up."""
    return sa.and_(
        Mail.organization_id == organization_id, Mail.due_at.is_(None), Mail.sent_at.is_(None)
    )


def ended(session: Session, organization_id: int, limit: int = 200) -> Sequence[Mail]:
    """Return the mails of an organization that were given up, the newest first."""
    return session.scalars(
        sa.select(Mail).where(_ended(organization_id)).order_by(Mail.id.desc()).limit(limit)
    ).all()


def number_ended(session: Session, organization_id: int) -> int:
    """Return how many mails of an organization were given up and not sent again."""
    select = sa.select(sa.func.count()).select_from(Mail).where(_ended(organization_id))
    return session.scalar(select) or 0


def send_again(session: Session, organization_id: int, mail_id: int | None = None) -> int:
    """Queue what was given up once more, all or one, in the caller's transaction. Returns how many.

    Each gets all its attempts again; what it was made from is looked at again before it leaves.
    Those that were emptied meanwhile stay as they are.
    """
    chosen = sa.and_(_ended(organization_id), Mail.text != "")
    if mail_id is not None:
        chosen = sa.and_(chosen, Mail.id == mail_id)
    done = session.execute(
        sa.update(Mail)
        .where(chosen)
        .values(due_at=clock.now(), attempts=0)
        .execution_options(synchronize_session=False)
        .returning(Mail.id)
    )
    number = len(done.all())
    if number:
        after_commit(session, "outbox", wake)
    return number


def forget_old(session: Session, send: Sender) -> None:
    """Delete what was sent or given up and is older than :data:`KEPT`, of all organizations.

    And empty what an earlier version sent and left whole, unless the table is the mailbox.
    """
    bind_to_organization(session, ALL)
    if send is not to_mailbox:
        session.execute(
            sa.update(Mail)
            .where(
                Mail.due_at.is_(None),
                Mail.text != "",
                sa.or_(Mail.sent_at.is_not(None), Mail.created_at < clock.now() - REPEATABLE),
            )
            .values(**EMPTIED)
        )
    session.execute(
        sa.delete(Mail).where(Mail.due_at.is_(None), Mail.created_at < clock.now() - KEPT)
    )


def to_mailbox(_mail: Mail) -> None:
    """Keep the mail in the table, where the local mailbox page of a demonstration shows it."""
