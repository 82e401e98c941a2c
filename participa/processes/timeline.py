"""When phases are active. Pure functions of dates and overrides: the only definition there is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise

from participa.core.i18n import Localized
from participa.processes.models import PhaseKind


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time ``[start, end)``, UTC."""

    start: dt.datetime
    end: dt.datetime

    def contains(self, moment: dt.datetime) -> bool:
        """Return whether a moment falls in it."""
        return self.start <= moment < self.end

    def common(self, other: "Interval") -> "Interval | None":
        """Return what two intervals share, or ``None``."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Interval(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Override:
    """Staff opened (or closed) a phase from ``start`` until ``until``, against its dates."""

    opens: bool
    start: dt.datetime
    until: dt.datetime | None
    reason: str
    at: dt.datetime
    by_id: int | None = None


@dataclass(frozen=True)
class PhaseView:
    """One phase as pages and policy need it: immutable."""

    id: int
    key: str
    kind: PhaseKind
    title: Localized
    description: Localized
    start: dt.datetime
    end: dt.datetime
    overrides: tuple[Override, ...] = ()
    active: tuple[Interval, ...] = field(default=(), compare=False)
    """When it really is active, overrides included; filled by :func:`with_active`."""

    def state(self, moment: dt.datetime) -> str:
        """Return "now", "future" or "past" at a moment."""
        if is_active(self, moment):
            return "now"
        return "future" if any(each.start > moment for each in self.active) else "past"


def active_intervals(
    start: dt.datetime, end: dt.datetime, overrides: Sequence[Override]
) -> tuple[Interval, ...]:
    """Return when a phase is active: its dates, corrected by its overrides; the later one wins."""
    stretches = [(Interval(start, end), True)]
    for each in overrides:
        until = each.until or end
        if each.start < until:
            stretches.append((Interval(each.start, until), each.opens))
    boundaries = sorted({edge for stretch, _ in stretches for edge in (stretch.start, stretch.end)})
    pieces: list[Interval] = []
    for left, right in pairwise(boundaries):
        opened = False
        for stretch, opens in stretches:
            if stretch.contains(left):
                opened = opens
        if not opened:
            continue
        if pieces and pieces[-1].end == left:
            pieces[-1] = Interval(pieces[-1].start, right)
        else:
            pieces.append(Interval(left, right))
    return tuple(pieces)


def with_active(phase: PhaseView) -> PhaseView:
    """Return the phase with its active intervals filled in."""
    return replace(phase, active=active_intervals(phase.start, phase.end, phase.overrides))


def is_active(phase: PhaseView, moment: dt.datetime) -> bool:
    """Return whether a phase is active at a moment."""
    return any(each.contains(moment) for each in phase.active)


def phases_at(phases: Iterable[PhaseView], moment: dt.datetime) -> tuple[PhaseView, ...]:
    """Return the phases active at a moment: none, one or several."""
    return tuple(phase for phase in phases if is_active(phase, moment))


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two phases that are active together for a while."""

    first: PhaseView
    second: PhaseView
    shared: Interval


def overlaps(phases: Iterable[PhaseView]) -> list[Overlap]:
    """Return every pair of phases that is active together, with the first stretch they share."""
    found = []
    for first, second in combinations(phases, 2):
        shared = [
            common
            for one in first.active
            for other in second.active
            if (common := one.common(other)) is not None
        ]
        if shared:
            found.append(Overlap(first, second, shared[0]))
    return found
