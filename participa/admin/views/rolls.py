"""Rolls: made, loaded from a file, searched and corrected; documents are never shown."""

import datetime as dt
from typing import Any

from flask import Response, flash, g, request, url_for
from flask_babel import gettext as _

from participa.accounts import policy
from participa.accounts.models import Roll, RollEntry
from participa.accounts.queries import names
from participa.accounts.queries import rolls as queries
from participa.accounts.services.rolls import correcting, making
from participa.accounts.verification.documents import TYPE_LABELS, BadDocument, type_label
from participa.accounts.verification.roll_csv import birth_date
from participa.admin.shell import blueprint
from participa.admin.typed import Complaints, refuse
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid, Problem
from participa.core.events import sentence
from participa.core.registry import registry
from participa.core.tables import write
from participa.core.web import actor, page, render, see_other

LATEST = 20
"""Corrections that the page of a roll shows; the file has them all."""
MOST_PLACES = 400


@blueprint.route("/padrones", methods=["GET", "POST"])
@page(policy.MANAGE_ROLLS)
def rolls() -> Any:
    """Show the rolls, or make one."""
    typed = {name: request.form.get(name, "").strip() for name in ("name", "key", "until")}
    problems: Any = ()
    if request.method == "POST":
        try:
            row = making.create(
                db.session(),
                actor(),
                g.organization,
                key=typed["key"],
                name=typed["name"],
                until=_day(typed["until"], "until"),
            )
        except Invalid as error:
            problems = error.problems
        else:
            flash(_("El padrón quedó creado. Ahora cargue sus líneas."), "ok")
            return see_other(url_for("admin.load_roll", roll_id=row.id))
    return render(
        "admin/rolls.html",
        422 if problems else 200,
        rows=queries.rolls(db.session()),
        typed=typed,
        complaints=Complaints(problems),
    )


@blueprint.get("/padrones/<int:roll_id>")
@page(policy.MANAGE_ROLLS)
def roll(roll_id: int) -> Any:
    """Show a roll: how many lines where, how many people claimed theirs, what was corrected."""
    return _roll_page(queries.roll(db.session(), roll_id))


@blueprint.post("/padrones/<int:roll_id>/vigencia")
@page(policy.MANAGE_ROLLS)
def change_roll_until(roll_id: int) -> Any:
    """Set the last day on which verifications by a roll count."""
    row = queries.roll(db.session(), roll_id)
    typed = {"until": request.form.get("until", "").strip()}
    try:
        until = _day(typed["until"], "until")
        making.change_until(db.session(), actor(), g.organization, row.id, until)
    except Invalid as error:
        return _roll_page(row, error.problems, typed)
    flash(_("La vigencia quedó guardada."), "ok")
    return see_other(url_for("admin.roll", roll_id=row.id))


@blueprint.post("/padrones/<int:roll_id>/fecha-de-nacimiento")
@page(policy.MANAGE_ROLLS)
def ask_birth_date(roll_id: int) -> Any:
    """Say whether the document number alone is enough."""
    asks = request.form.get("asks") == "1"
    making.ask_birth_date(db.session(), actor(), g.organization, roll_id, asks=asks)
    flash(
        _("Desde ahora el padrón pide también la fecha de nacimiento.")
        if asks
        else _("Desde ahora basta el número del documento."),
        "ok",
    )
    return see_other(url_for("admin.roll", roll_id=roll_id))


@blueprint.post("/padrones/<int:roll_id>/buscar")
@page(policy.MANAGE_ROLLS)
def find_in_roll(roll_id: int) -> Any:
    """Look for the line of a document. By POST: the number is in no address and no log."""
    row = queries.roll(db.session(), roll_id)
    kind = request.form.get("document_type", "")
    number = request.form.get("document_number", "")
    try:
        found = queries.entry_by_document(db.session(), row, kind, number)
    except BadDocument as error:
        problem = Problem(f"document_{error.field}", error.sentence)
        return _roll_page(row, (problem,), {"document_type": kind, "document_number": number})
    if found is None:
        flash(_("Ese documento no está en el padrón."), "info")
        return _roll_page(row, typed={"document_type": kind})
    return see_other(url_for("admin.roll_line", roll_id=row.id, entry_id=found.id))


@blueprint.get("/padrones/<int:roll_id>/lineas/<int:entry_id>")
@page(policy.MANAGE_ROLLS)
def roll_line(roll_id: int, entry_id: int) -> Any:
    """Show one line, and correct it."""
    session = db.session()
    return _line_page(queries.roll(session, roll_id), queries.entry(session, roll_id, entry_id))


@blueprint.post("/padrones/<int:roll_id>/lineas/<int:entry_id>/retirar")
@page(policy.MANAGE_ROLLS)
def remove_roll_line(roll_id: int, entry_id: int) -> Any:
    """Take a line out, with a reason."""
    return _correct(roll_id, entry_id, correcting.remove, _("La línea quedó retirada."))


@blueprint.post("/padrones/<int:roll_id>/lineas/<int:entry_id>/liberar")
@page(policy.MANAGE_ROLLS)
def release_roll_line(roll_id: int, entry_id: int) -> Any:
    """Free a line that somebody else than its owner claimed, with a reason."""
    done = _("La línea quedó libre: su dueño puede verificarse con ella.")
    return _correct(roll_id, entry_id, correcting.release, done)


def _correct(roll_id: int, entry_id: int, service: Any, done: str) -> Any:
    session = db.session()
    row, line = queries.roll(session, roll_id), queries.entry(session, roll_id, entry_id)
    reason = request.form.get("reason", "")
    try:
        asked = service(session, actor(), g.organization, row.id, line.id, reason)
    except Invalid as error:
        return _line_page(row, line, error.problems, {"reason": reason})
    if asked is not None:
        done = _("Quedó pedido: la línea se libera cuando otra persona lo apruebe.")
    flash(done, "ok")
    return see_other(url_for("admin.roll_line", roll_id=row.id, entry_id=line.id))


@blueprint.route("/padrones/<int:roll_id>/agregar", methods=["GET", "POST"])
@page(policy.MANAGE_ROLLS)
def add_to_roll(roll_id: int) -> Any:
    """Add the line of one document, with a reason."""
    row = queries.roll(db.session(), roll_id)
    fields = ("document_type", "document_number", "birth_date", "territory", "group", "reason")
    typed = {name: request.form.get(name, "").strip() for name in fields}
    problems: list[Problem] = []
    if request.method == "POST":
        try:
            problems = []
            line = _new_line(typed, problems)
            refuse(problems)
            made = correcting.add(
                db.session(), actor(), g.organization, row.id, line, typed["reason"]
            )
        except Invalid as error:
            problems = list(error.problems)
        else:
            flash(_("La línea quedó en el padrón."), "ok")
            return see_other(url_for("admin.roll_line", roll_id=row.id, entry_id=made.id))
    return render(
        "admin/roll_add.html",
        422 if problems else 200,
        roll=row,
        typed=typed,
        places=g.organization.place_options,
        types=[(kind, type_label(kind)) for kind in sorted({*TYPE_LABELS, *row.document_types})],
        complaints=Complaints(problems),
    )


def _new_line(typed: dict[str, str], problems: list[Problem]) -> correcting.NewLine:
    today = clock.now().astimezone(g.organization.zone).date()
    born, wrong = birth_date(typed["birth_date"], today)
    if wrong is not None:
        problems.append(Problem("birth_date", wrong))
    places = {each.code: each.id for each in g.organization.territories.values()}
    if typed["territory"] and typed["territory"] not in places:
        problems.append(Problem("territory", _("Elija un lugar de la lista.")))
    return correcting.NewLine(
        typed["document_type"],
        typed["document_number"],
        born,
        places.get(typed["territory"]),
        typed["group"],
    )


@blueprint.get("/padrones/<int:roll_id>/correcciones.csv")
@page(policy.MANAGE_ROLLS)
def roll_corrections(roll_id: int) -> Any:
    """Give everything that was done to a roll, with its reasons and without document numbers."""
    row = queries.roll(db.session(), roll_id)
    found = _corrections(row)
    text = write(
        ("fecha", "hecho", "linea", "motivo", "quien"),
        [
            (
                each.at.astimezone(g.organization.zone).isoformat(timespec="seconds"),
                str(registry.fact(each.name).LABEL),  # type: ignore[union-attr]
                str(each.data.get("entry_id", "")),
                each.data.get("reason", ""),
                who,
            )
            for each, who, _words in found
        ],
    )
    return Response(
        "\ufeff" + text,
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename=correcciones-{row.key}.csv"},
    )


def _corrections(row: Roll, limit: int | None = None) -> list[tuple[Any, str, str]]:
    session = db.session()
    found = queries.corrections(session, row, limit)
    who = names(session, [each.actor_id for each in found if each.actor_id])
    shown = []
    for each in found:
        name = who.get(each.actor_id or 0) or _("La entidad")
        shown.append((each, name, sentence(registry.fact(each.name), each, name)))
    return shown


def _roll_page(row: Roll, problems: Any = (), typed: Any = None) -> Any:
    session = db.session()
    figures = queries.figures(session, row.id)
    return render(
        "admin/roll.html",
        422 if problems else 200,
        roll=row,
        figures=[
            (g.organization.territories.get(each.territory_id or 0), each) for each in figures
        ][:MOST_PLACES],
        claimed=sum(each.claimed for each in figures),
        removed=queries.removed_count(session, row.id),
        dateless=queries.without_birth_date(session, row.id),
        uploads=queries.uploads(session, row.id),
        corrections=_corrections(row, LATEST),
        types=_types(row),
        typed=typed or {},
        last_day=_last_day(row),
        complaints=Complaints(problems),
    )


def _line_page(row: Roll, line: RollEntry, problems: Any = (), typed: Any = None) -> Any:
    who = names(db.session(), [line.person_id] if line.person_id else [])
    return render(
        "admin/roll_line.html",
        422 if problems else 200,
        roll=row,
        line=line,
        territory=g.organization.territories.get(line.territory_id or 0),
        person=who.get(line.person_id or 0),
        typed=typed or {},
        complaints=Complaints(problems),
    )


def _types(row: Roll) -> list[tuple[str, str]]:
    return [(kind, type_label(kind)) for kind in row.document_types or TYPE_LABELS]


def _last_day(row: Roll) -> str:
    if row.until is None:
        return ""
    return (row.until.astimezone(g.organization.zone).date() - dt.timedelta(days=1)).isoformat()


def _day(text: str, path: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid.of(path, _("Escriba el día como 2026-03-12.")) from None
