"""A worker process whose threads never wait for a network.

Gunicorn's own threads read what a browser sends, so that whoever sends slowly or stops half-way
keeps a thread: as many such connections as threads stop the site. Here Waitress receives whole
requests in one loop for all connections, and sends the answers likewise; a thread is given a
request that is complete. Gunicorn keeps what it does well: the socket, the processes and their
signals.
"""

import logging
import os
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.utilities import Error

from participa.admin.views import roll_files
from participa.core import clock

PATIENCE = 15.0
"""Seconds in which a request must have come."""
SLOWEST = 16 * 1024
"""Bytes that earn a request a second more: a large file over a slow line."""
IDLE = 60
"""Seconds after which a connection on which nothing happens is closed."""
MOST_CONNECTIONS = 1000
LARGEST_REQUEST = roll_files.LARGEST_FILE + 1024 * 1024
"""Bytes. The application has smaller limits of its own, and pages that say them."""
IN_MEMORY = 64 * 1024
"""Bytes of a request, above which it waits in a temporary file."""
MOST_WAITING = 512 * 1024 * 1024
"""Bytes of all requests that have not come to their end: above it the largest are refused."""
LARGEST_HEADERS = 64 * 1024
LOOK = 0.5
"""Seconds between two looks at what is late."""


class RequestTimeout(Error):
    """A request that did not come to its end in time."""

    code = 408
    reason = "Request Timeout"


class BufferedWorker(Worker):
    """Receives requests whole, and then hands them to threads."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._connections: dict[int, Any] = {}
        self._begun: dict[HTTPRequestParser, float] = {}
        self._look_at = 0.0

    def run(self) -> None:
        """Serve until told to end; then finish what has come."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # waiting a little is no news
        application: Any = self.app  # ours: it has our configuration
        server = create_server(
            self.wsgi,
            map=self._connections,
            sockets=[_socket(each) for each in self.sockets],
            threads=self.cfg.threads,
            url_scheme=urlsplit(application.config.base_url).scheme,
            ident=None,
            connection_limit=MOST_CONNECTIONS,
            channel_timeout=IDLE,
            inbuf_overflow=IN_MEMORY,
            max_request_body_size=LARGEST_REQUEST,
            max_request_header_size=LARGEST_HEADERS,
            # The application reads what its proxies say, and knows how many there are.
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,
        )
        while self.alive and self.ppid == os.getppid():
            self._turn()
        for each in list(self._connections.values()):
            if each.accepting:
                each.del_channel()  # what comes from now on is the other processes'
        until = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < until and any(map(_is_busy, self._channels())):
            self._turn()
        server.task_dispatcher.shutdown()

    def _turn(self) -> None:
        """Wait for something to happen, for half a second at most, and see to it."""
        self.notify()
        wasyncore.loop(timeout=LOOK, use_poll=True, map=self._connections, count=1)
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK
            self._end_late_ones(now)

    def _channels(self) -> list[HTTPChannel]:
        return [each for each in self._connections.values() if isinstance(each, HTTPChannel)]

    def _end_late_ones(self, now: float) -> None:
        begun, self._begun = self._begun, {}
        waiting = {}
        for channel in self._channels():
            request = channel.request
            if request is not None:
                since = self._begun[request] = begun.get(request, now)
                received = request.header_bytes_received + request.body_bytes_received
                if now - since > PATIENCE + received / SLOWEST:
                    _refuse(channel)
                else:
                    waiting[channel] = received
            elif (
                channel.total_outbufs_len and clock.now().timestamp() - channel.last_activity > IDLE
            ):
                channel.will_close = True  # nobody reads the answer, and a thread may wait
        for channel in _too_many(waiting):
            _refuse(channel)


def _too_many(waiting: dict[HTTPChannel, int]) -> Iterator[HTTPChannel]:
    """Give the connections whose requests are too much together, the largest first."""
    together = sum(waiting.values())
    for channel in sorted(waiting, key=lambda each: -waiting[each]):
        if together <= MOST_WAITING:
            return
        together -= waiting[channel]
        yield channel


def _socket(listener: Any) -> socket.socket:
    """Return what Gunicorn's listener wraps."""
    found: socket.socket = listener.sock
    return found


def _is_busy(channel: HTTPChannel) -> bool:
    return bool(channel.requests or channel.total_outbufs_len)


def _refuse(channel: HTTPChannel) -> None:
    """Answer that it took too long; the connection is closed after that."""
    with channel.requests_lock:
        request, channel.request = channel.request, None
        request.error = RequestTimeout("The request did not come to its end in time.")
        request.completed = True
        channel.requests.append(request)
        if len(channel.requests) == 1:
            channel.server.add_task(channel)
