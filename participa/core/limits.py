"""Rate limits: generous per address (many citizens share one), tight per account and target."""

from flask import Flask, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from participa.core.config import Config


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


limiter = Limiter(key_func=by_account, default_limits_per_method=True, headers_enabled=False)


def init_app(app: Flask, config: Config) -> None:
    """Count in Redis where configured, else in the memory of this process."""
    app.config["RATELIMIT_STORAGE_URI"] = config.redis_url or "memory://"
    app.config["RATELIMIT_STRATEGY"] = "fixed-window"
    limiter.init_app(app)
