"""Whose removals, and for which grounds, are reverted clearly more than the others."""

from typing import Any

from flask import g

from participa.accounts import queries as accounts
from participa.core import clock
from participa.core.db import db
from participa.core.web import page, render
from participa.moderation import policy, queries
from participa.moderation.queries.accounts import LOOKED_BACK
from participa.moderation.views import blueprint


@blueprint.get("/gestion/moderacion/reversiones")
@page(policy.REVERSALS)
def reversals() -> Any:
    """Show administrators what is out of the ordinary. A number to look into, not a verdict."""
    session = db.session()
    found = queries.unusual(session, g.organization.id, clock.now())
    names = accounts.names(session, [each.about_id for each in found if each.about == "moderator"])
    grounds = {each.id: each.name for each in queries.grounds(session, active=False)}
    return render(
        "moderation/reversals.html",
        rows=[
            {
                "who": names.get(each.about_id) if each.about == "moderator" else None,
                "ground": grounds.get(each.about_id) if each.about == "ground" else None,
                "about": each.about,
                "removed": each.removed,
                "reverted": each.reverted,
                "share": round(100 * each.reverted / each.removed),
                "usual": round(100 * each.usual),
            }
            for each in found
        ],
        days=LOOKED_BACK.days,
    )
