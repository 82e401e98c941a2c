"""One way to edit a process, for every page that does: type, look at what will change, save.

An editor turns a part of the process file into fields and back. What was typed travels in the page
itself, so that nothing is lost between the steps and no script is needed.
"""

import copy
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, g, request
from flask_babel import gettext as _

from participa.admin import queries
from participa.admin.typed import Complaints, nested
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.web import actor, render, see_other
from participa.processes import changes, definition, services
from participa.processes.definition import ProcessDefinition
from participa.processes.presentation import Drawing, drawing
from participa.processes.queries import people_in
from participa.processes.snapshot import ProcessView

REVIEW, SAVE, RETURN = "revisar", "guardar", "editar"


@dataclass
class Editor:
    """A page that edits a part of a process. Subclasses say which part, and how it is shown."""

    template: str = ""
    title: Any = ""
    url: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    """The process file as it is now; never changed."""

    def read(self, document: dict[str, Any]) -> Any:
        """Return what the page shows of a process file."""
        raise NotImplementedError

    def typed(self, data: dict[str, Any]) -> Any:
        """Return what the page shows of what was typed."""
        raise NotImplementedError

    def act(self, state: Any, action: str) -> Any:
        """Return the state after a button that adds, removes or moves something."""
        return state

    def write(self, state: Any, document: dict[str, Any]) -> dict[str, Any]:
        """Return the process file with what was typed in place."""
        raise NotImplementedError

    def check(self, state: Any) -> list[Problem]:
        """Return what is wrong with what was typed, beyond what the process file asks for."""
        return []

    def context(self, state: Any) -> dict[str, Any]:
        """Return what else the template needs."""
        return {}


def run(editor: Editor) -> Any:
    """Answer a request for an editor's page: show, act, review or save."""
    process: ProcessView = g.process
    row = queries.process_row(db.session(), process.id)
    before = definition.of_row(row, g.organization)
    editor.document = definition.write(before, g.organization)
    if request.method == "GET":
        return _form(editor, editor.read(copy.deepcopy(editor.document)), process.version)
    state = editor.typed(nested(request.form.items(multi=True)))
    version = _version(process)
    action = request.form.get("accion", REVIEW)
    if action not in {REVIEW, SAVE}:
        return _form(editor, editor.act(state, action) if action != RETURN else state, version)
    wanted, problems = definition.read(
        editor.write(state, copy.deepcopy(editor.document)),
        g.organization,
        overrides=definition.overrides_of(process),
    )
    found = editor.check(state)
    told = {each.path for each in found}
    problems = [*found, *[each for each in problems if each.path not in told]]
    if wanted is None or problems:
        return _form(editor, state, version, problems)
    try:
        if action == REVIEW or version != process.version:
            late = action == SAVE and version != process.version
            services.checked_definition(db.session(), row, before, process, wanted)
            return review(editor.title, editor.url, before, wanted, late=late)
        made = services.edit(db.session(), actor(), process.id, wanted, expected_version=version)
    except Invalid as error:
        return _form(editor, state, version, error.problems)
    except Conflict as error:
        flash(error.message, "warn")
        return see_other(editor.url)
    flash(_("Los cambios quedaron guardados."), "ok")
    return see_other(editor.url.replace(f"/{process.slug}/", f"/{made.slug}/", 1))


def _version(process: ProcessView) -> int:
    version = whole_number(request.form.get("version"))
    return process.version if version is None else version


def _form(editor: Editor, state: Any, version: int, problems: Any = ()) -> Any:
    return render(
        editor.template,
        422 if problems else 200,
        process=g.process,
        state=state,
        version=version,
        complaints=Complaints(problems),
        form_url=editor.url,
        **editor.context(state),
    )


def review(
    title: Any,
    url: str,
    before: ProcessDefinition | None,
    wanted: ProcessDefinition,
    *,
    late: bool = False,
    lines: Any = (),
    fields: Any = None,
) -> Any:
    """Show what saving will open or close and when, and every difference, before it is saved.

    ``late``: somebody saved the process since the page was opened; then the answer is 409 and
    the differences are with what it is now. ``lines`` are a text's difference, where there is one,
    and ``fields`` what travels to the next step when it is not what was posted.
    """
    process: ProcessView = g.process
    after = definition.preview_view(wanted, g.organization, process)
    hidden = {"version", "accion"}
    return render(
        "admin/review.html",
        409 if late else 200,
        process=process,
        title=title,
        consequences=changes.consequences(
            process, after, clock.now(), people_in(db.session(), process)
        ),
        differences=changes.differences(before, wanted, g.organization),
        lines=lines,
        drawing=drawn(after),
        fields=fields
        or [(name, value) for name, value in request.form.items(multi=True) if name not in hidden],
        version=process.version,
        form_url=url,
        late=late,
    )


def drawn(process: ProcessView, at: dt.datetime | None = None) -> Drawing:
    """Return a process's calendar, without links."""
    return drawing(process, at or clock.now(), lambda _phase: "")


def as_typed(document: Mapping[str, Any]) -> ProcessView:
    """Return the process that a document would make, to draw it; else the saved one."""
    wanted, problems = definition.read(document, g.organization)
    if wanted is None or problems:
        view: ProcessView = g.process
        return view
    return definition.preview_view(wanted, g.organization, g.process)
