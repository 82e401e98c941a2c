"""Making an account, and proving its address."""

from typing import Any

from flask import abort, flash, g, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from participa.accounts import attempts, login, policy
from participa.accounts.forms import ChoosePasswordForm, EmailForm, SignUpForm
from participa.accounts.purposes import DEFAULT_TEXT, PURPOSES
from participa.accounts.services import one_time_codes
from participa.accounts.services import sign_up as services
from participa.accounts.views.site import (
    blueprint,
    enter,
    gone,
    link_to,
    looks_like_token,
    target_after,
    too_many_from_here,
    wait,
)
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Invalid
from participa.core.i18n import current_locale
from participa.core.web import page, render, see_other
from participa.ui.forms import explain


def consent_text() -> dict[str, Any]:
    """Return the text that people agree to, its version, and whether the entity wrote it."""
    own = str(g.organization.consent_text)
    return {
        "consent_text": own or str(DEFAULT_TEXT),
        "consent_is_provisional": not own,
        "consent_version": g.organization.consent_version,
    }


@blueprint.route("/registro", methods=["GET", "POST"])
@page(policy.SIGN_UP)
def sign_up() -> ResponseReturnValue:
    """Make an account with an e-mail address."""
    target = target_after()
    if g.actor.is_signed_in:
        return see_other(target)
    form = SignUpForm(g.organization)
    form.volver.data = target
    values = {
        **consent_text(),
        "target": target,
        "carried": login.kept_forms.nonce(),
        "purposes": PURPOSES,
    }
    if form.validate_on_submit():
        if too_many_from_here("sign_up", attempts.MAILS_BY_TARGET, form.email.data or ""):
            return wait("accounts/sign_up.html", form, **values)
        application = services.Application(
            name=form.name.data or "",
            email=form.email.data or "",
            locale=current_locale(),
            purposes=[purpose for purpose in PURPOSES if form[purpose].data],
            birth_date=form.birth_date.data,
            territory_id=whole_number(form.territory_id.data),
        )
        try:
            services.sign_up(
                db.session(),
                g.actor,
                g.organization,
                application,
                link=link_to("accounts.confirm"),
                kept_key=session.get(login.kept_forms.COOKIE_KEY) if values["carried"] else None,
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            session["volver"] = target
            session["mailed"] = application.email.strip()[:254]
            return see_other(url_for("accounts.check_mail"))
    return render("accounts/sign_up.html", 422 if form.errors else 200, form=form, **values)


@blueprint.get("/registro/revise-su-correo")
@page(policy.SIGN_UP)
def check_mail() -> ResponseReturnValue:
    """Say that a mail is on its way; the same page whoever the address belongs to."""
    return render("accounts/check_mail.html", address=session.get("mailed", ""))


@blueprint.route("/registro/otro-enlace", methods=["GET", "POST"])
@page(policy.SIGN_UP)
def resend() -> ResponseReturnValue:
    """Send the confirmation link again."""
    form = EmailForm()
    if form.validate_on_submit():
        if too_many_from_here("resend", attempts.MAILS_BY_TARGET, form.email.data or ""):
            return wait("accounts/resend.html", form)
        services.resend(
            db.session(),
            g.actor,
            g.organization,
            form.email.data or "",
            link=link_to("accounts.confirm"),
        )
        session["mailed"] = (form.email.data or "").strip()[:254]
        return see_other(url_for("accounts.check_mail"))
    if not form.is_submitted():
        form.email.data = session.get("mailed", "")
    return render("accounts/resend.html", 422 if form.errors else 200, form=form)


@blueprint.route("/confirmar/<token>", methods=["GET", "POST"])
@page(policy.SIGN_UP)
def confirm(token: str) -> ResponseReturnValue:
    """Go on with a sign-up: choose the password. Opening does nothing: mail scanners do."""
    if not looks_like_token(token):
        abort(404)
    try:
        waiting = services.look(db.session(), token)
        form = ChoosePasswordForm(data={"name": waiting.typed["name"]})
        if form.validate_on_submit():
            person = services.confirm(
                db.session(),
                g.actor,
                g.organization,
                token,
                name=form.name.data or "",
                password=form.password.data or "",
            )
            answer = enter(person, target_after(), is_new=True)
            flash(_("Su correo quedó confirmado y ya entró con su cuenta."), "ok")
            return answer
    except Invalid as error:
        db.session.rollback()
        explain(form, error)
        waiting = services.look(db.session(), token)
    except one_time_codes.LinkGoneError as error:
        return gone(error)
    return render(
        "accounts/confirm.html", 422 if form.errors else 200, form=form, address=waiting.email
    )
