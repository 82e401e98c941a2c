"""Who a person is in a vote: a line of the roll where one is asked for, else their account."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from participa.accounts.models import RollEntry
from participa.accounts.queries import rolls
from participa.accounts.verification import census
from participa.budgets.models import Channel
from participa.budgets.policy import Facing
from participa.budgets.queries import casting as queries
from participa.budgets.services.votes import facing
from participa.core.policy import Actor
from participa.processes.snapshot import ComponentView

PERSON = "person-"


def voters_of(session: Session, actor: Actor, component: ComponentView) -> list[str]:
    """Return the names by which somebody may have voted; the first is the one to vote under.

    Where a roll votes that is their line in it, and without a line there is their account alone, by
    which they may not (:func:`is_on_roll`). Nobody for visitors. One statement where a roll votes,
    else none.
    """
    if actor.person_id is None:
        return []
    line, key = None, component.settings.roll
    if key:
        line = rolls.claimed_line(session, component.organization_id, actor.person_id, key)
    return _names(actor.person_id, line)


def held_voters(session: Session, actor: Actor, component: ComponentView) -> tuple[list[str], Any]:
    """Return what :func:`voters_of` does, and the row of the line with where its person lives.

    Nobody takes the line out before this transaction ends. ``None`` for it where no roll votes or
    it has no line of theirs.
    """
    if actor.person_id is None:
        return [], None
    line, key = None, component.settings.roll
    if key:
        line = rolls.held_line(session, component.organization_id, actor.person_id, key)
    return _names(actor.person_id, None if line is None else line.id), line


def _names(person_id: int, line: int | None) -> list[str]:
    own = f"{PERSON}{person_id}"
    return [own] if line is None else [census.evidence(line), own]


def of_entry(entry: RollEntry) -> list[str]:
    """Return the names under which a line of the roll may have voted, the one to vote under first.

    For whoever marks a line for somebody else. They hold the line
    (:func:`participa.accounts.queries.rolls.entry` with ``lock``) so that nobody takes it out.
    """
    names = [census.evidence(entry.id)]
    return names if entry.person_id is None else [*names, f"{PERSON}{entry.person_id}"]


def is_on_roll(component: ComponentView, names: Sequence[str]) -> bool:
    """Return whether names are of somebody whom the roll has, where a roll votes."""
    return not component.settings.roll or any(each.startswith(census.PREFIX) for each in names)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person is in a vote."""

    facing: Facing
    mark: Any = None
    """The plain row of having voted, or ``None``."""
    draft: Any = None
    """The plain row of what was chosen and not sent, encrypted, or ``None``."""

    @property
    def unsent(self) -> bool:
        """Whether there is a choice that does not count yet."""
        return self.draft is not None and self.draft.sealed is not None

    @property
    def on_paper(self) -> bool:
        """Whether the ballot is a sheet, which nobody can find again to change it."""
        return self.mark is not None and self.mark.channel == Channel.PAPER


def standing(session: Session, actor: Actor, component: ComponentView, vote: Any) -> Standing:
    """Return where somebody is in a vote. For visitors nothing is asked."""
    if not actor.is_signed_in:
        return Standing(facing(vote, component))
    names = voters_of(session, actor, component)
    mark = queries.mark(session, component, names)
    draft = queries.draft(session, component, actor.person_id)
    return Standing(as_voter(vote, component, mark, names), mark, draft)


def as_voter(vote: Any, component: ComponentView, mark: Any, names: Sequence[str] = ()) -> Facing:
    """Return a vote as somebody faces it who has this mark, or none, and is known by these names.

    A ballot on paper cannot be found again, so it cannot be changed either.
    """
    known: dict[str, Any] = {"voted": mark is not None}
    if mark is not None and mark.channel == Channel.PAPER:
        known["changeable"] = False
    if names:
        known["on_roll"] = is_on_roll(component, names)
    return facing(vote, component, **known)
