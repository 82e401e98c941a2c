"""The composition root: names every room, and puts them together into one Flask app."""

from importlib.metadata import entry_points
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, g, request, url_for
from flask_babel import gettext as _

from participa import ui
from participa.accounts.room import ROOM as ACCOUNTS
from participa.admin.room import ROOM as ADMIN
from participa.budgets.component import COMPONENT as BUDGETS
from participa.comments.room import ROOM as COMMENTS
from participa.contributions.room import ROOM as CONTRIBUTIONS
from participa.core import (
    db,
    engines,
    health,
    i18n,
    jobs,
    limits,
    logs,
    mail,
    origin,
    private_files,
    proxies,
    site,
    smtp,
    web,
)
from participa.core.config import Config, from_environment
from participa.core.keyed import hasher
from participa.core.registry import Room, registry
from participa.demo import mailbox
from participa.moderation.room import ROOM as MODERATION
from participa.notifications.room import ROOM as NOTIFICATIONS
from participa.notifications.views import unread_count
from participa.organizations.room import ROOM as ORGANIZATIONS
from participa.organizations.views import choose_locale
from participa.processes.binding import ComponentConverter
from participa.processes.room import ROOM as PROCESSES
from participa.proposals.component import COMPONENT as PROPOSALS

ROOMS: tuple[Room, ...] = (
    ORGANIZATIONS,
    ACCOUNTS,
    PROCESSES,
    CONTRIBUTIONS,
    COMMENTS,
    MODERATION,
    NOTIFICATIONS,
    PROPOSALS,
    BUDGETS,
    ADMIN,
)
"""Every room of the product, in the order in which a request meets them."""

ENTRY_POINTS = "participa.components"


def third_party_rooms() -> tuple[Room, ...]:
    """Return the components that installed packages offer through their entry points."""
    return tuple(entry.load() for entry in entry_points(group=ENTRY_POINTS))


def create_app(config: Config | None = None, *, testing: bool = False, **overrides: Any) -> Flask:
    """Return the app. ``overrides`` are Flask settings, for tests."""
    if config is None:
        config, _problems = from_environment()
    logs.configure("ERROR" if testing else config.log_level, pretty=config.debug)
    private_files.protect(config)
    app = site.Site("participa", static_folder=None, template_folder="templates")
    app.config.update(
        SECRET_KEY=config.secret(),
        SQLALCHEMY_DATABASE_URI=config.database,
        SQLALCHEMY_ENGINE_OPTIONS=engines.engine_options(config.database),
        SESSION_COOKIE_NAME="participa",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,  # whoever notes that it is in use refreshes it
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        PREFERRED_URL_SCHEME="https" if config.base_url.startswith("https://") else "http",
        WTF_CSRF_ENABLED=False,  # the origin of a request is judged, for every form alike
        TESTING=testing,
    )
    app.config.update(overrides)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["participa_config"] = config
    db.init_app(app)
    i18n.init_app(app, choose_locale)
    web.init_app(app)
    proxies.init_app(app, config)
    limits.init_app(app, config)
    health.init_app(app)
    app.extensions["participa_jobs"] = jobs.Jobs(
        app,
        jobs.make_queue(config, immediate=testing),
        smtp.smtp_sender(config.mail_url, config.mail_sender)
        if config.mail_url
        else mail.to_mailbox,
    )
    ui.init_app(app)
    app.view_functions["ui.asset"] = web.unbound(app.view_functions["ui.asset"])
    app.url_map.converters["component"] = ComponentConverter
    for room in (*ROOMS, *third_party_rooms()):
        registry.register(room)
    for room in registry.rooms():
        for blueprint in room.blueprints:
            app.register_blueprint(blueprint)
    if config.demo:
        app.register_blueprint(mailbox.blueprint)
    for room in registry.rooms():
        if room.init is not None:
            room.init(app)
    app.before_request(web.begin_writing)
    origin.init_app(app)
    app.context_processor(lambda: layout(config))
    return app


def layout(config: Config) -> dict[str, Any]:
    """Return what the base layout shows on every page."""
    organization = g.get("organization")
    shown: dict[str, Any] = {
        "locale": i18n.current_locale(),
        "demo": config.demo,
        "debug": config.debug,
        "source_url": config.source_url,
        "canonical_url": config.address(organization.host if organization else None) + request.path,
    }
    if organization is None:
        return shown
    accent = organization.accent.lstrip("#")
    shown["theme_css_url"] = _address("organizations.accent", accent=accent)
    shown["main_nav"] = [
        {
            "label": _("Procesos"),
            "url": _address("processes.index"),
            "current": request.path.startswith("/procesos"),
        }
    ]
    shown["footer_nav"] = [
        {"label": _("Cómo se modera"), "url": _address("moderation.rules")},
        {"label": _("Sello del registro"), "url": _address("organizations.seal")},
    ]
    back = urlencode({"volver": _here()}, safe="!$'()*,/:;?@")  # as url_for writes it
    shown["locales"] = [
        {
            "code": code,
            "label": i18n.SUPPORTED_LOCALES[code],
            "url": f"{_address('accounts.choose_language', code=code)}?{back}",
            "current": code == shown["locale"],
        }
        for code in organization.locales
    ]
    if g.get("actor") is not None and g.actor.is_signed_in:
        shown["account"] = {
            "name": g.actor.name,
            "key": hasher("device drafts")(str(g.actor.person_id))[:12],
            # Asked by whole pages only, not by the fragments that htmx takes.
            "unread": (lambda: 0) if g.get("is_database_away") else unread_count,
            "items": account_menu(),
            "sign_out_url": _address("accounts.sign_out"),
        }
    else:
        shown["sign_in_url"] = f"{_address('accounts.sign_in')}?{back}"
    return shown


_addresses: dict[tuple[Any, ...], str] = {}


def _address(endpoint: str, **values: Any) -> str:
    """Return an address that is the same on every page: built once per path the app is under."""
    key = (request.script_root, endpoint, *values.values())
    if key not in _addresses:
        _addresses[key] = url_for(endpoint, **values)
    return _addresses[key]


def _here() -> str:
    """Return the address of the page being shown, as a link can open it again."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    matcher = current_app.create_url_adapter(request)
    return request.path if matcher is not None and matcher.test(request.path, "GET") else "/"


def account_menu() -> list[dict[str, Any]]:
    """Return what the signed-in person's menu offers."""
    items: list[dict[str, Any]] = [
        {"label": _("Mi cuenta"), "url": _address("accounts.account"), "icon": "settings"},
        {
            "label": _("Avisos"),
            "url": _address("notifications.inbox"),
            "icon": "bell",
            "counts": True,
        },
        {
            "label": _("Lo mío en revisión"),
            "url": _address("moderation.own"),
            "icon": "scale",
        },
    ]
    if g.actor.staff_roles:
        items.append(
            {"label": _("Gestión"), "url": _address("admin.home"), "icon": "layout-dashboard"}
        )
    return items
