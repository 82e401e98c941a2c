"""What this room adds to the product."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from participa.accounts.policy import MANAGE_ROLLS
from participa.admin import policy, preview, shell, typed
from participa.admin.views import (
    audit,
    entity,
    home,
    mails,
    people,
    permission_sheet,
    roll_files,
    rolls,
    territories,
    themes,
)
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
from participa.core.registry import Room, StaffPage

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
    permission_sheet,
    roll_files,
    rolls,
    entity,
    territories,
    themes,
    audit,
    mails,
)
"""The modules whose pages are on the blueprint."""


def _init(app: Flask) -> None:
    app.context_processor(shell.navigation)
    app.jinja_env.filters["field_id"] = typed.field_id
    preview.init_app(app)
    app.before_request(roll_files.allow_large_files)


ROOM = Room(
    name="admin",
    actions=policy.ACTIONS,
    blueprints=(shell.blueprint,),
    staff_pages=(StaffPage("admin.rolls", _l("Padrones"), MANAGE_ROLLS, "list-ordered"),),
    init=_init,
)
