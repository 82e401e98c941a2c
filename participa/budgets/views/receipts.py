"""Receipts: anybody who has one can see that its vote counts."""

from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from participa.budgets import policy
from participa.budgets.queries import casting as queries
from participa.budgets.services import box
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
    """Say whether a receipt's vote counts. Never in the address, which others keep."""
    form = ReceiptForm()
    counts = None
    if form.is_submitted():
        typed = (form.receipt.data or "")[:LONGEST]
        if typed.strip():
            counts = queries.has_receipt(db.session(), g.component, box.receipt_hash(typed))
            if not counts:
                form.receipt.errors = [
                    _l("Ningún voto tiene esa constancia. Revise letra por letra.")
                ]
        else:
            form.receipt.errors = [_l("Escriba su constancia.")]
    answer = render(
        "budgets/voting/receipt.html",
        422 if form.receipt.errors else 200,
        form=form,
        counts=counts,
        **place(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer
