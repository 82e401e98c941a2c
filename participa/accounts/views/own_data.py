"""One's own data: all of it in a file, and all of it gone."""

import json

from flask import Response, flash, g
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from participa.accounts import attempts, login, personal_data, policy
from participa.accounts.forms import DeleteForm
from participa.accounts.services import deletion as services
from participa.accounts.views.account import crumbs, me
from participa.accounts.views.site import blueprint, too_many, wait
from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.web import page, render, see_other
from participa.ui.forms import explain


@blueprint.get("/cuenta/mis-datos")
@page(policy.MANAGE_OWN)
def own_data() -> ResponseReturnValue:
    """Everything held about oneself, as a JSON file."""
    data = personal_data.everything(db.session(), g.actor.person_id)
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str)
    return Response(
        text,
        mimetype="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="mis-datos-{g.organization.slug}.json"',
            "Cache-Control": "no-store",
        },
    )


@blueprint.route("/cuenta/eliminar", methods=["GET", "POST"])
@page(policy.MANAGE_OWN)
def delete() -> ResponseReturnValue:
    """Say what goes and what stays, ask for the password, and delete the account."""
    form = DeleteForm()
    values = {
        "has_password": me().password_hash is not None,
        "crumbs": crumbs(_("Eliminar mi cuenta")),
    }
    if not values["has_password"]:
        del form.password
    if form.validate_on_submit():
        if too_many("delete", attempts.BY_TARGET, str(g.actor.person_id)):
            return wait("accounts/delete.html", form, **values)
        try:
            services.delete(
                db.session(), g.actor, g.organization, password=form.data.get("password") or ""
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        except Conflict as error:
            db.session.rollback()
            form.form_errors = [*form.form_errors, error.message]
        else:
            login.leave()
            flash(_("Su cuenta se eliminó. Gracias por haber participado."), "ok")
            return see_other("/")
    return render("accounts/delete.html", 422 if form.errors else 200, form=form, **values)
