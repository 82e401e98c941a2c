"""The account's own pages: what is known, what was allowed, and how to change it."""

from typing import Any

from flask import abort, flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from participa.accounts import attempts, policy
from participa.accounts.forms import (
    ChangeEmailForm,
    ChangePasswordForm,
    ConsentsForm,
    ProfileForm,
)
from participa.accounts.kept_forms import kept_fields
from participa.accounts.models import Person
from participa.accounts.purposes import PURPOSES
from participa.accounts.queries import keys, people, rolls, staff
from participa.accounts.queries.sanctions import of_person as measures_of
from participa.accounts.services import consents as consent_services
from participa.accounts.services import one_time_codes
from participa.accounts.services import profile as services
from participa.accounts.views.language import remember
from participa.accounts.views.sign_up import consent_text
from participa.accounts.views.site import (
    blueprint,
    gone,
    link_to,
    looks_like_token,
    target_after,
    too_many,
    wait,
)
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Invalid
from participa.core.i18n import current_locale
from participa.core.policy import ROLE_LABELS
from participa.core.web import page, render, see_other
from participa.ui.forms import explain


def me() -> Person:
    """Return the row of who asks."""
    return people.get(db.session(), g.actor.person_id)


def crumbs(label: str) -> list[dict[str, Any]]:
    """Return the way from the account's front page to one of its pages."""
    return [
        {"label": _("Mi cuenta"), "url": url_for("accounts.account")},
        {"label": label, "url": None},
    ]


@blueprint.get("/cuenta")
@page(policy.MANAGE_OWN)
def account() -> ResponseReturnValue:
    """The front page of one's account."""
    session = db.session()
    person = me()
    return render(
        "accounts/account.html",
        person=person,
        consents=people.current_consents(session, person.id),
        purposes=PURPOSES,
        sessions=keys.sessions_of(session, person.id, clock.now()),
        grants=staff.grants_of(session, person.id),
        measures=measures_of(session, person.id),
        role_labels=ROLE_LABELS,
    )


@blueprint.route("/cuenta/datos", methods=["GET", "POST"])
@page(policy.MANAGE_OWN)
def profile() -> ResponseReturnValue:
    """Change name, language, date of birth and place."""
    person = me()
    form = ProfileForm(g.organization, formdata=kept_fields(), obj=person)
    fixed = rolls.fixed_by_roll(db.session(), person.id)
    for name in ("birth_date", "territory_id"):
        if getattr(fixed, name):
            delattr(form, name)
    if request.method == "GET" and form.territory_id:
        form.territory_id.data = form.territory_id.data or str(person.territory_id or "")
    if request.method == "GET":
        form.volver.data = target_after(default="")
    if form.validate_on_submit():
        try:
            services.change(
                db.session(),
                g.actor,
                g.organization,
                services.Profile(
                    name=form.name.data or "",
                    locale=form.locale.data or "",
                    birth_date=fixed.birth_date or form.birth_date.data,
                    territory_id=fixed.territory_id or whole_number(form.territory_id.data),
                ),
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            with force_locale(form.locale.data or current_locale()):
                flash(_("Guardamos sus datos."), "ok")
            return remember(
                see_other(target_after(default=url_for("accounts.account"))), form.locale.data or ""
            )
    return render(
        "accounts/profile.html",
        422 if form.errors else 200,
        form=form,
        fixed=fixed,
        by_roll=services.BY_ROLL,
        crumbs=crumbs(_("Mis datos")),
    )


@blueprint.route("/cuenta/correo", methods=["GET", "POST"])
@page(policy.MANAGE_OWN)
def email() -> ResponseReturnValue:
    """Ask for another address; it counts once its link is opened."""
    person = me()
    form = ChangeEmailForm()
    values = {"person": person, "crumbs": crumbs(_("Mi correo"))}
    if form.validate_on_submit():
        if too_many("change_email", attempts.BY_TARGET, str(person.id)):
            return wait("accounts/email.html", form, **values)
        try:
            services.ask_for_email(
                db.session(),
                g.actor,
                g.organization,
                address=form.email.data or "",
                password=form.password.data or "",
                link=link_to("accounts.confirm_email"),
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            flash(_("Le enviamos un enlace al correo nuevo. El cambio vale cuando lo abra."), "ok")
            return see_other(url_for("accounts.email"))
    return render("accounts/email.html", 422 if form.errors else 200, form=form, **values)


@blueprint.post("/cuenta/correo/otro-enlace")
@page(policy.MANAGE_OWN)
def confirm_again() -> ResponseReturnValue:
    """Send the link that proves one's own address again."""
    if too_many("resend", attempts.MAILS_BY_TARGET, str(g.actor.person_id)):
        flash(
            _(
                "Ya le enviamos varios enlaces. Revise su correo, también la carpeta de no "
                "deseados."
            ),
            "warn",
        )
    else:
        services.confirm_again(
            db.session(), g.actor, g.organization, link=link_to("accounts.confirm_email")
        )
        flash(_("Le enviamos otro enlace. Ábralo para confirmar su correo."), "ok")
    return see_other(url_for("accounts.email"))


@blueprint.route("/cuenta/correo/confirmar/<token>", methods=["GET", "POST"])
@page(policy.SIGN_IN)
def confirm_email(token: str) -> ResponseReturnValue:
    """Prove a new address with the link sent to it."""
    if not looks_like_token(token):
        abort(404)
    try:
        if request.method != "POST":
            person = one_time_codes.look(db.session(), one_time_codes.NEW_EMAIL, token, clock.now())
            return render("accounts/confirm_email.html", person=person)
        services.confirm_email(db.session(), g.actor, g.organization, token)
    except one_time_codes.LinkGoneError as error:
        return gone(error)
    flash(_("Su correo nuevo quedó confirmado."), "ok")
    return see_other(url_for("accounts.account"))


@blueprint.route("/cuenta/clave", methods=["GET", "POST"])
@page(policy.MANAGE_OWN)
def password() -> ResponseReturnValue:
    """Change the password; every other session closes."""
    form = ChangePasswordForm()
    values = {"crumbs": crumbs(_("Mi clave")), "has_password": me().password_hash is not None}
    if form.validate_on_submit():
        if too_many("change_password", attempts.BY_TARGET, str(g.actor.person_id)):
            return wait("accounts/password.html", form, **values)
        try:
            services.change_password(
                db.session(),
                g.actor,
                g.organization,
                current=form.current.data or "",
                new=form.password.data or "",
                session_id=_session_id(),
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            flash(_("Su clave cambió. Cerramos sus otras sesiones."), "ok")
            return see_other(url_for("accounts.account"))
    return render("accounts/password.html", 422 if form.errors else 200, form=form, **values)


@blueprint.route("/cuenta/consentimientos", methods=["GET", "POST"])
@page(policy.MANAGE_OWN)
def consents() -> ResponseReturnValue:
    """See and change for what one's data may be used."""
    history = people.consents(db.session(), g.actor.person_id)
    form = ConsentsForm()
    if form.validate_on_submit():
        try:
            consent_services.change(
                db.session(),
                g.actor,
                g.organization,
                [purpose for purpose in PURPOSES if form[purpose].data],
            )
        except Invalid as error:
            db.session.rollback()
            explain(form, error)
        else:
            flash(_("Guardamos sus autorizaciones."), "ok")
            return see_other(url_for("accounts.consents"))
    if not form.is_submitted():
        current = people.current_consents(db.session(), g.actor.person_id)
        for purpose in PURPOSES:
            form[purpose].data = purpose in current and current[purpose].granted
    return render(
        "accounts/consents.html",
        422 if form.errors else 200,
        form=form,
        history=history,
        purposes=PURPOSES,
        crumbs=crumbs(_("Mis autorizaciones")),
        **consent_text(),
    )


def _session_id() -> int:
    return int(current_user.session_id)
