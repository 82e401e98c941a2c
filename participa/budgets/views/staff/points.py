"""Polling points, as staff prepare them: places, who is in charge, acts."""

import datetime as dt
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.accounts.queries import people
from participa.budgets import policy
from participa.budgets.forms.points import ActForm, ChargeForm, PointForm, ReasonForm, point_form
from participa.budgets.models import Point
from participa.budgets.queries import points as queries
from participa.budgets.services import points as services
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.staff.board import place
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.web import actor, page, render, see_other
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure

FOUND = 20
LATELY = dt.timedelta(days=2)
"""How long it is shown that somebody went past their limit."""


def where(row: Point | None = None) -> dict[str, Any]:
    """Return what every page about points shows."""
    return {**place(), "point": row}


def row_of(point: int) -> Point:
    """Return the point of an address. Raises :class:`Missing`."""
    return queries.point(db.session(), g.component.id, point)


@blueprint.get(f"{STAFF}/puntos")
@page(policy.SEE_STAFF_PAGES)
def staff_points() -> Any:
    """Show the points with what came of them."""
    return render(
        "budgets/points/staff/list.html",
        rows=queries.listed(db.session(), g.component),
        figures=queries.figures(db.session(), g.component),
        alerts=queries.alerts(db.session(), g.component, clock.now() - LATELY),
        nothing=queries.Figures(),
        has_roll=bool(g.component.settings.roll),
        **where(),
    )


@blueprint.route(f"{STAFF}/puntos/nuevo", methods=["GET", "POST"])
@page(policy.MANAGE_POINTS)
def new_point() -> Any:
    """Add a point."""
    return _edit(None)


@blueprint.route(f"{STAFF}/puntos/<int:point>/editar", methods=["GET", "POST"])
@page(policy.MANAGE_POINTS)
def edit_point(point: int) -> Any:
    """Change a point."""
    return _edit(row_of(point))


def _edit(row: Point | None) -> Any:
    form: PointForm = point_form(g.organization, row)
    status = 200
    if form.is_submitted():
        draft = services.PointDraft(
            form.name.data or "",
            form.address.data or "",
            form["territory_id"].data if "territory_id" in form else None,
        )
        try:
            saved = services.save(
                db.session(),
                actor(),
                g.organization,
                g.component,
                draft,
                row.id if row is not None else None,
            )
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(_("El punto quedó guardado."), "ok")
            return see_other(url_for("budgets.staff_point", point=saved))
    return render("budgets/points/staff/edit.html", status, form=form, **where(row))


@blueprint.get(f"{STAFF}/puntos/<int:point>")
@page(policy.SEE_STAFF_PAGES)
def staff_point(point: int) -> Any:
    """Show a point: who is in charge, its sheets, its act."""
    row = row_of(point)
    return render(
        "budgets/points/staff/point.html",
        act=queries.act(db.session(), g.component, row),
        charges=queries.promoters(db.session(), row.id),
        lately=clock.now() - LATELY,
        reopening=ReasonForm(),
        **where(row),
    )


@blueprint.post(f"{STAFF}/puntos/<int:point>/quitar")
@page(policy.MANAGE_POINTS)
def remove_point(point: int) -> Any:
    """Remove a point that nobody used, after asking."""
    row = row_of(point)
    back = url_for("budgets.staff_point", point=row.id)
    if not is_sure():
        return ask(_("¿Quitar el punto «%(name)s»?", name=row.name), _("Sí, quitarlo"), back)
    try:
        services.remove(db.session(), actor(), g.component, row.id)
    except Conflict as error:
        flash(error.message, "warn")
        return see_other(back)
    flash(_("Ya no está."), "ok")
    return see_other(url_for("budgets.staff_points"))


# --- promoters


@blueprint.route(f"{STAFF}/puntos/<int:point>/encargos", methods=["GET", "POST"])
@page(policy.MANAGE_POINTS)
def charges(point: int) -> Any:
    """Show who is in charge of a point; look for somebody and put them in charge."""
    row = row_of(point)
    words = request.args.get("q", "").strip()[:100]
    form = ChargeForm()
    status = 200
    if form.is_submitted():
        try:
            services.give(
                db.session(),
                actor(),
                g.component,
                row.id,
                _number("person"),
                form.per_hour.data or "",
            )
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(_("Quedó a cargo del punto. Le avisamos."), "ok")
            return see_other(url_for("budgets.charges", point=row.id))
    else:
        form.per_hour.data = "30"
    return render(
        "budgets/points/staff/charges.html",
        status,
        form=form,
        q=words,
        chosen=_number("person"),
        found=people.search(db.session(), words, size=FOUND).rows if words else [],
        charges=queries.promoters(db.session(), row.id),
        lately=clock.now() - LATELY,
        **where(row),
    )


@blueprint.post(f"{STAFF}/puntos/<int:point>/encargos/terminar")
@page(policy.MANAGE_POINTS)
def end_charge(point: int) -> Any:
    """End somebody's charge of a point, after asking."""
    row, person = row_of(point), people.get(db.session(), _number("person"))
    back = url_for("budgets.charges", point=row.id)
    if not is_sure():
        return ask(
            _("¿Terminar el encargo de %(name)s?", name=person.name),
            _("Sí, terminarlo"),
            back,
            _("Desde ese momento no puede registrar votos en este punto."),
            fields={"person": person.id},
        )
    services.end(db.session(), actor(), g.component, row.id, person.id)
    flash(_("El encargo terminó."), "ok")
    return see_other(back)


def _number(name: str) -> int:
    return whole_number(request.form.get(name)) or 0


# --- the act


@blueprint.route(f"{STAFF}/puntos/<int:point>/acta", methods=["GET", "POST"])
@page(policy.MANAGE_POINTS)
def point_act(point: int) -> Any:
    """Show the act of a point, to be checked and printed; on POST close it."""
    row = row_of(point)
    form = ActForm(obj=row)
    status = 200
    if form.is_submitted():
        written = form.signed.data or "", form.remarks.data or ""
        try:
            if not is_sure():
                # What would be refused is said at once, without a question before.
                act, _remarks = services.checked_act(db.session(), g.component, row, *written)
                return _ask_act(row, form, act)
            services.reconcile(db.session(), actor(), g.component, row.id, *written)
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(_("El acta quedó cerrada."), "ok")
            return see_other(url_for("budgets.point_act", point=row.id))
    typed = services.counted(str(form.signed.data or ""), services.MOST_SIGNED)
    return render(
        "budgets/points/staff/act.html",
        status,
        form=form,
        act=queries.act(db.session(), g.component, row, typed),
        by=people.get(db.session(), row.reconciled_by_id) if row.reconciled_by_id else None,
        **where(row),
    )


def _ask_act(row: Point, form: ActForm, act: queries.Act) -> Any:
    """Ask, where no script did, with what was typed and whether it agrees with the sheets."""
    remarks = form.remarks.data or ""
    items = [_("Firmas en la lista: %(count)s", count=act.signed)]
    if not act.adds_up:
        items.append(_("Los números no coinciden: mire «La suma» en el acta."))
    if remarks:
        items.append(_("Observaciones: %(text)s", text=remarks))
    return ask(
        _("¿Cerrar el acta de «%(point)s»?", point=row.name),
        _("Sí, cerrarla"),
        url_for("budgets.point_act", point=row.id),
        _("Nada de este punto se podrá cambiar sin reabrirla."),
        fields={"signed": form.signed.data or "", "remarks": remarks},
        items=items,
    )


@blueprint.route(f"{STAFF}/puntos/<int:point>/reabrir", methods=["GET", "POST"])
@page(policy.MANAGE_POINTS)
def reopen_act(point: int) -> Any:
    """Open a point's act again, with a reason."""
    row = row_of(point)
    form = ReasonForm()
    status = 200
    if form.is_submitted():
        try:
            services.reopen(db.session(), actor(), g.component, row.id, form.reason.data or "")
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(_("El acta está abierta otra vez."), "ok")
            return see_other(url_for("budgets.staff_point", point=row.id))
    return render("budgets/points/staff/reopen.html", status, form=form, **where(row))
