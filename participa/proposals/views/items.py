"""One proposal: read, write, correct, withdraw, support."""

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import flash, g, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from participa.accounts.kept_forms import kept_fields
from participa.contributions.models import Standing
from participa.contributions.policy import Sight, sight
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid
from participa.core.facts import Ref
from participa.core.limits import limiter
from participa.core.policy import Denied, authorize, denial
from participa.core.web import actor, is_partial, page, render, safe_target, see_other
from participa.processes.presentation import drawing
from participa.processes.thread import thread
from participa.proposals import policy, queries, services
from participa.proposals.forms import ProposalForm, WithdrawForm
from participa.proposals.views import PREFIX, blueprint
from participa.ui.choices import options
from participa.ui.forms import as_sent, explain

SENT_KEY = "sent_draft"
"""In the browser's cookie, for one page: the draft on the device that was sent and may go."""


def draft_key(proposal: int | None = None) -> str:
    """Return the name under which the device keeps what is typed of a proposal."""
    return f"propuesta-{g.component.id}-{proposal or 'nueva'}"


def _row(proposal: int) -> Any:
    component = g.component
    return queries.detail(
        db.session(), component.organization_id, component.id, proposal, actor().person_id
    )


_CODES = {Sight.WHOLE: 200, Sight.TOMBSTONE: 410, Sight.NOTHING: 404}


@blueprint.get(f"{PREFIX}/<int:proposal>")
@page(policy.VIEW)
def show(proposal: int) -> Any:
    """Show a proposal, its thread and what this person may do with it."""
    row, at = _row(proposal), clock.moment()
    standing = Standing(row.status)
    seen = sight(actor(), g.component, standing, row.author_id)
    item = services.facing(row, supported=row.supported, supports_used=row.used)
    return render(
        "proposals/show.html",
        200 if standing is Standing.MERGED else _CODES[seen],
        component=g.component,
        process=g.process,
        proposal=row,
        withdrawn_for=services.WITHDRAWALS.get(row.withdrawal_reason),
        whole=seen is Sight.WHOLE,
        supported=row.supported,
        support_denial=denial(policy.SUPPORT, actor(), g.component, item, at=at),
        may_edit=denial(policy.EDIT, actor(), g.component, item, at=at) is None,
        may_withdraw=actor().is_signed_in
        and denial(policy.WITHDRAW, actor(), g.component, item, at=at) is None,
        may_part=_may_part(row, item, at) if standing is Standing.MERGED else False,
        may_take_back=row.supported
        and denial(policy.WITHDRAW_SUPPORT, actor(), g.component, item, at=at) is None,
        shows_supports=policy.counts_are_public(g.component, at),
        hides_supports=g.component.hides("support", at),
        withholds_supports=policy.withholds_counts(g.component, at),
        support_until=g.component.closes_at("support", at),
        supports_left=_left(row.used, at),
        editable_until=services.editable_until(row, g.component),
        drawing=lambda: drawing(
            g.process, at, lambda phase: url_for("processes.phase", key=phase.key)
        ),
        look=g.process.look_at(at),
        thread=thread(db.session(), Ref("proposal", proposal)) if row.is_linked else (),
        draft_clear=session.pop(SENT_KEY, None),
    )


@blueprint.route(f"{PREFIX}/nueva", methods=["GET", "POST"])
@page(policy.CREATE)
@limiter.limit("30/hour", methods=["POST"])
def create() -> Any:
    """Write a proposal."""
    form = ProposalForm(kept_fields()).prepare(g.organization, g.component)
    if form.is_submitted():
        try:
            proposal = services.create(
                db.session(),
                actor(),
                g.organization,
                g.component,
                _draft(form),
                as_sent(form.submission),
            )
        except Invalid as error:
            return _again(form, error)
        flash(*_sent(_row(proposal)))
        session[SENT_KEY] = draft_key()
        return see_other(url_for("proposals.show", proposal=proposal))
    if not form.territory_id or form.territory_id.data is None:
        _suggest_home(form)
    return _form_page(form)


@blueprint.route(f"{PREFIX}/<int:proposal>/corregir", methods=["GET", "POST"])
@page(policy.EDIT)
@limiter.limit("30/hour", methods=["POST"])
def edit(proposal: int) -> Any:
    """Correct one's own proposal."""
    row = _row(proposal)
    authorize(policy.EDIT, actor(), g.component, services.facing(row), at=clock.moment())
    form = ProposalForm(
        kept_fields(),
        data={
            name: getattr(row, name)
            for name in ("title", "body", "territory_id", "theme_id", "language")
        },
    ).prepare(g.organization, g.component)
    if form.is_submitted():
        try:
            services.edit(
                db.session(), actor(), g.organization, g.component, proposal, _draft(form)
            )
        except Invalid as error:
            return _again(form, error, row)
        row = _row(proposal)
        waits = row.status == Standing.WAITING.value
        flash(*(_sent(row) if waits else (_("Quedó corregida."), "success")))
        session[SENT_KEY] = draft_key(proposal)
        return see_other(url_for("proposals.show", proposal=proposal))
    return _form_page(form, row)


@blueprint.route(f"{PREFIX}/<int:proposal>/retirar", methods=["GET", "POST"])
@page(policy.WITHDRAW)
@limiter.limit("30/hour", methods=["POST"])
def withdraw(proposal: int) -> Any:
    """Withdraw one's own proposal, after saying what that does."""
    row = _row(proposal)
    authorize(policy.WITHDRAW, actor(), g.component, services.facing(row), at=clock.moment())
    form = WithdrawForm(kept_fields())
    form.reason.choices = options([("", _("Prefiero no decirlo")), *services.WITHDRAWALS.items()])
    if form.is_submitted():
        try:
            services.withdraw(db.session(), actor(), g.component, proposal, form.reason.data or "")
        except Invalid as error:
            explain(form, error)
            return render("proposals/withdraw.html", 422, form=form, proposal=row, **_place())
        flash(_("Retiró su propuesta."), "success")
        return see_other(url_for("proposals.index"))
    return render("proposals/withdraw.html", form=form, proposal=row, **_place())


@blueprint.post(f"{PREFIX}/<int:proposal>/aparte")
@page(policy.PART)
def stand_alone(proposal: int) -> Any:
    """Set one's own proposal apart again, once what it was joined to is gone."""
    services.stand_alone(db.session(), actor(), g.component, proposal)
    row = _row(proposal)
    waits = row.status == Standing.WAITING.value
    flash(*(_sent(row) if waits else (_("Su propuesta vuelve a estar aparte."), "success")))
    return see_other(url_for("proposals.show", proposal=proposal))


@blueprint.post(f"{PREFIX}/<int:proposal>/apoyo")
@page(policy.WITHDRAW_SUPPORT)
@limiter.limit("120/minute")
def support(proposal: int) -> Any:
    """Support a proposal (``on=1``) or take the support back (``on=0``).

    The door is that of taking back, which even those suspended may; the service asks for each.
    """
    gives = request.form.get("on") != "0"
    call = services.support if gives else services.take_support_back
    try:
        count = call(db.session(), actor(), g.component, proposal)
    except Denied as error:
        if error.denial.key not in {policy.NOT_SUPPORTED.name, policy.SUPPORTED.name}:
            raise
        # Pressed twice, or from a second window: what was wanted already holds.
        count = _row(proposal).support_count
    if is_partial():
        at, row = clock.now(), _row(proposal)
        # htmx names the element that it will replace as "div#apoyo-12".
        place = request.headers.get("HX-Target", "").rpartition("#")[2] or "apoyo"
        return render(
            "proposals/support.html",
            proposal_id=proposal,
            place=place,
            title=row.title if place != "apoyo" else "",
            note=_left(row.used, at) if place == "apoyo" else "",
            count=count if policy.shows_supports(g.component, at) else None,
            supported=gives,
            denial=None,
        )
    return see_other(
        safe_target(request.form.get("volver"), url_for("proposals.show", proposal=proposal))
    )


def _sent(row: Any) -> tuple[str, str]:
    """Return what the author is told after sending: published, or read by a moderator first."""
    if row.status == Standing.WAITING.value:
        return _(
            "Recibimos su propuesta. La moderación la lee antes de publicarla; le avisaremos."
        ), "info"
    return _("Su propuesta ya está publicada."), "success"


def _left(used: int, at: dt.datetime) -> str:
    """Return in words how many supports a person has left here.

    Nothing where there is no limit, nor where the person could not give any at ``at``.
    """
    limit = g.component.settings.support_limit
    if not limit or denial(policy.SUPPORT, actor(), g.component, at=at) is not None:
        return ""
    return str(ngettext("Le queda %(num)s apoyo.", "Le quedan %(num)s apoyos.", limit - used))


def _may_part(row: Any, item: policy.Facing, at: dt.datetime) -> bool:
    if row.author_id != actor().person_id:
        return False
    faced = replace(item, other_is_gone=services.other_is_gone(db.session(), row))
    return denial(policy.PART, actor(), g.component, faced, at=at) is None


def _place() -> dict[str, Any]:
    return {"component": g.component, "process": g.process}


def _draft(form: ProposalForm) -> services.Draft:
    return services.Draft(
        title=form.title.data or "",
        body=form.body.data or "",
        territory_id=form.territory_id.data if form.territory_id else None,
        theme_id=form.theme_id.data if form.theme_id else None,
        language=(form.language.data if form.language else None) or g.organization.locale,
        acknowledged=form.acknowledged.data,
    )


def _suggest_home(form: ProposalForm) -> None:
    """Offer the reader's language as the text's language."""
    if form.language and not form.language.data:
        form.language.data = actor().locale


def _again(form: ProposalForm, error: Invalid, row: Any = None) -> Any:
    form.explain(error)
    return _form_page(form, row, 422)


def _form_page(form: ProposalForm, row: Any = None, status: int = 200) -> Any:
    return render(
        "proposals/form.html",
        status,
        form=form,
        proposal=row,
        draft=draft_key(row.id if row else None),
        **_place(),
    )
