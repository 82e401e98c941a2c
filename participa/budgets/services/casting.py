"""Casting: the one act that counts."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from participa.budgets import ballots, events, policy
from participa.budgets.models import Channel
from participa.budgets.queries import ballot_rules
from participa.budgets.queries import casting as queries
from participa.budgets.services import box, drafts
from participa.budgets.services.voters import as_voter, held_voters
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.policy import SIGN_IN, SYSTEM, Actor, Denied, authorize
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of casting."""

    receipt: str | None
    """Told once. ``None`` when a ballot was changed: the receipt of the first time still holds, but
    where staff released the line meanwhile."""


def cast(
    session: Session,
    actor: Actor,
    component: ComponentView,
    chosen: Mapping[int, int],
    at: dt.datetime | None = None,
) -> Sent:
    """Put somebody's ballot into the box, in the place of their earlier one.

    ``chosen`` maps project ids to 1, rank or points. Raises ``Denied``, and ``Invalid`` with what
    :func:`participa.budgets.ballots.problems` finds by the firm rules. The recorded fact names
    nobody: the mark says who voted and on what day, and nothing says at what hour.
    """
    at = at or clock.now()
    vote = box.open_box(session, component)
    voters, home = held_voters(session, actor, component)
    # As one who has not voted: whether they have, claiming their mark tells.
    authorize(policy.CAST, actor, component, as_voter(vote, component, None, voters), at=at)
    known = ballot_rules.of_vote(session, component, vote)
    found = ballots.problems(known.form, known.pots, known.options, chosen)
    if found:
        mark, receipt = queries.mark(session, component, voters), None
    else:
        mark, receipt = _claim(session, actor, component, voters, home, at)
    if receipt is None:
        authorize(policy.CAST, actor, component, as_voter(vote, component, mark, voters), at=at)
    if found:
        raise Invalid(found)
    is_new = receipt is not None
    box.put(session, component, vote, mark, chosen, is_new=is_new)
    if not is_new and mark.handed_on:
        receipt = box.renew_receipt(session, component, mark)
    fact = events.BallotCast() if is_new else events.BallotChanged()
    record_in(session, SYSTEM, component, fact, at=at)
    drafts.remove(session, component, actor)
    return Sent(receipt)


def _claim(
    session: Session,
    actor: Actor,
    component: ComponentView,
    voters: Sequence[str],
    home: Any,
    at: dt.datetime,
) -> tuple[Any, str | None]:
    """Return what :func:`box.claim` does. Raises ``Denied`` for an account that was deleted."""
    if home is None:
        # Without a roll the account is who votes: deleted meanwhile, it must not.
        home = queries.home(session, component, actor.person_id or 0)
    if home is None:
        raise Denied(SIGN_IN)
    day = at.astimezone(component.zone).date()
    return box.claim(
        session,
        component,
        voters,
        Channel.WEB,
        day=day,
        territory_id=home.territory_id,
        age_band=box.age_band(actor.birth_date, day),
    )
