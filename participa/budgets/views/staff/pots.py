"""Pots and categories, as staff prepare them."""

from collections.abc import Callable
from typing import Any

from flask import flash, g, url_for
from flask_babel import gettext as _

from participa.budgets import policy
from participa.budgets.forms.pots import CategoryForm, PotForm, category_form, pot_form
from participa.budgets.queries import pots as queries
from participa.budgets.services import pots as services
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.staff.board import place
from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.web import actor, page, render, see_other
from participa.ui.forms import explain, localized_of
from participa.ui.sure import ask, is_sure


def _reason(form: Any) -> str:
    return (form["reason"].data or "") if "reason" in form else ""


def _board() -> str:
    return url_for("budgets.staff")


@blueprint.route(f"{STAFF}/bolsas/nueva", methods=["GET", "POST"])
@page(policy.MANAGE)
def new_pot() -> Any:
    """Add a pot."""
    return _pot(None)


@blueprint.route(f"{STAFF}/bolsas/<int:pot>", methods=["GET", "POST"])
@page(policy.MANAGE)
def edit_pot(pot: int) -> Any:
    """Change a pot."""
    return _pot(queries.pot(db.session(), g.component.id, pot))


def _pot(row: Any) -> Any:
    where = place()
    form: PotForm = pot_form(g.organization, row, is_firm=where["is_firm"])
    return _save(
        form,
        lambda: services.save_pot(
            db.session(),
            actor(),
            g.organization,
            g.component,
            services.PotDraft(
                name=localized_of(form, "name"),
                amount=form.amount.data or "",
                citywide=bool(form.citywide.data),
                territory_id=form["territory_id"].data if "territory_id" in form else None,
                maximum=form.maximum.data or "",
            ),
            row.id if row else None,
            reason=_reason(form),
        ),
        _("La bolsa quedó guardada."),
        title=row.name if row else _("Agregar una bolsa"),
        remove_url=url_for("budgets.remove_pot", pot=row.id) if row else None,
        **where,
    )


def _save(form: Any, save: Callable[[], Any], said: str, **shown: Any) -> Any:
    """Show a form of the staff and save what it says; what is refused stays typed."""
    status = 200
    if form.is_submitted():
        try:
            save()
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(said, "ok")
            return see_other(_board())
    return render("budgets/staff/named.html", status, form=form, **shown)


@blueprint.post(f"{STAFF}/bolsas/<int:pot>/quitar")
@page(policy.MANAGE)
def remove_pot(pot: int) -> Any:
    """Remove a pot without projects, after asking."""
    row = queries.pot(db.session(), g.component.id, pot)
    return _remove(
        _("¿Quitar la bolsa «%(name)s»?", name=row.name),
        lambda: services.remove_pot(db.session(), actor(), g.component, pot),
        url_for("budgets.edit_pot", pot=pot),
    )


@blueprint.route(f"{STAFF}/categorias/nueva", methods=["GET", "POST"])
@page(policy.MANAGE)
def new_category() -> Any:
    """Add a category."""
    return _category(None)


@blueprint.route(f"{STAFF}/categorias/<int:category>", methods=["GET", "POST"])
@page(policy.MANAGE)
def edit_category(category: int) -> Any:
    """Change a category."""
    return _category(queries.category(db.session(), g.component.id, category))


def _category(row: Any) -> Any:
    where = place()
    form: CategoryForm = category_form(g.organization, row, is_firm=where["is_firm"])
    return _save(
        form,
        lambda: services.save_category(
            db.session(),
            actor(),
            g.organization,
            g.component,
            localized_of(form, "name"),
            row.id if row else None,
            reason=_reason(form),
        ),
        _("La categoría quedó guardada."),
        title=row.name if row else _("Agregar una categoría"),
        remove_url=url_for("budgets.remove_category", category=row.id) if row else None,
        **where,
    )


@blueprint.post(f"{STAFF}/categorias/<int:category>/quitar")
@page(policy.MANAGE)
def remove_category(category: int) -> Any:
    """Remove a category, after asking."""
    row = queries.category(db.session(), g.component.id, category)
    return _remove(
        _("¿Quitar la categoría «%(name)s»? Sus proyectos quedan sin categoría.", name=row.name),
        lambda: services.remove_category(db.session(), actor(), g.component, category),
        url_for("budgets.edit_category", category=category),
    )


def _remove(title: str, act: Any, back: str) -> Any:
    if not is_sure():
        return ask(title, _("Sí, quitarla"), back, danger=True)
    try:
        act()
    except Conflict as error:
        flash(error.message, "warn")
        return see_other(back)
    flash(_("Ya no está."), "ok")
    return see_other(_board())
