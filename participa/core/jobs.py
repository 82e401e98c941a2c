"""Work outside of requests: the queue only wakes; what is to be done stands in the database."""

import threading
import time
from collections.abc import Callable

import sqlalchemy as sa
import structlog
from flask import Flask
from huey import Huey, MemoryHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from sqlalchemy.orm import Session

from participa.core import faults, heartbeat, mail, outbox, private_files, seals, smtp
from participa.core.config import Config
from participa.core.db import db
from participa.core.engines import checkpoint
from participa.core.mailer import Circuit, Mailer
from participa.core.redis_patience import patience

HALF_A_MINUTE = 30
"""Seconds between two times that the log of SQLite's file is emptied."""
GATHER = 0.5
"""Seconds during which changes are gathered into one wake-up."""

DEAF = 10.0
"""Seconds during which a queue that could not be told is left alone: nobody waits for it twice."""
QUEUE_SECONDS = 2.0
"""How long Redis may take for an answer; a worker asks it to wait for one second."""

log = structlog.get_logger(__name__)

Periodic = tuple[str, str, Callable[[], object]]
"""``(name, minutes as in cron, job)``."""


def make_queue(config: Config, *, immediate: bool = False) -> Huey:
    """Return the queue: Redis where configured, else a SQLite file in the data folder."""
    if immediate:
        return MemoryHuey("participa", immediate=False)
    if config.redis_url:
        from redis import ConnectionPool

        pool = ConnectionPool.from_url(config.redis_url, **patience(QUEUE_SECONDS))
        return RedisHuey("participa", connection_pool=pool)
    return SqliteHuey("participa", filename=str(config.folder / private_files.QUEUE))


class Jobs:
    """The jobs of one app: waking the outbox, and what rooms ask to run every few minutes."""

    def __init__(self, app: Flask, queue: Huey, sender: mail.Sender) -> None:
        self.app = app
        self.queue = queue
        self.sender = sender
        self._between: list[Callable[[], object]] = []
        self._checks: list[mail.Check] = []
        self._wake = queue.task(name="wake")(self.run_and_call)
        self.every("outbox", "*", self.run_and_call)
        self._checkpoint = queue.task(name="checkpoint")(self.checkpoint)
        self.every("checkpoint", "*", self._checkpoint_twice)
        self.every("heartbeat", "*", lambda: heartbeat.beat(db.session()))
        self.every("seals", "*", lambda: seals.seal_all(db.session()))
        self.every("mails", "37", lambda: mail.forget_old(db.session(), sender))
        self._quiet_until = 0.0
        self._circuit = Circuit()
        self._mailer: Mailer | None = None
        outbox.on_wake(self.wake)

    def wake(self) -> None:
        """Ask a worker to deliver what is due, within about a second.

        Where the queue cannot be told, the work is found within a minute.

        Later calls within :data:`GATHER` add nothing: the work they announce is in the table by the
        time the first call's job runs.
        """
        now = time.monotonic()
        if now >= self._quiet_until:
            self._quiet_until = now + GATHER
            try:
                self._wake.schedule(delay=GATHER)
            except Exception as error:  # noqa: BLE001  (a hint: the work is in the table)
                self._quiet_until = now + DEAF
                faults.throttle.warn("wake_failed", reason=type(error).__name__)

    def close(self) -> None:
        """Let go of the queue; it opens again by itself when something is asked of it."""
        self.queue.storage.close()

    def every(self, name: str, minutes: str, job: Callable[[], object]) -> None:
        """Run ``job`` inside an app context at the given minutes (``"*/5"``), and commit."""

        def run() -> None:
            with self.app.app_context():
                job()
                db.session.commit()

        self.queue.periodic_task(crontab(minute=minutes), name=f"every_{name}")(run)

    def checkpoint(self) -> None:
        """Empty the log of SQLite's file, so that what was deleted is in none of its files."""
        with self.app.app_context():
            checkpoint(db.engine)

    def _checkpoint_twice(self) -> None:
        """Do it now and in :data:`HALF_A_MINUTE`: periodic tasks know whole minutes only."""
        checkpoint(db.engine)
        if db.engine.dialect.name == "sqlite":
            self._checkpoint.schedule(delay=HALF_A_MINUTE)

    def after_deliveries(self, job: Callable[[], object]) -> None:
        """Run ``job`` inside an app context whenever facts were delivered, before mails are sent.

        It commits for itself, in small transactions; what fails is tried again at the next minute.
        """
        self._between.append(job)

    def before_mails(self, check: mail.Check) -> None:
        """Ask ``check`` of each mail that has a basis, before every attempt to send it."""
        self._checks.append(check)

    def _may_leave(self, session: Session, each: mail.Mail) -> bool:
        return all(check(session, each) for check in self._checks)

    def run_due(self) -> int:
        """Deliver due facts, then send due mails. Returns how many of both were tried."""
        return self._deliver() + self._send()

    def run_and_call(self) -> None:
        """Deliver due facts; mails are the thread's, where there is one."""
        self._deliver()
        if self._mailer is not None:
            self._mailer.call()
        else:
            self._send()

    def _send(self) -> int:
        with self.app.app_context():
            return mail.send_due(
                db.session(), self.sender, check=self._may_leave, circuit=self._circuit
            )

    def _deliver(self) -> int:
        with self.app.app_context():
            delivered = outbox.drain(db.session())
            for job in self._between:
                try:
                    job()
                except Exception as error:
                    db.session.rollback()
                    log.warning("job_failed", job=job.__qualname__, exc_info=error)
        return delivered

    def work(self, workers: int = 1) -> None:
        """Work until the process is told to end: the queue here, mails in a thread beside it."""
        self.start_mailer()
        try:
            self.consumer(workers).run()
        finally:
            self.stop_mailer()

    def start_mailer(self) -> None:
        """Send mails in a thread of their own from now on; say that a worker is there."""
        try:
            with self.app.app_context():
                heartbeat.beat(db.session())
        except sa.exc.SQLAlchemyError as error:  # it will come: the next beat is in a minute
            log.warning("heartbeat_failed", error=type(error).__name__)
        self._mailer = Mailer(self._send)
        self._mailer.start()

    def stop_mailer(self) -> None:
        """End that thread, once it is done with the mail that it is sending."""
        if self._mailer is not None:
            self._mailer.stop(smtp.PATIENCE)
            self._mailer = None

    def consumer(self, workers: int = 1) -> Consumer:
        """Return a consumer of the queue."""
        return self.queue.create_consumer(
            workers=workers, periodic=True, check_worker_health=False, max_delay=1.0
        )

    def start_thread(self) -> threading.Thread:
        """Run a worker in a thread of this process: the embedded default."""
        consumer = self.consumer()
        # A consumer outside of the main thread may not install signal handlers.
        consumer._set_signal_handlers = lambda: None  # noqa: SLF001  (huey has no option)
        self.start_mailer()
        thread = threading.Thread(target=consumer.run, name="participa-worker", daemon=True)
        thread.start()
        log.info("worker_started", where="thread")
        return thread
