"""Where an unsafe request began: judged by what the browser says; where it says nothing, asked.

Browsers tell it themselves (``Sec-Fetch-Site``, else ``Origin``), so pages hold no tokens. An old
one that tells neither is shown every field of what it sent and asked to send it again, with a
token that is good once, for that session, that address and those fields.
"""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog
from flask import Flask, Response, g, request, session
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column
from werkzeug.datastructures import ImmutableMultiDict

from participa.core import clock
from participa.core.config import Config
from participa.core.db import Base, db
from participa.core.keyed import installation_key
from participa.core.web import CONFIRMATION, SAFE_METHODS, View, error_page, render, request_app

log = structlog.get_logger(__name__)

TOKEN = "again_token"  # noqa: S105  (the name of a field)
LIFETIME = dt.timedelta(hours=1)
PASSWORDS = ("password", "clave", "contrasena", "current")
"""Words in the names of fields that are typed again instead of shown."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_LOGGED = 200
"""Characters of a header."""

Origin = tuple[str, str, int | None]


class UsedToken(Base):
    """A token of the page that asks to send again, used: it is good once."""

    __tablename__ = "used_tokens"

    nonce: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class Begun(Enum):
    """Where an unsafe request began."""

    HERE = "here"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


def any_origin(view: View) -> View:
    """Mark a view that anybody's program may post to: a signed link is its proof."""
    view.any_origin = True  # type: ignore[attr-defined]
    return view


def begun() -> Begun:
    """Return where the request began, as far as the browser says."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return Begun.HERE if site in {"same-origin", "none"} else Begun.ELSEWHERE
    origin = request.headers.get("Origin", "null")
    if origin == "null":
        return Begun.UNKNOWN
    return Begun.HERE if parsed(origin) in allowed() else Begun.ELSEWHERE


def allowed() -> set[Origin | None]:
    """Return the origins of our own pages, as they are configured: ``Host`` is not asked."""
    config: Config = request_app().extensions["participa_config"]
    organization = g.get("organization")
    own = parsed(config.address(organization.host if organization is not None else None))
    if not config.demo or own is None:
        return {own}
    bound, port = request.server or (own[1], own[2])
    return {own, ("http", bound, port), *(("http", name, own[2]) for name in LOOPBACK)}


def parsed(origin: str) -> Origin | None:
    """Return scheme, host and port; ``None`` where there are none."""
    try:
        parts = urlsplit(origin)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def judge() -> Response | None:
    """Let a request pass, refuse it, or ask for it again."""
    view = request_app().view_functions.get(request.endpoint or "")
    if request.method in SAFE_METHODS or view is None or getattr(view, "any_origin", False):
        return None
    where = begun()
    if where is Begun.HERE or (where is Begun.UNKNOWN and _cookie() is None):
        return None
    if where is Begun.UNKNOWN and _spend(request.form.get(TOKEN, "")):
        # No form knows this field.
        request.form = ImmutableMultiDict(_fields(confirmed=True))
        return None
    db.session.rollback()
    answer = _refusal() if where is Begun.ELSEWHERE else _ask_again()
    answer.headers["Cache-Control"] = "private, no-store"
    session.modified = False  # whatever the page read of it stays: this answer sets no cookie
    return answer


def _refusal() -> Response:
    log.warning(
        "request_from_elsewhere",
        rule=str(request.url_rule),
        site=request.headers.get("Sec-Fetch-Site", "")[:LONGEST_LOGGED],
        origin=request.headers.get("Origin", "")[:LONGEST_LOGGED],
    )
    return error_page(
        403,
        _("Esto no se envió desde este sitio"),
        _(
            "No se hizo ningún cambio. Si usted quería hacerlo, abra la página en este sitio y "
            "envíelo desde ahí."
        ),
    )


def _ask_again() -> Response:
    fields = _fields()
    nonce = secrets.token_urlsafe(16)
    return render(
        "ui/resubmit.html",
        400,
        shown=[each for each in fields if not _is_password(each[0])],
        passwords=sorted({name for name, _value in fields if _is_password(name)}),
        files=sorted(set(request.files)),
        action_url=request.full_path.rstrip("?"),
        token=_signer().dumps([nonce, _digest(request.full_path, _bound(fields))]),
        token_name=TOKEN,
    )


def confirmation_token() -> str:
    """Return what the page "are you sure?" holds for a browser that does not say where it is.

    Asked to send again, it could never say yes: that page carries no confirmation.
    """
    if "Sec-Fetch-Site" in request.headers or _cookie() is None:
        return ""
    return str(_signer().dumps([secrets.token_urlsafe(16), _digest(CONFIRMATION)]))


def forget_used() -> None:
    """Delete the used tokens that are too old to be good."""
    db.session().execute(sa.delete(UsedToken).where(UsedToken.expires_at <= clock.now()))


def _spend(token: str) -> bool:
    """Return whether a token is good for this request; it is not good a second time."""
    try:
        nonce, digest = _signer().loads(token, max_age=LIFETIME // dt.timedelta(seconds=1))
    except (BadData, ValueError):
        return False
    good = {_digest(request.full_path, _bound(_fields(confirmed=True)))}
    if request.form.get(CONFIRMATION):
        good.add(_digest(CONFIRMATION))
    if digest not in good:
        return False
    connection = db.session().connection()
    insert = _INSERT[connection.dialect.name](UsedToken).on_conflict_do_nothing()
    values = {"nonce": nonce, "expires_at": clock.now() + LIFETIME}
    made = connection.execute(insert.values(**values).returning(UsedToken.nonce))
    return made.first() is not None


_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def _cookie() -> str | None:
    return request.cookies.get(request_app().config["SESSION_COOKIE_NAME"])


def _fields(*, confirmed: bool = False) -> list[tuple[str, str]]:
    left_out = {TOKEN} if confirmed else {TOKEN, CONFIRMATION}
    return [each for each in request.form.items(multi=True) if each[0] not in left_out]


def _is_password(name: str) -> bool:
    return any(word in name.lower() for word in PASSWORDS)


def _bound(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the fields in an order of their own; line ends are what browsers change."""
    return sorted(
        (name, "\n".join(value.splitlines())) for name, value in fields if not _is_password(name)
    )


def _digest(*what: Any) -> str:
    text = json.dumps([_cookie(), *what])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(installation_key(), salt="send again")


def init_app(app: Flask) -> None:
    """Judge every request. Called last: the page that asks needs the city and the person."""
    app.before_request(judge)
    app.jinja_env.globals["confirmation_token"] = confirmation_token
    app.extensions["participa_jobs"].every("forget_used_tokens", "37", forget_used)
