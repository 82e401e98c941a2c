"""The language of the pages: a cookie, and for people with an account also a choice that stays."""

from flask import Response, abort, g, request
from flask.typing import ResponseReturnValue

from participa.accounts import policy
from participa.accounts.views.site import blueprint
from participa.core.web import page, safe_target, see_other
from participa.organizations.views import LOCALE_COOKIE

A_YEAR = 365 * 24 * 3600


@blueprint.get("/idioma/<code>")
@page(policy.SIGN_IN)
def choose_language(code: str) -> ResponseReturnValue:
    """Show this browser the pages in a language from now on. Writes a cookie, nothing else."""
    if code not in g.organization.locales:
        abort(404)
    return remember(see_other(safe_target(request.args.get("volver"), "/")), code)


def remember(response: Response, code: str) -> Response:
    """Set the language's cookie on a response."""
    response.set_cookie(
        LOCALE_COOKIE, code, max_age=A_YEAR, samesite="Lax", secure=request.is_secure, httponly=True
    )
    return response
