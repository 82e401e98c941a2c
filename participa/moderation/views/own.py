"""A person's own pages: what they wrote that moderation touched, and what they flagged."""

from typing import Any

from flask import flash, g, request, url_for
from flask_babel import gettext as _

from participa.accounts.kept_forms import kept_fields
from participa.contributions.contract import Written, written
from participa.contributions.models import Standing
from participa.contributions.screening import REASONS
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid, Missing
from participa.core.facts import Ref
from participa.core.limits import limiter
from participa.core.policy import can
from participa.core.registry import registry
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy, queries
from participa.moderation.forms.participation import AppealForm, correction_form
from participa.moderation.models import Case, CaseState
from participa.moderation.queries import own as own_queries
from participa.moderation.services import appeals, authors
from participa.moderation.views import blueprint, sentences
from participa.moderation.views.notices import segment_of
from participa.processes import queries as processes

CORRECTABLE = frozenset({CaseState.REMOVED, CaseState.UPHELD})


@blueprint.get("/cuenta/aportes")
@page(policy.SEE_OWN)
def own() -> Any:
    """What the person wrote that waits, is under review or was decided on."""
    session = db.session()
    terms = queries.terms(session, g.organization.id)
    found = own_queries.contributions(
        session, actor().person_id or 0, terms.review_threshold, request.args.get("desde")
    )
    items = written(session, [Ref(entry.kind, entry.item_id) for entry, _case, _g in found.rows])
    rows = []
    for entry, case, ground in found.rows:
        item = items.get(Ref(entry.kind, entry.item_id))
        if item is not None:
            rows.append(
                {
                    "item": item,
                    "kind": _kind(item),
                    "case": case,
                    "ground": ground if item.status is Standing.REMOVED else None,
                    "badge": sentences.LABELS[sentences.place(case, item)],
                    "sentence": sentences.to_author(case, item),
                    "url": url_for("moderation.own_case", case_id=case.id) if case else item.url,
                }
            )
    return render("moderation/own.html", rows=rows, pages=found)


@blueprint.get("/cuenta/reportes")
@page(policy.SEE_OWN)
def own_flags() -> Any:
    """What the person flagged, and what became of it."""
    session = db.session()
    found = own_queries.flags(session, actor().person_id or 0, request.args.get("desde"))
    refs = [Ref(flag.kind, flag.item_id) for flag, _case, _ground in found.rows]
    items, cards = written(session, refs), registry.cards(session, refs)
    rows = [
        {
            "flag": flag,
            "ground": ground,
            # What was removed is not quoted to those who flagged it either.
            "card": cards.get(ref),
            "kind": getattr(registry.resource(flag.kind), "label", ""),
            "sentence": sentences.to_flagger(case, items.get(ref)),
            "pending": case.state in sentences.PENDING,
        }
        for ref, (flag, case, ground) in zip(refs, found.rows, strict=True)
    ]
    return render("moderation/own_flags.html", rows=rows, pages=found)


# --- one case, for who wrote what it is about ---------------------------------------------------


def _mine(case_id: int) -> tuple[Case, Written]:
    """Return an own case that there is something to say about. Raises :class:`Missing`."""
    session = db.session()
    case = queries.case(session, case_id)
    item = written(session, [case.ref]).get(case.ref)
    if item is None or case.author_id != actor().person_id or _is_nothing_yet(case, item):
        message = f"no case {case_id} of this person"
        raise Missing(message)
    return case, item


def _elsewhere(case_id: int) -> str:
    """Return the page of a case for somebody who did not write it. Raises :class:`Missing`."""
    session = db.session()
    case = queries.case(session, case_id)
    component = processes.component(session, case.component_id)
    if can(policy.QUEUE, actor(), component, at=clock.now()):
        return url_for("moderation.case", process=component.process.slug, case_id=case_id)
    if not queries.flagged_by(session, actor().person_id, case.ref):
        message = f"no case {case_id} for this person"
        raise Missing(message)
    return url_for(
        "moderation.flag",
        process=component.process.slug,
        component=component.key,
        segment=segment_of(case.kind),
        id=case.item_id,
    )


def _is_nothing_yet(case: Case, item: Written) -> bool:
    """Return whether all there is is that somebody flagged it: nobody has looked at it yet."""
    return (
        item.status is Standing.PUBLISHED
        and not item.under_review
        and case.state in sentences.PENDING
        and case.decided_at is None
    )


def _kind(item: Written) -> Any:
    return getattr(registry.resource(item.ref.kind), "label", "")


def _case_values(case: Case, item: Written) -> dict[str, Any]:
    session = db.session()
    component = processes.component(session, item.component_id)
    grounds = {each.id: each for each in queries.grounds(session, active=False)}
    return {
        "case": case,
        "item": item,
        "kind": _kind(item),
        "process": component.process,
        "component": component,
        "ground": grounds.get(case.ground_id or 0) if case.decided_at else None,
        "terms": queries.terms(session, g.organization.id),
    }


@blueprint.get("/moderacion/casos/<int:case_id>")
@page(policy.SEE_OWN)
def own_case(case_id: int) -> Any:
    """Show an author the whole of a case on something they wrote.

    Moderators and those who flagged it are led to their own page; to everybody else: 404.
    """
    if queries.case(db.session(), case_id).author_id != actor().person_id:
        return see_other(_elsewhere(case_id))
    case, item = _mine(case_id)
    removed = item.status is Standing.REMOVED
    return render(
        "moderation/own_case.html",
        **_case_values(case, item),
        badge=sentences.LABELS[sentences.place(case, item)],
        sentence=sentences.to_author(case, item),
        reasons=[REASONS[each] for each in case.reasons if each in REASONS],
        history=sentences.history(queries.steps(db.session(), case_id)),
        may_correct=removed and case.state in CORRECTABLE,
        may_appeal=removed and sentences.can_appeal(case),
    )


@blueprint.route("/moderacion/casos/<int:case_id>/corregir", methods=["GET", "POST"])
@page(policy.RESUBMIT)
@limiter.limit("30/hour", methods=["POST"])
def correct(case_id: int) -> Any:
    """Correct a removed contribution and send it again: a moderator reads it."""
    case, item = _mine(case_id)
    if item.status is not Standing.REMOVED or case.state not in CORRECTABLE:
        return see_other(url_for("moderation.own_case", case_id=case_id))
    form = correction_form(item.texts, kept_fields())
    if form.is_submitted():
        try:
            authors.resubmit(
                db.session(),
                actor(),
                case_id,
                {each.field: form[each.field].data or "" for each in item.texts},
                acknowledged=form.acknowledged.data,
            )
        except Invalid as error:
            form.explain(error)
            return _correction(form, case, item, 422)
        flash(_("Recibimos su corrección. La moderación la lee y le avisaremos."), "success")
        return see_other(url_for("moderation.own_case", case_id=case_id))
    return _correction(form, case, item)


def _correction(form: Any, case: Case, item: Written, status: int = 200) -> Any:
    return render("moderation/correct.html", status, form=form, **_case_values(case, item))


@blueprint.route("/moderacion/casos/<int:case_id>/apelar", methods=["GET", "POST"])
@page(policy.APPEAL)
@limiter.limit("30/hour", methods=["POST"])
def appeal(case_id: int) -> Any:
    """Appeal a removal, within its time: somebody else decides."""
    case, item = _mine(case_id)
    if item.status is not Standing.REMOVED or case.state is not CaseState.REMOVED:
        return see_other(url_for("moderation.own_case", case_id=case_id))
    form = AppealForm(kept_fields())
    late = not sentences.can_appeal(case)
    if form.is_submitted() and not late:
        try:
            appeals.appeal(db.session(), actor(), case_id, form.text.data or "")
        except Invalid as error:
            form.explain(error)
            return _appeal(form, case, item, 422)
        flash(_("Recibimos su apelación. La estudia otra persona y le avisaremos."), "success")
        return see_other(url_for("moderation.own_case", case_id=case_id))
    return _appeal(form, case, item, 422 if late and form.is_submitted() else 200)


def _appeal(form: AppealForm, case: Case, item: Written, status: int = 200) -> Any:
    return render(
        "moderation/appeal.html",
        status,
        form=form,
        late=not sentences.can_appeal(case),
        **_case_values(case, item),
    )
