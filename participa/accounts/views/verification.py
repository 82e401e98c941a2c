"""Proving who one is: what one has, until when, and how to get what is missing."""

from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from participa.accounts import attempts, policy
from participa.accounts.forms import fields_form
from participa.accounts.queries import guardians, staff
from participa.accounts.services import verification as services
from participa.accounts.verification import methods
from participa.accounts.verification.method import Method, Refusal
from participa.accounts.views.account import crumbs, me
from participa.accounts.views.site import blueprint, over_limit, target_after, target_key, wait
from participa.core import clock
from participa.core.db import db, keep
from participa.core.errors import Missing
from participa.core.limits import by_address
from participa.core.requirements import VERIFICATION_METHODS
from participa.core.web import page, render, see_other


@blueprint.get("/cuenta/verificacion")
@page(policy.MANAGE_OWN)
def verification() -> ResponseReturnValue:
    """Say by what one is verified and until when, and how else one can be."""
    session, person, at = db.session(), me(), clock.now()
    rows = staff.verifications_of(session, person.id)
    holding = {each.method for each in rows if each.holds(at)}
    wanted = request.args.get("metodo", "")
    wanted = wanted if wanted in VERIFICATION_METHODS else ""
    return render(
        "accounts/verification.html",
        rows=rows,
        labels=VERIFICATION_METHODS,
        methods=[
            (each, each.how(g.organization), each.available(session, g.organization, person))
            for each in methods.every()
            if wanted in {"", each.key}
        ],
        holding=holding,
        permission=guardians.standing(session, person.id, at),
        at=at,
        target=target_after(default=""),
        crumbs=crumbs(_("Verificación")),
    )


@blueprint.route("/cuenta/verificacion/<method>", methods=["GET", "POST"])
@page(policy.MANAGE_OWN)
def verify(method: str) -> ResponseReturnValue:
    """Verify oneself by a method: type what it asks for."""
    chosen = methods.alone(method)
    target = target_after(default="")
    form = fields_form(db.session(), chosen.fields, target)
    if request.method == "POST" and not chosen.fields:
        raise Missing(method)
    if request.method == "GET" and _starts(chosen):
        return _method_page(
            chosen, fields_form(db.session(), chosen.start_fields, target), starts=True
        )
    if request.method == "GET" or not form.validate():
        return _method_page(chosen, form)
    if _too_many():
        return wait("accounts/verify.html", form, **_shown(chosen))
    refused = services.verify(db.session(), g.actor, g.organization, chosen.key, form.data)
    if refused is not None:
        keep(db.session())
        return _method_page(chosen, form, refused)
    flash(_("Listo: usted quedó verificado."), "ok")
    return see_other(target or url_for("accounts.verification"))


def _starts(method: Method) -> bool:
    return method.start is not None and (not method.fields or request.args.get("paso") != "codigo")


@blueprint.post("/cuenta/verificacion/<method>/codigo")
@page(policy.MANAGE_OWN)
def send_code(method: str) -> ResponseReturnValue:
    """Send what a method sends first: a code to an address or a telephone."""
    chosen = methods.alone(method)
    if chosen.start is None:
        raise Missing(method)
    target = target_after(default="")
    form = fields_form(db.session(), chosen.start_fields, target)
    if not form.validate():
        return _method_page(chosen, form, starts=True)
    counts = [
        ("send-code", target_key(str(g.actor.person_id)), attempts.MAILS_BY_TARGET),
        ("send-code-from", by_address(), attempts.VERIFY_BY_ADDRESS),
    ]
    # The address or telephone alone: another name beside it makes no other target.
    contacts = [form[each.name].data for each in chosen.start_fields if each.inputmode]
    if contacts:
        counts.append(("send-code-to", target_key("".join(contacts)), attempts.MAILS_BY_TARGET))
    if over_limit(*counts):
        return wait("accounts/verify.html", form, **_shown(chosen, starts=True))
    refused = services.start(db.session(), g.actor, g.organization, chosen.key, form.data)
    if refused is not None:
        db.session.rollback()
        return _method_page(chosen, form, refused, starts=True)
    flash(str(chosen.sent), "ok")
    if not chosen.fields:
        return see_other(url_for("accounts.verification", volver=target or None))
    return see_other(
        url_for("accounts.verify", method=chosen.key, paso="codigo", volver=target or None)
    )


def _too_many() -> bool:
    return over_limit(
        ("verify-person", target_key(str(g.actor.person_id)), attempts.VERIFY_BY_PERSON),
        ("verify", by_address(), attempts.VERIFY_BY_ADDRESS),
    )


def _shown(method: Method, *, starts: bool = False) -> dict[str, object]:
    session, person = db.session(), me()
    way = {"label": _("Verificación"), "url": url_for("accounts.verification")}
    return {
        "method": method,
        "starts": starts,
        "how": method.how(g.organization),
        "why_not": method.available(session, g.organization, person),
        "crumbs": [*crumbs("")[:1], way, {"label": str(method.title), "url": None}],
    }


def _method_page(
    method: Method, form: FlaskForm, refused: Refusal | None = None, *, starts: bool = False
) -> ResponseReturnValue:
    if refused is not None:
        field = form._fields.get(refused.field)
        if field is None:
            form.form_errors = [*form.form_errors, refused.sentence]
        else:
            field.errors = [*field.errors, refused.sentence]
    return render(
        "accounts/verify.html",
        422 if form.errors else 200,
        form=form,
        **_shown(method, starts=starts),
    )
