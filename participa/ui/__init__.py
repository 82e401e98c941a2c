"""The look of participa: base layouts, macros, icons and static files.

Other rooms extend ``ui/base.html`` (or ``ui/staff.html``) and import
``ui/macros.html``. This room knows nothing about processes or people: what a
layout shows arrives as plain template variables, listed at the top of
``base.html``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint

from participa.core.templates import Kept
from participa.ui.assets import AssetStore, serve_asset
from participa.ui.style_page import style_page

if TYPE_CHECKING:
    from flask import Flask

STATIC_DIR = Path(__file__).parent / "static"


def init_app(app: Flask) -> None:
    """Give the app the shared templates, the static files and ``asset(name)``."""
    store = AssetStore.load(STATIC_DIR)
    app.extensions["participa_assets"] = store
    # One blueprint per app: a second app in the same process starts clean.
    blueprint = Blueprint("ui", __name__, template_folder="templates")
    blueprint.add_url_rule(f"{store.prefix}<path:filename>", "asset", serve_asset)
    blueprint.add_url_rule("/estilo", "style_page", style_page)
    app.register_blueprint(blueprint)
    app.jinja_env.add_extension(Kept)
    app.jinja_env.globals.update(asset=store.url, sprite_icon=store.icon)
