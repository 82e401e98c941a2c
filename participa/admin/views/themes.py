"""The list of themes."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.admin.forms import ThemeForm
from participa.admin.shell import blueprint
from participa.admin.views import csv_files
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Invalid, Missing
from participa.core.web import actor, page, render, see_other
from participa.organizations import policy, queries
from participa.organizations.models import Theme
from participa.organizations.services import imports, places
from participa.ui.forms import explain, localized_of
from participa.ui.sure import ask, is_sure


@blueprint.get("/temas")
@page(policy.EDIT_TERRITORIES)
def themes() -> Any:
    """Show the themes in their order, with what is filed under each."""
    rows = list(g.organization.themes.values())
    return render(
        "admin/themes.html",
        rows=rows,
        uses=queries.theme_uses(db.session(), [each.id for each in rows]),
    )


@blueprint.route("/temas/nuevo", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def new_theme() -> Any:
    """Add a theme at the end of the list."""
    form = ThemeForm()
    del form.place
    if request.method == "GET":
        return render("admin/theme.html", form=form, row=None)
    try:
        places.add_theme(
            db.session(),
            actor(),
            g.organization,
            code=form.code.data or "",
            name=localized_of(form, "name"),
        )
    except Invalid as error:
        explain(form, error)
        return render("admin/theme.html", 422, form=form, row=None)
    flash(_("«%(name)s» quedó en la lista.", name=form.name_es.data), "ok")
    return see_other(url_for("admin.themes"))


@blueprint.route("/temas/<int:theme_id>", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def theme(theme_id: int) -> Any:
    """Rename a theme, or put it elsewhere in the list."""
    row = _find(theme_id)
    ids = list(g.organization.themes)
    names = {f"name_{code}": text for code, text in row.name.items()}
    form = ThemeForm(data={**names, "place": str(ids.index(theme_id) + 1)})
    del form.code
    if request.method == "GET":
        return render("admin/theme.html", form=form, row=row)
    try:
        places.change_theme(
            db.session(),
            actor(),
            g.organization,
            theme_id,
            name=localized_of(form, "name", row.name),
            place=whole_number(form.place.data),
        )
    except Invalid as error:
        explain(form, error)
        return render("admin/theme.html", 422, form=form, row=row)
    flash(_("Los cambios quedaron guardados."), "ok")
    return see_other(url_for("admin.themes"))


@blueprint.post("/temas/<int:theme_id>/quitar")
@page(policy.EDIT_TERRITORIES)
def remove_theme(theme_id: int) -> Any:
    """Remove a theme, after asking."""
    row = _find(theme_id)
    if not is_sure():
        return ask(
            _("¿Quitar «%(name)s»?", name=row.name),
            _("Sí, quitarlo"),
            url_for("admin.theme", theme_id=row.id),
            _("Saldrá de la lista de temas."),
            danger=True,
        )
    places.remove_theme(db.session(), actor(), g.organization, theme_id)
    flash(_("«%(name)s» ya no está en la lista.", name=row.name), "ok")
    return see_other(url_for("admin.themes"))


def _find(theme_id: int) -> Theme:
    row: Theme | None = g.organization.themes.get(theme_id)
    if row is None:
        message = f"no theme {theme_id}"
        raise Missing(message)
    return row


@blueprint.get("/temas.csv")
@page(policy.EDIT_TERRITORIES)
def themes_csv() -> Any:
    """Give the themes as the file that the import reads."""
    return csv_files.download(imports.THEMES)


@blueprint.route("/temas/importar", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def import_themes() -> Any:
    """Take a file, to be looked at before anything changes."""
    return csv_files.take(imports.THEMES)


@blueprint.route("/temas/importar/<code>", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def check_themes(code: str) -> Any:
    """Show what the file would change, and apply it when confirmed."""
    return csv_files.check(imports.THEMES, code)
