"""The projects of a vote, as everybody sees them."""

from typing import Any

from flask import g

from participa.budgets import policy
from participa.budgets.models import ProjectStatus
from participa.budgets.queries import pots
from participa.budgets.queries import projects as queries
from participa.budgets.views import PREFIX, blueprint
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.web import page, render


def place() -> dict[str, Any]:
    """Return what every page of a budget shows: where it is."""
    return {"component": g.component, "process": g.process}


@blueprint.get(PREFIX)
@page(policy.VIEW)
def index() -> Any:
    """Show a page of projects, filtered and in the order asked for."""
    found = queries.list_page(
        db.session(), g.component, seed=None, filters=queries.Filters(), cursor=None
    )
    return render(
        "budgets/index.html",
        rows=found.rows,
        pots={row.id: row for row in pots.pots(db.session(), g.component)},
        **place(),
    )


@blueprint.get(f"{PREFIX}/<int:project>")
@page(policy.VIEW)
def show(project: int) -> Any:
    """Show a project."""
    row = queries.detail(db.session(), g.component, project)
    if ProjectStatus(row.status) is ProjectStatus.DRAFT:
        message = f"project {project} is a draft"
        raise Missing(message)
    return render("budgets/show.html", project=row, **place())
