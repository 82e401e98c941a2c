"""Nothing typed is lost on the way to an account: for the form views of every room.

A form view that visitors may post to reads its fields with :func:`kept_fields`::

    form = ProposalForm(kept_fields())

On a POST that is what was posted; on a GET it is what this browser had typed before it had to sign
in, if anything, and else nothing, so that the form shows its defaults. Reading does not write: the
kept copy goes away when the form is sent again, or after three days.
"""

from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Response, g, request, session
from werkzeug.datastructures import CombinedMultiDict, MultiDict

from participa.accounts.queries import keys
from participa.accounts.services import kept_forms
from participa.core import clock
from participa.core.db import db
from participa.core.web import SAFE_METHODS, is_secret, request_app, safe_target

COOKIE_KEY = "kept"
PRESSED_KEY = "pressed"
"""In the session: the page on which a visitor pressed a button that asks for an account."""
BAD_REQUEST = HTTPStatus.BAD_REQUEST
WRITTEN_BY_THE_PAGE = frozenset({"on", "volver", "confirmado", "submission"})
"""Fields that hold nothing that anybody typed."""


def kept_fields(
    action: str | None = None,
) -> MultiDict[str, Any] | None:
    """Return the fields for a form: posted now, or kept from before sign-in; ``None`` for neither.

    ``action`` is the address that the form posts to, where it is not the page's own and the page
    has several forms.
    """
    if request.method not in SAFE_METHODS:
        return CombinedMultiDict([cast("Any", request.files), request.form])
    key = session.get(COOKIE_KEY)
    actor = g.get("actor")
    if key is None or actor is None or not actor.is_signed_in:
        return None
    kept = keys.kept_form(db.session(), key, clock.now())
    if kept is None:
        return None
    if kept.action != action if action is not None else urlsplit(kept.path).path != request.path:
        return None
    return MultiDict([(name, value) for name, value in kept.fields])


def keep_request() -> str:
    """Keep what is being posted and return the path of the page it was typed on."""
    path = page_of_form()
    if not has_typed_text():
        return path
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not is_secret(name) and name != "confirmado"
    ]
    if fields:
        key = kept_forms.keep(db.session(), path=path, action=request.path, fields=fields)
        if key is not None:
            session[COOKIE_KEY] = key
    return path


def has_typed_text() -> bool:
    """Return whether the posted form holds words of the person's, not only a pressed button."""
    return any(
        value.strip() and name not in WRITTEN_BY_THE_PAGE and not is_secret(name)
        for name, value in request.form.items(multi=True)
    )


def page_of_form() -> str:
    """Return the page of this site that the posted form is on, as a path with its query.

    The form may say where it leads back to (``volver``); else it is the page it was sent from.
    """
    asked = safe_target(request.form.get("volver"), "")
    if asked:
        return asked
    try:
        came_from = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    except ValueError:
        came_from = urlsplit("")
    if came_from.netloc == request.host:
        target = came_from.path + (f"?{came_from.query}" if came_from.query else "")
        return safe_target(target, "/")
    matcher = request_app().create_url_adapter(request)
    own = request.full_path.rstrip("?")
    return (
        safe_target(own, "/") if matcher is not None and matcher.test(request.path, "GET") else "/"
    )


def forget_sent(response: Response) -> Response:
    """After a POST that was taken: forget the kept copy of the very form that was sent."""
    key = session.get(COOKIE_KEY)
    if key is None or request.method in SAFE_METHODS or response.status_code >= BAD_REQUEST:
        return response
    actor = g.get("actor")
    if actor is not None and actor.is_signed_in:
        kept = keys.kept_form(db.session(), key, clock.now())
        if kept is None or kept.action == request.path:
            kept_forms.forget(db.session(), key)
            session.pop(COOKIE_KEY, None)
    return response
