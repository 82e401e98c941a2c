"""The rule of a vote, in words for everybody and as the document that its digest is of."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import Response, g

from participa.budgets import policy, sentences
from participa.budgets.queries import casting, pots, votes
from participa.budgets.services.firm import canonical, document
from participa.budgets.views import PREFIX, blueprint
from participa.core.db import db
from participa.core.errors import Missing
from participa.core.web import page, render
from participa.processes import activity
from participa.processes.events import PhaseClosed, PhaseOpened, ProcessEdited

EDITS = (ProcessEdited, PhaseOpened, PhaseClosed)


def parts(component: Any, vote: Any, bags: Sequence[Any]) -> list[sentences.Part]:
    """Return the rules in words: as locked, else as the settings say now."""
    return sentences.text(
        votes.rules(component, vote),
        exceptions=[sentences.PotMaximum(each.name, each.maximum) for each in bags if each.maximum],
        changeable=component.settings.changeable,
        seed_source=vote.seed_source if vote is not None else "",
        roll=_roll(component),
    )


def _roll(component: Any) -> str:
    """Return the name of the roll that votes; its key while there is none of that key."""
    row = casting.roll(db.session(), component)
    return row.name if row is not None else component.settings.roll


def _edits(since: dt.datetime) -> Any:
    """Tell what was changed in the process: who votes, and until when, is a matter of phases."""
    session = db.session()
    found = activity.recent(session, g.process, limit=50, since=since, kinds=EDITS)
    return activity.in_words(session, found)


@blueprint.get(f"{PREFIX}/regla")
@page(policy.VIEW)
def rule() -> Any:
    """Say how one votes, how it is counted, what happens with ties and with what is left."""
    vote = votes.state(db.session(), g.component)
    bags = pots.pots(db.session(), g.component)
    is_firm = vote is not None and vote.locked_at is not None
    return render(
        "budgets/rule.html",
        parts_shown=parts(g.component, vote, bags),
        pots=bags,
        vote=vote,
        is_firm=is_firm,
        amendments=[(dt.datetime.fromisoformat(each["at"]), each) for each in vote.amendments]
        if is_firm
        else [],
        edits=_edits(vote.locked_at) if is_firm else [],
        component=g.component,
        process=g.process,
    )


@blueprint.get(f"{PREFIX}/regla.json")
@page(policy.VIEW)
def rule_json() -> Any:
    """Give the canonical document whose SHA-256 the page of the rule shows."""
    vote = votes.state(db.session(), g.component)
    if vote is None or vote.locked_at is None:
        message = "nothing is firm yet"
        raise Missing(message)
    body = canonical(document(db.session(), g.component, vote))
    return Response(body, mimetype="application/json")
