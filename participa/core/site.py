"""The application object: its templates, its addresses, and the hosts that it answers."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, g
from flask.globals import _cv_request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import IntegerConverter, Map

from participa.core import templates

View = TypeVar("View", bound=Callable[..., Any])

LONGEST_HOST = 260
MOST_ADDRESSES = 5000


class RowConverter(IntegerConverter):
    """A row's id in an address: what no database could hold is a page that does not exist."""

    def __init__(self, url_map: Map, **options: Any) -> None:
        super().__init__(url_map, **{"max": 2**63 - 1, **options})


class _Sessions(SecureCookieSessionInterface):
    """Flask's signed cookie; what signs it is made once per secret, not twice per request."""

    def __init__(self) -> None:
        self._made: tuple[Any, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        secrets = app.secret_key, *(app.config["SECRET_KEY_FALLBACKS"] or ())
        made_for, made = self._made
        if made is None or made_for != secrets:
            made = super().get_signing_serializer(app)
            self._made = secrets, made
        return made


class Site(Flask):
    """Flask with our templates, which need not ask each hook whether it is asynchronous."""

    jinja_environment = templates.Templates

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._addresses: dict[tuple[Any, ...], str] = {}
        self.session_interface = _Sessions()
        self.url_map.converters["int"] = RowConverter
        self.wsgi_app = _without_broken_hosts(self.wsgi_app)  # type: ignore[method-assign]

    def ensure_sync(self, func: View) -> View:
        return func

    def url_for(self, endpoint: str, /, **values: Any) -> str:  # type: ignore[override]
        """Return an address as Flask does, but build each only once: pages repeat dozens.

        ``g.place`` is whatever the functions of ``url_defaults`` go by.
        """
        root = script_root()
        plain = all(type(each) in {str, int} for each in values.values())
        if not plain or root is None or endpoint.startswith("."):
            return super().url_for(endpoint, **values)
        key = root, g.get("place"), endpoint, *values.items()
        found = self._addresses.get(key)
        if found is None:
            if len(self._addresses) >= MOST_ADDRESSES:
                self._addresses.clear()
            found = self._addresses[key] = super().url_for(endpoint, **values)
        return found


def script_root() -> str | None:
    """Return the path that the site is under, of the page being written; ``None`` outside of one.

    Asked dozens of times per page: without the proxies.
    """
    context = _cv_request.get(None)
    return None if context is None else context.request.script_root


_HOST = re.compile(
    r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?(?::\d{1,5})?|\[[0-9a-f:.]{2,45}\](?::\d{1,5})?",
    re.IGNORECASE,
)


def _without_broken_hosts(inner: Any) -> Any:
    """Answer a request whose host is no host name: Flask could not even route it."""

    def answer(environ: dict[str, Any], start_response: Any) -> Any:
        host = environ.get("HTTP_HOST", "localhost")
        if len(host) <= LONGEST_HOST and _HOST.fullmatch(host):
            return inner(environ, start_response)
        refusal = Response("400\n", 400, content_type="text/plain; charset=utf-8")
        refusal.headers["X-Content-Type-Options"] = "nosniff"
        return refusal(environ, start_response)

    return answer
