"""The permission of whoever looks after somebody under age: their page, and the minor's way out."""

from typing import Any

from flask import Response, abort, flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from participa.accounts import attempts, policy
from participa.accounts.forms import PermissionForm
from participa.accounts.models import GuardianState
from participa.accounts.services import guardians as services
from participa.accounts.services.one_time_codes import LinkGoneError
from participa.accounts.verification import guardian as method
from participa.accounts.views.site import blueprint, gone, looks_like_token, too_many, wait
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.web import page, render, see_other
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure


@blueprint.route("/permiso/<token>", methods=["GET", "POST"])
@page(policy.GUARD)
def guardian(token: str) -> ResponseReturnValue:
    """Say what a permission is for and take the answer. Opening the page does nothing."""
    if not looks_like_token(token):
        abort(404)
    form = PermissionForm()
    try:
        values = _shown(token)
        if request.method == "POST" and form.validate():
            if too_many("guardian", attempts.BY_TARGET, token):
                return wait("accounts/guardian.html", form, **values)
            return _answer(token, form)
    except LinkGoneError as error:
        return gone(error)
    except Invalid as error:
        db.session.rollback()
        explain(form, error)
        values = _shown(token)
    except Conflict as error:
        db.session.rollback()
        form.form_errors = [*form.form_errors, error.message]
        values = _shown(token)
    return _private(
        render("accounts/guardian.html", 422 if form.errors else 200, form=form, **values)
    )


def _answer(token: str, form: PermissionForm) -> ResponseReturnValue:
    session = db.session()
    if request.form.get("answer") == "no":
        services.refuse(session, g.actor, g.organization, token)
        return _private(render("accounts/guardian_done.html", accepted=False))
    services.accept(
        session,
        g.actor,
        g.organization,
        token,
        name=form.name.data or "",
        understood=bool(form.understood.data),
    )
    flash(_("Quedó anotado su permiso. Gracias."), "ok")
    return see_other(url_for("accounts.guardian", token=token))


@blueprint.post("/permiso/<token>/retirar")
@page(policy.GUARD)
def guardian_take_back(token: str) -> ResponseReturnValue:
    """Take a permission back, after asking."""
    if not looks_like_token(token):
        abort(404)
    try:
        values = _shown(token)
        if not is_sure():
            return _private(
                ask(
                    _("¿Retirar su permiso?"),
                    _("Sí, retirarlo"),
                    url_for("accounts.guardian", token=token),
                    _(
                        "%(name)s ya no podrá hacer lo que pide permiso. Lo que ya hizo, como un "
                        "voto, se queda. Borramos el nombre y el correo de usted.",
                        name=values["minor"].name,
                    ),
                )
            )
        services.take_back(db.session(), g.actor, g.organization, token)
    except LinkGoneError as error:
        return gone(error)
    return _private(render("accounts/guardian_done.html", accepted=True))


@blueprint.post("/cuenta/verificacion/permiso/retirar")
@page(policy.MANAGE_OWN)
def guardian_give_up() -> ResponseReturnValue:
    """Do without the permission that one asked for or was given, after asking."""
    if not is_sure():
        return ask(
            _("¿Quitar el permiso de quien le cuida?"),
            _("Sí, quitarlo"),
            url_for("accounts.verification"),
            _("Borramos el nombre y el correo de esa persona. Puede pedirlo de nuevo después."),
        )
    services.give_up(db.session(), g.actor, g.organization)
    flash(_("El permiso quedó quitado."), "ok")
    return see_other(url_for("accounts.verification"))


def _shown(token: str) -> dict[str, Any]:
    consent, minor = services.look(db.session(), g.organization, token, clock.now())
    return {
        "consent": consent,
        "minor": minor,
        "is_given": consent.state is GuardianState.ACCEPTED,
        "until": method.of_age_at(minor.birth_date, g.organization) if minor.birth_date else None,
        "token": token,
    }


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
