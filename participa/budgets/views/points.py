"""Where people vote with help or on paper, and whose points they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, url_for

from participa.budgets import policy
from participa.budgets.queries import points as queries
from participa.budgets.queries import votes
from participa.budgets.services.votes import facing
from participa.budgets.views import PREFIX, blueprint
from participa.budgets.views.projects import place
from participa.core import clock
from participa.core.db import db
from participa.core.policy import Denied, denial
from participa.core.web import actor, page, render
from participa.processes import queries as processes


@blueprint.get(f"{PREFIX}/puntos")
@page(policy.VIEW)
def points() -> Any:
    """Show where people vote with help or on paper; first the points of who reads."""
    mine = {row.id for row in _mine()} if actor().is_signed_in else set()
    rows = queries.listed(db.session(), g.component)
    at = clock.moment()
    is_open = g.component.rule("assist", at).state.is_open
    return render(
        "budgets/points/index.html",
        mine=[row for row in rows if row.id in mine],
        rows=rows,
        is_open=is_open,
        closes_at=g.component.closes_at("assist", at),
        opens_at=None if is_open else g.component.next_opening("assist", at),
        **place(),
    )


def _mine() -> Sequence[Any]:
    found = queries.mine(db.session(), g.organization.id, actor().person_id or 0)
    return [row for row in found if row.component_id == g.component.id]


def point_of(point: int) -> Any:
    """Return the point of an address, for who is in charge of it. Raises ``Denied``."""
    row = queries.point(db.session(), g.component.id, point)
    is_theirs = any(each.id == row.id for each in _mine())
    vote = votes.state(db.session(), g.component)
    item = facing(vote, promoter=is_theirs)
    refused = denial(policy.ASSIST, actor(), g.component, item, at=clock.moment())
    if refused is not None:
        raise Denied(refused)
    return row


@dataclass(frozen=True, slots=True)
class Charge:
    """A point that somebody is in charge of, for their own page."""

    name: str
    title: Any
    """Of the vote."""
    url: str


def my_points() -> list[Charge]:
    """Return the points of who reads, of every vote that everybody may see."""
    rows = queries.mine(db.session(), g.organization.id, actor().person_id or 0)
    places = {
        component.id: component
        for process in processes.by_components(db.session(), {row.component_id for row in rows})
        if process.is_public
        for component in process.components
    }
    return [
        Charge(
            row.name,
            where.title,
            url_for("budgets.desk", process=where.process.slug, component=where.key, point=row.id),
        )
        for row in rows
        if (where := places.get(row.component_id)) is not None
    ]


blueprint.add_app_template_global(my_points)
