"""The worker's heartbeat: a row that says when it last worked, for staff and for monitoring."""

import datetime as dt
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from participa.core import clock
from participa.core.db import Base

SILENCE = dt.timedelta(minutes=3)
"""A worker says every minute that it is there; after this long without, there is none."""

WORKER = "worker"


class Heartbeat(Base):
    """When something that runs beside the server last said that it does."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    at: Mapped[dt.datetime]


_heartbeats = cast("sa.Table", Heartbeat.__table__)


def beat(session: Session) -> None:
    """Note that a worker works, in a transaction of its own."""
    now = clock.now()
    again = sa.update(_heartbeats).where(_heartbeats.c.name == WORKER).values(at=now)
    if session.connection().execute(again).rowcount == 0:
        with session.begin_nested() as first:
            try:
                session.connection().execute(sa.insert(_heartbeats), {"name": WORKER, "at": now})
            except sa.exc.IntegrityError:  # two that began at once: either will do
                first.rollback()
    session.commit()


def last(session: Session) -> dt.datetime | None:
    """Return when a worker last said that it works; ``None`` if none ever did."""
    return session.scalar(sa.select(Heartbeat.at).where(Heartbeat.name == WORKER))


def is_working(session: Session) -> bool:
    """Return whether a worker runs."""
    at = last(session)
    return at is not None and clock.now() - at < SILENCE
