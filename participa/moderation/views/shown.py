"""A case as its page shows it: what is judged, why, what hangs around it and what was done."""

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from participa.accounts.queries import names
from participa.contributions import queries as contributions
from participa.contributions.contract import Written, written
from participa.contributions.models import Standing
from participa.contributions.texts import excerpt
from participa.core import clock
from participa.core.db import db
from participa.core.facts import Ref
from participa.core.i18n import format_deadline
from participa.core.registry import registry
from participa.core.web import actor
from participa.moderation import policy, queries
from participa.moderation.machine import PENDING
from participa.moderation.models import Case, CaseState, CaseStep, Flag, Ground, Move
from participa.moderation.views.rows import due_of, kind_label, place_of, reasons_of
from participa.moderation.views.words import (
    BY_CITIZENS,
    MOVE_LABELS,
    SEVERITY_LABELS,
    STANDING_LABELS,
    STATE_LABELS,
    STATE_TONES,
)
from participa.processes.thread import Tie, thread

LEVELS = 3
"""How far up from an item its context goes: a reply, its comment, the proposal."""
CONTEXT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Above:
    """Something that the item hangs under."""

    title: str
    url: str
    kind: Any
    words: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the history."""

    label: Any
    at: dt.datetime
    who: str
    ground: str
    text: str
    is_note: bool


@dataclass(frozen=True, slots=True)
class CaseShown:
    """All that the page of one case shows."""

    case: Case
    item: Written | None
    kind: Any
    place: Any
    standing: Any
    words: str
    """When the words shown were last changed."""
    waits: bool
    state_label: Any
    tone: str
    severity: int
    severity_label: Any
    due: str
    is_late: bool
    is_urgent: bool
    is_correction: bool
    holder: str
    is_mine: bool
    held_until: str
    flags: Sequence[tuple[str, int, Sequence[tuple[str, dt.datetime]]]]
    reasons: Sequence[Any]
    author: str
    ground: str
    urgent_ground: Ground | None
    """The urgent ground that the flags name most: the one key removes for it."""
    named: Mapping[int, int]
    """How many flags name each ground, by its id."""
    changes: Sequence[tuple[Any, Sequence[tuple[str, str]]]]
    context: Sequence[Above]
    thread: Sequence[Tie]
    steps: Sequence[Step]
    last_move: Move | None
    """The last that is not a side move: what undoing asks about."""


def show(case: Case, grounds: Mapping[int, Ground]) -> CaseShown:
    """Return a case as its page shows it; ``grounds`` are all of the organization, by id."""
    session, now = db.session(), clock.now()
    ref = Ref(case.kind, case.item_id)
    item = written(session, [ref]).get(ref)
    flags = queries.flags(session, case.id)
    steps = queries.steps(session, case.id)
    people = names(
        session,
        [each.actor_id for each in steps if each.actor_id and each.move not in BY_CITIZENS]
        + ([holder] if (holder := policy.holder(case, now)) else []),
    )
    component = place_of(case, g.process)
    due = due_of(case, now)
    named = _named(flags)
    ground = grounds.get(case.ground_id or 0)
    return CaseShown(
        case=case,
        item=item,
        kind=kind_label(case.kind),
        place=component.title if component else g.process.title,
        standing=STANDING_LABELS[item.status] if item else "",
        words=stamp(item),
        waits=item is not None and item.status is Standing.WAITING,
        state_label=STATE_LABELS[case.state],
        tone=STATE_TONES.get(case.state, ""),
        severity=case.severity,
        severity_label=SEVERITY_LABELS.get(case.severity, ""),
        due=due,
        is_late=bool(due) and case.due_at < now,
        is_correction=case.state in PENDING and case.resubmitted_at is not None,
        is_urgent=case.is_urgent and case.state is CaseState.REMOVED,
        holder=people.get(holder, _("otra persona")) if holder else "",
        is_mine=holder is not None and holder == actor().person_id,
        held_until=format_deadline(case.held_until, now) if holder else "",
        flags=_by_ground(flags, grounds, named),
        reasons=reasons_of(case),
        author=author_in_words(session, case),
        ground=str(ground.name) if ground else "",
        urgent_ground=_urgent(named, grounds),
        named=named,
        changes=_changes(session, case, item),
        context=_context(session, item),
        thread=thread(session, ref),
        steps=[_step(each, people, grounds) for each in steps],
        last_move=next((each.move for each in reversed(steps) if each.move is not Move.NOTE), None),
    )


def stamp(item: Written | None) -> str:
    """Return when an item's words were last changed, to be compared with what a form sends back."""
    return item.edited_at.isoformat() if item is not None and item.edited_at is not None else ""


def _named(flags: Sequence[Flag]) -> dict[int, int]:
    """Return how many flags name each ground, the most named first."""
    counts: dict[int, int] = {}
    for flag in flags:
        counts[flag.ground_id] = counts.get(flag.ground_id, 0) + 1
    return dict(sorted(counts.items(), key=lambda each: -each[1]))


def _by_ground(
    flags: Sequence[Flag], grounds: Mapping[int, Ground], named: Mapping[int, int]
) -> list[tuple[str, int, list[tuple[str, dt.datetime]]]]:
    return [
        (
            str(grounds[key].name),
            count,
            [(each.detail, each.at) for each in flags if each.ground_id == key and each.detail],
        )
        for key, count in named.items()
        if key in grounds
    ]


def _urgent(named: Mapping[int, int], grounds: Mapping[int, Ground]) -> Ground | None:
    urgent = {key: each for key, each in grounds.items() if each.is_urgent and each.is_active}
    likely = next((urgent[key] for key in named if key in urgent), None)
    if likely is None and len(urgent) == 1:
        (likely,) = urgent.values()
    return likely


def author_in_words(session: Session, case: Case) -> str:
    """Return what is known of a case's author without a name: how much they wrote, and what of it.

    "Before" is what was decided about other things: the case itself is not counted.
    """
    total = max(contributions.written_by(session, case.author_id), 1)
    record = Counter(queries.record_of(session, case.author_id)) - Counter([case.state])
    removed = record[CaseState.REMOVED] + record[CaseState.APPEALED] + record[CaseState.UPHELD]
    kept, reverted = record[CaseState.KEPT], record[CaseState.REVERTED]
    parts = [ngettext("Persona que aportó %(num)s vez", "Persona que aportó %(num)s veces", total)]
    if removed:
        parts.append(ngettext("%(num)s retirado antes", "%(num)s retirados antes", removed))
    else:
        parts.append(_("nada retirado antes"))
    if kept:
        parts.append(
            ngettext("%(num)s revisado y mantenido", "%(num)s revisados y mantenidos", kept)
        )
    if reverted:
        parts.append(ngettext("%(num)s devuelto después", "%(num)s devueltos después", reverted))
    return f"{'; '.join(str(each) for each in parts)}."


def _changes(
    session: Session, case: Case, item: Written | None
) -> list[tuple[Any, list[tuple[str, str]]]]:
    """Return, by field, what the author's correction changed."""
    if item is None or case.resubmitted_at is None:
        return []
    before = queries.words_before(session, case.id)
    return [
        (text.label, lines)
        for text in item.texts
        if text.field in before
        and (lines := difference(before[text.field], text.words))
        and any(mark != " " for mark, _line in lines)
    ]


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """Return the lines of two texts as ``(mark, line)``: ``-`` old, ``+`` new, blank for both."""
    return [
        (line[0], line[2:])
        for line in difflib.ndiff(before.splitlines(), after.splitlines())
        if line[0] in "+- "
    ]


def _context(session: Session, item: Written | None) -> list[Above]:
    """Return what an item hangs under, the nearest first; nobody is named."""
    found: list[Above] = []
    parent = item.parent if item is not None else None
    while parent is not None and len(found) < LEVELS:
        above = written(session, [parent]).get(parent)
        if above is None:
            resource = registry.resource(parent.kind)
            card = resource.cards(session, [parent.id]).get(parent.id) if resource else None
            return [*found, Above(card.title, card.url, card.kind)] if card else found
        words = next((each.words for each in above.texts if each.multiline), "")
        found.append(
            Above(above.title, above.url, kind_label(parent.kind), excerpt(words, CONTEXT_LENGTH))
        )
        parent = above.parent
    return found


def _step(step: CaseStep, people: Mapping[int, str], grounds: Mapping[int, Ground]) -> Step:
    ground = grounds.get(step.ground_id or 0)
    return Step(
        MOVE_LABELS[step.move],
        step.at,
        "" if step.move in BY_CITIZENS else people.get(step.actor_id or 0, ""),
        str(ground.name) if ground else "",
        "" if step.move is Move.RESUBMIT else step.text,
        step.move is Move.NOTE,
    )
