"""The proxies in front of the server: whose word on the visitor's address is taken."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import structlog
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from participa.core.config import Config

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger(__name__)


class Unread:
    """An application behind a proxy that nobody told it of: says so once, in the log.

    To such an application the whole city has one address, the proxy's, and shares its limits.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._has_told = False

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if not self._has_told and "HTTP_X_FORWARDED_FOR" in environ:
            self._has_told = True
            log.warning(
                "forwarded_address_unread",
                why="X-Forwarded-For arrives and PARTICIPA_PROXY_HOPS is 0: everybody behind the "
                "proxy shares one address and its limits",
            )
        return self._application(environ, start_response)


def init_app(app: Flask, config: Config) -> None:
    """Believe as many proxies as are configured; none unless told so, since anybody can lie."""
    hops = config.proxy_hops
    app.wsgi_app = (  # type: ignore[method-assign]
        ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        if hops
        else Unread(app.wsgi_app)
    )
