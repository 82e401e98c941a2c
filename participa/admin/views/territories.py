"""The tree of territories: one level at a time, so that thousands are as light as ten."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.admin.forms import TerritoryForm, territory_form
from participa.admin.shell import blueprint
from participa.admin.views import csv_files
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Invalid, Missing
from participa.core.web import actor, page, render, see_other
from participa.core.words import normalize
from participa.organizations import policy, queries
from participa.organizations.models import Territory
from participa.organizations.services import imports, places
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure

ON_A_PAGE = 100


@blueprint.get("/territorios")
@page(policy.EDIT_TERRITORIES)
def territories() -> Any:
    """Show the territories of one level, or those whose name or code is looked for."""
    everything = g.organization.territories.values()
    inside = next((each for each in everything if each.code == request.args.get("dentro")), None)
    words = request.args.get("q", "")[:100]
    if words.strip():
        wanted = normalize(words).split()
        found = [
            each
            for each in g.organization.territories_in_order()
            if each.code == words.strip() or all(word in normalize(each.name) for word in wanted)
        ]
    else:
        found = [each for each in everything if each.parent_id == (inside.id if inside else None)]
    start = whole_number(request.args.get("desde")) or 0
    shown = found[start : start + ON_A_PAGE]
    below: dict[str, int] = {}
    for each in everything:
        for code in each.path[:-1]:
            below[code] = below.get(code, 0) + 1
    return render(
        "admin/territories.html",
        rows=[(each, below.get(each.code, 0), _path(each)) for each in shown],
        uses=queries.territory_uses(db.session(), g.organization, [each.id for each in shown]),
        inside=inside,
        above=_path(inside) if inside else [],
        q=words,
        total=len(found),
        all_of_them=len(everything),
        next_url=_page_url(start + ON_A_PAGE) if len(found) > start + ON_A_PAGE else None,
        prev_url=_page_url(max(0, start - ON_A_PAGE)) if start else None,
    )


def _page_url(start: int) -> str:
    kept: dict[str, Any] = {
        name: request.args[name] for name in ("dentro", "q") if request.args.get(name)
    }
    return url_for("admin.territories", **kept, desde=start or None)


def _path(territory: Territory) -> list[Territory]:
    """Return what contains a territory, from the root down, without itself."""
    found = []
    parent_id = territory.parent_id
    while parent_id is not None:
        parent = g.organization.territories[parent_id]
        found.append(parent)
        parent_id = parent.parent_id
    return found[::-1]


def _parent_id(form: TerritoryForm) -> int | None:
    """Return the id behind the code that was chosen; 0, which nothing has, for an unknown code."""
    code = (form.parent_id.data or "").strip()
    if not code:
        return None
    found = (each.id for each in g.organization.territories.values() if each.code == code)
    return next(found, 0)


@blueprint.route("/territorios/nuevo", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def new_territory() -> Any:
    """Add a territory."""
    form = territory_form(g.organization, new=True, parent_id=request.args.get("dentro", ""))
    if request.method == "GET":
        return _form_page(form, None)
    try:
        places.add_territory(
            db.session(),
            actor(),
            g.organization,
            code=form.code.data or "",
            name=form.name.data or "",
            level=form.level.data or "",
            parent_id=_parent_id(form),
        )
    except Invalid as error:
        explain(form, error)
        return _form_page(form, None, 422)
    flash(_("«%(name)s» quedó en la lista.", name=form.name.data), "ok")
    return see_other(url_for("admin.territories", dentro=form.parent_id.data or None))


@blueprint.route("/territorios/<int:territory_id>", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def territory(territory_id: int) -> Any:
    """Rename a territory, or move it to another place of the tree."""
    row = _find(territory_id)
    parent = g.organization.territories.get(row.parent_id)
    form = territory_form(
        g.organization,
        new=False,
        name=row.name,
        level=row.level,
        parent_id=parent.code if parent else "",
    )
    if request.method == "GET":
        return _form_page(form, row)
    try:
        places.change_territory(
            db.session(),
            actor(),
            g.organization,
            territory_id,
            name=form.name.data or "",
            level=form.level.data or "",
            parent_id=_parent_id(form),
        )
    except Invalid as error:
        explain(form, error)
        return _form_page(form, row, 422)
    flash(_("Los cambios quedaron guardados."), "ok")
    return see_other(url_for("admin.territories", dentro=form.parent_id.data or None))


def _form_page(form: TerritoryForm, row: Territory | None, status: int = 200) -> Any:
    levels = sorted({each.level for each in g.organization.territories.values()})
    uses = []
    if row is not None:
        uses = queries.territory_uses(db.session(), g.organization, [row.id]).get(row.id, [])
    return render("admin/territory.html", status, form=form, row=row, levels=levels[:50], uses=uses)


@blueprint.post("/territorios/<int:territory_id>/quitar")
@page(policy.EDIT_TERRITORIES)
def remove_territory(territory_id: int) -> Any:
    """Remove a territory, after asking."""
    row = _find(territory_id)
    parent = g.organization.territories.get(row.parent_id)
    if not is_sure():
        return ask(
            _("¿Quitar «%(name)s»?", name=row.name),
            _("Sí, quitarlo"),
            url_for("admin.territory", territory_id=row.id),
            _("Saldrá de la lista de territorios."),
            danger=True,
        )
    places.remove_territory(db.session(), actor(), g.organization, territory_id)
    flash(_("«%(name)s» ya no está en la lista.", name=row.name), "ok")
    return see_other(url_for("admin.territories", dentro=parent.code if parent else None))


def _find(territory_id: int) -> Territory:
    row: Territory | None = g.organization.territories.get(territory_id)
    if row is None:
        message = f"no territory {territory_id}"
        raise Missing(message)
    return row


@blueprint.get("/territorios.csv")
@page(policy.EDIT_TERRITORIES)
def territories_csv() -> Any:
    """Give the whole tree as the file that the import reads."""
    return csv_files.download(imports.TERRITORIES)


@blueprint.route("/territorios/importar", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def import_territories() -> Any:
    """Take a file, to be looked at before anything changes."""
    return csv_files.take(imports.TERRITORIES)


@blueprint.route("/territorios/importar/<code>", methods=["GET", "POST"])
@page(policy.EDIT_TERRITORIES)
def check_territories(code: str) -> Any:
    """Show what the file would change, and apply it when confirmed."""
    return csv_files.check(imports.TERRITORIES, code)
