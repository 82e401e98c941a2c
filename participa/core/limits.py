"""Rate limits: generous per address (many citizens share one), tight per account and target."""

import ipaddress
import math
import re
import threading
import time
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItem
from limits.storage import Storage, storage_from_string

from participa.core import clock, faults
from participa.core.config import Config
from participa.core.metrics import limits_shared
from participa.core.redis_patience import patience

NAT_VERSION = 4
"""Of IPv4, many people share one address."""
REDIS_SECONDS = 0.5
"""How long Redis may take for an answer: people wait for it."""
AWAY = 10.0
"""Seconds after which a Redis that did not answer is asked again."""
SWEEP = 60.0
"""Seconds between two searches for counts that are over."""

MINUTE = 60
MINUTES_TOLD = 90
"""Above, the wait is told in hours."""


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


class SharedCounts(Storage):
    """Counts in Redis, for all processes together; while it is away, in this process.

    An attacker then has as many attempts as there are processes; without them nobody could vote.
    """

    STORAGE_SCHEME = ["shared"]

    def __init__(self, uri: str | None = None, *, address: str, **options: Any) -> None:
        super().__init__(uri, **options)
        self._shared = storage_from_string(address, **patience(REDIS_SECONDS))
        self._own = ProcessMemory()
        self._away_until = 0.0
        limits_shared.set(1)

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        return self._shared.base_exceptions

    @property
    def is_shared(self) -> bool:
        """Whether Redis answered when it was last asked."""
        return self._away_until == 0

    def _ask(self, name: str, *given: Any) -> Any:
        now = time.monotonic()
        if now >= self._away_until:
            if self._away_until:
                self._away_until = now + AWAY  # one asks for all
            try:
                found = getattr(self._shared, name)(*given)
            except self.base_exceptions as error:
                self._away_until = now + AWAY
                limits_shared.set(0)
                faults.throttle.warn("limits_not_shared", reason=type(error).__name__)
            else:
                if self._away_until:
                    self._away_until = 0.0
                    limits_shared.set(1)
                    faults.throttle.warn("limits_shared_again")
                return found
        return getattr(self._own, name)(*given)

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        return int(self._ask("incr", key, expiry, amount))

    def get(self, key: str) -> int:
        return int(self._ask("get", key))

    def get_expiry(self, key: str) -> float:
        return float(self._ask("get_expiry", key))

    def check(self) -> bool:
        return bool(self._ask("check"))

    def reset(self) -> int | None:
        self._own.reset()
        number: int | None = self._ask("reset")
        return number

    def clear(self, key: str) -> None:
        self._ask("clear", key)


def are_shared() -> bool:
    """Return whether limits are counted where they are meant to be."""
    storage = limiter.storage
    return storage.is_shared if isinstance(storage, SharedCounts) else True


def by_address() -> str:
    """Return the visitor's network address as the limits' key.

    Of IPv6 the first 56 bits, as one subscriber holds all that follow.
    """
    address = _address()
    if address is None or address.version == NAT_VERSION:
        return f"address:{address}"
    return f"address:{network()}"


def network() -> str:
    """Return the network that the visitor is in: a /24 of IPv4, a /56 of IPv6."""
    address = _address()
    if address is None:
        return "nowhere"
    bits = 24 if address.version == NAT_VERSION else 56
    return str(ipaddress.ip_network((address, bits), strict=False))


def _address() -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(get_remote_address())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


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
    app.config["RATELIMIT_STORAGE_URI"] = "shared://" if address else "process://"
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"address": address} if address else {}
    app.config["RATELIMIT_STRATEGY"] = "fixed-window"
    limiter.init_app(app)
    app.after_request(_retry_after)


def hit(item: RateLimitItem, *names: str) -> bool:
    """Count one attempt; return whether it is within the limit, and remember for how long not."""
    if limiter.limiter.hit(item, *names):
        return True
    ends = limiter.limiter.get_window_stats(item, *names).reset_time
    g.refused_until = max(g.get("refused_until", 0.0), ends)
    return False


def seconds_refused() -> int | None:
    """Return in how many seconds the window that refused this request is over, or ``None``."""
    until: float = g.get("refused_until", 0.0)
    limit = limiter.current_limit
    if limit is not None and limit.breached:
        until = max(until, limit.reset_at)
    return max(1, math.ceil(until - clock.now().timestamp())) if until else None


def when_again() -> str:
    """Return the sentence that says when whoever was refused may come back."""
    seconds = seconds_refused()
    if seconds is None:
        return str(_("Espere un momento y pruebe de nuevo."))
    minutes = math.ceil(seconds / 60)
    if seconds < MINUTE:
        sentence = ngettext(
            "Pruebe de nuevo en %(num)s segundo.", "Pruebe de nuevo en %(num)s segundos.", seconds
        )
    elif minutes <= MINUTES_TOLD:
        sentence = ngettext(
            "Pruebe de nuevo en %(num)s minuto.", "Pruebe de nuevo en %(num)s minutos.", minutes
        )
    else:
        hours = math.ceil(minutes / 60)
        sentence = ngettext(
            "Pruebe de nuevo en %(num)s hora.", "Pruebe de nuevo en %(num)s horas.", hours
        )
    return str(sentence)


def _retry_after(response: Response) -> Response:
    """Say in how many seconds whoever was too fast may try again."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and (seconds := seconds_refused()):
        response.headers["Retry-After"] = str(seconds)
    return response
