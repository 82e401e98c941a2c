"""The staff page of what moderation promises: hours, days and thresholds."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.core.db import db
from participa.core.errors import Invalid
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy, queries
from participa.moderation.forms.settings import TERMS, numbers, terms_form
from participa.moderation.services import terms as services
from participa.moderation.views import blueprint
from participa.ui.forms import explain


@blueprint.route("/gestion/moderacion/plazos", methods=["GET", "POST"])
@page(policy.GROUNDS)
def terms() -> Any:
    """Show each number with its sentence, and change them."""
    form = terms_form(queries.terms(db.session(), g.organization.id))
    if request.method == "POST":
        try:
            services.save(db.session(), actor(), g.organization, numbers(form))
        except Invalid as error:
            explain(form, error)
        else:
            flash(_("Los plazos quedaron guardados. Valen para lo que llegue desde ahora."), "ok")
            return see_other(url_for("moderation.terms"))
    return render(
        "moderation/settings/terms.html",
        422 if form.errors else 200,
        form=form,
        units={name: unit for name, (_label, _sentence, unit) in TERMS.items()},
    )
