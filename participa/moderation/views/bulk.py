"""Deciding several cases together: what would happen to each, the decision, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, request
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.policy import Denied
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy, queries
from participa.moderation.forms.staff import BulkForm
from participa.moderation.models import Case, Move
from participa.moderation.services import bulk as services
from participa.moderation.views import blueprint, undoing
from participa.moderation.views.queue import (
    PREFIX,
    kept_fields,
    queue_url,
    typed_filters,
)
from participa.moderation.views.rows import Row, rows_of
from participa.ui.forms import explain
from participa.ui.sure import is_sure

MOST = 50
"""Cases decided together."""
MOVES = {"keep": Move.KEEP, "remove": Move.REMOVE}


@dataclass(frozen=True, slots=True)
class Line:
    """One ticked case: its row, and why it would be left out, if it would."""

    row: Row
    refusal: Any


@blueprint.post(f"{PREFIX}/varios")
@page(policy.QUEUE)
def bulk() -> Any:
    """Show what would happen to each ticked case; confirmed, do it."""
    form = BulkForm()
    move = MOVES.get(form.que.data or "")
    ids = _ticked()
    back = queue_url(typed_filters(request.form))
    if move is None or not ids:
        flash(_("Marque primero los casos."), "warn")
        return see_other(back)
    if move is Move.REMOVE and form.ground is None:
        flash(_("Escoja el motivo por el que los retira."), "warn")
        return see_other(back)
    if not is_sure():
        _with_template(form, move)
        return _preview(form, move, ids, back)
    return _decide(form, move, ids, back)


def _ticked() -> list[int]:
    found = [whole_number(each) for each in request.form.getlist("caso")]
    return list(dict.fromkeys(each for each in found if each is not None))[:MOST]


def _with_template(form: BulkForm, move: Move) -> None:
    grounds = {each.id: each for each in queries.grounds(db.session())}
    ground = grounds.get(form.ground or 0)
    if move is Move.REMOVE and ground is not None and not form.reply.data:
        form.reply.data = str(ground.reply)


def _preview(
    form: BulkForm, move: Move, ids: Sequence[int], back: str, status: int = 200, late: Any = ""
) -> Any:
    try:
        found = services.preview(db.session(), actor(), ids, move, form.ground)
    except Invalid as error:  # a ground that was retired meanwhile, or none that one can choose
        flash(error.problems[0].message, "warn")
        return see_other(back)
    here = [(case, refused) for case, refused in found if case.process_id == g.process.id]
    rows = {
        row.case.id: row for row in rows_of([case for case, _r in here], {g.process.id: g.process})
    }
    lines = [Line(rows[case.id], refused) for case, refused in here]
    grounds = {each.id: each for each in queries.grounds(db.session(), active=False)}
    ground = grounds.get(form.ground or 0)
    return render(
        "moderation/staff/bulk.html",
        status,
        form=form,
        move=move.value,
        ground=ground.name if ground else "",
        doing=[each for each in lines if each.refusal is None],
        leaving=[each for each in lines if each.refusal is not None],
        kept=kept_fields(typed_filters(request.form)),
        back=back,
        late=late,
    )


def _decide(form: BulkForm, move: Move, ids: Sequence[int], back: str) -> Any:
    seen = {each: whole_number(request.form.get(f"revision-{each}")) for each in ids}
    _refuse_elsewhere(ids)
    try:
        result = services.decide(
            db.session(),
            actor(),
            {each: -1 if revision is None else revision for each, revision in seen.items()},
            move,
            form.ground,
            (form.reply.data or "").replace("\r\n", "\n"),
        )
    except Invalid as error:
        db.session.rollback()
        explain(form, error)
        return _preview(form, move, ids, back, 422)
    except (Conflict, Denied) as error:
        db.session.rollback()
        message = error.message if isinstance(error, Conflict) else error.denial.message
        return _preview(form, move, ids, back, 409, message)
    _tell(move, result)
    return see_other(back)


def _refuse_elsewhere(ids: Sequence[int]) -> None:
    """Raise :class:`Conflict` where a case is not of the process of the address."""
    cases: Sequence[Case] = queries.by_ids(db.session(), ids)
    if any(case.process_id != g.process.id for case in cases):
        raise Conflict(_("Uno de los casos es de otro proceso: márquelos de nuevo."))


def _tell(move: Move, result: Any) -> None:
    number_done = len(result.done)
    if number_done:
        sentence = (
            ngettext("Mantuvo %(num)s caso.", "Mantuvo %(num)s casos.", number_done)
            if move is Move.KEEP
            else ngettext("Retiró %(num)s caso.", "Retiró %(num)s casos.", number_done)
        )
        undoing.remember(g.process.slug, sentence, dict.fromkeys(result.done, 0), together=True)
    for case_id, sentence in list(result.refused.items())[:MOST]:
        flash(_("Caso %(number)s: %(sentence)s", number=case_id, sentence=sentence), "warn")


@blueprint.post(f"{PREFIX}/varios/deshacer")
@page(policy.QUEUE)
def undo_bulk() -> Any:
    """Take back what was decided together, while there is time for it."""
    ids = _ticked()
    undoing.forget()
    if ids:
        _refuse_elsewhere(ids)
        result = services.undo(db.session(), actor(), ids)
        undone = len(result.done)
        if undone:
            flash(
                ngettext(
                    "Deshizo la decisión de %(num)s caso.",
                    "Deshizo la decisión de %(num)s casos.",
                    undone,
                ),
                "ok",
            )
        for case_id, sentence in result.refused.items():
            flash(_("Caso %(number)s: %(sentence)s", number=case_id, sentence=sentence), "warn")
    return see_other(queue_url(typed_filters(request.form)))
