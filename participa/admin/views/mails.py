"""Mails that were given up: which, why, and sending them again."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.admin.shell import blueprint
from participa.core import mail
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.web import actor, page, render, see_other
from participa.organizations import policy
from participa.organizations.services import mails as services


@blueprint.get("/correos")
@page(policy.SEND_MAIL_AGAIN)
def mails() -> Any:
    """List the mails that were given up, the newest first. Never their text: it holds links."""
    session = db.session()
    return render(
        "admin/mails.html",
        rows=mail.ended(session, g.organization.id),
        number=mail.number_ended(session, g.organization.id),
        days=mail.KEPT.days,
    )


@blueprint.post("/correos/otra-vez")
@page(policy.SEND_MAIL_AGAIN)
def send_mail_again() -> Any:
    """Queue them once more: one, or all."""
    chosen = whole_number(request.form["mail"]) or 0 if "mail" in request.form else None
    number = services.send_again(db.session(), actor(), g.organization, chosen)
    if number:
        flash(
            ngettext(
                "%(num)s correo sale de nuevo en un momento.",
                "%(num)s correos salen de nuevo en un momento.",
                number,
            ),
            "ok",
        )
    else:
        flash(_("Ese correo ya no está entre los que no salieron."), "info")
    return see_other(url_for("admin.mails"))
