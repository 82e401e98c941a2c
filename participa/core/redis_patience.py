"""How long anything waits for Redis: it is never what something needs to be saved."""

from typing import Any


def patience(seconds: float) -> dict[str, Any]:
    """Return the options of a connection that gives up after ``seconds``, and does not insist."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return {
        "socket_connect_timeout": seconds,
        "socket_timeout": seconds,
        "retry": Retry(NoBackoff(), 0),
    }
