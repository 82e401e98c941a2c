"""Casting: the one act that counts."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from participa.budgets import ballots, events, policy
from participa.budgets.models import Channel
from participa.budgets.queries import casting as queries
from participa.budgets.queries import pots, projects
from participa.budgets.rules import Rules
from participa.budgets.services import box, drafts
from participa.budgets.services.voters import as_voter, voters_of
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.events import record
from participa.core.policy import SIGN_IN, SYSTEM, Actor, Denied, authorize
from participa.processes.snapshot import ComponentView


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of casting."""

    receipt: str | None
    """Told once. ``None`` when a ballot was changed: the receipt of the first time still holds."""


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
    voters = voters_of(session, actor, component, hold=True)
    mark = queries.mark(session, component, voters, lock=True) if voters else None
    authorize(policy.CAST, actor, component, as_voter(vote, component, mark, voters), at=at)
    form = Rules.read(vote.rules).form
    limits = pots.limits(pots.pots(session, component))
    found = ballots.problems(form, limits, projects.options(session, component), chosen)
    if found:
        raise Invalid(found)
    receipt = None
    if mark is None:
        day = at.astimezone(component.zone).date()
        # Without a roll the account is who votes: deleted meanwhile, it must not.
        lives = queries.home(
            session, component, actor.person_id or 0, hold=not component.settings.roll
        )
        if lives is None:
            raise Denied(SIGN_IN)
        mark, receipt = box.claim(
            session,
            component,
            voters,
            Channel.WEB,
            day=day,
            territory_id=lives.territory_id,
            age_band=box.age_band(actor.birth_date, day),
        )
        if receipt is None:
            # Somebody (a second window, a polling point) was a moment earlier.
            where = as_voter(vote, component, mark, voters)
            authorize(policy.CAST, actor, component, where, at=at)
    box.put(session, component, vote, mark, chosen, is_new=receipt is not None)
    record(
        session,
        events.BallotCast() if receipt is not None else events.BallotChanged(),
        actor=SYSTEM,
        organization_id=component.organization_id,
        process_id=component.process.id,
        component_id=component.id,
        at=at,
    )
    drafts.remove(session, component, actor)
    return Sent(receipt)
