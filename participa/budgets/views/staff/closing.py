"""Closing, counting, publishing, and what cannot be built: each step with what it does."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from participa.accounts.views.approvals import approval_of
from participa.budgets import policy
from participa.budgets.models import REASON_LENGTH
from participa.budgets.queries import outcomes as queries
from participa.budgets.queries import pots, projects, votes
from participa.budgets.rules import Rules
from participa.budgets.services import before_closing, overrides, publishing
from participa.budgets.services import closing as services
from participa.budgets.services.votes import facing
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.outcome import channels, results
from participa.budgets.views.staff.board import place
from participa.core import clock, heartbeat
from participa.core.db import db
from participa.core.errors import Invalid, Missing
from participa.core.policy import Action, authorize, can
from participa.core.web import actor, page, render, see_other
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure


class SeedForm(FlaskForm):
    """The public seed of the draw among ties."""

    seed = StringField(
        _l("Semilla del sorteo"),
        description=_l(
            "Escríbala tal como salió, por ejemplo 4821. Es pública y no se cambia después."
        ),
        render_kw={"required": True, "maxlength": publishing.SEED_LENGTH, "autocomplete": "off"},
    )


class ReasonForm(FlaskForm):
    """Why a winner is left out, or taken back."""

    project = StringField()
    reason = TextAreaField(
        _l("Motivo"),
        description=_l(
            "Se muestra en público, al lado del resultado, y llega a quienes lo siguen."
        ),
        render_kw={"required": True, "maxlength": REASON_LENGTH},
    )


@blueprint.get(f"{STAFF}/cierre")
@page(policy.SEE_CLOSING)
def closing() -> Any:
    """Show where the vote stands between its last ballot and its published outcome."""
    return _page()


def _page(status: int = 200, problems: Any = (), form: SeedForm | None = None) -> Any:
    session, component = db.session(), g.component
    where = place()
    vote, at = where["vote"], clock.moment()
    item = facing(vote, component)
    bags = pots.pots(session, component)
    values: dict[str, Any] = {"step": _step(vote)}
    if values["step"] in {"closed", "counting", "published"}:
        values["backups"] = votes.backups_while_open(session, component.id)
    if values["step"] == "open":
        values["items"] = before_closing.checklist(session, component, at)
        values["waits"] = approval_of(services.CLOSE, component.id)
        values["is_ready"] = all(each.is_done for each in values["items"])
    elif values["step"] == "closed":
        values["channels"] = channels(vote.figures)
        values["draws"] = Rules.read(vote.rules).ties == "lot"
    elif values["step"] == "counting":
        values["counted"] = len(queries.counted_pots(session, component))
        values["is_working"] = heartbeat.is_working(session)
    elif values["step"] == "published":
        values["results"] = results(component)
    return render(
        "budgets/staff/closing.html",
        status,
        problems=problems,
        form=form or SeedForm(formdata=None),
        pots=bags,
        is_exact=can(policy.SEE_EXACT_TURNOUT, actor(), component, at=at),
        may_close=can(policy.CLOSE, actor(), component, item, at=at),
        may_publish=can(policy.PUBLISH, actor(), component, item, at=at),
        may_override=can(policy.OVERRIDE, actor(), component, item, at=at),
        **values,
        **where,
    )


def _step(vote: Any) -> str:
    if vote is None or vote.locked_at is None:
        return "preparing"
    if vote.closed_at is None:
        return "open"
    if vote.published_at is not None:
        return "published"
    return "closed" if vote.publishing_at is None else "counting"


def _ask(action: Action, title: str, ok: str, back: str, **fields: str) -> Any:
    """Ask, where no script did, before what cannot be undone; what was typed is shown again."""
    item = facing(votes.state(db.session(), g.component), g.component)
    authorize(action, actor(), g.component, item, at=clock.moment())
    return ask(title, ok, back, fields=fields, items=list(fields.values()))


@blueprint.post(f"{STAFF}/cierre/cerrar")
@page(policy.CLOSE)
def close_vote() -> Any:
    """Close the vote, after asking, or show what is in the way."""
    if not is_sure():
        title, ok = _("¿Cerrar la votación? No se puede deshacer."), _("Sí, cerrar")
        if g.component.settings.second_person:
            title, ok = _("¿Pedir que otra persona apruebe el cierre?"), _("Sí, pedirlo")
        return _ask(policy.CLOSE, title, ok, url_for("budgets.closing"))
    try:
        asked = services.close(db.session(), actor(), g.component)
    except Invalid as error:
        problems = [each.message for each in error.problems]
        db.session.rollback()
        return _page(422, problems)
    if asked is not None:
        flash(_("Quedó pedido: la votación se cierra cuando otra persona lo apruebe."), "ok")
        return see_other(url_for("budgets.closing"))
    flash(_("La votación quedó cerrada: ya nadie puede unir un voto con una persona."), "ok")
    return see_other(url_for("budgets.closing"))


@blueprint.post(f"{STAFF}/cierre/contar")
@page(policy.PUBLISH)
def count_vote() -> Any:
    """Ask for the count, with the seed of the draw, after asking whether that is the one."""
    form = SeedForm()
    seed = form.seed.data or ""
    try:
        if not is_sure():
            seeds = {"seed": publishing.checked_seed(seed)} if "seed" in request.form else {}
            title = _("¿Contar y publicar? El resultado queda a la vista de todos y no se cambia.")
            back = url_for("budgets.closing")
            return _ask(policy.PUBLISH, title, _("Sí, publicar"), back, **seeds)
        publishing.ask(db.session(), actor(), g.component, seed=seed)
    except Invalid as error:
        explain(form, error)
        db.session.rollback()
        return _page(422, form=form)
    return see_other(url_for("budgets.closing"))


@blueprint.route(f"{STAFF}/cierre/ganadores/<int:project>", methods=["GET", "POST"])
@page(policy.OVERRIDE)
def override(project: int) -> Any:
    """Leave a winner out, or take it back, for a public reason."""
    session, component = db.session(), g.component
    where = place()
    item = facing(where["vote"], component)
    authorize(policy.OVERRIDE, actor(), component, item, at=clock.moment())
    row = projects.detail(session, component, project)
    editions = queries.editions(session, component, row.pot_id)
    is_out = bool(editions) and project in publishing.left_out(editions[-1])
    if not editions or not (is_out or project in editions[-1].winners):
        message = f"project {project} is no winner"
        raise Missing(message)
    form = ReasonForm()
    status = 200
    if request.method == "POST":
        act = overrides.take_back if is_out else overrides.leave_out
        reason = form.reason.data or ""
        try:
            if not is_sure():
                title, ok = _("¿Contar de nuevo? Queda publicado."), _("Sí, contar de nuevo")
                kept = overrides.checked_reason(reason)
                return _ask(policy.OVERRIDE, title, ok, request.path, reason=kept)
            made = act(session, actor(), component, project, reason)
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(_("Se contó de nuevo: es la edición %(number)s.", number=made.edition), "ok")
            return see_other(url_for("budgets.closing"))
    then = overrides.preview(session, actor(), component, project, out=not is_out)
    rows = {each.id: each for each in projects.every(session, component)}
    return render(
        "budgets/staff/override.html",
        status,
        form=form,
        project=row,
        is_out=is_out,
        entering=[rows[each] for each in then.entering],
        leaving=[rows[each] for each in then.leaving if each != project],
        **where,
    )
