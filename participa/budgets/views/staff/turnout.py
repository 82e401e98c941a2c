"""How many have voted, for the staff; nobody sees what they voted."""

from typing import Any

from flask import g

from participa.budgets import policy
from participa.budgets.models import Channel
from participa.budgets.queries import casting as queries
from participa.budgets.queries import votes
from participa.budgets.views import STAFF, blueprint
from participa.budgets.views.projects import place
from participa.budgets.views.voting import in_tens
from participa.core import clock
from participa.core.db import db
from participa.core.policy import can
from participa.core.web import actor, page, render


@blueprint.get(f"{STAFF}/participacion")
@page(policy.SEE_TURNOUT)
def turnout() -> Any:
    """Show how many ballots came in by each channel, and how many drafts were not sent.

    While people vote, only those who must reconcile them see exact figures, and any by channel.
    """
    vote = votes.state(db.session(), g.component)
    found = queries.turnout(db.session(), g.component)
    total = sum(found.values())
    is_exact = vote is None or vote.closed_at is not None
    is_exact |= can(policy.SEE_EXACT_TURNOUT, actor(), g.component, at=clock.moment())
    return render(
        "budgets/voting/turnout.html",
        vote=vote,
        is_exact=is_exact,
        total=total if is_exact else in_tens(total),
        channels=[found.get(each.value, 0) for each in Channel],
        drafts=queries.drafts(db.session(), g.component),
        **place(),
    )
