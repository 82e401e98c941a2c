"""Looking at a process as of another date, as somebody without a role would see it.

The date lives in the staff member's own cookie. While it is set, the public pages of that one
process speak about that moment and refuse to save anything.
"""

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Flask, flash, g, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from participa.admin.shell import blueprint
from participa.core import clock
from participa.core.i18n import format_datetime
from participa.core.policy import Denial, Denied, can
from participa.core.web import SAFE_METHODS, page, see_other
from participa.processes import policy
from participa.processes.definition.dates import read_moment
from participa.processes.snapshot import ProcessView

KEY = "preview"
ONLY_LOOKING = Denial(
    "preview",
    _l(
        "Usted está mirando el proceso en otra fecha y aquí nada se guarda."
        " Vuelva a hoy para seguir."
    ),
    status=409,
)


def bind_request() -> None:
    """Move the moment of a page of the previewed process; refuse to write there.

    Raises :class:`Denied` for anything but reading.
    """
    kept = session.get(KEY)
    process: ProcessView | None = g.get("process")
    if not isinstance(kept, dict) or process is None or is_staff_page():
        return
    if kept.get("process_id") != process.id or not _may_preview(process):
        return
    moment = _moment(kept)
    if moment is None:
        return
    g.preview_process = process
    if request.method not in SAFE_METHODS:
        raise Denied(ONLY_LOOKING)
    g.preview_moment = moment
    g.actor = replace(
        g.actor,
        organization_roles=frozenset(),
        process_roles={},
        preview_processes=g.actor.preview_processes | {process.id},
    )


def is_staff_page() -> bool:
    """Return whether the address is one of the staff shell's."""
    return request.path == "/gestion" or request.path.startswith("/gestion/")


def _may_preview(process: ProcessView) -> bool:
    actor = g.get("actor")
    return actor is not None and can(policy.PREVIEW, actor, process, at=clock.now())


def _moment(kept: dict[str, Any]) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(kept.get("iso")))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def shown() -> dict[str, Any]:
    """Return what the bar on top of a previewed page says."""
    process = g.get("preview_process")
    moment = g.get("preview_moment")
    if process is None or moment is None:
        return {}
    return {
        "preview_moment": format_datetime(moment),
        "preview_exit_url": url_for("admin.stop_preview", process=process.slug),
    }


@blueprint.post("/procesos/<process>/vista-previa")
@page(policy.PREVIEW)
def start_preview() -> Any:
    """Begin to look at the process as of a day and an hour of the organization's clock."""
    day, hour = request.form.get("day", "").strip(), request.form.get("hour", "").strip()
    moment, problem = read_moment(f"{day}T{hour or '12:00'}", g.organization.zone, is_end=False)
    if moment is None:
        flash(_("Revise la fecha: %(problem)s.", problem=problem), "warn")
        return see_other(url_for("admin.board"))
    session[KEY] = {"process_id": g.process.id, "iso": moment.isoformat()}
    return see_other(url_for("processes.show", process=g.process.slug))


@blueprint.get("/procesos/<process>/vista-previa/salir")
@page(policy.PREVIEW)
def stop_preview() -> Any:
    """Come back to today."""
    session.pop(KEY, None)
    return see_other(url_for("admin.board"))


def init_app(app: Flask) -> None:
    """Bind every request after its process and actor are known."""
    app.before_request(bind_request)
    app.context_processor(shown)
