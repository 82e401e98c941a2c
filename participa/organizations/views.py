"""Binding a request to its organization, and the organization's own public files."""

from flask import Blueprint, Flask, Response, abort, g, request

from participa.core.db import bind_to_organization, db
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.web import is_unbound, page
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
    organization = queries.by_host(session, request.host.partition(":")[0])
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
