"""The staff's page of a vote: its pots with their totals, its categories, its projects."""

from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _

from participa.budgets import policy
from participa.budgets.models import ProjectStatus
from participa.budgets.queries import pots, projects, votes
from participa.budgets.services.votes import facing
from participa.budgets.views import STAFF, blueprint
from participa.core import clock
from participa.core.db import db
from participa.core.policy import can
from participa.core.web import actor, page, render


def place() -> dict[str, Any]:
    """Return what every staff page of a budget shows: where it is, and whether it is firm."""
    vote = votes.state(db.session(), g.component)
    item = facing(vote)
    at = clock.moment()
    return {
        "component": g.component,
        "process": g.process,
        "vote": vote,
        "is_firm": item.locked,
        "may_manage": can(policy.MANAGE, actor(), g.component, item, at=at),
        "is_manager": can(policy.MANAGE_POINTS, actor(), g.component, at=at),
        "may_amend": can(policy.AMEND, actor(), g.component, item, at=at),
    }


@blueprint.get(STAFF)
@page(policy.SEE_STAFF_PAGES)
def staff() -> Any:
    """Show what there is, with totals, and what is still to do."""
    status = request.args.get("estado", "")
    every = projects.every(db.session(), g.component)
    counts = {
        each.value: sum(ProjectStatus(row.status) is each for row in every)
        for each in ProjectStatus
    }
    return render(
        "budgets/staff/board.html",
        pots=pots.pots(db.session(), g.component),
        categories=pots.categories(db.session(), g.component),
        totals=pots.totals(db.session(), g.component),
        rows=[row for row in every if status in {"", row.status}],
        shown_status=status,
        statuses=projects.STATUSES,
        tabs=[
            {
                "label": label,
                "url": url_for("budgets.staff", estado=value or None),
                "current": status == value,
                "count": counts[value] if value else len(every),
            }
            for value, label in (
                ("", _("Todos")),
                *[(each.value, label) for each, label in projects.STATUSES.items()],
            )
        ],
        **place(),
    )
