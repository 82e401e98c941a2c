"""Rate limits: generous per address (many citizens share one), tight per account and target."""

import math
import re
import threading
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import Storage

from participa.core import clock
from participa.core.config import Config

SWEEP = 60.0
"""Seconds between two searches for counts that are over."""


class ProcessMemory(Storage):
    """Counts of fixed windows, in the memory of this process.

    The library's own starts a thread for nearly every request that is counted, which looks through
    all counts for those that are over; this one looks once a minute, in passing.
    """

    STORAGE_SCHEME = ["process"]

    def __init__(self, uri: str | None = None, **options: Any) -> None:
        super().__init__(uri, **options)
        self._windows: dict[str, tuple[int, float]] = {}
        self._sweep_at = 0.0
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = clock.now().timestamp()
        with self._lock:
            if now >= self._sweep_at:
                self._sweep_at = now + SWEEP
                self._windows = {
                    each: window for each, window in self._windows.items() if window[1] > now
                }
            count, end = self._windows.get(key, (0, 0.0))
            if end <= now:
                count, end = 0, now + expiry
            self._windows[key] = count + amount, end
            return count + amount

    def get(self, key: str) -> int:
        count, end = self._windows.get(key, (0, 0.0))
        return count if end > clock.now().timestamp() else 0

    def get_expiry(self, key: str) -> float:
        return self._windows.get(key, (0, 0.0))[1] or clock.now().timestamp()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self._lock:
            number = len(self._windows)
            self._windows.clear()
        return number

    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)


def by_address() -> str:
    """Return the visitor's network address as the limits' key."""
    return f"address:{get_remote_address()}"


def by_account() -> str:
    """Return the signed-in person as the limits' key, else the address."""
    actor = g.get("actor")
    if actor is not None and actor.is_signed_in:
        return f"person:{actor.person_id}"
    return by_address()


def by_field(name: str) -> str:
    """Return a posted field (an e-mail, a code) as the limits' key: the target of the attempt."""
    return f"{name}:{request.form.get(name, '').strip().lower()[:254]}"


class ViewLimits(Limiter):
    """Limits that views declare, counted when the view is called.

    There are no others, so that nothing needs to be looked for before each request.
    """

    def _check_request_limit(
        self,
        callable_name: str | None = None,
        in_middleware: bool = True,  # noqa: FBT001, FBT002  (the library's signature)
    ) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


limiter = ViewLimits(key_func=by_account, default_limits_per_method=True, headers_enabled=False)


def init_app(app: Flask, config: Config) -> None:
    """Count in Redis where configured, else in the memory of this process."""
    # A socket is unix:// for the queue's library and redis+unix:// for this one.
    address = re.sub("^unix:", "redis+unix:", config.redis_url)
    app.config["RATELIMIT_STORAGE_URI"] = address or "process://"
    app.config["RATELIMIT_STRATEGY"] = "fixed-window"
    limiter.init_app(app)
    app.after_request(_when_again)


def _when_again(response: Response) -> Response:
    """Say in how many seconds whoever was too fast may try again."""
    limit = limiter.current_limit
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and limit is not None:
        response.headers["Retry-After"] = str(
            max(1, math.ceil(limit.reset_at - clock.now().timestamp()))
        )
    return response
