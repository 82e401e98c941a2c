"""What waits for a second person: one list for all of it, and the answers."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from participa.accounts import policy
from participa.accounts.models import Approval
from participa.accounts.queries import approvals as queries
from participa.accounts.queries import names
from participa.accounts.second_person import Within, acts
from participa.accounts.services import approvals as services
from participa.accounts.views.site import blueprint
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Conflict, Invalid
from participa.core.policy import (
    ADMINISTRATORS,
    AUDITORS,
    PROCESS_MANAGERS,
    Action,
    Actor,
    authorize,
    can,
)
from participa.core.web import actor, page, render, see_other
from participa.ui.sure import ask, is_sure

WHERE = "/gestion/aprobaciones"
SEES_ALL = ADMINISTRATORS | AUDITORS


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as a page shows it."""

    row: Approval
    asked_by: str
    decided_by: str
    url: str | None
    may_decide: bool
    may_withdraw: bool


def seen_by(who: Actor) -> Sequence[int] | None:
    """Return the processes whose requests somebody sees; ``None``: all, the organization's too."""
    if who.organization_roles & SEES_ALL:
        return None
    return [key for key, roles in who.process_roles.items() if roles & PROCESS_MANAGERS]


def shown(session: Session, rows: Sequence[Approval], at: dt.datetime) -> list[Shown]:
    """Return requests with the names of who asked and answered, and what the reader may do."""
    ids = [each for row in rows for each in (row.asked_by_id, row.decided_by_id) if each]
    known = names(session, ids) if ids else {}

    def name(person_id: int | None) -> str:
        return known.get(person_id or 0) or _("Una cuenta eliminada")

    def may(action: Action, row: Approval) -> bool:
        return can(action, actor(), Within(g.organization, row.process_id), row, at=at)

    return [
        Shown(
            row,
            name(row.asked_by_id),
            name(row.decided_by_id) if row.decided_by_id else "",
            _url(row),
            may(policy.DECIDE_APPROVAL, row),
            may(policy.WITHDRAW_APPROVAL, row),
        )
        for row in rows
    ]


def _url(row: Approval) -> str | None:
    act = acts.get(row.kind)
    if act is None:
        return None
    endpoint, *needed = act.page
    return url_for(endpoint, **{each: row.data[each] for each in needed})


@blueprint.app_template_global()
def approval_of(kind: str, target: Any) -> Shown | None:
    """Return the request that waits for one act on one thing, for the page of that thing."""
    at = clock.now()
    row = queries.of_target(db.session(), kind, str(target), at)
    return shown(db.session(), [row], at)[0] if row is not None else None


@blueprint.app_template_global()
def approvals_about(kind: str, person_id: int) -> list[Shown]:
    """Return the requests that wait for one kind of act about a person."""
    at = clock.now()
    return shown(db.session(), queries.of_person(db.session(), kind, person_id, at), at)


def waiting_in(process_id: int, kind: str) -> list[Shown]:
    """Return the requests for one kind of act in a process that wait."""
    at = clock.now()
    rows = queries.waiting(db.session(), at, [process_id])
    return shown(db.session(), [each for each in rows if each.kind == kind], at)


def waiting(
    session: Session, scopes: Sequence[Any], who: Actor, at: dt.datetime
) -> Mapping[int, int]:
    """Return how many requests somebody may decide now, for the navigation."""
    rows = queries.waiting(session, at, seen_by(who))
    number = sum(
        can(policy.DECIDE_APPROVAL, who, Within(g.organization, row.process_id), row, at=at)
        for row in rows
    )
    return {each.id: number for each in scopes if number}


@blueprint.get(WHERE)
@page(policy.SEE_APPROVALS)
def approvals() -> ResponseReturnValue:
    """Show what waits for a second person, and what was answered lately."""
    authorize(policy.SEE_APPROVALS, actor(), g.organization, at=clock.moment())
    at, processes = clock.now(), seen_by(actor())
    session = db.session()
    return render(
        "accounts/approvals.html",
        waiting=shown(session, queries.waiting(session, at, processes), at),
        over=shown(session, queries.over(session, at, processes), at),
        days=services.LASTS.days,
    )


@blueprint.post(f"{WHERE}/<int:approval_id>/aprobar")
@page(policy.SEE_APPROVALS)
def approve(approval_id: int) -> ResponseReturnValue:
    """Approve: it happens now, after asking."""
    return _answer(
        approval_id,
        services.approve,
        policy.DECIDE_APPROVAL,
        _("¿Aprobarlo? Se hace de una vez."),
        _("Sí, aprobar"),
        _("Quedó aprobado y hecho."),
    )


@blueprint.post(f"{WHERE}/<int:approval_id>/no-aprobar")
@page(policy.SEE_APPROVALS)
def decline(approval_id: int) -> ResponseReturnValue:
    """Say no: nothing happens."""
    return _answer(
        approval_id,
        services.decline,
        policy.DECIDE_APPROVAL,
        _("¿No aprobarlo? No se hace nada, y se le avisa a quien lo pidió."),
        _("Sí, no aprobar"),
        _("No se aprobó: todo sigue como estaba."),
    )


@blueprint.post(f"{WHERE}/<int:approval_id>/retirar")
@page(policy.SEE_APPROVALS)
def withdraw(approval_id: int) -> ResponseReturnValue:
    """Take back one's own request."""
    return _answer(
        approval_id,
        services.withdraw,
        policy.WITHDRAW_APPROVAL,
        _("¿Retirar la petición?"),
        _("Sí, retirar"),
        _("La petición quedó retirada: todo sigue como estaba."),
    )


def _answer(
    approval_id: int,
    service: Callable[..., Approval],
    action: Action,
    title: str,
    ok: str,
    done: str,
) -> ResponseReturnValue:
    authorize(policy.SEE_APPROVALS, actor(), g.organization, at=clock.moment())
    session, back = db.session(), url_for("accounts.approvals")
    if not is_sure():
        row = queries.get(session, approval_id)
        authorize(action, actor(), Within(g.organization, row.process_id), row, at=clock.now())
        kept = {"volver": request.form.get("volver", "")}
        return ask(title, ok, back, str(row.what), fields=kept)
    try:
        row = service(session, actor(), g.organization, approval_id)
    except (Conflict, Invalid) as error:
        session.rollback()
        told = (
            [each.message for each in error.problems]
            if isinstance(error, Invalid)
            else [error.message]
        )
        for message in told:
            flash(_("No se pudo: %(why)s", why=message), "warn")
        return see_other(back)
    flash(done, "ok")
    return see_other((_url(row) if request.form.get("volver") else None) or back)
