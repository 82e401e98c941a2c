"""Receipts: anybody who has one can see whether its vote counts."""

from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from participa.budgets import policy
from participa.budgets.services import receipts
from participa.budgets.services.receipts import Standing
from participa.budgets.views import PREFIX, blueprint
from participa.budgets.views.projects import place
from participa.core.db import db
from participa.core.limits import by_address, limiter
from participa.core.web import page, render

LONGEST = 60


class ReceiptForm(FlaskForm):
    """A receipt as somebody types it."""

    receipt = StringField(
        _l("Constancia"), description=_l("Doce letras y números, con guiones o sin ellos.")
    )


@blueprint.route(f"{PREFIX}/recibo", methods=["GET", "POST"])
@page(policy.VIEW)
@limiter.limit("10/minute;60/hour", methods=["POST"], key_func=by_address)
def receipt() -> Any:
    """Say whether a receipt's vote counts. Never in the address, which others keep.

    Neither here nor in how long it takes is told whether that vote was changed by its owner.
    """
    form = ReceiptForm()
    found = None
    if form.is_submitted():
        typed = (form.receipt.data or "")[:LONGEST]
        if typed.strip():
            found = receipts.check(db.session(), g.component, typed)
            if found is Standing.UNKNOWN:
                form.receipt.errors = [
                    _l("Ningún voto tiene esa constancia. Revise letra por letra.")
                ]
        else:
            form.receipt.errors = [_l("Escriba su constancia.")]
    answer = render(
        "budgets/voting/receipt.html",
        422 if form.receipt.errors else 200,
        form=form,
        found=found,
        **place(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
