"""One way to edit a process, for every page that does: type, look at what will change, save.

An editor turns a part of the process file into fields and back. What was typed travels in the page
itself, so that nothing is lost between the steps and no script is needed.
"""

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, g, request
from flask_babel import gettext as _

from participa.admin import opened as opened_pages
from participa.admin import queries
from participa.admin.opened import Opened
from participa.admin.typed import Complaints, nested
from participa.core import clock
from participa.core.db import db
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
    """The process file as it was when the page was opened; never changed."""

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
    before = definition.of_row(queries.process_row(db.session(), g.process.id), g.organization)
    editor.document = definition.write(before, g.organization)
    present = Opened(g.process.version, editor.document)
    if request.method == "GET":
        return _form(editor, editor.read(copy.deepcopy(editor.document)), present)
    opened = opened_pages.read(request.form.get(opened_pages.FIELD), present)
    if opened.seen is not None:
        editor.document = dict(opened.document)
    state = editor.typed(nested(request.form.items(multi=True)))
    action = request.form.get("accion", REVIEW)
    if action not in {REVIEW, SAVE}:
        return _form(editor, editor.act(state, action) if action != RETURN else state, opened)
    wanted, problems = _read(editor.write(state, copy.deepcopy(editor.document)))
    found = editor.check(state)
    told = {each.path for each in found}
    problems = [*found, *[each for each in problems if each.path not in told]]
    if wanted is not None and not problems and opened.document != present.document:
        document, clashes = together(opened, wanted, present)
        if clashes:
            editor.document = document
            told_of = opened_pages.told(clashes)
            return _form(editor, editor.read(copy.deepcopy(document)), present, told_of, 409)
        wanted, problems = _read(document)
    if wanted is None or problems:
        return _form(editor, state, opened, problems)
    try:
        return _review_or_save(editor, before, wanted, opened, saves=action == SAVE)
    except Invalid as error:
        return _form(editor, state, opened, error.problems)
    except Conflict as error:
        return _form(editor, state, opened, [Problem("", error.message)], 409)


def _review_or_save(
    editor: Editor,
    before: ProcessDefinition,
    wanted: ProcessDefinition,
    opened: Opened,
    *,
    saves: bool,
) -> Any:
    process: ProcessView = g.process
    if not saves or opened.seen != process.version:
        row = queries.process_row(db.session(), process.id)
        services.checked_definition(db.session(), row, before, process, wanted)
        return review(editor.title, editor.url, before, wanted, late=saves, opened=opened)
    made = services.edit(
        db.session(), actor(), process.id, wanted, expected_version=process.version
    )
    flash(_("Los cambios quedaron guardados."), "ok")
    return see_other(editor.url.replace(f"/{process.slug}/", f"/{made.slug}/", 1))


def together(
    opened: Opened, wanted: ProcessDefinition, present: Opened
) -> tuple[dict[str, Any], list[changes.Clash]]:
    """Return the process file as it is now with what was changed since the page was opened."""
    mine = definition.write(wanted, g.organization)
    return changes.merged(opened.document, mine, present.document)


def _read(document: dict[str, Any]) -> tuple[ProcessDefinition | None, Sequence[Problem]]:
    return definition.read(document, g.organization, overrides=definition.overrides_of(g.process))


def _form(editor: Editor, state: Any, opened: Opened, problems: Any = (), status: int = 422) -> Any:
    return render(
        editor.template,
        status if problems else 200,
        process=g.process,
        state=state,
        version=opened.token(),
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
    opened: Opened,
    late: bool = False,
    lines: Any = (),
    fields: Any = None,
) -> Any:
    """Show what saving will open or close and when, and every difference, before it is saved.

    ``opened``: what the page was filled from; whatever differs from it is what was changed.
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
        version=opened.token(process.version),
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
