"""Voting at a point, as whoever is in charge of it does for their neighbours.

What a neighbour chooses is in no address, no cookie and no draft: it travels from page to page in
the form itself, and after it was sent no page shows it. The line of the roll travels as a signed
mark of a few minutes; the document number is asked once and not shown again.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, g, request, session, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeSerializer

from participa.accounts.verification import sms
from participa.budgets import basket, policy
from participa.budgets.ballots import BallotKind
from participa.budgets.basket import Basket
from participa.budgets.forms.points import DocumentForm, UndoForm, offer_types
from participa.budgets.queries import casting, pots, projects, votes
from participa.budgets.services import assisted, lines, telling
from participa.budgets.typed import MOST
from participa.budgets.views import PREFIX, blueprint
from participa.budgets.views.points import point_of
from participa.budgets.views.projects import place
from participa.core import clock
from participa.core.db import db
from participa.core.digits import NOT_WHOLE, whole_number
from participa.core.errors import Conflict, Invalid
from participa.core.limits import limiter
from participa.core.requirements import Guardian
from participa.core.web import absolute, actor, page, render, request_app, see_other
from participa.ui.forms import explain
from participa.ui.sure import ask, is_sure

RECEIPT_KEY = "constancia_ayuda"
"""In the browser's cookie, until it is shown once: the point, and the receipt or nothing."""
LASTS = dt.timedelta(minutes=30)
"""How long a found line may be worked on before the document is asked again."""
MISSES = "30/hour;120/day"
"""Documents that may be looked up in vain: whoever is at a point must not try out who is on the
roll, nor who has voted."""
LONGEST_TYPED = 21
"""Characters that are kept of what is typed in a field of a ballot."""
FIELD = "papeleta-"
"""How the fields of a ballot begin: never kept, as what is in ``SECRET_FIELDS`` is not."""


def _missed(answer: Any) -> bool:
    return bool(answer.status_code == 422)  # noqa: PLR2004


@blueprint.route(f"{PREFIX}/puntos/<int:point>", methods=["GET", "POST"])
@page(policy.ASSIST)
@limiter.limit(MISSES, methods=["POST"], deduct_when=_missed)
@limiter.limit("30/minute;400/hour", methods=["POST"])
def desk(point: int) -> Any:
    """Ask for somebody's document; on POST go on to their ballot, or to handing out a sheet."""
    row = point_of(point)
    form = DocumentForm()
    if not form.is_submitted():
        return _desk_page(row, form)
    document = lines.Document(
        form.document_type.data or "",
        form.document_number.data or "",
        bool(form.guardian.data),
        form.birth_date.data or "",
    )
    try:
        found = assisted.look_up(
            db.session(), actor(), g.organization, g.component, row.id, document
        )
    except Invalid as error:
        explain(form, error)
        return _desk_page(row, form, 422)
    except Conflict as error:
        form.form_errors.append(error.message)
        return _desk_page(row, form, 409)
    if request.form.get("como") == "papel":
        return _hand_page(row, found)
    return _ballot_page(row, found, _Typed.read())


def _desk_page(row: Any, form: DocumentForm, status: int = 200) -> Any:
    roll = casting.roll(db.session(), g.component)
    offer_types(form, roll.document_types if roll is not None else ())
    form.document_number.data = ""  # also after an error: it is not shown again
    form.birth_date.data = ""
    if roll is None or not roll.asks_birth_date:
        del form.birth_date
    rule = g.component.rule("cast", clock.moment())
    if not any(isinstance(each, Guardian) for each in rule.requires):
        del form.guardian
    return render(
        "budgets/points/desk.html",
        status,
        point=row,
        form=form,
        kept=_Typed.read().fields if status == 422 else {},  # noqa: PLR2004
        has_roll=roll is not None,
        again=request.form.get("paso") is not None,
        **place(),
    )


def _sign(point: int, found: lines.Found) -> str:
    # The first moment, on every page: going back and forth does not make the minutes longer.
    moment = int(found.at.timestamp())
    return _signer().dumps(
        [g.component.id, point, actor().person_id, found.entry_id, int(found.guardian), moment]
    )


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(request_app().config["SECRET_KEY"], salt="participa.budgets.line")


def _found(point: int) -> lines.Found | None:
    """Return the line that is being worked on; ``None`` once its minutes are over."""
    try:
        component, place_id, person, entry, guardian, moment = _signer().loads(
            request.form.get("linea_token", "")
        )
    except (BadSignature, ValueError, TypeError):
        return None
    if [component, place_id, person] != [g.component.id, point, actor().person_id]:
        return None
    if clock.now().timestamp() - moment > LASTS.total_seconds():
        return None
    return lines.Found(entry, bool(guardian), at=dt.datetime.fromtimestamp(moment, dt.UTC))


# --- registering a ballot


@dataclass(frozen=True, slots=True)
class _Typed:
    """A ballot as its form sends it."""

    fields: Mapping[str, str]
    chosen: Mapping[int, int]
    wrong: Mapping[int, Any]
    """What is no number, by project."""

    @classmethod
    def read(cls) -> "_Typed":
        fields = {
            name: text.strip()[:LONGEST_TYPED]
            for name, text in request.form.items()
            if name.startswith(FIELD) and text.strip() and name.isascii()
        }
        chosen: dict[int, int] = {}
        wrong: dict[int, Any] = {}
        for name, text in fields.items():
            # One of a pot is named in the value, any of many in the name.
            is_one = name.startswith(f"{FIELD}bolsa-")
            key = text if is_one else name.removeprefix(FIELD)
            value = "1" if is_one else text
            project, number = whole_number(key), whole_number(value, MOST)
            if project is None:
                continue
            if number is None:
                wrong[project] = NOT_WHOLE
            elif number:
                chosen[project] = number
        return cls(fields, chosen, wrong)


@blueprint.post(f"{PREFIX}/puntos/<int:point>/voto")
@page(policy.ASSIST)
@limiter.limit("120/minute")
def assist(point: int) -> Any:
    """Go from the ballot to its review (``paso=revisar``), and from there into the box."""
    row = point_of(point)
    found = _found(row.id)
    typed = _Typed.read()
    if found is None:
        form = DocumentForm(formdata=None)
        form.form_errors.append(_("Escriba otra vez el documento: pasó demasiado tiempo."))
        return _desk_page(row, form, 422)
    step = request.form.get("paso")
    if step == "enviar":
        return _send(row, found, typed)
    filled = _filled(typed)
    if step == "revisar" and not typed.wrong and filled.is_ready:
        return _review_page(row, found, typed, filled)
    return _ballot_page(row, found, typed, 422 if step == "revisar" else 200)


def _send(row: Any, found: lines.Found, typed: _Typed) -> Any:
    telephone = request.form.get("telefono", "")[:40]
    try:
        receipt = assisted.assist(
            db.session(),
            actor(),
            g.organization,
            g.component,
            row.id,
            found,
            typed.chosen,
            telephone,
        )
    except Invalid as error:
        paths = error.by_path()
        if "telefono" in paths:
            wrong = paths["telefono"][0]
            return _review_page(row, found, typed, _filled(typed), 422, telephone, wrong)
        if {"document_number", "guardian"} & paths.keys():
            form = DocumentForm(formdata=None)
            form.form_errors.extend(each.message for each in error.problems)
            return _desk_page(row, form, 409)
        return _ballot_page(row, found, typed, 422)
    telling.voted_for_you(db.session(), g.organization, g.component, row, found.entry_id)
    session[RECEIPT_KEY] = [row.id, receipt]
    return see_other(url_for("budgets.assist_receipt", point=row.id))


def _filled(typed: _Typed) -> Basket:
    component = g.component
    vote = votes.state(db.session(), component)
    bags = pots.pots(db.session(), component)
    rows = projects.on_ballot(db.session(), component)
    known = {each.id for each in rows}
    chosen = {key: value for key, value in typed.chosen.items() if key in known}
    kinds = {each.id: each for each in pots.categories(db.session(), component)}
    form = votes.rules(component, vote).form
    return basket.fill(form, bags, pots.limits(bags), rows, chosen, kinds)


def _ballot_page(row: Any, found: lines.Found, typed: _Typed, status: int = 200) -> Any:
    filled = _filled(typed)
    return render(
        "budgets/points/ballot.html",
        status,
        point=row,
        token=_sign(row.id, found),
        basket=filled,
        is_one=filled.form.kind is BallotKind.CHOOSE_ONE,
        typed=typed,
        unknown=found.unknown,
        categories={each.id: each for each in pots.categories(db.session(), g.component)},
        **place(),
    )


def _review_page(
    row: Any,
    found: lines.Found,
    typed: _Typed,
    filled: Basket,
    status: int = 200,
    telephone: str = "",
    wrong: Any = None,
) -> Any:
    return render(
        "budgets/points/review.html",
        status,
        point=row,
        token=_sign(row.id, found),
        basket=filled,
        typed=typed,
        telephone=telephone,
        wrong=wrong,
        has_sms=sms.is_available(),
        closes_at=g.component.closes_at("cast", clock.moment()),
        **place(),
    )


@blueprint.get(f"{PREFIX}/puntos/<int:point>/constancia")
@page(policy.ASSIST)
def assist_receipt(point: int) -> Any:
    """Show a neighbour's receipt, once, to be printed; or that it went to their telephone."""
    row = point_of(point)
    kept = session.get(RECEIPT_KEY)
    if kept is None or kept[0] != row.id:
        return see_other(url_for("budgets.desk", point=row.id))
    session.pop(RECEIPT_KEY)
    answer = render(
        "budgets/points/receipt.html",
        point=row,
        receipt=kept[1],
        day=clock.now(),
        check_url=absolute("budgets.receipt", process=g.process.slug, component=g.component.key),
        **place(),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- handing out sheets


def _hand_page(row: Any, found: lines.Found) -> Response:
    return render(
        "budgets/points/hand.html",
        point=row,
        token=_sign(row.id, found),
        unknown=found.unknown,
        **place(),
    )


@blueprint.post(f"{PREFIX}/puntos/<int:point>/entregar")
@page(policy.ASSIST)
@limiter.limit("60/minute")
def hand(point: int) -> Any:
    """Mark that somebody got a sheet."""
    row = point_of(point)
    found = _found(row.id)
    form = DocumentForm(formdata=None)
    if found is None:
        form.form_errors.append(_("Escriba otra vez el documento: pasó demasiado tiempo."))
        return _desk_page(row, form, 422)
    try:
        assisted.hand(db.session(), actor(), g.organization, g.component, row.id, found)
    except Invalid as error:
        form.form_errors.extend(each.message for each in error.problems)
        return _desk_page(row, form, 409)
    telling.voted_for_you(
        db.session(), g.organization, g.component, row, found.entry_id, on_paper=True
    )
    flash(_("Quedó anotado: la persona votó en papel. Entréguele la hoja."), "ok")
    return see_other(url_for("budgets.desk", point=row.id))


@blueprint.route(f"{PREFIX}/puntos/<int:point>/deshacer", methods=["GET", "POST"])
@page(policy.ASSIST)
@limiter.limit(MISSES, methods=["POST"], deduct_when=_missed)
@limiter.limit("20/minute;100/hour", methods=["POST"])
def undo_handing(point: int) -> Any:
    """Take back that somebody got a sheet, against the sheet, after asking."""
    row = point_of(point)
    form = UndoForm()
    status = 200
    if form.is_submitted():
        undoing = assisted.Undoing(
            _found(row.id)
            or lines.Document(form.document_type.data or "", form.document_number.data or ""),
            form.number.data or "",
            form.check.data or "",
            form.reason.data or "",
        )
        here = db.session(), actor(), g.component, row.id
        try:
            if not is_sure():
                return _ask_undo(row, assisted.checked_undoing(*here, undoing), form)
            number = assisted.undo(*here, undoing)
        except Invalid as error:
            explain(form, error)
            status = 422
        else:
            flash(
                _(
                    "La hoja %(number)s quedó anulada y la persona puede votar. Tache su firma en "
                    "la lista.",
                    number=number,
                ),
                "ok",
            )
            return see_other(url_for("budgets.desk", point=row.id))
    roll = casting.roll(db.session(), g.component)
    offer_types(form, roll.document_types if roll is not None else ())
    form.document_number.data = ""
    return render("budgets/points/undo.html", status, point=row, form=form, **place())


def _ask_undo(row: Any, handing: assisted.Handing, form: UndoForm) -> Any:
    """Ask, where no script did; whose sheet it was goes on as a signed mark, not as a number."""
    return ask(
        _("¿Anular la hoja y deshacer la entrega?"),
        _("Sí, deshacerla"),
        url_for("budgets.undo_handing", point=row.id),
        _(
            "La hoja queda anulada para siempre y la persona puede votar otra vez. Tache su firma "
            "en la lista."
        ),
        fields={
            "linea_token": _sign(row.id, handing.found),
            "number": form.number.data or "",
            "check": form.check.data or "",
            "reason": form.reason.data or "",
        },
        items=[
            _("Hoja %(number)s", number=handing.sheet.number),
            _("Motivo: %(reason)s", reason=handing.reason),
        ],
    )
