"""Who is behind a request: Flask-Login at the edge, our own table of sessions behind it."""

from dataclasses import replace
from http.client import BAD_REQUEST

from flask import Flask, Response, g, request, session
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user, login_user

from participa.accounts import kept_forms, queries
from participa.accounts.services import sessions
from participa.core import clock
from participa.core.db import db
from participa.core.policy import Actor
from participa.core.web import SAFE_METHODS, is_unbound

login_manager = LoginManager()
login_manager.session_protection = None  # addresses change on mobile networks; the token is ours


class User(UserMixin):
    """Flask-Login's view of a signed-in person: the session's token is its id."""

    def __init__(self, token: str, signed_in: queries.SignedIn) -> None:
        self.token = token
        self.session_id = signed_in.session_id
        self.seen_at = signed_in.seen_at
        self.actor = signed_in.actor

    def get_id(self) -> str:
        return self.token


class Visitor(AnonymousUserMixin):
    """Somebody who has not signed in."""

    @property
    def actor(self) -> Actor:
        """An actor that holds only the visitor's role."""
        return Actor(organization_id=g.organization.id)


def previewed_processes() -> frozenset[int]:
    """Return the unpublished processes that this browser's preview links still let it read."""
    now = clock.now().timestamp()
    previews = session.get("previews", ())
    return frozenset(process for process, until, _link in previews if until > now)


@login_manager.user_loader
def _load(token: str) -> "User | None":
    if "organization" not in g:  # the page of an error that came before the city was known
        return None
    found = queries.signed_in(db.session(), g.organization, token, clock.now())
    return User(token, found) if found is not None else None


def bind_request() -> None:
    """Find out who asks, once per request, and keep it as ``g.actor``."""
    if not is_unbound():
        actor = current_user.actor
        g.actor = (
            replace(actor, preview_processes=previews)
            if (previews := previewed_processes())
            else actor
        )


def note_use(response: Response) -> Response:
    """Note at the end of what somebody did that the session is in use: with the change itself."""
    actor = g.get("actor")
    if (
        actor is not None
        and actor.is_signed_in
        and request.method not in SAFE_METHODS
        and response.status_code < BAD_REQUEST
        and sessions.seen(db.session(), current_user.session_id, current_user.seen_at)
    ):
        session.modified = True
    return response


KEPT_THROUGH_SIGN_IN = ("previews", kept_forms.COOKIE_KEY)


def enter(token: str) -> None:
    """Sign this browser in with the token of a new session; whatever its cookie held before goes.

    A cookie that somebody planted in the browser is worth nothing after this.
    """
    kept = {name: session[name] for name in KEPT_THROUGH_SIGN_IN if name in session}
    session.clear()
    session.update(kept)
    session.permanent = True
    user = _load(token)
    if user is not None:
        login_user(user)
        g.actor = user.actor


def leave() -> None:
    """Forget everything that this browser's cookie held."""
    session.clear()
    g.pop("_login_user", None)
    g.actor = Visitor().actor


def init_app(app: Flask) -> None:
    """Install Flask-Login and bind every request to its actor."""
    login_manager.anonymous_user = Visitor
    login_manager.init_app(app)
    app.before_request(bind_request)
    app.after_request(kept_forms.forget_sent)
    app.after_request(note_use)
    app.context_processor(lambda: {"actor": g.get("actor")})
