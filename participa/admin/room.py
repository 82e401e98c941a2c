"""What this room adds to the product."""

from flask import Flask

from participa.admin import policy, preview, shell, typed
from participa.admin.views import audit, entity, home, people, territories, themes
from participa.admin.views.processes import (
    board,
    components,
    file,
    lifecycle,
    links,
    listing,
    permissions,
    phases,
    roles,
    texts,
)
from participa.core.registry import Room

PAGES = (
    home,
    listing,
    board,
    texts,
    phases,
    components,
    permissions,
    roles,
    file,
    links,
    lifecycle,
    preview,
    people,
    entity,
    territories,
    themes,
    audit,
)
"""The modules whose pages are on the blueprint."""


def _init(app: Flask) -> None:
    app.context_processor(shell.navigation)
    app.jinja_env.filters["field_id"] = typed.field_id
    preview.init_app(app)


ROOM = Room(name="admin", actions=policy.ACTIONS, blueprints=(shell.blueprint,), init=_init)
