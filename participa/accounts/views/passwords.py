"""A forgotten password, and the first one of somebody with a code on paper."""

from flask import abort, flash, g, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from participa.accounts import attempts, kept_forms, policy
from participa.accounts.forms import EmailForm, FirstAccessForm, NewPasswordForm
from participa.accounts.services import one_time_codes, password_reset
from participa.accounts.views.sign_in import after_password
from participa.accounts.views.site import (
    blueprint,
    gone,
    link_to,
    looks_like_token,
    target_after,
    target_key,
    too_many,
    too_many_from_here,
    wait,
)
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid
from participa.core.web import page, render, see_other
from participa.ui.forms import explain


@blueprint.route("/clave/olvidada", methods=["GET", "POST"])
@page(policy.SIGN_IN)
def forgotten() -> ResponseReturnValue:
    """Ask for a link to choose a new password; the answer is the same for every address."""
    form = EmailForm()
    if form.validate_on_submit():
        # Not by the address: whoever asks on and on for somebody else must not keep them from it.
        if too_many("reset", attempts.MAILS_BY_TARGET):
            return wait("accounts/forgotten.html", form)
        password_reset.ask(
            db.session(),
            g.actor,
            g.organization,
            form.email.data or "",
            link=link_to("accounts.new_password"),
            confirm_link=link_to("accounts.confirm"),
        )
        kept_forms.reserve(target_key(form.email.data or ""))
        session["mailed"] = (form.email.data or "").strip()[:254]
        return see_other(url_for("accounts.reset_sent"))
    return render("accounts/forgotten.html", 422 if form.errors else 200, form=form)


@blueprint.get("/clave/revise-su-correo")
@page(policy.SIGN_IN)
def reset_sent() -> ResponseReturnValue:
    """Say that a mail is on its way, if the address has an account."""
    return render("accounts/reset_sent.html", address=session.get("mailed", ""))


@blueprint.route("/clave/nueva/<token>", methods=["GET", "POST"])
@page(policy.SIGN_IN)
def new_password(token: str) -> ResponseReturnValue:
    """Choose a new password with the link of a mail."""
    if not looks_like_token(token):
        abort(404)
    form = NewPasswordForm()
    try:
        person = one_time_codes.look(db.session(), one_time_codes.RESET, token, clock.now())
        if request.method == "POST" and form.validate_on_submit():
            if too_many("new_password", attempts.BY_TARGET, str(person.id)):
                return wait("accounts/new_password.html", form)
            password_reset.choose(
                db.session(), g.actor, g.organization, token, form.password.data or ""
            )
            flash(
                _("Su clave cambió y las sesiones abiertas se cerraron. Entre con la clave nueva."),
                "ok",
            )
            return see_other(url_for("accounts.sign_in", volver=target_after()))
    except Invalid as error:
        db.session.rollback()
        explain(form, error)
    except one_time_codes.LinkGoneError as error:
        return gone(error)
    return render("accounts/new_password.html", 422 if form.errors else 200, form=form)


@blueprint.route("/primer-ingreso", methods=["GET", "POST"])
@page(policy.SIGN_IN)
def first_access() -> ResponseReturnValue:
    """Choose the first password with the username and code of a printed sheet."""
    form = FirstAccessForm()
    if form.validate_on_submit():
        if too_many_from_here("first_access", attempts.BY_TARGET, form.username.data or ""):
            return wait("accounts/first_access.html", form)
        try:
            person = password_reset.first_access(
                db.session(),
                g.actor,
                g.organization,
                username=form.username.data or "",
                code=form.code.data or "",
                password=form.password.data or "",
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            answer = after_password(person, target_after())
            flash(_("Listo: desde ahora entra con su usuario y su clave."), "ok")
            return answer
    return render("accounts/first_access.html", 422 if form.errors else 200, form=form)
