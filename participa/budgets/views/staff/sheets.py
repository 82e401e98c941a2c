"""Sheets, as staff print and type them."""

from collections.abc import Mapping
from typing import Any

import segno
from flask import flash, g, request, session, url_for
from flask_babel import gettext as _

from participa.budgets import policy
from participa.budgets.forms.points import AgainForm, MakeForm
from participa.budgets.forms.sheets import HOW, PLAIN, TypingForm
from participa.budgets.models import CAUSES, Cause, SheetStatus
from participa.budgets.queries import pots, projects, votes
from participa.budgets.queries import sheets as queries
from participa.budgets.services import double_entry, sheets
from participa.budgets.services.double_entry import Came, Typing
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.rules import parts
from participa.budgets.views.staff.points import row_of, where
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.limits import limiter
from participa.core.web import actor, page, render, see_other
from participa.ui.forms import explain

PRINT_KEY = "hojas"
"""In the browser's cookie, until they are shown once: the point, the first sheet and the last."""
MOST_LINES = 400
LINES = 40
"""Lines of a list to sign."""

STATUSES: Mapping[SheetStatus, Any] = {
    SheetStatus.PRINTED: lambda: _("Impresa"),
    SheetStatus.FIRST: lambda: _("Digitada una vez"),
    SheetStatus.DIFFERENT: lambda: _("Digitada distinto"),
    SheetStatus.COUNTED: lambda: _("Contada"),
    SheetStatus.REJECTED: lambda: _("No se cuenta"),
    SheetStatus.SPOILED: lambda: _("Dañada"),
    SheetStatus.VOID: lambda: _("Anulada"),
}


@blueprint.route(f"{STAFF}/puntos/<int:point>/hojas", methods=["GET", "POST"])
@page(policy.MANAGE_POINTS)
def point_sheets(point: int) -> Any:
    """Show the sheets of a point; make new ones."""
    row = row_of(point)
    form = MakeForm()
    if form.is_submitted():
        try:
            made = sheets.make(db.session(), actor(), g.component, row.id, form.number.data or "")
        except Invalid as error:
            explain(form, error)
            return _list(row, form, AgainForm(formdata=None), 422)
        return _print(row.id, made)
    return _list(row, form, AgainForm(formdata=None))


@blueprint.post(f"{STAFF}/puntos/<int:point>/hojas/otra-vez")
@page(policy.MANAGE_POINTS)
def print_again(point: int) -> Any:
    """Print sheets once more, with a reason."""
    row = row_of(point)
    form = AgainForm()
    try:
        known = sheets.print_again(
            db.session(),
            actor(),
            g.component,
            row.id,
            form.first.data or "",
            form.last.data or "",
            form.reason.data or "",
        )
    except Invalid as error:
        explain(form, error)
        return _list(row, MakeForm(formdata=None), form, 422)
    return _print(row.id, known)


def _print(point: int, numbers: tuple[int, int]) -> Any:
    session[PRINT_KEY] = [point, *numbers]
    return see_other(url_for("budgets.print_sheets", point=point))


def _list(row: Any, form: MakeForm, again: AgainForm, status: int = 200) -> Any:
    wanted = request.args.get("estado", "")
    known = {each.value: each for each in SheetStatus}
    found = queries.list_page(db.session(), row.id, known.get(wanted), request.args.get("desde"))
    kept: dict[str, Any] = {"estado": wanted} if wanted in known else {}

    def link(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return url_for("budgets.point_sheets", point=row.id, **kept, desde=cursor)

    return render(
        "budgets/sheets/list.html",
        status,
        form=form,
        again=again,
        most=sheets.MOST_AT_ONCE,
        rows=found.rows,
        next_url=link(found.next),
        prev_url=link(found.previous),
        statuses={each: said() for each, said in STATUSES.items()},
        causes={each.value: CAUSES[each] for each in Cause},
        status_shown=wanted,
        **where(row),
    )


@blueprint.get(f"{STAFF}/puntos/<int:point>/hojas/imprimir")
@page(policy.MANAGE_POINTS)
def print_sheets(point: int) -> Any:
    """Show sheets to be printed, once: printing them again is asked for, with a reason."""
    row = row_of(point)
    kept = session.get(PRINT_KEY)
    if kept is None or kept[0] != row.id:
        flash(_("Para imprimir hojas otra vez, diga cuáles y por qué."), "info")
        return see_other(url_for("budgets.point_sheets", point=row.id, _anchor="otra-vez"))
    session.pop(PRINT_KEY)
    component = g.component
    vote = votes.state(db.session(), component)
    bags = pots.pots(db.session(), component)
    rows = projects.on_ballot(db.session(), component)
    answer = render(
        "budgets/sheets/print.html",
        sheets=[
            (each.number, each.check, _code(f"{each.number} {each.check}"))
            for each in queries.between(db.session(), row.id, kept[1], kept[2])
        ],
        bags=[(bag, [each for each in rows if each.pot_id == bag.id]) for bag in bags],
        categories={each.id: each for each in pots.categories(db.session(), component)},
        form=votes.rules(component, vote).form,
        voting=next(each for each in parts(component, vote, bags) if each.key == "vote"),
        **where(row),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _code(text: str) -> str:
    return segno.make(text, micro=False, error="m").svg_data_uri(
        scale=3, border=2, dark="#000", light="#fff"
    )


@blueprint.get(f"{STAFF}/puntos/<int:point>/firmas")
@page(policy.MANAGE_POINTS)
def signatures(point: int) -> Any:
    """Show a list to be signed by those who get a sheet, with as many lines as asked for."""
    asked = whole_number(request.args.get("lineas"), MOST_LINES)
    number = LINES if asked is None else max(asked, 1)
    return render(
        "budgets/points/staff/signatures.html",
        number=number,
        most=MOST_LINES,
        **where(row_of(point)),
    )


# --- typing


@blueprint.route(f"{STAFF}/digitar", methods=["GET", "POST"])
@page(policy.TYPE_SHEETS)
@limiter.limit("120/minute", methods=["POST"])
def type_sheets() -> Any:
    """Type a sheet; after each comes the next."""
    form = TypingForm()
    status, doubt = 200, False
    if form.is_submitted():
        try:
            result = double_entry.type_sheet(
                db.session(),
                actor(),
                g.component,
                Typing(
                    form.number.data or "",
                    form.check.data or "",
                    form.papeleta.data or "",
                    form.cause.data or "",
                    form.reason.data or "",
                    sure=request.form.get("sure") == "1",
                ),
            )
        except Invalid as error:
            doubt = any(each.path == "sure" for each in error.problems)
            explain(form, Invalid([each for each in error.problems if each.path != "sure"]))
            status = 422
        except Conflict as error:
            form.number.errors = [error.message]
            status = 422
        else:
            _say(result)
            return see_other(url_for("budgets.type_sheets"))
    vote = votes.state(db.session(), g.component)
    kind = votes.rules(g.component, vote).form.kind
    return render(
        "budgets/sheets/type.html",
        status,
        form=form,
        doubt=doubt,
        how=HOW.get(kind, PLAIN),
        counts=queries.counts(db.session(), g.component),
        different=queries.different(db.session(), g.component.id),
        **where(),
    )


def _say(result: double_entry.Result) -> None:
    number = result.number
    if result.came is Came.FIRST:
        flash(_("Hoja %(number)s: quedó digitada. Falta otra persona.", number=number), "ok")
    elif result.came is Came.COUNTED:
        flash(_("Hoja %(number)s: las dos veces igual, quedó contada.", number=number), "ok")
    elif result.came is Came.LEFT_OUT:
        flash(_("Hoja %(number)s: no se cuenta, y queda en el acta.", number=number), "ok")
    else:
        flash(
            _(
                "Hoja %(number)s: no coincide con lo que digitó otra persona. Apártela: quien mire "
                "el papel la digita de nuevo.",
                number=number,
            ),
            "warn",
        )
    for project in result.gone:
        flash(
            _(
                "El proyecto %(project)s ya no está en la votación: en la hoja %(number)s no "
                "cuenta.",
                project=project,
                number=number,
            ),
            "info",
        )
