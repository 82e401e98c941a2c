"""One case: read it, take it, let go of it, note something, pass it on."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, g, request, session, url_for
from flask_babel import gettext as _

from participa.accounts.queries import names
from participa.contributions.contract import moderation_of, written
from participa.contributions.models import Standing
from participa.contributions.texts import excerpt
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import Ref
from participa.core.policy import Action, Denial, Denied, authorize, denial
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy, queries
from participa.moderation.forms.staff import (
    CaseForm,
    DecisionForm,
    HandOverForm,
    NoteForm,
)
from participa.moderation.machine import PENDING
from participa.moderation.models import Case, CaseState, Ground
from participa.moderation.services import cases
from participa.moderation.views import blueprint
from participa.moderation.views.queue import PREFIX, kept_fields, queue_url, typed_filters
from participa.moderation.views.shown import CaseShown, show
from participa.moderation.views.undoing import SENT_KEY, offer
from participa.ui.forms import explain

ADDRESS = f"{PREFIX}/casos/<int:case_id>"
ACTIONS: Mapping[str, Action] = {
    "keep": policy.KEEP,
    "accept": policy.ACCEPT,
    "remove": policy.REMOVE,
    "merge": policy.MERGE,
    "urgent": policy.REMOVE_URGENTLY,
    "review": policy.REVIEW_URGENT,
    "uphold": policy.DECIDE_APPEAL,
    "revert": policy.DECIDE_APPEAL,
    "undo": policy.UNDO_DECISION,
    "claim": policy.CLAIM,
    "release": policy.RELEASE,
    "hand_over": policy.HAND_OVER,
    "note": policy.NOTE,
}
DECISIONS = ("keep", "accept", "remove", "merge", "urgent", "review", "uphold", "revert")


def case_here(case_id: int) -> Case:
    """Return a case of the process of the address. Raises :class:`Missing`.

    Raises :class:`Denied` where it is about something that the reader wrote.
    """
    found: Case = queries.case(db.session(), case_id)
    if found.process_id != g.process.id:
        message = f"case {case_id} is of another process"
        raise Missing(message)
    authorize(
        policy.READ, actor(), g.process, policy.facing(found, Standing.PUBLISHED), at=clock.now()
    )
    return found


@blueprint.get(ADDRESS)
@page(policy.QUEUE)
def case(case_id: int) -> Any:
    """Show a case and what may be decided about it."""
    chosen = request.args.get("decision", "")
    return case_page(case_here(case_id), chosen=chosen if chosen in DECISIONS else "")


def case_page(
    case: Case,
    *,
    posted: Mapping[str, CaseForm] | None = None,
    chosen: str = "",
    late: Any = "",
    status: int = 200,
) -> Any:
    """Show a case; ``posted`` are forms with what was typed, ``late`` why it was not done."""
    grounds = {each.id: each for each in queries.grounds(db.session(), active=False)}
    shown = show(case, grounds)
    refusals = refusals_of(case, shown)
    decisions = [name for name in (*DECISIONS, "undo") if refusals[name] is None]
    refused = None if decisions or not case.is_waiting else refusals[_expected(case)]
    typed = typed_filters(request.values)
    return render(
        "moderation/staff/case.html",
        status,
        shown=shown,
        forms=_forms(case, shown, grounds, posted or {}),
        decisions=decisions,
        refused=refused.message if refused is not None else "",
        refusals=refusals,
        grounds_to_remove=[
            {
                "id": each.id,
                "name": each.name,
                "reply": str(each.reply),
                "flags": shown.named.get(each.id, 0),
            }
            for each in removing(grounds)
        ],
        urgent_grounds=[each for each in removing(grounds) if each.is_urgent],
        merge=_merge(case, shown, grounds) if "merge" in decisions else {},
        terms=queries.terms(db.session(), g.organization.id),
        chosen=chosen,
        late=late,
        kept=kept_fields(typed),
        queue_url=queue_url(typed),
        undo=offer(),
        draft_clear=session.pop(SENT_KEY, None),
    )


def removing(grounds: Mapping[int, Ground]) -> list[Ground]:
    """Return the grounds for which something may be removed; duplicates are joined instead."""
    return [each for each in grounds.values() if each.is_active and not each.merges]


def refusals_of(case: Case, shown: CaseShown) -> dict[str, Denial | None]:
    """Return, by decision and by what leaves a case open, why the reader may not do it."""
    rules = moderation_of(case.kind)
    faced = policy.facing(
        case,
        shown.item.status if shown.item else Standing.WITHDRAWN,
        holder_name=shown.holder,
        last_move=shown.last_move,
        merges=rules is not None and rules.merge is not None,
    )
    at = clock.now()
    found = {
        name: denial(action, actor(), g.process, faced, at=at) for name, action in ACTIONS.items()
    }
    if case.state is not CaseState.APPEALED:
        found["revert"] = found["review"]
    return found


def _expected(case: Case) -> str:
    """Return the decision that a case waits for, whose refusal says why there is none."""
    if case.state in PENDING:
        return "keep" if case.resubmitted_at is None else "accept"
    return "uphold" if case.state is CaseState.APPEALED else "review"


def decision_form(name: str, grounds: Sequence[Ground], *formdata: Any) -> DecisionForm:
    """Return the form of a decision; without ``formdata``, with what was posted."""
    form = DecisionForm(*formdata, prefix=name)
    form.prepare(grounds if name in {"remove", "urgent"} else ())
    if name == "uphold":
        form.require_reply()
    return form


def _forms(
    case: Case, shown: CaseShown, grounds: Mapping[int, Ground], posted: Mapping[str, CaseForm]
) -> dict[str, CaseForm]:
    forms: dict[str, CaseForm] = {
        name: decision_form(name, removing(grounds), None) for name in DECISIONS
    }
    likely = next((key for key in shown.named if grounds[key] in removing(grounds)), None)
    if likely is not None:
        forms["remove"]["ground_id"].data = likely
        forms["remove"]["reply"].data = str(grounds[likely].reply)
    merging = next((each for each in grounds.values() if each.merges and each.is_active), None)
    if merging is not None:
        forms["merge"]["reply"].data = str(merging.reply)
    forms["note"] = NoteForm(None, prefix="note")
    forms["hand_over"] = HandOverForm(None, prefix="hand_over").prepare(_colleagues(case))
    return {**forms, **posted}


def _colleagues(case: Case) -> list[tuple[int, str]]:
    """Return who else could take a case: id and name of the process's moderators."""
    session = db.session()
    apart = {actor().person_id, case.author_id, *case.excused}
    if case.state is CaseState.APPEALED:
        apart.add(case.decided_by_id)
    ids = [key for key, _role in queries.moderators(session, case.process_id) if key not in apart]
    return sorted(names(session, ids).items(), key=lambda each: each[1])


def _merge(case: Case, shown: CaseShown, grounds: Mapping[int, Ground]) -> dict[str, Any]:
    """Return what was looked for to join the item to, what was found, and what was chosen.

    Where a flag says that it is a duplicate, the likeliest are looked for unasked.
    """
    item = shown.item
    words = request.args.get("q", "").strip()[:200]
    chosen = whole_number(request.values.get("merge-into_id") or request.args.get("destino"))
    target = None
    if chosen is not None and item is not None:
        target = written(db.session(), [Ref(case.kind, chosen)]).get(Ref(case.kind, chosen))
        if target is not None and (
            target.component_id != item.component_id or target.ref == item.ref
        ):
            target = None
    likely = words or any(grounds[key].merges for key in shown.named if key in grounds)
    found = queries.merge_targets(db.session(), case, words) if likely and target is None else []
    kept = dict(kept_fields(typed_filters(request.args)))
    return {
        "words": words,
        "target": target,
        "suggested": not words,
        "found": [
            {
                "title": each.title,
                "words": excerpt(next((t.words for t in each.texts if t.multiline), "")),
                "choose_url": url_for(
                    "moderation.case",
                    case_id=case.id,
                    decision="merge",
                    q=words,
                    destino=each.ref.id,
                    **kept,
                    _anchor="unir",
                ),
            }
            for each in found
        ],
    }


def back_to(case_id: int) -> Any:
    """Send the browser to the page of a case."""
    return see_other(url_for("moderation.case", case_id=case_id))


def answer_late(
    case_id: int, error: Conflict | Denied, name: str = "", form: CaseForm | None = None
) -> Any:
    """Show the case as somebody else left it, with what was typed still in its form."""
    db.session.rollback()
    posted = {name: form} if form is not None else None
    message = error.message if isinstance(error, Conflict) else error.denial.message
    status = 409 if isinstance(error, Conflict) else error.denial.status
    return case_page(case_here(case_id), posted=posted, chosen=name, late=message, status=status)


# --- what leaves the case open ------------------------------------------------------------------


@blueprint.post(f"{ADDRESS}/tomar")
@page(policy.QUEUE)
def claim(case_id: int) -> Any:
    """Take a case, so that nobody else works on it meanwhile."""
    return _simply(case_id, cases.claim)


@blueprint.post(f"{ADDRESS}/soltar")
@page(policy.QUEUE)
def release(case_id: int) -> Any:
    """Let go of a case."""
    return _simply(case_id, cases.release)


def _simply(case_id: int, service: Any) -> Any:
    case_here(case_id)
    try:
        service(db.session(), actor(), case_id)
    except (Conflict, Denied) as error:
        return answer_late(case_id, error)
    return back_to(case_id)


@blueprint.post(f"{ADDRESS}/nota")
@page(policy.QUEUE)
def note(case_id: int) -> Any:
    """Write a note that only moderators read."""
    found = case_here(case_id)
    form = NoteForm(prefix="note")
    try:
        cases.note(db.session(), actor(), case_id, typed(form, "text"))
    except Invalid as error:
        explain(form, error)
        return case_page(found, posted={"note": form}, status=422)
    session[SENT_KEY] = f"caso-{case_id}-nota"
    flash(_("La nota quedó guardada."), "ok")
    return back_to(case_id)


@blueprint.post(f"{ADDRESS}/pasar")
@page(policy.QUEUE)
def hand_over(case_id: int) -> Any:
    """Pass a case on."""
    found = case_here(case_id)
    form = HandOverForm(prefix="hand_over").prepare(_colleagues(found))
    try:
        cases.hand_over(
            db.session(),
            actor(),
            case_id,
            conflict=form.conflict.data,
            text=typed(form, "text"),
            to_id=form.to_id.data,
        )
    except Invalid as error:
        explain(form, error)
        return case_page(found, posted={"hand_over": form}, status=422)
    except Conflict as error:
        return answer_late(case_id, error, "hand_over", form)
    session[SENT_KEY] = f"caso-{case_id}-pasar"
    flash(_("El caso %(number)s ya no está en sus manos.", number=case_id), "ok")
    return see_other(url_for("moderation.queue"))


def typed(form: CaseForm, name: str) -> str:
    """Return what was typed in a field; browsers send line ends as two characters."""
    return (form[name].data or "").replace("\r\n", "\n")
