"""What this room adds to the product."""

from flask import Flask

from participa.admin import policy, shell
from participa.admin.views import audit, entity, home, territories, themes
from participa.core.registry import Room

PAGES = (home, entity, territories, themes, audit)
"""The modules whose pages are on the blueprint."""


def _init(app: Flask) -> None:
    app.context_processor(shell.navigation)


ROOM = Room(name="admin", actions=policy.ACTIONS, blueprints=(shell.blueprint,), init=_init)
