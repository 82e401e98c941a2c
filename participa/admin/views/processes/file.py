"""The process as a file: to read, to take away, to bring back changed."""

import difflib
from typing import Any

from flask import Response, flash, g, request, url_for
from flask_babel import gettext as _

from participa.admin import editing, queries
from participa.admin.shell import blueprint
from participa.admin.typed import Complaints
from participa.core.db import db
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.web import actor, page, render, see_other
from participa.processes import definition, files, policy, services
from participa.processes.definition import ProcessDefinition

LARGEST = 500_000
"""Characters that travel between the steps."""


def _text() -> str:
    row = queries.process_row(db.session(), g.process.id)
    return _written(definition.of_row(row, g.organization))


def _written(process: ProcessDefinition) -> str:
    return files.dump(definition.write(process, g.organization))


@blueprint.route("/procesos/<process>/archivo", methods=["GET", "POST"])
@page(policy.EDIT)
def file() -> Any:
    """Show the file, or take a changed one: what it would change first, then save."""
    if request.method == "GET":
        return _page(_text())
    action = request.form.get("accion", editing.REVIEW)
    text, problems = _typed()
    wanted = None
    if not problems and action != editing.RETURN:
        wanted, problems = _read(text)
    if wanted is None:
        return _page(text, problems)
    version = request.form.get("version", "")
    late = version != str(g.process.version)
    try:
        if action != editing.SAVE or late:
            return _review(text, wanted, late=late and action == editing.SAVE)
        made = services.edit(
            db.session(), actor(), g.process.id, wanted, expected_version=g.process.version
        )
    except Invalid as error:
        return _page(text, error.problems)
    except Conflict as error:
        flash(error.message, "warn")
        return see_other(url_for("admin.file"))
    flash(_("El archivo quedó aplicado."), "ok")
    return see_other(url_for("admin.file", process=made.slug))


def _review(text: str, wanted: ProcessDefinition, *, late: bool) -> Any:
    """Show what the file would change. Raises :class:`Invalid` for what saving would refuse."""
    row = queries.process_row(db.session(), g.process.id)
    before = definition.of_row(row, g.organization)
    services.checked_definition(db.session(), row, before, g.process, wanted)
    return editing.review(
        _("Archivo del proceso"),
        url_for("admin.file"),
        before,
        wanted,
        late=late,
        lines=_difference(_written(before), _written(wanted)),
        fields=[("text", text)],
    )


def _read(text: str) -> tuple[Any, Any]:
    """Return the definition that a text says, or ``None`` and every problem."""
    document, lines, problems = files.load(text)
    if problems:
        return None, problems
    return definition.read(
        document, g.organization, lines=lines, overrides=definition.overrides_of(g.process)
    )


def _typed() -> tuple[str, list[Problem]]:
    """Return the text of the uploaded file, else of the page, and what keeps it from being read."""
    upload = request.files.get("file")
    text = request.form.get("text", "").replace("\r\n", "\n")
    if upload is not None and upload.filename:
        data = upload.stream.read(LARGEST * 4 + 1)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            sentence = _("El archivo no es de texto o no está guardado en UTF-8.")
            return text, [Problem("file", sentence)]
    if len(text) > LARGEST:
        return text[:LARGEST], [Problem("text", _("El archivo es demasiado grande."))]
    return text, []


def _difference(before: str, after: str) -> list[tuple[str, str]]:
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return [
        (
            line[0] if line[:1] in {"+", "-"} else " ",
            line[1:] if line[:1] in {"+", "-", " "} else line,
        )
        for line in list(found)[2:]
    ]


def _page(text: str, problems: Any = ()) -> Any:
    return render(
        "admin/file.html",
        422 if problems else 200,
        process=g.process,
        text=text,
        version=g.process.version,
        complaints=Complaints(problems),
    )


@blueprint.get("/procesos/<process>/archivo.yaml")
@page(policy.EDIT)
def file_download() -> Any:
    """Give the file."""
    return Response(
        _text(),
        mimetype="application/yaml",
        headers={"Content-Disposition": f"attachment; filename={g.process.slug}.yaml"},
    )
