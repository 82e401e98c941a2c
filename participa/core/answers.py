"""What every answer carries, and how it travels: headers for safety, text compressed."""

import gzip

from flask import Response, g, request

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
MINIMUM_TO_COMPRESS = 1000
"""Bytes: below this, compressing costs more than it saves."""
ALWAYS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(self), interest-cohort=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
"""Headers of every answer that does not set them itself."""


def add_headers(response: Response) -> Response:
    """Say what a browser may do with the answer, where the view has not said it."""
    headers = response.headers
    given = {name.lower() for name, _value in headers}
    headers.extend([each for each in ALWAYS if each[0].lower() not in given])
    headers["X-Request-ID"] = g.get("request_id", "")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if "cache-control" not in given:
        signed_in = g.get("actor") is not None and g.actor.is_signed_in
        headers["Cache-Control"] = "private, no-store" if signed_in else "private, no-cache"
    return response


def compress(response: Response) -> Response:
    """Compress text for browsers that take it: data costs people money."""
    if (
        response.direct_passthrough
        or response.status_code not in {200, 400, 403, 404, 409, 422}
        or "Content-Encoding" in response.headers
        or response.is_streamed
        or "gzip" not in request.headers.get("Accept-Encoding", "")
        or not (
            (response.mimetype or "").startswith("text/")
            or (response.mimetype or "").endswith(("json", "xml"))
        )
    ):
        return response
    body = response.get_data()
    if len(body) < MINIMUM_TO_COMPRESS:
        return response
    response.set_data(gzip.compress(body, 5))
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    return response
