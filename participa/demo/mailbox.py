"""The local mailbox of a demonstration: every mail that would have been sent."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, g, request

from participa.core.db import db
from participa.core.keyset import Cursor, paginate
from participa.core.mail import Mail
from participa.core.web import page, render
from participa.organizations import policy

blueprint = Blueprint("mailbox", __name__, template_folder="templates")


@blueprint.get("/buzon")
@page(policy.VIEW)
def index() -> Any:
    """List the mails, newest first."""
    wanted = request.args.get("para", "").strip().lower()
    select = sa.select(Mail).where(Mail.organization_id == g.organization.id, Mail.recipient != "")
    if wanted:
        select = select.where(Mail.recipient == wanted)
    found = paginate(
        lambda statement: db.session.scalars(statement).all(),
        select,
        [(Mail.id, True)],
        lambda mail: (mail.id,),
        Cursor.decode(request.args.get("desde"), (int,)),
        25,
    )
    return render("demo/mailbox.html", page=found, wanted=wanted)


@blueprint.get("/buzon/<int:mail>")
@page(policy.VIEW)
def show(mail: int) -> Any:
    """Show one mail as plain text, its links made clickable."""
    found = db.session.scalars(
        sa.select(Mail).where(Mail.id == mail, Mail.organization_id == g.organization.id)
    ).first()
    if found is None:
        abort(404)
    return render("demo/mail.html", mail=found)
