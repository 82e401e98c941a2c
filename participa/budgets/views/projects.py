"""The projects of a vote, as everybody sees them."""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from flask import Response, g, request, session, url_for
from flask_babel import gettext as _

from participa.budgets import exports, policy
from participa.budgets.models import SHEET, ProjectStatus
from participa.budgets.queries import outcomes, pots, votes
from participa.budgets.queries import projects as queries
from participa.budgets.services.votes import facing
from participa.budgets.views import PREFIX, blueprint
from participa.core import clock
from participa.core.db import db
from participa.core.digits import whole_number
from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.core.policy import denial
from participa.core.shuffle import SPAN
from participa.core.web import actor, page, render, see_other
from participa.organizations.views import FOREVER
from participa.processes.presentation import drawing
from participa.processes.thread import thread
from participa.ui import maps

SEED_KEY = "azar"
"""In the browser's cookie: where this visitor's random order begins, here as in other lists."""
MOST_COMPARED = 4


def place() -> dict[str, Any]:
    """Return what every page of a budget shows: where it is."""
    return {"component": g.component, "process": g.process}


def seed() -> int | None:
    """Return the seed of this visitor's random order; ``None`` where projects go by number.

    A seed in the address stays: the pages of one list are of one order.
    """
    if g.component.settings.order != "random":
        return None
    given = whole_number(request.args.get("semilla"))
    if given is not None:
        return given % SPAN
    if SEED_KEY not in session:
        session[SEED_KEY] = secrets.randbelow(SPAN)
    return int(session[SEED_KEY]) % SPAN


@blueprint.get(PREFIX)
@page(policy.VIEW)
def index() -> Any:
    """Show a page of projects, filtered and in the order asked for."""
    component, at = g.component, clock.moment()
    names = ("bolsa", "categoria", "territorio", "estado", "q")
    wanted = {name: request.args.get(name, "") for name in names}
    bags = pots.pots(db.session(), component)
    kinds = pots.categories(db.session(), component)
    filters = _filters(wanted, bags, kinds)
    order = seed()
    found = queries.list_page(
        db.session(), component, seed=order, filters=filters, cursor=request.args.get("desde")
    )
    mapped = queries.on_the_map(db.session(), component, filters)
    vote = votes.state(db.session(), component)
    link: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    if order is not None:
        link["semilla"] = order
    return render(
        "budgets/index.html",
        rows=found.rows,
        pots={row.id: row for row in bags},
        bags=bags,
        categories={row.id: row for row in kinds},
        pot_options=[(row.key, row.name) for row in bags],
        category_options=[(row.key, row.name) for row in kinds],
        totals=pots.totals(db.session(), component),
        next_url=url_for("budgets.index", **link, desde=found.next) if found.next else None,
        prev_url=url_for("budgets.index", **link, desde=found.previous) if found.previous else None,
        wanted=wanted,
        narrowed=any(wanted.values()),
        statuses=[(each.value, queries.STATUSES[each]) for each in queries.PUBLIC],
        **_voting(vote, at),
        instructions=component.phase_settings_at(at).instructions,
        map=maps.draw([(row.latitude, row.longitude) for row in mapped]),
        mapped=mapped,
        **place(),
    )


def _voting(vote: Any, at: dt.datetime) -> dict[str, Any]:
    """Return until when one votes here, or in words why one does not.

    That the rules are not firm is said to everybody, also to who would have to sign in first.
    """
    item = facing(vote, g.component)
    refused = denial(policy.CAST, actor(), g.component, item, at=at)
    closes_at = g.component.closes_at("cast", at)
    reason = None
    if closes_at is not None and not item.locked:
        reason = policy.IS_LOCKED.find(actor(), g.component, item, at)
    elif refused is not None and refused.invite is None:
        reason = refused.message
    return {
        "vote": vote,
        "cast_denial": refused,
        "closes_at": closes_at,
        "not_voting": None if item.published else reason,
        "won": outcomes.won(db.session(), g.component, vote),
    }


def _filters(wanted: dict[str, str], bags: Sequence[Any], kinds: Sequence[Any]) -> queries.Filters:
    territories: tuple[int, ...] = ()
    if wanted["territorio"]:
        territories = tuple(g.organization.territories_within(wanted["territorio"])) or (-1,)
    status = wanted["estado"]
    known = {each.value for each in queries.PUBLIC}
    return queries.Filters(
        pot=_id_of(bags, wanted["bolsa"]),
        category=_id_of(kinds, wanted["categoria"]),
        territories=territories,
        status=ProjectStatus(status) if status in known else ProjectStatus.FEASIBLE,
        words=wanted["q"],
    )


def _id_of(rows: Sequence[Any], key: str) -> int | None:
    if not key:
        return None
    return next((row.id for row in rows if row.key == key), -1)


@blueprint.get(f"{PREFIX}/<int:project>")
@page(policy.VIEW)
def show(project: int) -> Any:
    """Show a project: what it is, what it costs, where it comes from, what the review said."""
    component, at = g.component, clock.moment()
    row = queries.detail(db.session(), component, project)
    if row.status == ProjectStatus.DRAFT:
        message = f"project {project} is a draft"
        raise Missing(message)
    bags = {each.id: each for each in pots.pots(db.session(), component)}
    kinds = {each.id: each for each in pots.categories(db.session(), component)}
    vote = votes.state(db.session(), component)
    mapped = _around(row)
    return render(
        "budgets/show.html",
        project=row,
        pot=bags[row.pot_id],
        category=kinds.get(row.category_id),
        sheet=sheet_of(row),
        status_label=queries.STATUSES[ProjectStatus(row.status)],
        on_ballot=row.status == ProjectStatus.FEASIBLE,
        **_voting(vote, at),
        map=maps.draw([(each.latitude, each.longitude) for each in mapped]),
        mapped=mapped,
        drawing=drawing(g.process, at, lambda phase: url_for("processes.phase", key=phase.key)),
        thread=thread(db.session(), Ref("budget_project", project)),
        **place(),
    )


def _around(row: Any) -> Sequence[Any]:
    """Return what the map of a project shows: it last, on top of the others of its kind."""
    if row.latitude is None or row.longitude is None:
        return []
    filters = queries.Filters(status=ProjectStatus(row.status))
    others = queries.on_the_map(db.session(), g.component, filters)
    return [*[each for each in others if each.id != row.id], row]


def sheet_of(row: Any) -> list[tuple[str, Any, Any]]:
    """Return the technical sheet as (name, label, value); what was not filled in is left out."""
    return [
        (name, label, row.sheet[name])
        for name, (label, _most) in SHEET.items()
        if name in row.sheet
    ]


@blueprint.get(f"{PREFIX}/<int:project>/imagen-<version>.webp")
@page(policy.VIEW)
def image(project: int, version: str) -> Response:
    """A project's picture, under its own digest so that it can be kept for a year."""
    row = queries.image(db.session(), g.component, project)
    if row.image_version != version:
        message = "an older picture"
        raise Missing(message)
    return Response(row.image, mimetype="image/webp", headers={"Cache-Control": FOREVER})


@blueprint.get(f"{PREFIX}/comparar")
@page(policy.VIEW)
def compare() -> Any:
    """Show up to four projects side by side; others are added and taken away by the address."""
    wanted = map(whole_number, request.args.getlist("p"))
    chosen = list(dict.fromkeys(each for each in wanted if each is not None))
    if request.args.get("ver") and not chosen:
        return see_other(url_for("budgets.index"))
    rows = queries.several(db.session(), g.component, chosen[:MOST_COMPARED])
    shown = [row.id for row in rows]
    others = [
        (row.id, f"{row.number}. {row.title}")
        for row in queries.on_ballot(db.session(), g.component)
        if row.id not in shown
    ]
    return render(
        "budgets/compare.html",
        rows=rows,
        without={
            each: url_for("budgets.compare", p=[x for x in shown if x != each]) for each in shown
        },
        others=others if len(rows) < MOST_COMPARED else [],
        too_many=len(chosen) > MOST_COMPARED,
        most=MOST_COMPARED,
        pots={row.id: row for row in pots.pots(db.session(), g.component)},
        categories={row.id: row for row in pots.categories(db.session(), g.component)},
        lines=[
            (name, label)
            for name, (label, _most) in SHEET.items()
            if any(name in row.sheet for row in rows)
        ],
        **place(),
    )


@blueprint.get(f"{PREFIX}/hoja")
@page(policy.VIEW)
def sheet() -> Any:
    """Show every project on the ballot on one page to print."""
    rows = queries.on_ballot(db.session(), g.component)
    bags = pots.pots(db.session(), g.component)
    return render(
        "budgets/sheet.html",
        groups=[(bag, [row for row in rows if row.pot_id == bag.id]) for bag in bags],
        categories={row.id: row for row in pots.categories(db.session(), g.component)},
        **place(),
    )


@blueprint.get(f"{PREFIX}/proyectos.csv")
@page(policy.VIEW)
def projects_csv() -> Response:
    """Give the projects that everybody may see as CSV."""
    text = exports.projects_csv(db.session(), g.organization, g.component)
    return Response(
        "\ufeff" + text,
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={_('proyectos')}.csv"},
    )
