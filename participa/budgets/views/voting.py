"""Voting: the ballot with its basket, the review, and what is said once it is sent."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, g, request, session, url_for
from flask_babel import gettext as _

from participa.budgets import basket, policy
from participa.budgets.basket import Basket
from participa.budgets.queries import casting as queries
from participa.budgets.queries import pots, projects, votes
from participa.budgets.rules import Rules
from participa.budgets.services import casting, drafts, receipts
from participa.budgets.services.voters import Standing, standing
from participa.budgets.typed import MOST
from participa.budgets.views import PREFIX, blueprint, draft_keys
from participa.budgets.views.projects import place, seed
from participa.core import clock, shuffle
from participa.core.db import db
from participa.core.digits import NOT_WHOLE, whole_number
from participa.core.errors import Invalid
from participa.core.limits import limiter
from participa.core.policy import Denied, authorize, denial
from participa.core.web import absolute, actor, page, render, safe_target, see_other
from participa.ui.sure import ask, is_sure

RECEIPT_KEY = "constancia"
"""In the browser's cookie, until it is shown once: the component and the receipt."""
FIELD, VALUE = "papeleta", "papeleta-"
"""How the fields of a ballot are called: a form with that word is never kept for who signs in
later, nor shown again where it could not be sent."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody in front of the ballot."""

    standing: Standing
    basket: Basket
    categories: Mapping[int, Any]
    gone: bool
    """Whether something that was chosen is no longer on the ballot."""
    lost: bool
    """Whether something was chosen that this browser does not open."""
    version: str
    """Changes with the draft: what is sent is what was reviewed."""

    @property
    def unsent(self) -> bool:
        """Whether there is a choice that can be sent from here."""
        return self.standing.unsent and not self.lost


def _desk() -> Desk | Response:
    """Return what the ballot shows; the page of having voted where that is not changed any more.

    Raises ``Denied`` with the reason.
    """
    component, at = g.component, clock.moment()
    vote = queries.vote(db.session(), component)
    where = standing(db.session(), actor(), component, vote)
    refused = denial(policy.CAST, actor(), component, where.facing, at=at)
    if refused is not None:
        if refused.key != policy.MAY_CHANGE.name:
            authorize(policy.CAST, actor(), component, where.facing, at=at)
        return _voted_page(where, None)
    found = draft_keys.opened(where.draft)
    stored = found or {}
    rows = _rows(where)
    known = {row.id for row in rows}
    kinds = {row.id: row for row in pots.categories(db.session(), component)}
    bags = pots.pots(db.session(), component)
    chosen = {key: value for key, value in stored.items() if key in known}
    filled = basket.fill(Rules.read(vote.rules).form, bags, pots.limits(bags), rows, chosen, kinds)
    version = where.draft.updated_at.isoformat() if where.draft is not None else ""
    return Desk(where, filled, kinds, len(chosen) < len(stored), found is None, version)


def _rows(where: Standing) -> Sequence[Any]:
    """Return what is on the ballot, in this person's order."""
    rows = projects.on_ballot(db.session(), g.component)
    start = seed()
    if start is None:
        return rows
    mine = where.draft.seed if where.draft is not None else start
    return sorted(rows, key=lambda row: shuffle.key(row.number, mine))


@blueprint.get(f"{PREFIX}/votar")
@page(policy.VIEW)  # the whole table is asked with the voter's own standing, to name every step
def ballot() -> Any:
    """Show the ballot: projects by pot, beside them what is chosen and what is left."""
    return _ballot_page()


def _ballot_page(
    status: int = 200, wrong: Mapping[int, Any] | None = None, typed: Any = None
) -> Any:
    desk = _desk()
    if isinstance(desk, Response):
        return desk
    return render(
        "budgets/voting/ballot.html",
        status,
        desk=desk,
        basket=desk.basket,
        closes_at=g.component.closes_at("cast", clock.moment()),
        wrong=wrong or {},
        typed=typed or {},
        **place(),
    )


@blueprint.post(f"{PREFIX}/votar/escoger")
@page(policy.CAST)
@limiter.limit("240/minute")
def choose() -> Any:
    """Put a project into the draft (``on=1``) or take it out (``on=0``)."""
    project = whole_number(request.form.get(FIELD))
    if project is None:
        return see_other(url_for("budgets.ballot"))
    try:
        if request.form.get("on") == "0":
            drafts.unchoose(db.session(), actor(), g.component, project, key=draft_keys.kept())
        else:
            drafts.choose(
                db.session(), actor(), g.component, project, key=draft_keys.kept(), seed=seed()
            )
    except Invalid as error:
        return _ballot_page(422, {project: error.problems[0].message})
    back = safe_target(request.form.get("volver"), "")
    return see_other(back or url_for("budgets.ballot", _anchor=f"proyecto-{project}"))


@blueprint.post(f"{PREFIX}/votar/valores")
@page(policy.CAST)
@limiter.limit("240/minute")
def set_values() -> Any:
    """Set the ranks or the points of what is chosen."""
    typed = {
        key: text.strip()
        for name, text in request.form.items()
        if name.startswith(VALUE) and (key := whole_number(name.removeprefix(VALUE))) is not None
    }
    numbers = {key: whole_number(text or 0, MOST) for key, text in typed.items()}
    values = {key: number for key, number in numbers.items() if number is not None}
    wrong = {key: NOT_WHOLE for key in numbers if key not in values}
    if not wrong:
        drafts.set_values(db.session(), actor(), g.component, values, key=draft_keys.kept())
        return see_other(url_for("budgets.ballot", _anchor="escogido"))
    return _ballot_page(422, wrong, typed)


@blueprint.post(f"{PREFIX}/votar/descartar")
@page(policy.CAST)
def discard() -> Any:
    """Throw away what was chosen and not sent."""
    if not is_sure():
        question = _("¿Descartar lo que escogió sin enviar?")
        return ask(question, _("Sí, descartar"), url_for("budgets.ballot"))
    drafts.discard(db.session(), actor(), g.component)
    draft_keys.drop()
    flash(_("Quitamos lo que había escogido sin enviar."), "info")
    return see_other(url_for("budgets.ballot"))


@blueprint.route(f"{PREFIX}/votar/revisar", methods=["GET", "POST"])
@page(policy.CAST)
@limiter.limit("60/minute", methods=["POST"])
def review() -> Any:
    """Show what would be sent, what is wrong with it, and what sending does; send it."""
    # Sending asks for the draft alone: on the last day, most requests are this one.
    if request.method == "POST" and (answer := _send_reviewed()) is not None:
        return answer
    desk = _desk()
    if isinstance(desk, Response):
        return desk
    if not desk.unsent:
        return see_other(url_for("budgets.ballot"))
    if request.method != "POST":
        return _review_page(desk)
    if request.form.get("visto") != desk.version:
        return _review_page(desk, 409, moved=True)
    if desk.gone and desk.basket.is_ready:
        return _send(desk.basket.chosen)
    return _review_page(desk, 422)


def _send_reviewed() -> Response | None:
    """Cast the draft if it is the one that was reviewed; ``None`` where a page has to be shown."""
    draft = queries.draft(db.session(), g.component, actor().person_id)
    if draft is None:
        return None
    if request.form.get("visto") != draft.updated_at.isoformat():
        return None
    chosen = draft_keys.opened(draft)
    if not chosen:
        return None
    try:
        return _send(chosen)
    except Invalid:
        return None
    except Denied as refused:
        if refused.denial.key != policy.MAY_CHANGE.name:
            raise
        return None


def _send(chosen: Mapping[int, int]) -> Response:
    sent = casting.cast(db.session(), actor(), g.component, chosen)
    if sent.receipt is not None:
        session[RECEIPT_KEY] = [g.component.id, sent.receipt]
    draft_keys.drop()
    return see_other(url_for("budgets.sent"))


def _review_page(desk: Desk, status: int = 200, *, moved: bool = False) -> Any:
    return render(
        "budgets/voting/review.html",
        status,
        desk=desk,
        basket=desk.basket,
        moved=moved,
        closes_at=g.component.closes_at("cast", clock.moment()),
        **place(),
    )


@blueprint.get(f"{PREFIX}/votar/enviado")
@page(policy.VIEW)
def sent() -> Any:
    """Say that the vote is in the box, and show its receipt, once."""
    component = g.component
    where = standing(db.session(), actor(), component, votes.state(db.session(), component))
    if where.mark is None:
        return see_other(url_for("budgets.index"))
    kept = session.get(RECEIPT_KEY)
    receipt = None
    if kept is not None and kept[0] == component.id:
        receipt = kept[1]
        session.pop(RECEIPT_KEY)
    answer = _voted_page(where, receipt)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _voted_page(where: Standing, receipt: str | None) -> Response:
    refused = denial(policy.CAST, actor(), g.component, where.facing, at=clock.moment())
    return render(
        "budgets/voting/voted.html",
        where=where,
        receipt=receipt,
        replaced=receipts.was_replaced(db.session(), g.component, where.mark),
        refused=refused,
        check_url=absolute("budgets.receipt", process=g.process.slug, component=g.component.key),
        **place(),
    )


@dataclass(frozen=True, slots=True)
class Banner:
    """What every page of a vote says to who reads it."""

    standing: Standing
    is_open: bool
    """Whether this person may vote now, or would be asked only to sign in or to prove who they are.
    """
    changeable: bool
    turnout: int | None
    """How many have voted, in tens, where everybody may know."""
    unsent: bool
    chosen: Collection[int]
    """What is chosen and not sent, where this page may open it."""


def voting_banner(vote: Any = None) -> Banner | None:
    """Return where the reader is in this vote; ``None`` while there is nothing to say."""
    component, at = g.component, clock.moment()
    if vote is None:
        if not actor().is_signed_in:
            return None
        vote = votes.state(db.session(), component)
    if vote is None or vote.locked_at is None:
        return None
    where = standing(db.session(), actor(), component, vote)
    refused = denial(policy.CAST, actor(), component, where.facing, at=at)
    is_open = refused is None or refused.invite is not None
    return Banner(
        where,
        is_open,
        refused is None,
        turnout(vote, at),
        where.unsent and refused is None,
        draft_keys.opened(where.draft) or {},
    )


def turnout(vote: Any, at: dt.datetime) -> int | None:
    """Return how many have voted, rounded down to tens, where everybody may know.

    Two exact figures around one ballot would tell that somebody has just voted, and by a channel
    that few use, who. ``None`` while the figure is hidden, and once the vote is closed.
    """
    state = g.component.rule("cast", at).state
    if vote is None or vote.closed_at is not None or not state.shows_results:
        return None
    return in_tens(sum(queries.turnout(db.session(), g.component).values()))


def in_tens(number: int) -> int:
    """Return a number of people as it may be told while they vote: rounded down to tens."""
    return number - number % 10


blueprint.add_app_template_global(voting_banner)
