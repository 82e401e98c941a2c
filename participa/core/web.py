"""The request: its id, its transaction, its door, its headers, and its errors."""

import re
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from http.client import BAD_REQUEST, INTERNAL_SERVER_ERROR
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, SQLAlchemyError
from werkzeug.exceptions import HTTPException

from participa.core import answers, clock, faults, templates
from participa.core.config import Config
from participa.core.db import db
from participa.core.error_titles import titles
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.metrics import database_faults
from participa.core.policy import Action, Actor, Denial, Denied, authorize, can, denial
from participa.core.sanitize import trusted

log = structlog.get_logger(__name__)

CONFIRMATION = "confirmado"
"""The field that says «I am sure»: whoever sends again is asked again."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])

LONGEST_TARGET = 2000
"""Characters of an address to come back to."""


def actor() -> Actor:
    """Return who makes the request."""
    return cast("Actor", g.actor)


def scope() -> Any:
    """Return where the request happens: its component, else its process, else its organization."""
    return g.scope


def page(action: Action) -> Callable[[View], View]:
    """Put an action at a view's door. Every route has one; a test proves it.

    The door asks about the place only; whatever depends on the item is asked by the service again,
    under its lock.
    """

    def decorate(view: View) -> View:
        at_the_door = replace(action, checks=())

        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            authorize(at_the_door, g.actor, g.scope, at=clock.moment())
            g.is_inside = True
            return cast("ResponseReturnValue", view(*args, **kwargs))

        guarded.action = action  # type: ignore[attr-defined]
        return cast("View", guarded)

    return decorate


def unbound(view: View) -> View:
    """Mark a view that serves every organization alike (static files, health)."""
    view.unbound = True  # type: ignore[attr-defined]
    return view


def is_unbound() -> bool:
    """Return whether the current request is for an :func:`unbound` view."""
    view = request_app().view_functions.get(request.endpoint or "")
    return getattr(view, "unbound", False)


def request_app() -> Flask:
    """Return the app that serves the current request."""
    return cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001


def is_partial() -> bool:
    """Return whether the page asked for a fragment (htmx), not for a whole page."""
    return request.headers.get("HX-Request") == "true"


def safe_target(target: str | None, default: str) -> str:
    """Return ``target`` when it is a path of this site, else ``default``: no open redirects."""
    if (
        not target
        or len(target) > LONGEST_TARGET
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
    ):
        return default
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or re.search(r"[\x00-\x1f\\]", target):
        return default
    return target


SECRET_FIELDS = (
    *("password", "clave", "contrasena", "current", "code", "codigo", "token"),
    *("document_number", "papeleta", "telefono"),
)
"""Words in the names of posted fields that are never shown again nor kept."""


def is_secret(field: str) -> bool:
    """Return whether a posted field may hold a password, a code, a document number, a ballot."""
    return any(word in field.lower() for word in SECRET_FIELDS)


def see_other(target: str) -> Response:
    """Send the browser to another page after a POST."""
    return cast("Response", redirect(target, 303))


def not_found() -> Any:
    """Stop with 404."""
    abort(404)


def render(template: str, status: int = 200, **values: Any) -> Response:
    """Render a template into a response with a status."""
    shown = templates.template(request_app(), template)
    response = make_response(render_template(shown, status=status, **values))
    response.status_code = status
    return response


# --- errors -------------------------------------------------------------------------------------


def error_page(status: int, title: str, sentence: Any, actions: Any = ()) -> Response:
    """Render the error page: what happened and what one can do."""
    return render("ui/error.html", status, title=title, sentence=sentence, actions=actions)


def _on_http_error(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < BAD_REQUEST:
        return error.get_response()
    cause = getattr(error, "original_exception", None)
    if (
        cause is not None and faults.kind(cause) is not None
    ):  # after the view: where nobody else looks
        return unavailable(cause)
    db.session.rollback()
    known = titles()
    title, sentence = known.get(
        status, known[500 if status >= INTERNAL_SERVER_ERROR else BAD_REQUEST]
    )
    return error_page(status, title, sentence)


def _on_denied(error: Denied) -> ResponseReturnValue:
    db.session.rollback()
    refused = error.denial
    invitation = request_app().extensions["participa_invitations"].get(refused.invite)
    if refused.invite == "sign_in" and invitation is not None:
        answer: ResponseReturnValue = invitation()
        return answer
    if error.steps:
        return render(
            "ui/steps.html",
            refused.status,
            what=str(error.label),
            steps=[{"denial": each, "button": way_out(each)} for each in error.steps],
        )
    title = titles().get(refused.status, titles()[403])[0]
    offered = way_out(refused)
    return error_page(refused.status, title, refused.message, [offered] if offered else [])


def way_out(refused: Denial) -> dict[str, Any] | None:
    """Return the button of what a refusal invites to, or ``None``.

    ``label`` and ``url``, and ``sentence`` where more is known than the refusal says.
    """
    invitation = request_app().extensions["participa_invitations"].get(refused.invite)
    offered: dict[str, Any] | None = invitation.button(refused) if invitation is not None else None
    return offered


def _on_missing(_error: Missing) -> ResponseReturnValue:
    db.session.rollback()
    title, sentence = titles()[404]
    return error_page(404, title, sentence)


def _on_conflict(error: Conflict) -> ResponseReturnValue:
    db.session.rollback()
    return error_page(409, titles()[409][0], error.message)


def _on_invalid(error: Invalid) -> ResponseReturnValue:
    db.session.rollback()
    sentences = " ".join(str(problem.message) for problem in error.problems)
    return error_page(422, titles()[422][0], sentences)


def _on_bad_data(error: DataError) -> ResponseReturnValue:
    """Answer what no database could store or look for, such as a NUL, as what it is: bad input."""
    db.session.rollback()
    log.warning("unstorable_input", rule=str(request.url_rule), error=type(error.orig).__name__)
    return error_page(400, *titles()[400])


def _on_database_error(error: SQLAlchemyError) -> ResponseReturnValue:
    return _on_crash(error) if faults.kind(error) is None else unavailable(error)


def unavailable(error: BaseException) -> Response:
    """Answer 503: the database is busy, away or full, and whoever asked may ask again.

    Asks nothing of the database. What was typed is there to be sent again, for who has passed the
    door: a request that nobody has judged yet is not offered to anybody.
    """
    with suppress(SQLAlchemyError):
        db.session.rollback()
    reason = faults.kind(error) or "unknown"
    faults.writes.failed(reason)
    faults.throttle.warn("database_unavailable", reason=reason)
    database_faults.labels(reason).inc()
    title, sentence = titles()[503]
    g.is_database_away = True
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if not is_secret(name) and name != CONFIRMATION
    ]
    try:
        answer = render(
            "ui/unavailable.html",
            503,
            title=title,
            sentence=sentence,
            may_send_again=request.method not in SAFE_METHODS and "is_inside" in g,
            fields=fields,
            action_url=request.full_path.rstrip("?"),
        )
    except Exception:  # noqa: BLE001  (the page itself may need what is away)
        answer = Response(f"{title}. {sentence}", 503, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Retry-After"] = str(faults.RETRY_AFTER)
    return answer


def _on_crash(error: Exception) -> ResponseReturnValue:
    db.session.rollback()
    # The rule, not the path: a path may hold a secret.
    log.error("request_failed", rule=str(request.url_rule), exc_info=error)
    title, sentence = titles()[500]
    try:
        return error_page(500, title, sentence)
    except Exception:  # noqa: BLE001  (the page itself may need what is broken)
        return Response(f"{title}. {sentence}", 500, content_type="text/plain; charset=utf-8")


# --- the pipeline -------------------------------------------------------------------------------


def _begin() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if re.fullmatch(r"[A-Za-z0-9-]{8,36}", given) else str(uuid.uuid4())
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    db.session().info["read_only"] = True  # where it is and who asks is read by all
    if request.is_json and not request.path.startswith("/api/"):
        # A form's library would read it as fields, whatever it holds and however deep.
        abort(400)
    if "\x00" in request.path:
        abort(404)
    if any("\x00" in part for pair in request.args.items(multi=True) for part in pair):
        abort(400)


def begin_writing() -> None:
    """End what was read to know where and who; what follows may write.

    The write itself begins with the view's first statement: on SQLite, where there is one writer
    at a time, the others wait from there to the end of the request.
    """
    if request.method in SAFE_METHODS:
        return
    session = db.session()
    session.close()
    # To its end, with nothing open: whoever sends slowly, or stops half-way, holds nothing that
    # another one waits for.
    request.form  # noqa: B018  (reading it is what matters)
    session.info["read_only"] = False


def _finish(response: Response) -> Response:
    """Commit what the view did, or undo it when it ended in an error."""
    if db.session.registry.has() and not db.session().info.get("read_only"):
        if response.status_code >= BAD_REQUEST:
            with suppress(SQLAlchemyError):  # a connection that is gone has nothing to undo
                db.session.rollback()
            return response
        wrote = db.session().in_transaction()
        try:
            db.session.commit()
        except SQLAlchemyError as error:
            if faults.kind(error) is None:
                raise
            return unavailable(error)
        if wrote:
            faults.writes.succeeded()
    return response


def init_app(app: Flask) -> None:
    """Install the pipeline. ``after_request`` functions run last-installed first."""
    app.extensions["participa_invitations"] = {}
    app.before_request(_begin)
    app.after_request(answers.compress)
    app.after_request(answers.add_headers)
    app.after_request(_finish)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Denied, _on_denied)
    app.register_error_handler(Missing, _on_missing)
    app.register_error_handler(Conflict, _on_conflict)
    app.register_error_handler(Invalid, _on_invalid)
    app.register_error_handler(DataError, _on_bad_data)
    app.register_error_handler(SQLAlchemyError, _on_database_error)
    if not app.config.get("DEBUG"):
        app.register_error_handler(Exception, _on_crash)
    app.jinja_env.filters["stored_html"] = trusted
    app.jinja_env.globals.update(
        can=lambda action, item=None, where=None: can(
            action, g.actor, where or g.scope, item, at=clock.moment()
        ),
        denial=lambda action, item=None, where=None: denial(
            action, g.actor, where or g.scope, item, at=clock.moment()
        ),
        now=clock.now,
        moment=clock.moment,
        way_out=way_out,
    )


def absolute(endpoint: str, **values: Any) -> str:
    """Return the public address of a page, for mails and for machines."""
    organization = g.get("organization")
    host = organization.host if organization is not None else None
    config: Config = request_app().extensions["participa_config"]
    return config.address(host) + url_for(endpoint, **values)
