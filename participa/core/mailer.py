"""Sending mail in a thread of its own: a slow server holds up neither deliveries nor counts."""

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

FIRST_REST = 30.0
LONGEST_REST = 300.0
"""Seconds for which a server that does not answer is left alone, doubled each time."""

TURN = 60.0
"""Seconds after which mails that were put off are looked for, though nobody called."""


class Circuit:
    """Whether a server is worth asking: after a failure it is left alone for a while."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Whether the server is being left alone."""
        return time.monotonic() < self._open_until

    def failed(self) -> None:
        """Note that the server could not be reached or did not let us in."""
        rest = min(FIRST_REST * 2**self._failures, LONGEST_REST)
        self._failures += 1
        self._open_until = time.monotonic() + rest
        log.warning("mail_server_left_alone", seconds=rest, failures=self._failures)

    def answered(self) -> None:
        """Note that the server answered, be it with a refusal of one mail."""
        if self._failures:
            log.info("mail_server_answers_again", failures=self._failures)
        self._failures, self._open_until = 0, 0.0


class Mailer:
    """The thread: sends what is due when it is called, and every minute."""

    def __init__(self, send: Callable[[], object]) -> None:
        self._send = send
        self._called = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="participa-mail", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def call(self) -> None:
        """Say that there may be mail."""
        self._called.set()

    def stop(self, patience: float) -> None:
        """End after the mail that is being sent, which would otherwise be sent again."""
        self._ends.set()
        self._called.set()
        self._thread.join(patience)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._ends.is_set():
            self._called.clear()
            try:
                self._send()
            except Exception as error:
                log.exception("mailer_failed", error=type(error).__name__)
            self._called.wait(TURN)
