"""Turning the second step on and off, with its recovery codes."""

import segno
from flask import Response, flash, g, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from participa.accounts import attempts, policy
from participa.accounts.forms import PasswordForm, RemoveSecondFactorForm, SecondStepForm
from participa.accounts.queries import keys
from participa.accounts.services import second_factor as services
from participa.accounts.views.account import crumbs, me
from participa.accounts.views.site import blueprint, target_after, too_many, too_many_sentence
from participa.core.db import db
from participa.core.errors import Invalid
from participa.core.web import page, render, see_other
from participa.ui.forms import explain


@blueprint.get("/cuenta/segundo-paso")
@page(policy.MANAGE_OWN)
def second_factor() -> ResponseReturnValue:
    """Say what the second step is and whether it is on."""
    return _show()


def _show(status: int = 200, form: SecondStepForm | None = None, **forms: FlaskForm) -> Response:
    person = me()
    begun = person.totp_secret is not None and person.totp_confirmed_at is None
    address = services.address(person, g.organization) if begun else ""
    return render(
        "accounts/second_factor.html",
        status,
        person=person,
        form=form or SecondStepForm(formdata=None),
        begin_form=forms.get("begin_form") or PasswordForm(formdata=None, prefix="empezar-"),
        remove_form=forms.get("remove_form")
        or RemoveSecondFactorForm(formdata=None, prefix="quitar-"),
        renew_form=forms.get("renew_form") or SecondStepForm(formdata=None, prefix="nuevos-"),
        qr=segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
        if begun
        else "",
        secret=services.spaced(services.secret_of(person)).replace("-", " ") if begun else "",
        left=keys.recovery_codes_left(db.session(), person.id),
        target=target_after(default=""),
        crumbs=crumbs(_("Segundo paso")),
    )


@blueprint.post("/cuenta/segundo-paso/empezar")
@page(policy.MANAGE_OWN)
def begin_second_factor() -> ResponseReturnValue:
    """Make a secret to put in an application."""
    form = PasswordForm(prefix="empezar-")
    if _refuses(form):
        return wait_here(begin_form=form)
    if not form.validate_on_submit():
        return _show(422, begin_form=form)
    try:
        services.begin(db.session(), g.actor, g.organization, form.password.data or "")
    except Invalid as error:
        db.session.rollback()
        explain(form, error)
        return _show(422, begin_form=form)
    target = target_after(default="")
    return see_other(url_for("accounts.second_factor", volver=target or None, _anchor="activar"))


@blueprint.post("/cuenta/segundo-paso/activar")
@page(policy.MANAGE_OWN)
def confirm_second_factor() -> ResponseReturnValue:
    """Turn it on with a first code, and show the recovery codes once."""
    form = SecondStepForm()
    if _refuses(form):
        return wait_here(form)
    if form.validate_on_submit():
        try:
            codes = services.confirm(db.session(), g.actor, g.organization, form.code.data or "")
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            return _codes(codes)
    return _show(422, form)


@blueprint.post("/cuenta/segundo-paso/codigos")
@page(policy.MANAGE_OWN)
def renew_recovery_codes() -> ResponseReturnValue:
    """Replace the recovery codes."""
    form = SecondStepForm(prefix="nuevos-")
    if _refuses(form):
        return wait_here(renew_form=form)
    if form.validate_on_submit():
        try:
            codes = services.renew_codes(
                db.session(), g.actor, g.organization, form.code.data or ""
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            return _codes(codes)
    return _show(422, renew_form=form)


@blueprint.post("/cuenta/segundo-paso/quitar")
@page(policy.MANAGE_OWN)
def remove_second_factor() -> ResponseReturnValue:
    """Turn it off."""
    form = RemoveSecondFactorForm(prefix="quitar-")
    if _refuses(form):
        return wait_here(remove_form=form)
    if form.validate_on_submit():
        try:
            services.remove(
                db.session(),
                g.actor,
                g.organization,
                password=form.password.data or "",
                code=form.code.data or "",
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            flash(_("El segundo paso quedó desactivado."), "ok")
            return see_other(url_for("accounts.second_factor"))
    return _show(422, remove_form=form)


def _refuses(form: FlaskForm) -> bool:
    if not too_many("second_factor", attempts.BY_TARGET, str(g.actor.person_id)):
        return False
    form.form_errors = [too_many_sentence()]
    return True


def wait_here(form: SecondStepForm | None = None, **forms: FlaskForm) -> Response:
    """Show the page again: too many attempts."""
    return _show(429, form, **forms)


def _codes(codes: list[str]) -> Response:
    """Show recovery codes, the only time that anybody sees them."""
    answer = render(
        "accounts/recovery_codes.html",
        codes=codes,
        target=target_after(default=url_for("accounts.account")),
        crumbs=crumbs(_("Códigos de recuperación")),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
