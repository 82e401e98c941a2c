"""Projects, as staff prepare them: one by one, or from proposals."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.budgets import policy
from participa.budgets.forms.projects import ProjectForm, project_form
from participa.budgets.models import SHEET
from participa.budgets.queries import candidates, pots
from participa.budgets.queries import projects as queries
from participa.budgets.services import projects as services
from participa.budgets.services import taking
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.staff.board import place
from participa.core.db import db, reading
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.facts import Ref
from participa.core.registry import registry
from participa.core.web import actor, page, render, see_other
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure


@blueprint.route(f"{STAFF}/proyectos/nuevo", methods=["GET", "POST"])
@page(policy.MANAGE)
def new_project() -> Any:
    """Add a project."""
    return _project(None)


@blueprint.route(f"{STAFF}/proyectos/<int:project>", methods=["GET", "POST"])
@page(policy.MANAGE)
def edit_project(project: int) -> Any:
    """Change a project."""
    return _project(project)


def _project(project: int | None) -> Any:
    session = db.session()
    with reading(session):
        row = None if project is None else queries.detail(session, g.component, project)
        where = place()
        bags = pots.pots(session, g.component)
        form: ProjectForm = project_form(
            g.organization,
            bags,
            pots.categories(session, g.component),
            row,
            is_firm=where["is_firm"],
        )
    status = 200
    if form.is_submitted():
        try:
            services.save(
                session,
                actor(),
                g.organization,
                g.component,
                _draft(form),
                project,
                picture=_uploaded("image", services.LARGEST_IMAGE),
                reason=(form["reason"].data or "") if "reason" in form else "",
            )
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(_("El proyecto quedó guardado."), "ok")
            return see_other(url_for("budgets.staff"))
    return render(
        "budgets/staff/project.html",
        status,
        form=form,
        project=row,
        has_pots=bool(bags),
        sheet=list(SHEET),
        **where,
    )


def _draft(form: ProjectForm) -> services.Draft:
    plain = (
        *("title", "summary", "body", "cost", "feasibility", "latitude", "longitude"),
        *("image_alt", "status"),
    )
    return services.Draft(
        **{name: form[name].data or "" for name in plain},
        pot_id=form.pot_id.data,
        category_id=form.category_id.data if form.category_id else None,
        territory_id=form["territory_id"].data if "territory_id" in form else None,
        language=(form.language.data if form.language else "") or "",
        sheet={name: form[f"sheet_{name}"].data or "" for name in SHEET},
        without_picture=bool(form.without_picture and form.without_picture.data),
    )


def _uploaded(name: str, largest: int) -> bytes | None:
    file = request.files.get(name)
    if file is None or not file.filename:
        return None
    return file.stream.read(largest + 1)


@blueprint.post(f"{STAFF}/proyectos/<int:project>/quitar")
@page(policy.MANAGE)
def remove_project(project: int) -> Any:
    """Remove a project before it is firm, after asking."""
    row = queries.detail(db.session(), g.component, project)
    back = url_for("budgets.edit_project", project=project)
    if not is_sure():
        return ask(
            _("¿Quitar el proyecto «%(title)s»?", title=row.title),
            _("Sí, quitarlo"),
            back,
            danger=True,
        )
    try:
        services.remove(db.session(), actor(), g.component, project)
    except Conflict as error:
        flash(error.message, "warn")
        return see_other(back)
    flash(_("El proyecto ya no está."), "ok")
    return see_other(url_for("budgets.staff"))


@blueprint.route(f"{STAFF}/proyectos/de-propuestas", methods=["GET", "POST"])
@page(policy.MANAGE)
def take_proposals() -> Any:
    """Choose standing proposals of the process and make projects of them."""
    problems: dict[str, list[Any]] = {}
    if request.method == "POST":
        chosen = {
            key: request.form.get(f"costo-{key}", "")
            for each in request.form.getlist("propuesta")
            if (key := whole_number(each)) is not None
        }
        try:
            made = taking.take(
                db.session(),
                actor(),
                g.organization,
                g.component,
                whole_number(request.form.get("bolsa")),
                chosen,
            )
        except Invalid as error:
            problems = dict(error.by_path())
        except Conflict as error:
            flash(error.message, "warn")
            return see_other(url_for("budgets.staff"))
        else:
            flash(
                ngettext(
                    "Se hizo un proyecto en borrador: complételo y póngalo en la votación.",
                    "Se hicieron %(num)s proyectos en borrador: complételos y póngalos en la "
                    "votación.",
                    len(made),
                ),
                "ok",
            )
            return see_other(url_for("budgets.staff", estado="draft"))
    found = candidates.page(db.session(), g.component, request.args.get("desde"))
    refs = {row.item_id: Ref(candidates.PROPOSAL, row.item_id) for row in found.rows}
    cards = registry.cards(db.session(), refs.values())
    return render(
        "budgets/staff/take.html",
        422 if problems else 200,
        rows=[(row, cards[refs[row.item_id]]) for row in found.rows if refs[row.item_id] in cards],
        pots=pots.pots(db.session(), g.component),
        problems=problems,
        typed=request.form,
        chosen=set(request.form.getlist("propuesta")),
        next_url=url_for("budgets.take_proposals", desde=found.next) if found.next else None,
        prev_url=url_for("budgets.take_proposals", desde=found.previous)
        if found.previous
        else None,
        **place(),
    )
