"""Deliveries: each fact reaches each subscriber at least once, in its own transaction.

The queue only wakes :func:`drain`; the truth is this table. Handlers are idempotent.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column

from participa.core import clock
from participa.core.db import ALL, Base, BigId, after_commit, bind_to_organization
from participa.core.facts import FactRow

log = structlog.get_logger(__name__)

MAXIMUM_ATTEMPTS = 10
FIRST_DELAY = dt.timedelta(seconds=30)


class Delivery(Base):
    """One fact on its way to one subscriber."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.Index("ix_deliveries_due_at", "due_at", postgresql_where=sa.text("done_at IS NULL")),
        sa.UniqueConstraint("fact_id", "subscriber"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    fact_id: Mapped[int] = mapped_column(sa.ForeignKey("facts.id", ondelete="CASCADE"))
    organization_id: Mapped[int]
    subscriber: Mapped[str] = mapped_column(sa.String(60))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime | None]
    """When to try next; ``None`` once it is done or given up."""
    done_at: Mapped[dt.datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.String(500))


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A room that wants to hear of facts; ``handle(session, row)`` must be idempotent."""

    name: str
    wants: Callable[[str], bool]
    handle: Callable[[Session, FactRow], None]


class Subscriptions:
    """Who hears of what."""

    def __init__(self) -> None:
        self._by_name: dict[str, Subscriber] = {}
        self._wanting: dict[str, tuple[str, ...]] = {}

    def add(self, subscriber: Subscriber) -> None:
        """Add a subscriber; the last one under a name counts."""
        self._by_name[subscriber.name] = subscriber
        self._wanting.clear()

    def wanting(self, fact_name: str) -> tuple[str, ...]:
        """Return the names of the subscribers that want a kind of fact."""
        if fact_name not in self._wanting:
            self._wanting[fact_name] = tuple(
                each.name for each in self._by_name.values() if each.wants(fact_name)
            )
        return self._wanting[fact_name]

    def get(self, name: str) -> Subscriber | None:
        """Return a subscriber, or ``None`` when its room is gone."""
        return self._by_name.get(name)


subscriptions = Subscriptions()

_deliveries = cast("sa.Table", Delivery.__table__)
_on_wake: list[Callable[[], None]] = []


def on_wake(call: Callable[[], None]) -> None:
    """Say what to do once a transaction that added deliveries has committed."""
    _on_wake[:] = [call]


def wake() -> None:
    """Tell the workers that there is something to deliver."""
    for call in _on_wake:
        call()


def add(session: Session, fact_id: int, organization_id: int, subscribers: Iterable[str]) -> None:
    """Queue a fact for subscribers, in the caller's transaction."""
    session.execute(
        sa.insert(_deliveries),
        [
            {
                "fact_id": fact_id,
                "organization_id": organization_id,
                "subscriber": name,
                "attempts": 0,
                "due_at": clock.now(),
            }
            for name in subscribers
        ],
    )
    after_commit(session, "outbox", wake)


def drain(session: Session, limit: int = 1000) -> int:
    """Deliver what is due, oldest first. Commits after each. Returns how many were tried.

    Several workers may run it at once: on PostgreSQL rows are taken with ``SKIP LOCKED``.
    """
    done = 0
    while done < limit and _deliver_next(session):
        done += 1
    return done


def _deliver_next(session: Session) -> bool:
    bind_to_organization(session, ALL)
    delivery = session.scalars(
        sa.select(Delivery)
        .where(Delivery.due_at <= clock.now())
        .order_by(Delivery.due_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if delivery is None:
        session.rollback()
        return False
    fact = session.get_one(FactRow, delivery.fact_id)
    bind_to_organization(session, delivery.organization_id)
    delivery.attempts += 1
    subscriber = subscriptions.get(delivery.subscriber)
    try:
        with session.begin_nested():
            if subscriber is not None:
                subscriber.handle(session, fact)
    except Exception as error:  # noqa: BLE001  (a handler's failure is put off, not lost)
        _put_off(delivery, error)
    else:
        delivery.done_at, delivery.due_at, delivery.last_error = clock.now(), None, None
    session.commit()
    return True


def _put_off(delivery: Delivery, error: Exception) -> None:
    log.warning(
        "delivery_failed", delivery=delivery.id, subscriber=delivery.subscriber, exc_info=error
    )
    delivery.last_error = f"{type(error).__name__}: {error}"[:500]
    if delivery.attempts >= MAXIMUM_ATTEMPTS:
        delivery.due_at = None
    else:
        delivery.due_at = clock.now() + FIRST_DELAY * 2 ** (delivery.attempts - 1)
