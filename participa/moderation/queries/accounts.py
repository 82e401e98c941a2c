"""The accounts of moderation: figures by month, every decision without names, odd reversals.

A decision counts unless it was undone within its minutes; its outcome is that of its appeal, or of
the second look at an urgent removal.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.core import clock
from participa.moderation.models import DECISIONS, Case, CaseStep, Flag, Move
from participa.moderation.queries.grounds import grounds
from participa.organizations import queries as organizations

OUTCOMES: Mapping[Move, str] = {Move.UPHOLD: "upheld", Move.REVERT: "reverted"}
REMOVALS = (Move.REMOVE, Move.REMOVE_URGENTLY)
BATCH = 500
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Month:
    """What moderation did in one month of the organization's calendar."""

    month: dt.date
    """Its first day."""
    flags: int = 0
    decisions: int = 0
    by_decision: Mapping[Move, int] = field(default_factory=dict)
    by_ground: Mapping[int, int] = field(default_factory=dict)
    """Removals and mergers by ground id."""
    median_hours: float | None = None
    """From the opening of a case to its decision."""
    appeals: int = 0
    upheld: int = 0
    reverted: int = 0
    """Removals undone by a second person, whether appealed or urgent."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as everybody may know it: no names, no words, no day, no hour of the day."""

    kind: str
    month: str
    """``2026-03``, in the organization's calendar."""
    ground: str
    """Key of the ground; empty where none is needed."""
    ground_id: int | None
    decision: Move
    hours: int | None
    """Whole hours that it took, rounded up."""
    appealed: bool
    outcome: str
    """``upheld``, ``reverted``, or empty."""
    process_id: int


_about = CaseStep.__table__.alias("about")


def _followed(*moves: Move) -> sa.ColumnElement[bool]:
    return sa.exists().where(_about.c.about_id == CaseStep.id, _about.c.move.in_(moves))


def figures(session: Session, organization_id: int, months: int) -> list[Month]:
    """Return the figures of the last ``months`` months, the present one first.

    Four statements, whatever the number of decisions; of each only its time is fetched, since no
    median is common to both databases.
    """
    zone = organizations.by_id(session, organization_id).zone
    edges = _edges(clock.moment().astimezone(zone).date(), months)
    moments = [clock.start_of_day(day, zone) for day in edges]
    number = _month_number(moments)
    since = CaseStep.at >= moments[0]
    decided = sa.and_(CaseStep.move.in_(DECISIONS), since, ~_followed(Move.UNDO))
    by_decision: dict[int, Counter[Move]] = {}
    by_ground: dict[int, Counter[int]] = {}
    for row in session.execute(
        sa.select(number(CaseStep.at), CaseStep.move, CaseStep.ground_id, sa.func.count())
        .where(decided)
        .group_by(sa.text("1"), CaseStep.move, CaseStep.ground_id)
    ):
        by_decision.setdefault(row[0], Counter())[row[1]] += row[3]
        if row[2] is not None:
            by_ground.setdefault(row[0], Counter())[row[2]] += row[3]
    times: dict[int, list[int]] = {}
    for month, seconds in session.execute(
        sa.select(number(CaseStep.at), CaseStep.seconds).where(
            decided, CaseStep.seconds.is_not(None)
        )
    ):
        times.setdefault(month, []).append(seconds)
    answered: dict[int, Counter[Move]] = {}
    for month, move, count in session.execute(
        sa.select(number(CaseStep.at), CaseStep.move, sa.func.count())
        .where(CaseStep.move.in_((Move.APPEAL, *OUTCOMES)), since)
        .group_by(sa.text("1"), CaseStep.move)
    ):
        answered.setdefault(month, Counter())[move] += count
    flags = {
        row[0]: row[1]
        for row in session.execute(
            sa.select(number(Flag.at), sa.func.count())
            .where(Flag.at >= moments[0])
            .group_by(sa.text("1"))
        )
    }
    return [
        Month(
            month=edges[each],
            flags=flags.get(each, 0),
            decisions=by_decision.get(each, Counter()).total(),
            by_decision=by_decision.get(each, Counter()),
            by_ground=by_ground.get(each, Counter()),
            median_hours=median(times[each]) / HOUR if each in times else None,
            appeals=answered.get(each, Counter())[Move.APPEAL],
            upheld=answered.get(each, Counter())[Move.UPHOLD],
            reverted=answered.get(each, Counter())[Move.REVERT],
        )
        for each in reversed(range(len(edges)))
    ]


def _edges(today: dt.date, months: int) -> list[dt.date]:
    """Return the first days of the last ``months`` months, oldest first."""
    last = today.year * 12 + today.month - 1
    return [
        dt.date(each // 12, each % 12 + 1, 1) for each in range(last - max(months, 1) + 1, last + 1)
    ]


def _month_number(moments: Sequence[dt.datetime]) -> Any:
    """Return a function from a column to which of the months its moment falls in.

    Months begin at midnight in the organization's zone, which no function of both databases knows.
    """

    def number(column: Any) -> Any:
        later: list[Any] = [
            (column >= sa.literal(moment, column.type), sa.literal_column(str(each)))
            for each, moment in reversed(list(enumerate(moments)))
        ]
        return sa.case(*later, else_=sa.literal_column("0"))

    return number


def decisions(session: Session, organization_id: int) -> Iterator[Decision]:
    """Yield every decision of the organization, oldest first, :data:`BATCH` in memory at a time."""
    zone = organizations.by_id(session, organization_id).zone
    keys = dict(_ground_keys(session))
    outcome = (
        sa.select(_about.c.move)
        .where(_about.c.about_id == CaseStep.id, _about.c.move.in_(tuple(OUTCOMES)))
        .order_by(_about.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    last = 0
    while True:
        rows = session.execute(
            sa.select(
                CaseStep.id,
                Case.kind,
                Case.process_id,
                CaseStep.at,
                CaseStep.ground_id,
                CaseStep.move,
                CaseStep.seconds,
                _followed(Move.APPEAL).label("appealed"),
                outcome.label("outcome"),
            )
            .join(Case, Case.id == CaseStep.case_id)
            .where(CaseStep.move.in_(DECISIONS), CaseStep.id > last, ~_followed(Move.UNDO))
            .order_by(CaseStep.id)
            .limit(BATCH)
        ).all()
        for row in rows:
            yield Decision(
                row.kind,
                f"{row.at.astimezone(zone):%Y-%m}",
                keys.get(row.ground_id, ""),
                row.ground_id,
                row.move,
                math.ceil(row.seconds / HOUR) if row.seconds is not None else None,
                bool(row.appealed),
                OUTCOMES.get(row.outcome, ""),
                row.process_id,
            )
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def judged_in(session: Session) -> list[int]:
    """Return the ids of the processes that anything was judged in."""
    return list(session.scalars(sa.select(Case.process_id).distinct()))


def _ground_keys(session: Session) -> Iterator[tuple[int, str]]:
    for each in grounds(session, active=False):
        yield each.id, each.key


# --- odd reversals ------------------------------------------------------------------------------

LOOKED_BACK = dt.timedelta(days=180)
ENOUGH_REMOVALS = 10
ENOUGH_REVERSALS = 3
CHANCE = 0.01
"""How often, at most, chance alone would raise any alarm at all."""


@dataclass(frozen=True, slots=True)
class Reversals:
    """Removals of one moderator, or for one ground, of which oddly many were reverted."""

    about: str
    """``moderator`` or ``ground``."""
    about_id: int
    removed: int
    reverted: int
    usual: float
    """Share that is reverted of all the others."""
    chance: float
    """Probability of so many or more, were it like the others."""


def unusual(session: Session, organization_id: int, at: dt.datetime) -> list[Reversals]:
    """Return whose removals are reverted clearly more than the rest, the least likely first.

    Rule: of the removals of the last 180 days that were not undone, each moderator (and each
    ground) with at least 10 removals and 3 reversals is compared with all others pooled. Their
    reversal rate is estimated as ``(reverted + 1) / (removed + 2)`` (Laplace), so that a rest
    without any reversal is not taken for impossible. With that rate the number of reversals would
    be binomial; the exact probability of as many or more is compared with 1 % divided by how many
    were compared (Bonferroni).
    """
    del organization_id  # the session is bound to it
    found: list[Reversals] = []
    for about, column in (("moderator", CaseStep.actor_id), ("ground", CaseStep.ground_id)):
        rows = session.execute(
            sa.select(
                column,
                sa.func.count(),
                sa.func.count().filter(_followed(Move.REVERT)),
            )
            .where(
                CaseStep.move.in_(REMOVALS),
                CaseStep.at >= at - LOOKED_BACK,
                column.is_not(None),
                ~_followed(Move.UNDO),
            )
            .group_by(column)
        ).all()
        found += _clearly_above(about, [(row[0] or 0, row[1], row[2]) for row in rows])
    return sorted(found, key=lambda each: each.chance)


def _clearly_above(about: str, rows: Sequence[tuple[int, int, int]]) -> list[Reversals]:
    removed, reverted = sum(row[1] for row in rows), sum(row[2] for row in rows)
    compared = [row for row in rows if row[1] >= ENOUGH_REMOVALS]
    found = []
    for key, number, back in compared:
        usual = (reverted - back + 1) / (removed - number + 2)
        chance = at_least(back, number, usual)
        if back >= ENOUGH_REVERSALS and chance < CHANCE / len(compared):
            found.append(Reversals(about, key, number, back, usual, chance))
    return found


def at_least(hits: int, tries: int, rate: float) -> float:
    """Return the probability of ``hits`` or more in ``tries``, each with probability ``rate``."""
    return math.fsum(
        math.comb(tries, each) * rate**each * (1 - rate) ** (tries - each)
        for each in range(hits, tries + 1)
    )
