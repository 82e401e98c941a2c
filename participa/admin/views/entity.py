"""The entity's own data."""

import re
from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.accounts.queries import staff
from participa.admin.forms import EntityForm, entity_form
from participa.admin.shell import blueprint
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.web import actor, page, render, see_other
from participa.organizations import colours, policy, queries
from participa.organizations.services import entity as services
from participa.ui.forms import explain


@blueprint.get("/entidad")
@page(policy.EDIT)
def entity() -> Any:
    """Show the entity's data in a form."""
    return _page(entity_form(g.organization))


@blueprint.post("/entidad")
@page(policy.EDIT)
def save_entity() -> Any:
    """Save the entity's data, or show again what was typed with what is wrong."""
    form = entity_form(g.organization)
    picture = request.files.get("logo")
    try:
        changed = services.edit(
            db.session(),
            actor(),
            g.organization,
            form.entity(g.organization),
            version=whole_number(form.version.data) or 0,
            picture=picture.read() if picture is not None and picture.filename else None,
            without_logo=bool(form.without_logo.data),
        )
    except Invalid as error:
        explain(form, error)
        return _page(form, 422)
    except Conflict as error:
        present = queries.by_id(db.session(), g.organization.id)
        form.version.data = str(present.version)
        form.form_errors.append(error.message)
        return _page(form, 409)
    if "staff_second_factor" in changed and form.staff_second_factor.data:
        flash(_("Los datos de la entidad quedaron guardados."), "ok")
        if any(each.id == actor().person_id for each in staff.without_second_factor(db.session())):
            flash(_("A usted también le falta el segundo paso: actívelo ahora."), "warn")
            return see_other(url_for("accounts.second_factor", volver=url_for("admin.entity")))
        return see_other(url_for("admin.entity"))
    if changed:
        flash(_("Los datos de la entidad quedaron guardados."), "ok")
    else:
        flash(_("No había nada que cambiar."), "info")
    return see_other(url_for("admin.entity"))


def _page(form: EntityForm, status: int = 200) -> Any:
    accent = (form.accent.data or "").strip().lower()
    ratio = None
    if re.fullmatch(r"#[0-9a-f]{6}", accent):
        ratio = colours.contrast(accent, services.PAPER)
    return render(
        "admin/entity.html",
        status,
        form=form,
        ratio=ratio,
        lacking=staff.without_second_factor(db.session()),
        grace=services.GRACE.days,
        enough=services.ENOUGH_CONTRAST,
        languages=[
            name.removeprefix("summary_") for name in form._fields if name.startswith("summary_")
        ],
    )
