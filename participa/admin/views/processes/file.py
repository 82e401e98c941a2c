"""The process as a file: to read, to take away, to bring back changed."""

import difflib
from collections.abc import Sequence
from typing import Any

from flask import Response, flash, g, request, url_for
from flask_babel import gettext as _

from participa.admin import editing, opened, queries
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
    text, box, problems = _typed()
    wanted = None
    if not problems and action != editing.RETURN:
        wanted, problems = _read(text)
        if wanted is None and text != box:
            problems = [_of_the_file(_uploaded()), *problems]
    if wanted is None:
        return _page(box, problems)
    now = _present()
    page_opened = opened.read(request.form.get(opened.FIELD), now)
    if page_opened.document != now.document:
        document, clashes = editing.together(page_opened, wanted, now)
        if clashes:
            return _page(files.dump(document), opened.told(clashes), now)
        text = files.dump(document)
        wanted, problems = _read(text)
    try:
        return _review_or_save(text, wanted, problems, page_opened, saves=action == editing.SAVE)
    except Invalid as error:
        return _page(text, error.problems)
    except Conflict as error:
        return _page(text, [Problem("", error.message)])


def _review_or_save(
    text: str,
    wanted: ProcessDefinition | None,
    problems: Sequence[Problem],
    page_opened: opened.Opened,
    *,
    saves: bool,
) -> Any:
    if wanted is None:
        raise Invalid(problems)
    if not saves or page_opened.seen != g.process.version:
        return _review(text, wanted, late=saves)
    made = services.edit(
        db.session(), actor(), g.process.id, wanted, expected_version=g.process.version
    )
    flash(_("El archivo quedó aplicado."), "ok")
    return see_other(url_for("admin.file", process=made.slug))


def _present() -> opened.Opened:
    row = queries.process_row(db.session(), g.process.id)
    document = definition.write(definition.of_row(row, g.organization), g.organization)
    return opened.Opened(g.process.version, document)


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
        opened=_present(),  # the text has what others changed by now
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


def _uploaded() -> Any:
    upload = request.files.get("file")
    return upload if upload is not None and upload.filename else None


def _typed() -> tuple[str, str, list[Problem]]:
    """Return the text to read, what the page shows again of it, and what keeps it from being read.

    An uploaded file is read instead of what was typed, which stays; in an empty page there is
    nothing to keep, and the file's text is shown to be corrected there.
    """
    upload = _uploaded()
    typed = request.form.get("text", "").replace("\r\n", "\n")
    if upload is None:
        if len(typed) > LARGEST:
            return typed, typed, [Problem("text", _("El archivo es demasiado grande."))]
        return typed, typed, []
    data = upload.stream.read(LARGEST * 4 + 1)
    upload.close()  # what is large was in a temporary file
    too_large = _("«%(name)s» es demasiado grande.", name=upload.filename)
    if len(data) > LARGEST * 4:
        return "", typed, [Problem("file", too_large)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        sentence = _("«%(name)s» no es de texto o no está guardado en UTF-8.", name=upload.filename)
        return "", typed, [Problem("file", sentence)]
    if len(text) > LARGEST:
        return "", typed, [Problem("file", too_large)]
    text = text.replace("\r\n", "\n")
    return text, typed if typed.strip() else text, []


def _of_the_file(upload: Any) -> Problem:
    name = upload.filename
    sentence = _("Lo que sigue es de «%(name)s», que se leyó en vez del texto.", name=name)
    return Problem("file", sentence)


def _difference(before: str, after: str) -> list[tuple[str, str]]:
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return [
        (
            line[0] if line[:1] in {"+", "-"} else " ",
            line[1:] if line[:1] in {"+", "-", " "} else line,
        )
        for line in list(found)[2:]
    ]


def _page(text: str, problems: Any = (), now: opened.Opened | None = None) -> Any:
    """Show the file; ``now``: as it is now, since its problems are what others changed."""
    page_opened = now or opened.read(request.form.get(opened.FIELD), _present())
    return render(
        "admin/file.html",
        (422 if now is None else 409) if problems else 200,
        process=g.process,
        text=text,
        version=page_opened.token(),
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
