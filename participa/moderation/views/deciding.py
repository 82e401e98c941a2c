"""Deciding a case: keep, remove, join, publish a correction, answer an appeal; and undoing it."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import g, request, session, url_for
from flask_babel import gettext as _

from participa.contributions.contract import written
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Denied
from participa.core.web import actor, page
from participa.moderation import policy, queries
from participa.moderation.forms.staff import DecisionForm
from participa.moderation.models import Case, Ground
from participa.moderation.services import appeals, cases, decisions
from participa.moderation.views import blueprint, undoing
from participa.moderation.views.cases import (
    ADDRESS,
    DECISIONS,
    answer_late,
    back_to,
    case_here,
    case_page,
    decision_form,
    removing,
    typed,
)
from participa.moderation.views.queue import go_to_next
from participa.moderation.views.shown import stamp
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure

Decide = Callable[[Any, int, DecisionForm], Any]

FINAL: frozenset[str] = frozenset({"review", "uphold", "revert"})
"""Decisions that nobody can undo: they are asked twice."""


def _keep(who: Any, case_id: int, form: DecisionForm) -> Any:
    return decisions.keep(db.session(), who, case_id, form.seen, typed(form, "reply"))


def _accept(who: Any, case_id: int, form: DecisionForm) -> Any:
    return decisions.accept(db.session(), who, case_id, form.seen, typed(form, "reply"))


def _remove(who: Any, case_id: int, form: DecisionForm) -> Any:
    ground_id, reply = form["ground_id"].data, typed(form, "reply")
    _refuse_unread_template(ground_id, reply, form)
    return decisions.remove(db.session(), who, case_id, form.seen, ground_id or 0, reply)


def _urgent(who: Any, case_id: int, form: DecisionForm) -> Any:
    ground_id = form["ground_id"].data or 0
    return decisions.remove_urgently(db.session(), who, case_id, form.seen, ground_id)


def _merge(who: Any, case_id: int, form: DecisionForm) -> Any:
    into_id = whole_number(form.into_id.data) or 0
    reply = typed(form, "reply")
    return decisions.merge(db.session(), who, case_id, form.seen, into_id, reply)


def _review(who: Any, case_id: int, form: DecisionForm) -> Any:
    return decisions.review_urgent(db.session(), who, case_id, form.seen)


def _uphold(who: Any, case_id: int, form: DecisionForm) -> Any:
    return appeals.uphold(db.session(), who, case_id, form.seen, typed(form, "reply"))


def _revert(who: Any, case_id: int, form: DecisionForm) -> Any:
    return appeals.revert(db.session(), who, case_id, form.seen, typed(form, "reply"))


CALLS: Mapping[str, Decide] = {
    "keep": _keep,
    "accept": _accept,
    "remove": _remove,
    "merge": _merge,
    "urgent": _urgent,
    "review": _review,
    "uphold": _uphold,
    "revert": _revert,
}


def done(name: str, case_id: int) -> str:
    """Return in words what was decided about a case. Never the words that it is about."""
    return {
        "keep": _("Mantuvo lo del caso %(number)s.", number=case_id),
        "accept": _("Publicó la corrección del caso %(number)s.", number=case_id),
        "remove": _("Retiró lo del caso %(number)s.", number=case_id),
        "merge": _("Unió lo del caso %(number)s a otro.", number=case_id),
        "urgent": _(
            "Retiró de urgencia lo del caso %(number)s: otra persona lo revisará.", number=case_id
        ),
        "review": _("Confirmó el retiro urgente del caso %(number)s.", number=case_id),
        "uphold": _(
            "Confirmó el retiro del caso %(number)s y respondió la apelación.", number=case_id
        ),
        "revert": _("Devolvió a su lugar lo del caso %(number)s.", number=case_id),
    }[name]


def _grounds() -> dict[int, Ground]:
    return {each.id: each for each in queries.grounds(db.session(), active=True)}


def _refuse_unread_template(ground_id: int | None, reply: str, form: DecisionForm) -> None:
    """Without script the ground's text cannot appear by itself: show it to be read first.

    Also where the text is still that of another ground. Raises :class:`Invalid`.
    """
    grounds = _grounds()
    ground = grounds.get(ground_id or 0)
    templates = {str(each.reply).strip() for each in grounds.values()} - {""}
    if ground is None or not str(ground.reply).strip():
        return
    mine = str(ground.reply).strip()
    if reply.strip() and (reply.strip() == mine or reply.strip() not in templates):
        return
    form.reply.data = str(ground.reply)
    raise Invalid(
        [
            Problem(
                "reply",
                _(
                    "Este es el texto de ese motivo: léalo, cámbielo si hace falta "
                    "y envíe otra vez."
                ),
            )
        ]
    )


@blueprint.post(f"{ADDRESS}/decidir")
@page(policy.QUEUE)
def decide(case_id: int) -> Any:
    """Decide a case, and go on to the next."""
    found = case_here(case_id)
    name = request.form.get("decision", "")
    if name not in DECISIONS:
        return back_to(case_id)
    form = decision_form(name, removing(_grounds()))
    if name in FINAL and not is_sure():
        return _asked(case_id, name)
    try:
        _take_note(found, form)
        CALLS[name](actor(), case_id, form)
    except Invalid as error:
        explain(form, error)
        db.session.rollback()
        return case_page(case_here(case_id), posted={name: form}, chosen=name, status=422)
    except (Conflict, Denied) as error:
        return answer_late(case_id, error, name, form)
    session[undoing.SENT_KEY] = f"caso-{case_id}-{name}"
    sentence = done(name, case_id)
    if name in FINAL:
        undoing.forget()
        undoing.say(sentence)
    else:
        revision = queries.case(db.session(), case_id).revision
        undoing.remember(g.process.slug, sentence, {case_id: revision})
    if request.form.get("seguir") == "1":
        return go_to_next(case_id)
    return back_to(case_id)


def _take_note(case: Case, form: DecisionForm) -> None:
    """Let the case take note of words that changed since, where the reader has seen those.

    Otherwise the service refuses: nobody decides on words that they have not read.
    """
    item = written(db.session(), [case.ref]).get(case.ref)
    if (
        item is not None
        and item.edited_at != case.edited_at
        and case.revision == form.seen
        and form.words.data == stamp(item)
    ):
        cases.claim(db.session(), actor(), case.id)
        form.revision.data = str(queries.case(db.session(), case.id).revision)


def _asked(case_id: int, name: str) -> Any:
    """Ask again, for whoever has no script; what was typed travels along."""
    titles = {
        "review": _("¿Confirmar el retiro?"),
        "uphold": _("¿Confirmar el retiro?"),
        "revert": _("¿Devolverlo a su lugar?"),
    }
    return ask(
        titles[name],
        _("Sí, devolverlo") if name == "revert" else _("Sí, confirmar"),
        url_for("moderation.case", case_id=case_id),
        _("Caso %(number)s. Después solo lo cambia una apelación.", number=case_id)
        if name == "review"
        else _("Caso %(number)s. No se puede deshacer.", number=case_id),
        danger=name != "review",
        fields=[
            (key, value) for key, value in request.form.items(multi=True) if key != "confirmado"
        ],
    )


@blueprint.post(f"{ADDRESS}/deshacer")
@page(policy.QUEUE)
def undo(case_id: int) -> Any:
    """Take one's own decision back while there is time for it."""
    case_here(case_id)
    revision = whole_number(request.form.get("revision"))
    undoing.forget()
    try:
        decisions.undo(db.session(), actor(), case_id, -1 if revision is None else revision)
    except (Conflict, Denied) as error:
        return answer_late(case_id, error)
    undoing.say(_("La decisión del caso %(number)s quedó deshecha.", number=case_id))
    return back_to(case_id)
