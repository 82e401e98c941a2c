"""Warning, limiting and suspending somebody, and answering the appeal: type, look, send."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import flash, g, request
from flask_babel import gettext as _

from participa.accounts import policy as accounts
from participa.accounts.checked import local_day
from participa.accounts.models import SanctionKind, SanctionRecord
from participa.accounts.services import sanctions as services
from participa.accounts.views.sanctions import kept_actions
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid, Problem
from participa.core.policy import Role, authorize
from participa.core.web import actor, page, render, see_other
from participa.moderation import queries
from participa.moderation.forms.people import LIFT, UPHOLD, AnswerForm, MeasureForm
from participa.moderation.views.people import KINDS, both, crumbs_of, found, here, measure_of
from participa.ui.forms import explain

REVIEW, SEND = "revisar", "enviar"
"""What the buttons of these forms say that is to be done."""


@both(
    "/<int:person_id>/<any(advertencia,limite,suspension):measure>",
    "new_measure",
    "GET",
    "POST",
)
@page(accounts.SANCTION)
def new_measure(person_id: int, measure: str) -> Any:
    """Warn, limit or suspend somebody: the form, then what they will be told, then it is done."""
    session, at = db.session(), clock.now()
    person = found(person_id)
    item = services.imposing(session, person_id, g.scope)
    authorize(accounts.SANCTION, actor(), g.scope, item, at=at)
    kind = KINDS[measure]
    form = MeasureForm().prepare(
        kind, may_be_open_ended=Role.ORGANIZATION_ADMIN in actor().organization_roles
    )
    values = {
        "process": g.get("process"),
        "person": person,
        "kind": kind.value,
        "form": form,
        "here": here,
        "crumbs": crumbs_of(person, _title(kind)),
        "title": _title(kind),
    }
    action = request.form.get("accion", "")
    if request.method == "GET" or action not in {REVIEW, SEND}:
        return render("moderation/people/measure.html", **values)
    typed = services.Measure(kind, form.reason.data or "", form.day, form.number_per_day)
    days = queries.terms(session, g.organization.id).appeal_days
    try:
        row = _prepared(form, person_id, typed, days, at)
        if action == REVIEW:
            return render(
                "moderation/people/measure_review.html", **values, row=row, kept=kept_actions()
            )
        services.impose(
            session, actor(), g.scope, person_id=person_id, measure=typed, appeal_days=days
        )
    except Invalid as error:
        session.rollback()
        explain(form, error)
        return render(
            "moderation/people/measure.html", 422, **values | {"person": found(person_id)}
        )
    flash(_("Hecho. Ya se le avisó a %(name)s.", name=person.name), "ok")
    return see_other(here("person", person_id=person_id))


def _title(kind: SanctionKind) -> str:
    return {
        SanctionKind.WARNING: _("Advertir"),
        SanctionKind.LIMIT: _("Limitar los aportes"),
        SanctionKind.SUSPENSION: _("Suspender"),
    }[kind]


def _prepared(
    form: MeasureForm, person_id: int, typed: services.Measure, days: int, at: dt.datetime
) -> SanctionRecord:
    """Return what would be saved. Raises :class:`Invalid` with all that form and service find."""
    problems = _of_dates(form)
    if problems:
        # A day that is missing is no suspension without an end: the rest is checked as if it ended.
        typed = dataclasses.replace(typed, last_day=local_day(at, g.organization.zone))
    try:
        row = services.prepared(
            db.session(), actor(), g.scope, person_id, typed, appeal_days=days, at=at
        )
    except Invalid as error:
        known = {each.path for each in problems}
        raise Invalid(
            [*problems, *(each for each in error.problems if each.path not in known)]
        ) from None
    refuse(problems)
    return row


def _of_dates(form: MeasureForm) -> list[Problem]:
    """Return what the form alone can tell: a day that is none, or no word on when it ends."""
    if "last_day" not in form:
        return []
    typed = (request.form.get("last_day") or "").strip()
    if typed and form.day is None:
        return [Problem("last_day", _("Escriba una fecha completa: día, mes y año."))]
    if not form.says_until_when:
        return [Problem("last_day", _("Elija hasta qué día vale."))]
    return []


@both(
    "/<int:person_id>/medidas/<int:sanction_id>/apelacion",
    "answer_appeal",
    "GET",
    "POST",
)
@page(accounts.DECIDE_SANCTION_APPEAL)
def answer_appeal(person_id: int, sanction_id: int) -> Any:
    """Answer the appeal of a measure that somebody else took."""
    session = db.session()
    row, person = measure_of(person_id, sanction_id), found(person_id)
    authorize(accounts.DECIDE_SANCTION_APPEAL, actor(), g.scope, row, at=clock.now())
    form = AnswerForm()
    values: dict[str, Any] = {
        "process": g.get("process"),
        "person": person,
        "row": row,
        "form": form,
        "here": here,
        "at": clock.now(),
        "crumbs": crumbs_of(person, _("Apelación")),
    }
    action = request.form.get("accion", "")
    if request.method == "GET" or action not in {REVIEW, SEND}:
        return render("moderation/people/answer.html", **values)
    try:
        answer = _checked(form)
        if action == REVIEW:
            lifts = form.outcome.data == LIFT
            return render(
                "moderation/people/answer_review.html", **values, answer=answer, lifts=lifts
            )
        services.decide_appeal(
            session,
            actor(),
            g.scope,
            sanction_id,
            lifts=form.outcome.data == LIFT,
            answer=answer,
        )
    except Invalid as error:
        explain(form, error)
        return render("moderation/people/answer.html", 422, **values)
    flash(_("La apelación quedó respondida. Ya se le avisó."), "ok")
    return see_other(here("person", person_id=person_id))


def _checked(form: AnswerForm) -> str:
    problems: list[Problem] = []
    if form.outcome.data not in {UPHOLD, LIFT}:
        problems.append(Problem("outcome", _("Elija si la medida se mantiene o se levanta.")))
    try:
        answer = services.checked_answer(form.answer.data or "")
    except Invalid as error:
        problems += error.problems
        answer = ""
    refuse(problems)
    return answer


def refuse(problems: Sequence[Problem]) -> None:
    """Raise :class:`Invalid` when there are problems."""
    if problems:
        raise Invalid(problems)
