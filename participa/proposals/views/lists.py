"""The list of a component's proposals."""

import datetime as dt
import secrets
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from flask import g, request, session, url_for
from flask_babel import gettext as _

from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.i18n import format_date
from participa.core.policy import denial
from participa.core.shuffle import SPAN
from participa.core.web import actor, page, render
from participa.proposals import policy, queries
from participa.proposals.services import facing
from participa.proposals.views import PREFIX, blueprint

SEED_KEY = "azar"


def _seed() -> int:
    """Return the seed of this visitor's random order; the same all through the visit."""
    given = whole_number(request.args.get("semilla"))
    if given is not None:
        return given % SPAN
    if SEED_KEY not in session:
        session[SEED_KEY] = secrets.randbelow(SPAN)
    return int(session[SEED_KEY])


@blueprint.get(PREFIX)
@page(policy.VIEW)
def index() -> Any:
    """Show a page of proposals, filtered and in the order asked for."""
    component, at = g.component, clock.moment()
    shows_supports = policy.counts_are_public(component, at)
    withheld = policy.withholds_counts(component, at)
    orders = {
        name: label
        for name, label in queries.ORDERS.items()
        if shows_supports or name != "most_supported"
    }
    default = component.settings.order if component.settings.order in orders else "random"
    order = request.args.get("orden", default)
    if order not in orders:
        order = default
    wanted = {name: request.args.get(name, "") for name in ("territorio", "tema", "q", "mias")}
    seed = _seed() if order == "random" else 0
    found = queries.list_page(
        db.session(),
        component.organization_id,
        component.id,
        order=order,
        seed=seed,
        filters=_filters(wanted),
        person_id=actor().person_id,
        cursor=request.args.get("desde"),
    )
    link: dict[str, Any] = {
        "orden": order,
        **{name: value for name, value in wanted.items() if value},
    }
    if order == "random":
        link["semilla"] = seed
    return render(
        "proposals/index.html",
        component=component,
        process=g.process,
        cards=_cards(found.rows, at),
        next_url=url_for("proposals.index", **link, desde=found.next) if found.next else None,
        prev_url=url_for("proposals.index", **link, desde=found.previous)
        if found.previous
        else None,
        orders=orders,
        order=order,
        wanted=wanted,
        shows_supports=shows_supports,
        withholds_supports=withheld,
        create_denial=denial(policy.CREATE, actor(), component, at=at),
        # Where a preview keeps the counts back, it says so once, above, instead of on every card.
        support_open=component.rule("support", at).state.is_open and not withheld,
        support_denial=denial(policy.SUPPORT, actor(), component, at=at),
        narrowed=any(wanted.values()),
        instructions=component.phase_settings_at(at).instructions,
        closes_at=component.closes_at("create", at),
    )


class ProposalCard(NamedTuple):
    """A row of the list with what its card needs besides: unpacked by the template's loop."""

    row: Any
    url: str
    meta: list[Any]
    denial: Any


def _cards(rows: Sequence[Any], at: dt.datetime) -> list[ProposalCard]:
    component, organization, who = g.component, g.organization, actor()
    # Every card's address continues the list's: one address built, not twenty.
    base = url_for("proposals.index")
    themes = {each.id: str(each.name) for each in organization.themes.values()}
    written_day = cache(lambda day: format_date(day, "medium"))
    return [
        ProposalCard(
            row,
            f"{base}/{row.id}",
            [
                row.author or _("Cuenta eliminada"),
                *([_("Equipo de la entidad")] if row.for_entity else []),
                *(
                    [place.name]
                    if (place := organization.territories.get(row.territory_id))
                    else []
                ),
                *([theme] if (theme := themes.get(row.theme_id)) else []),
                written_day(row.published_at.astimezone(organization.zone).date()),
            ],
            denial(
                policy.SUPPORT,
                who,
                component,
                facing(row, supported=row.supported, supports_used=row.used),
                at=at,
            )
            if who.is_signed_in
            else None,
        )
        for row in rows
    ]


def _filters(wanted: dict[str, str]) -> queries.Filters:
    organization = g.organization
    themes = {each.code: each.id for each in organization.themes.values()}
    territories: tuple[int, ...] = ()
    if wanted["territorio"]:
        territories = tuple(organization.territories_within(wanted["territorio"])) or (-1,)
    return queries.Filters(
        territories=territories,
        theme=themes.get(wanted["tema"], -1) if wanted["tema"] else None,
        author=actor().person_id if wanted["mias"] and actor().is_signed_in else None,
        words=wanted["q"],
    )
