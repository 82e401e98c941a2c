"""Files of territories and themes: download, upload, look, apply."""

from typing import Any

from flask import Response, flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.admin.forms import UploadForm
from participa.core import tables
from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.web import actor, render, see_other
from participa.organizations import csv_import, queries
from participa.organizations.services import imports
from participa.ui.forms import explain

SHOWN = 100
"""Rows of each kind that the preview shows; the rest is counted."""
COLUMNS = {
    imports.TERRITORIES: csv_import.TERRITORY_COLUMNS,
    imports.THEMES: csv_import.THEME_COLUMNS,
}


def download(kind: str) -> Response:
    """Return everything there is as the file that the import reads."""
    existing = imports.existing_themes if kind == imports.THEMES else imports.existing_territories
    text = tables.write(COLUMNS[kind], [each.cells for each in existing(g.organization)])
    name = "temas.csv" if kind == imports.THEMES else "territorios.csv"
    return Response(
        "\ufeff" + text,
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


def take(kind: str) -> Any:
    """Show the form that takes a file; keep what it brings and lead to its preview."""
    form = UploadForm()
    if request.method == "GET":
        return _upload_page(kind, form)
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise Invalid.of("file", _("Elija un archivo."))  # noqa: EM101
        code = imports.upload(
            db.session(),
            actor(),
            g.organization,
            kind,
            file.stream.read(tables.LARGEST_FILE + 1),
            name=file.filename,
            remove_missing=bool(form.remove_missing.data),
        )
    except Invalid as error:
        explain(form, error)
        return _upload_page(kind, form, 422)
    return see_other(url_for(f"admin.check_{kind}", code=code))


def _upload_page(kind: str, form: UploadForm, status: int = 200) -> Any:
    return render(
        "admin/import.html", status, kind=kind, form=form, columns=",".join(COLUMNS[kind])
    )


def check(kind: str, code: str) -> Any:
    """Show what a file would do; on POST, do it whole or show every reason why not."""
    if request.method == "POST":
        try:
            found = imports.apply(db.session(), actor(), g.organization, kind, code)
        except Invalid:
            return _preview(kind, code, 422)
        except Conflict as error:
            flash(error.message, "warn")
            return see_other(url_for(f"admin.import_{kind}"))
        flash(_done(found), "ok")
        return see_other(url_for(f"admin.{kind}"))
    return _preview(kind, code)


def _preview(kind: str, code: str, status: int = 200) -> Any:
    row = queries.upload(db.session(), kind, code)
    found = imports.plan(
        db.session(),
        g.organization,
        kind,
        imports.read(kind, row.body),
        remove_missing=row.remove_missing,
    )
    return render(
        "admin/import_preview.html",
        status,
        kind=kind,
        upload=row,
        plan=found,
        columns=list(COLUMNS[kind]),
        shown=SHOWN,
        most_problems=tables.MOST_PROBLEMS,
    )


def _done(found: csv_import.Plan) -> str:
    added = ngettext("%(num)s nuevo", "%(num)s nuevos", len(found.added))
    changed = ngettext("%(num)s cambiado", "%(num)s cambiados", len(found.changed))
    removed = ngettext("%(num)s quitado", "%(num)s quitados", len(found.removed))
    return _("El archivo quedó aplicado: %(what)s.", what=f"{added}, {changed}, {removed}")
