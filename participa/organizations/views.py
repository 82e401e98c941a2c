"""Binding a request to its organization, and the organization's own public files."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, g, jsonify, request

from participa.core import seals
from participa.core.db import bind_to_organization, db, once_more
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.web import is_unbound, page, render
from participa.organizations import colours, policy, queries

blueprint = Blueprint("organizations", __name__, template_folder="templates")

LOCALE_COOKIE = "idioma"
FOREVER = "public, max-age=31536000, immutable"
DARK_GROUND = "#262420"
"""The lightest of the dark grounds of the stylesheet (--sunk): an accent is lightened until it can
be read on it, and so on all of them."""


def bind_request() -> None:
    """Find the organization that answers this host and bind session, zone and currency to it."""
    if is_unbound():
        return
    session = db.session()
    host = request.host.partition(":")[0]
    organization = once_more(session, lambda: queries.by_host(session, host))
    bind_to_organization(session, organization.id)
    use(organization)


def use(organization: queries.OrganizationView) -> None:
    """Make an organization the one that texts, dates and policy speak about."""
    g.organization = g.scope = organization
    g.time_zone = organization.zone
    g.currency = organization.currency
    g.territory_locale = organization.territory_locale


def choose_locale() -> str | None:
    """Return the reader's language: chosen, the person's, the browser's or the city's."""
    if "mail_locale" in g:
        return str(g.mail_locale)
    organization = g.get("organization")
    offered = organization.locales if organization else tuple(SUPPORTED_LOCALES)
    chosen = request.cookies.get(LOCALE_COOKIE) if request else None
    if chosen in offered:
        return chosen
    actor = g.get("actor")
    if actor is not None and actor.is_signed_in and actor.locale in offered:
        return str(actor.locale)
    if request:
        return request.accept_languages.best_match(offered) or (
            organization.locale if organization else None
        )
    return organization.locale if organization else None


@blueprint.get("/entidad/logo-<digest>.png")
@page(policy.VIEW)
def logo(digest: str) -> Response:
    """The organization's logo, under its own digest so that it can be kept for a year."""
    image = queries.logo(db.session(), g.organization.id)
    if image is None or digest != g.organization.logo_digest:
        abort(404)
    return Response(image, mimetype="image/png", headers={"Cache-Control": FOREVER})


@blueprint.get("/entidad/color-<accent>.css")
@page(policy.VIEW)
def accent(accent: str) -> Response:
    """The organization's accent colour, for light and for dark."""
    colour = g.organization.accent
    if accent != colour.lstrip("#"):
        abort(404)
    dark = colours.lightened(colour, DARK_GROUND)
    css = (
        f":root{{--accent:{colour};--accent-ink:#fff}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{dark};--accent-ink:#111}}}}"
    )
    return Response(css, mimetype="text/css", headers={"Cache-Control": FOREVER})


TENS = 10


def _published(seal: seals.FactSeal) -> dict[str, Any]:
    """Return what is public of the newest seal.

    Of how many facts there are only the tens: each vote is one, and while a vote is open nobody
    may learn from a counter that somebody has just voted.
    """
    return {
        "entidad": g.organization.slug,
        "sello": seal.number,
        "hash": seal.hash,
        "fecha": seal.made_at.isoformat(timespec="seconds"),
        "hechos_al_menos": seal.total - seal.total % TENS,
    }


@blueprint.get("/entidad/sello")
@page(policy.VIEW)
def seal() -> Any:
    """The newest seal of the facts, for anybody to keep: who holds it can tell a later rewrite."""
    newest = seals.newest(db.session(), g.organization.id)
    return render(
        "organizations/seal.html", seal=newest, shown=_published(newest) if newest else None
    )


@blueprint.get("/entidad/sello.json")
@page(policy.VIEW)
def seal_json() -> Any:
    """The newest seal, for machines; ``null`` before the first."""
    newest = seals.newest(db.session(), g.organization.id)
    return jsonify(_published(newest) if newest else None)


@blueprint.get("/robots.txt")
@page(policy.VIEW)
def robots() -> Response:
    """Tell crawlers what is public: everything but accounts, staff pages and endless filters."""
    closed = (
        "/cuenta",
        "/gestion",
        "/entrar",
        "/registro",
        "/avisos",
        "/buzon",
        "/idioma/",
        "/vista-previa/",
    )
    rules = "".join(f"Disallow: {path}\n" for path in closed)
    return Response(f"User-agent: *\n{rules}Disallow: /*?*desde=\n", mimetype="text/plain")


def init_app(app: Flask) -> None:
    """Bind every request before anything else of the rooms runs."""
    app.before_request(bind_request)
    app.context_processor(lambda: {"organization": g.get("organization")})
