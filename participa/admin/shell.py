"""The blueprint of the staff pages and the navigation that every one of them shows."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, current_app, g, request, url_for
from flask_babel import gettext as _

from participa.accounts import policy as accounts
from participa.admin import policy
from participa.core import clock
from participa.core.db import db
from participa.core.policy import Action, authorize, can
from participa.core.registry import StaffPage, registry
from participa.organizations import policy as organizations
from participa.processes import policy as processes
from participa.processes.snapshot import ComponentView, ProcessView

blueprint = Blueprint("admin", __name__, url_prefix="/gestion", template_folder="templates")

Entry = dict[str, Any]


def enter() -> None:
    """Refuse whoever holds no staff role anywhere. Raises :class:`Denied`."""
    authorize(policy.ENTER, g.actor, g.organization, at=clock.moment())


def navigation() -> dict[str, Any]:
    """Return what ``ui/staff.html`` shows at the side: empty outside of the staff pages."""
    if not _is_staff_page():
        return {}
    process = g.get("process")
    groups = [{"title": "", "items": _organization_entries()}]
    if process is not None:
        groups[0]["title"] = g.organization.name
        groups = [*_process_groups(process), *groups]
    _keep_the_nearest(groups)
    return {"staff_nav": groups, "staff_title": "", "endpoints": current_app.view_functions}


def _process_groups(process: ProcessView) -> list[dict[str, Any]]:
    """Return the pages of a process, and under the name of each component those of it alone."""
    entries = process_entries(process)
    groups = [
        {"title": str(process.title), "items": [each for each in entries if not each.get("of")]}
    ]
    for title in dict.fromkeys(each["of"] for each in entries if each.get("of")):
        items = [each | {"label": each["short"]} for each in entries if each.get("of") == title]
        groups.append({"title": title, "items": items})
    return groups


def _keep_the_nearest(groups: Sequence[dict[str, Any]]) -> None:
    """Leave one entry marked: a page under another entry's address is not that entry's."""
    marked = [entry for group in groups for entry in group["items"] if entry["current"]]
    nearest = max(marked, key=lambda entry: len(entry["url"]), default=None)
    for entry in marked:
        entry["current"] = entry is nearest


def _is_staff_page() -> bool:
    actor = g.get("actor")
    return (
        (request.path == "/gestion" or request.path.startswith("/gestion/"))
        and actor is not None
        and bool(actor.staff_roles)
    )


def _organization_entries() -> list[Entry]:
    return [
        *_entry(_("Inicio"), "admin.home", "house", None),
        *_entry(_("Procesos"), "admin.processes", "layers", None),
        *_entry(_("Personas"), "admin.people", "users", accounts.MANAGE_PEOPLE),
        *_entry(_("Entidad"), "admin.entity", "landmark", organizations.EDIT),
        *_entry(_("Territorios"), "admin.territories", "map-pin", organizations.EDIT_TERRITORIES),
        *_entry(_("Temas"), "admin.themes", "list", organizations.EDIT_TERRITORIES),
        *_entry(_("Correos"), "admin.mails", "mail", organizations.SEND_MAIL_AGAIN),
        *_entry(_("Registro"), "admin.audit", "history", organizations.READ_AUDIT),
        *_organization_pages(),
    ]


def process_entries(process: ProcessView) -> list[Entry]:
    """Return the pages about one process that the actor may open."""
    return [
        *_entry(_("Tablero"), "admin.board", "clipboard-list", processes.SEE_BOARD, process),
        *_entry(_("Textos"), "admin.texts", "file-text", processes.EDIT, process),
        *_entry(_("Fases"), "admin.phases", "calendar-days", processes.EDIT, process),
        *_entry(_("Componentes"), "admin.components", "layers", processes.EDIT, process),
        *_entry(_("Permisos"), "admin.permissions", "table-2", processes.EDIT, process),
        *_entry(_("Roles"), "admin.roles", "users", processes.GIVE_ROLES, process),
        *_entry(_("Archivo"), "admin.file", "copy", processes.EDIT, process),
        *_entry(_("Enlaces"), "admin.links", "link", processes.PREVIEW, process),
        *_entry(_("Actividad"), "admin.activity", "history", processes.SEE_BOARD, process),
        *room_entries([process])[process.id],
    ]


def room_entries(processes_shown: Sequence[ProcessView]) -> dict[int, list[Entry]]:
    """Return the staff pages that rooms add to processes, by process id, with what waits in each.

    One statement per page that counts, however many processes.
    """
    entries: dict[int, list[Entry]] = {each.id: [] for each in processes_shown}
    for room in registry.rooms():
        for shown in room.staff_pages:
            arguments = _arguments(shown.endpoint)
            if "component" in arguments:
                scopes: Sequence[Any] = [
                    component
                    for process in processes_shown
                    for component in process.components
                    if component.type.name == room.name
                ]
            else:
                scopes = list(processes_shown) if "process" in arguments else []
            for scope, entry in _entries_of(shown, scopes):
                entries[scope.process_id].append(entry)
    return entries


def _organization_pages() -> list[Entry]:
    return [
        entry
        for room in registry.rooms()
        for shown in room.staff_pages
        if "process" not in _arguments(shown.endpoint)
        for _scope, entry in _entries_of(shown, [g.organization])
    ]


def _entries_of(shown: StaffPage, scopes: Sequence[Any]) -> list[tuple[Any, Entry]]:
    at = clock.moment()
    allowed = [each for each in scopes if can(shown.action, g.actor, each, at=at)]
    counts = shown.waiting(db.session(), allowed, g.actor, at) if shown.waiting and allowed else {}
    entries = []
    for scope in allowed:
        values: dict[str, Any] = {}
        label, of = str(shown.label), ""
        short = label[:1].upper() + label[1:]
        if isinstance(scope, ComponentView):
            values = {"process": scope.process.slug, "component": scope.key}
            of = str(scope.title)
            label = f"{of}: {label}"
        elif isinstance(scope, ProcessView):
            values = {"process": scope.slug}
        url = url_for(shown.endpoint, **values)
        current = request.path == url or request.path.startswith(f"{url}/")
        entries.append(
            (
                scope,
                {
                    "label": label,
                    "of": of,
                    "short": short,
                    "url": url,
                    "icon": shown.icon,
                    "count": counts.get(scope.id),
                    "current": current,
                },
            )
        )
    return entries


def _arguments(endpoint: str) -> frozenset[str]:
    rules = current_app.url_map.iter_rules(endpoint)
    return frozenset().union(*(rule.arguments for rule in rules))


def _entry(
    label: str, endpoint: str, icon: str, action: Action | None, process: ProcessView | None = None
) -> list[Entry]:
    """Return one entry in a list, or an empty list for a page that is not there for the actor."""
    if endpoint not in current_app.view_functions:
        return []
    scope = process or g.organization
    if action is not None and not can(action, g.actor, scope, at=clock.moment()):
        return []
    url = url_for(endpoint, process=process.slug) if process else url_for(endpoint)
    return [{"label": label, "url": url, "icon": icon, "current": _is_current(endpoint, url)}]


def _is_current(endpoint: str, url: str) -> bool:
    if endpoint in {"admin.home", "admin.board"}:
        return request.endpoint == endpoint
    if endpoint == "admin.processes" and "process" in g:
        return False
    return request.path == url or request.path.startswith((f"{url}/", f"{url}."))
