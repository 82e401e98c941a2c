"""Making a vote firm: everything that will not move is shown before it happens."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.budgets import policy
from participa.budgets.forms.projects import LockForm
from participa.budgets.queries import pots, projects
from participa.budgets.rules import rules_of
from participa.budgets.services import lock as services
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.rules import parts
from participa.budgets.views.staff.board import place
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid
from participa.core.policy import authorize
from participa.core.web import actor, page, render, see_other
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure


@blueprint.route(f"{STAFF}/en-firme", methods=["GET", "POST"])
@page(policy.SEE_STAFF_PAGES)
def lock() -> Any:
    """Show the checklist and all that becomes firm; on POST make it firm."""
    where = place()
    if request.method == "POST":
        authorize(policy.LOCK, actor(), g.component, at=clock.moment())
    if where["is_firm"]:
        return see_other(url_for("budgets.staff"))
    form = LockForm()
    rules = rules_of(g.component.settings)
    if rules.ties != "lot":
        del form.seed_source
    status = 200
    if form.is_submitted():
        source = (form.seed_source.data or "") if form.seed_source else ""
        if not is_sure():
            return ask(
                _("¿Dejar en firme la votación?"),
                _("Sí, dejar en firme"),
                url_for("budgets.lock"),
                _("La regla ya no se podrá cambiar."),
                fields={"seed_source": source} if form.seed_source else {},
                items=[_("La semilla del sorteo saldrá de: %(source)s", source=source)]
                if source
                else [],
            )
        try:
            services.lock(
                db.session(),
                actor(),
                g.component,
                seed_source=source,
            )
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(_("La regla, las bolsas y los proyectos quedaron en firme."), "ok")
            return see_other(url_for("budgets.staff"))
    items = services.checklist(db.session(), g.component, clock.moment())
    return render(
        "budgets/staff/lock.html",
        status,
        form=form,
        items=items,
        is_ready=all(each.is_done for each in items),
        parts_shown=parts(g.component, None, pots.pots(db.session(), g.component)),
        pots=pots.pots(db.session(), g.component),
        rows=projects.on_ballot(db.session(), g.component),
        **where,
    )
