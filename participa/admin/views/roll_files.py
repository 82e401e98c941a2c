"""The file of a roll: read, asked about what it does not say, looked at, applied."""

import datetime as dt
from typing import Any, BinaryIO, cast

from flask import Response, flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.accounts import policy
from participa.accounts.models import Roll
from participa.accounts.queries import roll_files as contents
from participa.accounts.queries import rolls as queries
from participa.accounts.services.rolls import applying, loading, settling
from participa.accounts.verification.documents import type_label
from participa.accounts.verification.roll_csv import COLUMNS
from participa.admin.shell import blueprint
from participa.admin.typed import Complaints
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid, Problem
from participa.core.policy import can
from participa.core.tables import MOST_PROBLEMS, write
from participa.core.web import actor, page, render, see_other

LARGEST_FILE = 128 * 1024 * 1024
"""Bytes: three million lines."""
MOST_PLACES = 400
SAMPLES = 5
"""Lines of a file that its preview shows as they were understood."""


def allow_large_files() -> None:
    """Let administrators send a whole census; for everybody else the usual limit stays.

    Asked before anything reads the form, which is what the limit is about.
    """
    if request.endpoint != "admin.load_roll" or g.get("actor") is None:
        return
    if can(policy.MANAGE_ROLLS, g.actor, g.organization, at=clock.now()):
        request.max_content_length = LARGEST_FILE


@blueprint.route("/padrones/<int:roll_id>/cargar", methods=["GET", "POST"])
@page(policy.MANAGE_ROLLS)
def load_roll(roll_id: int) -> Any:
    """Take a file and read it to the end, to be looked at before anything changes."""
    typed = {name: request.form.get(name, "").strip() for name in ("replace", "reason")}
    if request.method == "GET":
        return _load_page(roll_id, typed)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _load_page(roll_id, typed, (Problem("file", _("Elija un archivo.")),))
    stream = cast("BinaryIO", file.stream)
    try:
        source = loading.Source(stream, file.filename, bool(typed["replace"]), typed["reason"])
        upload = loading.read(db.session(), actor(), g.organization, roll_id, source)
    except Invalid as error:
        return _load_page(roll_id, typed, error.problems)
    finally:
        # What is above half a megabyte was in a temporary file: it goes now.
        file.close()
    return see_other(url_for("admin.check_roll_file", roll_id=roll_id, upload_id=upload.id))


def _load_page(roll_id: int, typed: dict[str, str], problems: Any = ()) -> Any:
    return render(
        "admin/roll_load.html",
        422 if problems else 200,
        roll=queries.roll(db.session(), roll_id),
        typed=typed,
        columns=COLUMNS,
        complaints=Complaints(problems),
    )


@blueprint.route("/padrones/<int:roll_id>/cargar/<int:upload_id>", methods=["GET", "POST"])
@page(policy.MANAGE_ROLLS)
def check_roll_file(roll_id: int, upload_id: int) -> Any:
    """Show what a file would do; on POST, do it whole or say why not."""
    session = db.session()
    row = queries.roll(session, roll_id)
    upload = queries.upload(session, roll_id, upload_id)
    if request.method == "POST":
        if request.form.get("descartar"):
            loading.discard(session, actor(), g.organization, roll_id, upload_id)
            flash(_("El archivo quedó descartado. Nada cambió."), "info")
            return see_other(url_for("admin.roll", roll_id=roll_id))
        try:
            if request.form.get("responder"):
                return _settle(row, upload)
            done = applying.apply(
                session,
                actor(),
                g.organization,
                roll_id,
                upload_id,
                without_problems=bool(request.form.get("sin_problemas")),
            )
        except Invalid as error:
            return _check_page(row, upload, 422, error.problems)
        added = ngettext("%(num)s línea nueva", "%(num)s líneas nuevas", done.added)
        gone = ngettext("%(num)s retirada", "%(num)s retiradas", done.removed)
        flash(_("El padrón quedó cargado: %(what)s.", what=f"{added}, {gone}"), "ok")
        return see_other(url_for("admin.roll", roll_id=roll_id))
    return _check_page(row, upload)


def _settle(row: Roll, upload: Any) -> Any:
    types = {
        written: request.form.get(f"type_{place}", "")
        for place, written in enumerate(upload.found.get("unknown") or {})
    }
    dates = request.form.get("dates", "")
    settling.settle(db.session(), actor(), g.organization, row.id, upload.id, types, dates)
    return see_other(url_for("admin.check_roll_file", roll_id=row.id, upload_id=upload.id))


@blueprint.get("/padrones/<int:roll_id>/cargar/<int:upload_id>/problemas.csv")
@page(policy.MANAGE_ROLLS)
def roll_file_problems(roll_id: int, upload_id: int) -> Any:
    """Give what is wrong with a file, by line, to be mended beside it."""
    upload = queries.upload(db.session(), roll_id, upload_id)
    rows = [
        (str(each.line or ""), each.path, str(each.message)) for each in loading.problems_of(upload)
    ]
    return Response(
        "\ufeff" + write(("linea", "columna", "problema"), rows),
        mimetype="text/csv",
        headers={"Content-Disposition": "attachment; filename=problemas.csv"},
    )


def _check_page(row: Roll, upload: Any, status: int = 200, problems: Any = ()) -> Any:
    session = db.session()
    unknown = upload.found.get("unknown") or {}
    settled = settling.is_settled(upload)
    places = g.organization.territories
    return render(
        "admin/roll_check.html",
        status,
        roll=row,
        upload=upload,
        effect=queries.effect(session, upload),
        problems=loading.problems_of(upload)[:MOST_PROBLEMS],
        settled=settled,
        complaints=Complaints(() if settled else problems),
        typed=request.form,
        unknown=[
            (
                written,
                lines,
                [
                    ("", _("Elija uno")),
                    *[
                        (kind, type_label(kind))
                        for kind in contents.candidate_types(session, upload.id, written)
                    ],
                    (settling.LEAVE_OUT, _("Dejar fuera estas líneas")),
                ],
            )
            for written, lines in unknown.items()
        ],
        dates=[dt.date.fromisoformat(each) for each in upload.found.get("dates") or ()],
        types=[
            (type_label(each.document_type), each)
            for each in contents.upload_types(session, upload.id)
        ],
        samples=[
            (
                each,
                type_label(each.document_type),
                places.get(each.territory_id or 0),
            )
            for each in contents.upload_samples(session, upload.id, SAMPLES)
        ],
        figures=[
            (g.organization.territories.get(place or 0), lines)
            for place, lines in contents.upload_figures(session, upload.id).items()
        ][:MOST_PLACES],
    )
