"""Cases as a list shows them: one row each, in a fixed number of statements."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, url_for
from flask_babel import gettext as _

from participa.accounts.queries import names
from participa.contributions.contract import Written, written
from participa.contributions.models import Standing
from participa.contributions.screening import REASONS
from participa.core import clock
from participa.core.db import db
from participa.core.facts import Ref
from participa.core.policy import can
from participa.core.registry import registry
from participa.core.web import actor
from participa.moderation import policy, queries
from participa.moderation.machine import PENDING
from participa.moderation.models import Case, Flag, Ground
from participa.moderation.views.words import (
    SEVERITY_LABELS,
    STATE_LABELS,
    STATE_TONES,
    due_in_words,
)
from participa.processes.snapshot import ComponentView, ProcessView


@dataclass(frozen=True, slots=True)
class Row:
    """One case of a list."""

    case: Case
    title: str
    language: str
    kind: Any
    place: Any
    process_title: Any
    url: str
    claim_url: str
    public_url: str
    waits: bool
    """Not published: it waits for the decision."""
    grounds: Sequence[tuple[str, int]]
    """Name of a ground and how many flags name it, the most named first."""
    reasons: Sequence[Any]
    severity: int
    severity_label: Any
    state_label: Any
    state_badge: bool
    tone: str
    due: str
    """When it is due, in words; empty once it is decided."""
    is_late: bool
    decided: dt.datetime | None
    holder: str
    """Name of who has it now, when it is somebody else."""
    is_mine: bool
    is_own: bool
    is_correction: bool
    """It was removed, and its author sent it again."""
    may_claim: bool
    may_tick: bool


def rows_of(cases: Sequence[Case], processes: Mapping[int, ProcessView]) -> list[Row]:
    """Return the rows of cases; ``processes`` holds those that they belong to, by id."""
    session, now = db.session(), clock.now()
    refs = {case.id: Ref(case.kind, case.item_id) for case in cases}
    items = written(session, list(refs.values()))
    flags = queries.flags_of(session, [case.id for case in cases])
    grounds = {each.id: each for each in queries.grounds(session, active=False)} if flags else {}
    held = {case.id: policy.holder(case, now) for case in cases}
    holders = names(session, [each for each in held.values() if each is not None])
    return [
        _row(
            case,
            items.get(refs[case.id]),
            processes[case.process_id],
            by_ground(flags.get(case.id, ()), grounds),
            holders.get(holder, _("otra persona")) if (holder := held[case.id]) else "",
            now,
        )
        for case in cases
        if case.process_id in processes
    ]


def by_ground(flags: Iterable[Flag], grounds: Mapping[int, Ground]) -> list[tuple[str, int]]:
    """Return the names of the grounds that flags give with their number, most named first."""
    counts: dict[int, int] = {}
    for flag in flags:
        counts[flag.ground_id] = counts.get(flag.ground_id, 0) + 1
    return [
        (str(grounds[key].name), count)
        for key, count in sorted(counts.items(), key=lambda each: -each[1])
        if key in grounds
    ]


def reasons_of(case: Case) -> list[Any]:
    """Return in words why automatic checks called a moderator."""
    return [REASONS[key] for key in case.reasons if key in REASONS]


def kind_label(kind: str) -> Any:
    """Return what people call a kind of contribution."""
    resource = registry.resource(kind)
    return resource.label if resource is not None else kind


def place_of(case: Case, process: ProcessView) -> ComponentView | None:
    """Return the component that a case is about."""
    return process.component_by_id(case.component_id)


def due_of(case: Case, now: dt.datetime) -> str:
    """Return in words when a case is due; nothing once nobody waits for it."""
    return due_in_words(case.due_at, now) if case.is_waiting else ""


def _row(
    case: Case,
    item: Written | None,
    process: ProcessView,
    grounds: Sequence[tuple[str, int]],
    holder: str,
    now: dt.datetime,
) -> Row:
    me = actor().person_id
    address: dict[str, Any] = {"process": process.slug, "case_id": case.id}
    component = place_of(case, process)
    is_own = case.author_id == me
    due = due_of(case, now)
    pending = case.state in PENDING
    is_mine = bool(holder) and case.holder_id == me
    faced = policy.facing(case, item.status if item else Standing.WITHDRAWN)
    return Row(
        case=case,
        title=(item.title if item else "") or _("(sin texto)"),
        language=item.language if item else g.organization.locale,
        kind=kind_label(case.kind),
        place=component.title if component else process.title,
        process_title=process.title,
        url=url_for("moderation.case", **address),
        claim_url=url_for("moderation.claim", **address),
        public_url=item.url if item else "",
        waits=item is not None and item.status is Standing.WAITING,
        grounds=grounds,
        reasons=reasons_of(case),
        severity=case.severity,
        severity_label=SEVERITY_LABELS.get(case.severity, ""),
        state_label=STATE_LABELS[case.state],
        state_badge=not pending,
        tone=STATE_TONES.get(case.state, ""),
        due=due,
        is_late=bool(due) and case.due_at < now,
        decided=None if due else case.appeal_decided_at or case.decided_at,
        holder="" if is_mine else holder,
        is_mine=is_mine,
        is_own=is_own,
        is_correction=pending and case.resubmitted_at is not None,
        may_claim=not holder and can(policy.CLAIM, actor(), process, faced, at=now),
        may_tick=can(policy.REMOVE, actor(), process, faced, at=now),
    )
