"""Receipts, and the ballots that they stand for: what is checked of each, never what it says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from participa.budgets.models import Channel
from participa.budgets.queries import casting, outcomes, votes
from participa.budgets.services import box
from participa.processes.snapshot import ComponentView


class Standing(StrEnum):
    """What is told to whoever has a receipt.

    That its owner changed their ballot is not: whoever made somebody hand over a receipt learns
    nothing of a second vote.
    """

    UNKNOWN = "unknown"
    COUNTS = "counts"
    COUNTED = "counted"
    """It went into the box at the closing, where every ballot was checked."""
    RELEASED = "released"
    """Staff released the line, and somebody voted by it since."""
    DAMAGED = "damaged"
    """Its ballot is not in the box, or is not as it was sent."""


def check(session: Session, component: ComponentView, receipt: str) -> Standing:
    """Return what is told to whoever has a receipt, however it was typed."""
    digest = box.receipt_hash(receipt)
    mark = casting.by_receipt(session, component, digest)
    if mark is None:
        is_void = casting.is_void(session, component, digest)
        return Standing.RELEASED if is_void else Standing.UNKNOWN
    vote = casting.vote(session, component)
    if vote.closed_at is not None:
        figures = votes.state(session, component).figures
        # Closed before ballots were checked one by one: no more is said than was then.
        return Standing.COUNTED if "released" in figures else Standing.COUNTS
    if mark.channel == Channel.PAPER or not vote.link_key:
        return Standing.COUNTS
    link = box.link_of(vote.link_key, mark.id)
    found = casting.ballot(session, component, link)
    return Standing.COUNTS if found is not None and _holds(vote, link, found) else Standing.DAMAGED


def was_replaced(session: Session, component: ComponentView, mark: Any) -> bool:
    """Return whether somebody's ballot took the place of an earlier one: for themselves alone.

    Known until the closing.
    """
    vote = casting.vote(session, component)
    if mark is None or mark.channel == Channel.PAPER or not vote.link_key:
        return False
    found = casting.ballot(session, component, box.link_of(vote.link_key, mark.id))
    return found is not None and bool(found.replaced)


def _holds(vote: Any, place: str, ballot: Any) -> bool:
    return bool(ballot.code == box.coder(vote.link_key)(place, ballot.channel, ballot.choice))


@dataclass(frozen=True, slots=True)
class Findings:
    """What does not hold in the box of an open vote: numbers, and nothing of whom."""

    missing: int = 0
    """Marks without their ballot."""
    altered: int = 0
    """Ballots that are not as they were sent."""
    foreign: int = 0
    """Ballots of no mark."""

    def __bool__(self) -> bool:
        return bool(self.missing or self.altered or self.foreign)


def check_box(session: Session, component: ComponentView, link_key: str | None) -> Findings:
    """Check every mark against its ballot, and every sheet's ballot, in batches.

    Nothing of who belongs to what outlasts a batch.
    """
    if not link_key:
        return Findings(foreign=outcomes.box_size(session, component))
    link, code = box.linker(link_key), box.coder(link_key)
    missing = altered = found = 0
    for marks in outcomes.linked_marks(session, component):
        channels = {link(row.id): row.channel for row in marks}
        ballots = outcomes.ballots_of(session, component, list(channels))
        missing += len(channels) - len(ballots)
        found += len(ballots)
        altered += sum(
            row.channel != channels[row.link] or row.code != code(row.link, row.channel, row.choice)
            for row in ballots
        )
    for sheets in outcomes.sheet_ballots(session, component):
        found += len(sheets)
        altered += sum(
            row.channel != Channel.PAPER or row.code != code(str(row.id), row.channel, row.choice)
            for row in sheets
        )
    return Findings(missing, altered, outcomes.box_size(session, component) - found)
