"""What moderation decided about oneself: why, until when, what still works, and how to appeal."""

from typing import Any

from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from participa.accounts import policy
from participa.accounts.forms import AppealForm
from participa.accounts.kept_forms import kept_fields
from participa.accounts.models import SanctionRecord
from participa.accounts.queries import sanctions as queries
from participa.accounts.services import sanctions as services
from participa.accounts.views.account import crumbs
from participa.accounts.views.site import blueprint
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid, Missing
from participa.core.facts import Ref
from participa.core.policy import PARTICIPANTS, denial
from participa.core.registry import Card, registry
from participa.core.web import page, render, see_other
from participa.ui.forms import explain


def place_of(row: SanctionRecord) -> Card | None:
    """Return the process that a measure is about; ``None`` for the whole organization."""
    if row.process_id is None:
        return None
    ref = Ref("process", row.process_id)
    return registry.cards(db.session(), [ref]).get(ref)


def kept_actions() -> list[Any]:
    """Return the labels of what somebody who is suspended may still do where it is open."""
    return [
        action.label
        for action in registry.actions()
        if action.while_suspended and action.capability and action.roles & PARTICIPANTS
    ]


@blueprint.get("/cuenta/moderacion")
@page(policy.MANAGE_OWN)
def sanctions() -> ResponseReturnValue:
    """Every measure about oneself, newest first."""
    rows = queries.of_person(db.session(), g.actor.person_id)
    refs = [Ref("process", row.process_id) for row in rows if row.process_id is not None]
    cards = registry.cards(db.session(), refs)
    return render(
        "accounts/sanctions.html",
        rows=[(row, cards.get(Ref("process", row.process_id or 0))) for row in rows],
        at=clock.now(),
        crumbs=crumbs(_("Medidas de la moderación")),
    )


@blueprint.route("/cuenta/moderacion/<int:sanction_id>", methods=["GET", "POST"])
@page(policy.MANAGE_OWN)
def sanction(sanction_id: int) -> ResponseReturnValue:
    """One measure about oneself, and the appeal."""
    session = db.session()
    row = queries.get(session, sanction_id)
    if row.person_id != g.actor.person_id:
        message = f"sanction {sanction_id} is not about who asks"
        raise Missing(message)
    form = AppealForm(formdata=kept_fields())
    if request.method == "POST":
        try:
            services.appeal(session, g.actor, g.organization, sanction_id, form.appeal.data or "")
        except Invalid as error:
            session.rollback()
            explain(form, error)
        else:
            flash(_("Recibimos su apelación. Le avisaremos cuando haya respuesta."), "ok")
            return see_other(url_for("accounts.sanction", sanction_id=sanction_id))
    at = clock.now()
    return render(
        "accounts/sanction.html",
        422 if form.errors else 200,
        row=row,
        place=place_of(row),
        form=form,
        refused=denial(policy.APPEAL_SANCTION, g.actor, g.organization, row, at=at),
        kept=kept_actions(),
        at=at,
        crumbs=[
            *crumbs(_("Medidas de la moderación"))[:1],
            {"label": _("Medidas de la moderación"), "url": url_for("accounts.sanctions")},
            {"label": _("Una medida"), "url": None},
        ],
    )
