"""Nothing typed is lost on the way to an account: for the form views of every room.

A form view that visitors may post to reads its fields with :func:`kept_fields`::

    form = ProposalForm(kept_fields())

On a POST that is what was posted; on a GET it is what was typed before this sign-in, if anything,
and else nothing, so that the form shows its defaults. Reading does not write: the kept copy goes
away when the form is sent again, or after three days.

What was typed belongs to the sign-in that it began, not to the browser: whoever sits down next at a
shared computer begins another. The pages of signing in carry a nonce from one to the next.
"""

import datetime as dt
import secrets
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
BEGUN_KEY = "begun"
"""In the session: nonce and end of the sign-in that a kept form began, and whose it will be."""
NONCE = "guardado"
"""The nonce in the addresses and forms of the pages of signing in."""
PATIENCE = dt.timedelta(minutes=30)
"""How long a sign-in that began with a kept form may take."""
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


def keep_request() -> tuple[str, str | None]:
    """Keep what is being posted; return the path of its page, and the nonce of its sign-in."""
    path = page_of_form()
    if not has_typed_text():
        return path, None
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not is_secret(name) and name != "confirmado"
    ]
    key = kept_forms.keep(db.session(), path=path, action=request.path, fields=fields)
    if key is None:
        return path, None
    begun = secrets.token_urlsafe(9)
    session[COOKIE_KEY] = key
    session[BEGUN_KEY] = [begun, int((clock.now() + PATIENCE).timestamp()), None]
    return path, begun


def nonce() -> str | None:
    """Return the nonce of this sign-in, for its next page, while it may still take its time."""
    wanted, until, _whose = session.get(BEGUN_KEY, (None, 0, None))
    carried = request.form.get(NONCE) or request.args.get(NONCE)
    if COOKIE_KEY not in session or carried != wanted or clock.now().timestamp() > until:
        return None
    return str(wanted)


def reserve(whose: str) -> None:
    """Leave what was typed to an account: its sign-in goes on from a mail, with no nonce."""
    if nonce() is not None:
        # Another object: the session does not see changes inside of one.
        session[BEGUN_KEY] = [*session[BEGUN_KEY][:2], whose]


def own_key(whose: str) -> str | None:
    """Return the key of what was typed, if the sign-in of an account is the one that it began."""
    begun = session.get(BEGUN_KEY)
    if begun is not None and (nonce() is not None or begun[2] == whose):
        return cast("str | None", session.get(COOKIE_KEY))
    return None


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
