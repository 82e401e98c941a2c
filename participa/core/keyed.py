"""Keyed hashes: what is kept of a text that must not be kept.

Only this installation can compute them again, with its secret key; whoever takes the database alone
cannot try all document numbers or telephones. They are lost with the key: back it up.
"""

import hashlib
import hmac
from collections.abc import Callable

from flask import current_app


def installation_key() -> str:
    """Return the installation's secret key, from which every other key is derived."""
    return str(current_app.config["SECRET_KEY"])


def hasher(purpose: str, *context: int | str) -> Callable[[str], str]:
    """Return a function from a text to 64 hexadecimal digits (HMAC-SHA256).

    The same text has another hash for another ``purpose`` or ``context`` (an organization's id).
    """
    secret = installation_key()
    label = "\x1f".join((purpose, *map(str, context)))
    key = hmac.new(secret.encode(), label.encode(), hashlib.sha256).digest()
    base = hmac.new(key, digestmod=hashlib.sha256)

    def keyed(text: str) -> str:
        one = base.copy()
        one.update(text.encode())
        return one.hexdigest()

    return keyed
