"""Reporting an item to moderation."""

from typing import Any

from flask import flash, g, url_for
from flask_babel import gettext as _

from participa.accounts.kept_forms import kept_fields
from participa.contributions.contract import Written, written
from participa.contributions.models import Standing
from participa.contributions.texts import excerpt
from participa.core import clock
from participa.core.db import db
from participa.core.errors import Invalid, Missing
from participa.core.facts import Ref
from participa.core.limits import limiter
from participa.core.policy import denial
from participa.core.registry import registry
from participa.core.web import actor, page, render, see_other
from participa.moderation import policy, queries
from participa.moderation.forms.participation import FlagForm
from participa.moderation.models import Case, Flag, Ground
from participa.moderation.queries import own
from participa.moderation.services import flags
from participa.moderation.views import blueprint, sentences
from participa.moderation.views.notices import segment_of

EXCERPT = 300
"""Characters of the item that the form shows."""


@blueprint.route(
    "/procesos/<process>/<component:component>/reportar/<segment>-<int:id>", methods=["GET", "POST"]
)
@page(policy.FLAG)
@limiter.limit("30/hour", methods=["POST"])
def flag(segment: str, id: int) -> Any:
    """Report an item once; afterwards say what became of it."""
    session, ref = db.session(), Ref(_kind_at(segment), id)
    sent = own.flag_of(session, actor().person_id or 0, ref)
    item = written(session, [ref]).get(ref)
    if item is None or item.component_id != g.component.id:
        message = f"nothing to report at {ref}"
        raise Missing(message)
    if sent is not None:
        return _sent(item, *sent)
    if item.status is not Standing.PUBLISHED:
        message = f"{ref} is not published"
        raise Missing(message)
    form = FlagForm(kept_fields()).prepare(queries.grounds(session))
    if form.is_submitted():
        try:
            flags.flag(session, actor(), g.component, ref, form.ground, form.detail.data or "")
        except Invalid as error:
            form.explain(error)
            return _page(item, 422, form=form, **_offer())
        flash(_("Gracias por avisar. La moderación lo va a leer."), "success")
        return see_other(url_for("moderation.flag", segment=segment, id=id))
    return _page(item, form=form, refusal=_refusal(item), **_offer())


def _kind_at(segment: str) -> str:
    """Return the kind of item that a word in an address stands for."""
    kinds = (each.name for each in registry.resources())
    return next((kind for kind in kinds if segment_of(kind) == segment), "")


def _refusal(item: Written) -> Any:
    """Return why the reader may not report this item, before they write anything."""
    facing = policy.Facing(item.author_id, standing=item.status)
    return denial(policy.FLAG, actor(), g.component, facing, at=clock.now())


def _offer() -> dict[str, Any]:
    grounds = queries.grounds(db.session())
    return {"hints": {str(each.id): each.text for each in grounds}}


def _sent(item: Written, flag: Flag, case: Case, ground: Ground) -> Any:
    return _page(
        item,
        sent=flag,
        ground=ground,
        outcome=sentences.to_flagger(case, item),
        pending=case.state in sentences.PENDING,
    )


def _page(item: Written, status: int = 200, **values: Any) -> Any:
    body = next((each.words for each in reversed(item.texts) if each.multiline), "")
    return render(
        "moderation/flag.html",
        status,
        component=g.component,
        process=g.process,
        item=item,
        excerpt=excerpt(body, EXCERPT),
        kind_label=getattr(registry.resource(item.ref.kind), "label", ""),
        readable=item.status is Standing.PUBLISHED,
        terms=queries.terms(db.session(), g.organization.id),
        **values,
    )
