"""The key of what somebody chooses in this browser: in a cookie, and nowhere else.

One per vote, sent by the browser to the pages of that vote alone, unreadable for scripts. Whoever
loses it (another browser, cookies deleted) chooses again. It is never stored nor logged.
"""

from typing import Any

from flask import Response, after_this_request, g, request, url_for

from participa.budgets.services import sealing
from participa.core.web import actor, request_app

COOKIE = "papeleta"
LASTS = 30 * 24 * 3600
"""Seconds: until the reminders that a vote was not sent, and not for ever."""


def _path() -> str:
    return url_for("budgets.index", process=g.process.slug, component=g.component.key)


def _given() -> str:
    return request.cookies.get(COOKIE, "")


def kept() -> str:
    """Return this browser's key; where it has none, make one that the answer brings along."""
    key = _given()
    if sealing.is_key(key):
        return key
    key = sealing.new_key()

    @after_this_request
    def _bring(response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            key,
            max_age=LASTS,
            path=_path(),
            secure=bool(request_app().config["SESSION_COOKIE_SECURE"]),
            httponly=True,
            samesite="Lax",
        )
        return response

    return key


def drop() -> None:
    """Let this browser forget its key: what it opened is gone."""

    @after_this_request
    def _forget(response: Response) -> Response:
        if response.status_code < 400:  # noqa: PLR2004  (else nothing was written)
            response.delete_cookie(COOKIE, path=_path())
        return response


def opened(draft: Any) -> sealing.Choice | None:
    """Return what a draft holds; ``None`` where this browser does not open it."""
    if draft is None:
        return {}
    return sealing.opened(_given(), g.component.id, actor().person_id or 0, draft.sealed)
