"""How many have voted, for the staff; nobody sees what they voted."""

from typing import Any

from flask import g

from participa.budgets import policy
from participa.budgets.models import Channel
from participa.budgets.queries import casting as queries
from participa.budgets.queries import votes
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.projects import place
from participa.core.db import db
from participa.core.web import page, render


@blueprint.get(f"{STAFF}/participacion")
@page(policy.SEE_TURNOUT)
def turnout() -> Any:
    """Show how many ballots came in by each channel, and how many drafts were not sent."""
    vote = votes.state(db.session(), g.component)
    found = queries.turnout(db.session(), g.component)
    return render(
        "budgets/voting/turnout.html",
        vote=vote,
        total=sum(found.values()),
        channels=[found.get(each.value, 0) for each in Channel],
        drafts=queries.drafts(db.session(), g.component),
        **place(),
    )
