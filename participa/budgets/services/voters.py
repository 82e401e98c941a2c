"""Who a person is in a vote: a line of the roll where one is asked for, else their account."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from participa.accounts.queries import rolls
from participa.accounts.verification import census
from participa.budgets.models import Channel
from participa.budgets.policy import Facing
from participa.budgets.queries import casting as queries
from participa.budgets.services.votes import facing
from participa.core import clock
from participa.core.policy import Actor
from participa.core.requirements import Verified
from participa.processes.snapshot import ComponentView

PERSON = "person-"


def voters_of(
    session: Session, actor: Actor, component: ComponentView, at: dt.datetime
) -> list[str]:
    """Return the names by which somebody may have voted; the first is the one to vote under.

    All are looked for: who voted by their account and is found in the roll later has voted.
    """
    own = f"{PERSON}{actor.person_id}"
    lines = [census.evidence(each.id) for each in rolls.entries_of(session, actor.person_id or 0)]
    wanted = component.rule("cast", at).requires
    by_roll = any(isinstance(each, Verified) and each.method == census.KEY for each in wanted)
    return [*lines, own] if by_roll else [own, *lines]


def voter_of(
    session: Session, actor: Actor, component: ComponentView, at: dt.datetime | None = None
) -> str:
    """Return the name under which somebody votes: ``roll-<id>`` or ``person-<id>``."""
    return voters_of(session, actor, component, at or clock.now())[0]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person is in a vote."""

    facing: Facing
    mark: Any = None
    """The plain row of having voted, or ``None``."""
    draft: Any = None
    """The plain row of what was chosen and not sent, or ``None``."""

    @property
    def unsent(self) -> bool:
        """Whether there is a choice that does not count yet."""
        return self.draft is not None and bool(self.draft.choice)

    @property
    def on_paper(self) -> bool:
        """Whether the ballot is a sheet, which nobody can find again to change it."""
        return self.mark is not None and self.mark.channel == Channel.PAPER


def standing(
    session: Session, actor: Actor, component: ComponentView, vote: Any, at: dt.datetime
) -> Standing:
    """Return where somebody is in a vote. For visitors nothing is asked."""
    if not actor.is_signed_in:
        return Standing(facing(vote, component))
    mark = queries.mark(session, component, voters_of(session, actor, component, at))
    draft = queries.draft(session, component, actor.person_id)
    return Standing(as_voter(vote, component, mark), mark, draft)


def as_voter(vote: Any, component: ComponentView, mark: Any) -> Facing:
    """Return a vote as somebody faces it who has this mark, or none.

    A ballot on paper cannot be found again, so it cannot be changed either.
    """
    found = facing(vote, component, voted=mark is not None)
    if mark is not None and mark.channel == Channel.PAPER:
        found = facing(vote, component, voted=True, changeable=False)
    return found
