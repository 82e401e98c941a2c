"""Signing in, with a second step where there is one, and out."""

from typing import Any

from flask import Response, flash, g, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from participa.accounts import attempts, devices, login, policy
from participa.accounts.forms import SecondStepForm, SignInForm
from participa.accounts.models import Person
from participa.accounts.queries import digest, people
from participa.accounts.services import second_factor, sessions
from participa.accounts.views import demo
from participa.accounts.views.site import (
    blueprint,
    enter,
    forgive,
    over_limit,
    target_after,
    target_key,
    too_many_from_here,
    wait,
)
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.limits import by_address
from participa.core.web import page, render, see_other

PENDING_SECONDS = 600


@blueprint.route("/entrar", methods=["GET", "POST"])
@page(policy.SIGN_IN)
def sign_in() -> ResponseReturnValue:
    """Ask who it is; lead back to what they were doing."""
    target = target_after()
    if g.actor.is_signed_in:
        return see_other(target)
    form = SignInForm()
    form.volver.data = target
    values: dict[str, Any] = {
        "target": target,
        "carried": login.kept_forms.nonce(),
        "pressed": session.get(login.kept_forms.PRESSED_KEY) == target,
        "demo_people": demo.people_shown(),
    }
    if form.validate_on_submit():
        who = form.login.data or ""
        if too_many_from_here("sign_in", attempts.BY_TARGET, who):
            return wait("accounts/sign_in.html", form, **values)
        person = sessions.check_password(db.session(), who, form.password.data or "")
        if person is not None:
            forgive("sign_in", attempts.BY_TARGET, who)
            return after_password(person, target)
        form.form_errors = [
            *form.form_errors,
            _(
                "Revise el correo o usuario y la clave. Si acaba de crear la cuenta, abra "
                "primero el enlace que le enviamos."
            ),
        ]
    return render("accounts/sign_in.html", 422 if form.errors else 200, form=form, **values)


def after_password(person: Person, target: str) -> Response:
    """Open the session, or ask for the second step first."""
    if person.totp_confirmed_at is None:
        return enter(person, target)
    session["second_step"] = {
        "person": person.id,
        "at": int(clock.now().timestamp()),
        # Another password makes this pause worthless.
        "mark": digest(person.password_hash or "")[:16],
    }
    session["volver"] = target
    return see_other(url_for("accounts.second_step", guardado=login.kept_forms.nonce()))


def _second_step_of(person: Person) -> str:
    number = devices.known(person.email or person.username or "")
    return f"{person.id}:{number or ''}"


def _waiting() -> Person | None:
    """Return who has passed the first step in this browser, within the last ten minutes."""
    pending = session.get("second_step")
    if not pending or clock.now().timestamp() - pending["at"] > PENDING_SECONDS:
        return None
    try:
        person = people.get(db.session(), pending["person"])
    except Missing:
        return None
    return person if digest(person.password_hash or "")[:16] == pending["mark"] else None


@blueprint.route("/entrar/segundo-paso", methods=["GET", "POST"])
@page(policy.SIGN_IN)
def second_step() -> ResponseReturnValue:
    """Ask for the code of the second step; only then is there a session."""
    person = _waiting()
    if person is None:
        session.pop("second_step", None)
        flash(_("Pasó demasiado tiempo. Escriba su clave otra vez."), "info")
        return see_other(url_for("accounts.sign_in", volver=target_after()))
    form = SecondStepForm()
    if form.validate_on_submit():
        # All networks together, as whoever is here has the password; known browsers apart.
        count = ("second_step-target", target_key(_second_step_of(person)), attempts.BY_TARGET)
        if over_limit(("second_step", by_address(), attempts.BY_ADDRESS), count):
            return wait("accounts/second_step.html", form)
        passed = second_factor.pass_step(
            db.session(), g.organization, person.id, form.code.data or ""
        )
        if passed is not None:
            attempts.forgive(*count)
            answer = enter(person, target_after())
            if passed.recovery_codes_left is not None:
                flash(
                    _(
                        "Entró con un código de recuperación. Le quedan %(left)s.",
                        left=passed.recovery_codes_left,
                    ),
                    "warn",
                )
            return answer
        form.code.errors = [
            *form.code.errors,
            _(
                "Ese código no sirve. Mire el que muestra su aplicación ahora; cada uno sirve "
                "una vez."
            ),
        ]
    return render("accounts/second_step.html", 422 if form.errors else 200, form=form)


@blueprint.post("/salir")
@page(policy.SIGN_IN)
def sign_out() -> ResponseReturnValue:
    """Close this browser's session."""
    if g.actor.is_signed_in:
        sessions.end(db.session(), current_user.session_id)
    login.leave()
    flash(_("Salió de su cuenta."), "ok")
    return see_other("/")
