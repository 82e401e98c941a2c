"""Browsers that have been signed in to an account: known again by a cookie that names nobody.

The cookie holds a random number of the browser and, for each account that was opened in it, a hash
of both under the installation's key. Without that key it tells nothing, and nobody can make one.
"""

import hmac
import secrets

from flask import Response, current_app, g, request

from participa.core.keyed import hasher

COOKIE = "dispositivo"
LIFETIME = 2 * 365 * 24 * 3600
"""Seconds."""
MOST_ACCOUNTS = 8
"""On a family's telephone; the one opened longest ago is forgotten first."""
LENGTH = 24
"""Hexadecimal digits of a browser's number and of an account's mark."""


def known(login: str) -> str | None:
    """Return the number of this browser if the account was opened in it, else ``None``."""
    number, marks = _read()
    own = _mark(number, login)
    found = [hmac.compare_digest(own, mark) for mark in marks]
    return number if any(found) else None


def remember(response: Response, login: str) -> None:
    """Let the browser be known again for an account that was opened in it."""
    number, marks = _read()
    own = _mark(number, login)
    kept = [own, *(mark for mark in marks if mark != own)][:MOST_ACCOUNTS]
    response.set_cookie(
        COOKIE,
        ".".join([number, *kept]),
        max_age=LIFETIME,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )


def _read() -> tuple[str, list[str]]:
    parts = request.cookies.get(COOKIE, "")[:1000].split(".")
    if all(len(part) == LENGTH and part.isascii() and part.isalnum() for part in parts):
        return parts[0], parts[1 : MOST_ACCOUNTS + 1]
    return secrets.token_hex(LENGTH // 2), []


def _mark(number: str, login: str) -> str:
    keyed = hasher("device", g.organization.id)
    return keyed(f"{number}:{login.strip().lower()[:254]}")[:LENGTH]
