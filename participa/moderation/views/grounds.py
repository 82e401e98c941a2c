"""Staff pages of the grounds: in what order, in which words, what the author is told."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy, queries
from participa.moderation.forms.settings import ground_form
from participa.moderation.models import Ground
from participa.moderation.services import grounds as services
from participa.moderation.views import blueprint
from participa.moderation.views.words import SEVERITY_LABELS
from participa.ui.forms import explain


@blueprint.get("/gestion/moderacion/motivos")
@page(policy.GROUNDS)
def grounds() -> Any:
    """Show the grounds in their order, retired ones too, with how often each was used."""
    session = db.session()
    return render(
        "moderation/settings/grounds.html",
        rows=queries.grounds(session, active=False),
        uses=queries.ground_uses(session),
        severities=SEVERITY_LABELS,
    )


@blueprint.route("/gestion/moderacion/motivos/nuevo", methods=["GET", "POST"])
@page(policy.GROUNDS)
def new_ground() -> Any:
    """Add a ground at the end of the list."""
    return _edit(None)


@blueprint.route("/gestion/moderacion/motivos/<int:ground_id>", methods=["GET", "POST"])
@page(policy.GROUNDS)
def ground(ground_id: int) -> Any:
    """Change a ground's words, how grave it is, its place, or whether it is offered."""
    return _edit(queries.ground(db.session(), ground_id))


def _edit(row: Ground | None) -> Any:
    session = db.session()
    every = [each.id for each in queries.grounds(session, active=False)]
    form = ground_form(
        g.organization.locales,
        g.organization.locale,
        row,
        every.index(row.id) + 1 if row is not None else None,
    )
    if request.method == "POST":
        try:
            services.save(
                session, actor(), g.organization, row.id if row else None, form.values(row)
            )
        except Invalid as error:
            explain(form, error)
        except Conflict as error:
            form.form_errors = [*form.form_errors, error.message]
        else:
            flash(_("El motivo quedó guardado."), "ok")
            return see_other(url_for("moderation.grounds"))
    title = str(row.name) if row is not None else _("Agregar un motivo")
    return render(
        "moderation/settings/ground.html",
        422 if form.errors else 200,
        form=form,
        row=row,
        title=title,
        uses=queries.ground_uses(session).get(row.id, 0) if row is not None else 0,
    )
