"""Projects from a file and into a file."""

from typing import Any

from flask import Response, flash, g, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from participa.budgets import exports, policy
from participa.budgets.forms.projects import FileForm
from participa.budgets.queries import projects
from participa.budgets.services import imports, project_files
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.staff.board import place
from participa.core import tables
from participa.core.db import db
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.web import actor, page, render, see_other
from participa.organizations import queries
from participa.ui.forms import explain

SHOWN = 100
"""Rows of each kind that the preview shows; the rest is counted."""


@blueprint.get(f"{STAFF}/proyectos.csv")
@page(policy.MANAGE)
def staff_csv() -> Any:
    """Give every project, drafts included, as the file that the import reads."""
    text = exports.projects_csv(db.session(), g.organization, g.component, with_drafts=True)
    return Response(
        "\ufeff" + text,
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=proyectos.csv"},
    )


@blueprint.route(f"{STAFF}/importar", methods=["GET", "POST"])
@page(policy.MANAGE)
def import_projects() -> Any:
    """Take a file, to be looked at before anything changes."""
    form = FileForm()
    status = 200
    if request.method == "POST":
        try:
            code = _upload(request.files.get("file"))
        except Invalid as error:
            explain(form, error)
            status = 422
        except Conflict as error:
            flash(error.message, "warn")
            return see_other(url_for("budgets.staff"))
        else:
            return see_other(url_for("budgets.check_import", code=code))
    return render(
        "budgets/staff/import.html",
        status,
        form=form,
        columns=",".join(project_files.COLUMNS),
        required=project_files.REQUIRED,
        file_statuses=list(project_files.STATUSES),
        **place(),
    )


def _upload(file: FileStorage | None) -> str:
    if file is None or not file.filename:
        raise Invalid([Problem("file", _("Elija un archivo."))])
    data = file.stream.read(tables.LARGEST_FILE + 1)
    return imports.upload(
        db.session(), actor(), g.organization, g.component, data, name=file.filename
    )


@blueprint.route(f"{STAFF}/importar/<code>", methods=["GET", "POST"])
@page(policy.MANAGE)
def check_import(code: str) -> Any:
    """Show what a file would do; on POST do it whole, or show every reason why not."""
    status = 200
    if request.method == "POST":
        try:
            done = imports.apply(db.session(), actor(), g.organization, g.component, code)
        except Invalid:
            status = 422
        except Conflict as error:
            flash(error.message, "warn")
            return see_other(url_for("budgets.staff"))
        else:
            flash(
                _(
                    "El archivo quedó aplicado: %(added)s nuevos, %(changed)s cambiados.",
                    added=len(done.added),
                    changed=len(done.changed),
                ),
                "ok",
            )
            return see_other(url_for("budgets.staff"))
    row = queries.upload(db.session(), imports.kind(g.component), code)
    found = imports.plan(db.session(), g.organization, g.component, row.body)
    return render(
        "budgets/staff/import_preview.html",
        status,
        upload=row,
        plan=found,
        shown=SHOWN,
        most_problems=tables.MOST_PROBLEMS,
        statuses=projects.STATUSES,
        **place(),
    )
