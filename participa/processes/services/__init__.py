"""Every write on processes: lock, check, write, record, return."""

from participa.processes.services.links import link_resources, unlink_resources
from participa.processes.services.phases import checked_override, override_phase
from participa.processes.services.previews import make_preview_link, revoke_preview_link
from participa.processes.services.processes import (
    archive,
    checked_definition,
    create,
    duplicate,
    edit,
    publish,
    unpublish,
)

__all__ = [
    "archive",
    "checked_definition",
    "checked_override",
    "create",
    "duplicate",
    "edit",
    "link_resources",
    "make_preview_link",
    "override_phase",
    "publish",
    "revoke_preview_link",
    "unlink_resources",
    "unpublish",
]
