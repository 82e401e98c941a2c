"""The beginning and the end of every move: locks, policy, and one line of the case's history.

Locks are always taken in the same order: the case (several: by id), then its item (several: by id).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participa.accounts import queries as accounts
from participa.contributions import services as contributions
from participa.contributions import texts
from participa.contributions.contract import Moderation, Written, moderation_of
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.events import Fact, record
from participa.core.facts import Ref
from participa.core.policy import Action, Actor, authorize
from participa.core.sanitize import control_characters, normalize
from participa.moderation import machine, policy, queries
from participa.moderation.models import Case, CaseState, CaseStep, Move, Terms
from participa.processes import queries as processes
from participa.processes.snapshot import ComponentView

HELD = dt.timedelta(minutes=30)
"""How long somebody holds a case without doing anything with it."""
LONGEST = 4000
"""Characters of a reply, a note or an appeal: what the columns hold."""
ORDINARY = 2
"""Severity of what waits to be published, whoever flagged it or not."""
_QUIET = frozenset({Move.FLAG, Move.QUESTION, Move.NOTE})
"""Moves after which a decision rests on the same as before, while the state stays."""

_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_cases = cast("sa.Table", Case.__table__)


@dataclass(slots=True)
class Desk:
    """A case with its item, both locked, and who is at it."""

    session: Session
    actor: Actor
    case: Case
    item: Written
    component: ComponentView
    moderation: Moderation
    at: dt.datetime

    @property
    def terms(self) -> Terms:
        """What the organization promises."""
        return queries.terms(self.session, self.case.organization_id)

    def move(self, move: Move, **line: Any) -> CaseStep:
        """Take the case on to its next state and write the line; ``line`` fills its columns.

        The policy has asked the machine before. Whoever holds the case keeps it a while longer.
        """
        return advance(self.session, self.case, move, self.actor.person_id, self.at, **line)

    def tell(self, fact: Fact) -> None:
        """Record a fact about the item."""
        tell(self.session, self.case, fact, self.actor, self.at)

    def stand(self, standing: Standing) -> None:
        """Move the item."""
        contributions.stand(self.session, self.case.ref, standing, self.at)

    def mark(self, under_review: bool) -> None:  # noqa: FBT001
        """Put the notice "en revisión" on the item, or take it off."""
        self.moderation.mark(self.session, self.case.item_id, under_review)

    def answer_flaggers(self, kind: Callable[[list[int]], Fact]) -> None:
        """Tell what became of it to those who flagged it since the case was last opened."""
        flaggers = queries.flaggers(self.session, self.case)
        if flaggers:
            self.tell(kind(flaggers))


def sit(
    session: Session,
    actor: Actor,
    case_id: int,
    action: Action,
    *,
    revision: int | None = None,
    reads: bool = False,
    also: int | None = None,
) -> Desk:
    """Lock a case and its item and ask the policy. Raises :class:`Missing` and :class:`Denied`.

    ``revision``: what the actor decides on; raises :class:`Conflict`, with a sentence that says
    what changed, when the case has moved since. ``reads``: the words matter, so it is a conflict
    too when their author has changed them since the case took note of them. ``also``: another item
    of the same kind to be locked.
    """
    at = clock.now()
    case = queries.for_update(session, case_id)
    component = processes.component(session, case.component_id)
    authorize(replace(action, checks=()), actor, component, at=at)
    moderation = moderated(case.ref)
    locked = {
        item_id: moderation.lock(session, item_id)
        for item_id in sorted({case.item_id, also or case.item_id})
    }
    item = locked[case.item_id]
    if revision is not None and revision != case.revision:
        raise Conflict(_what_changed(session, case, at))
    if reads and item.edited_at != case.edited_at:
        raise Conflict(
            _l(
                "Quien lo escribió acaba de cambiar el texto. Tome el caso otra vez y léalo antes "
                "de decidir."
            )
        )
    authorize(action, actor, component, faced(session, case, item, at, action), at=at)
    return Desk(session, actor, case, item, component, moderation, at)


def moderated(ref: Ref) -> Moderation:
    """Return how a kind of item is moderated. Raises :class:`Missing`."""
    moderation = moderation_of(ref.kind)
    if moderation is None:
        message = f"{ref} is not moderated"
        raise Missing(message)
    return moderation


def faced(
    session: Session, case: Case, item: Written, at: dt.datetime, action: Action
) -> policy.Facing:
    """Return a case as the policy looks at it, with the names that a refusal would need."""
    held_by = policy.holder(case, at)
    name = accounts.names(session, [held_by]).get(held_by, "") if held_by is not None else ""
    last = None
    if action is policy.UNDO_DECISION:
        last = queries.last_step(session, case.id, but=[Move.NOTE])
    moderation = moderation_of(case.kind)
    return policy.facing(
        case,
        item.status,
        holder_name=name,
        last_move=last.move if last is not None else None,
        merges=moderation is not None and moderation.merge is not None,
    )


def _what_changed(session: Session, case: Case, at: dt.datetime) -> Any:
    last = queries.last_step(session, case.id, but=_QUIET)
    move = last.move if last is not None else Move.OPEN
    if move is Move.EDIT:
        return _l("Quien lo escribió cambió el texto mientras usted lo miraba. Léalo otra vez.")
    if move is Move.RESUBMIT:
        return _l("Quien lo escribió envió una corrección mientras usted lo miraba. Léala.")
    if move is Move.APPEAL:
        return _l("Quien lo escribió apeló mientras usted lo miraba.")
    who = last.actor_id if last is not None else None
    name = (accounts.names(session, [who]).get(who) if who is not None else None) or _l(
        "otra persona del equipo"
    )
    if move is Move.CLAIM and policy.holder(case, at) is not None:
        return _l("%(name)s tomó este caso mientras usted lo miraba.", name=name)
    return _l(
        "%(name)s movió este caso mientras usted lo miraba. %(state)s Mire cómo quedó.",
        name=name,
        state=policy.STATE_SENTENCES[case.state],
    )


def advance(
    session: Session,
    case: Case,
    move: Move,
    actor_id: int | None,
    at: dt.datetime,
    **line: Any,
) -> CaseStep:
    """Take a locked case to the state after ``move`` and write the line of its history.

    Raises :class:`Conflict` where the machine knows no way, whoever asked before.
    """
    before = case.state
    after = machine.after(before, move)
    if after is None:
        raise Conflict(policy.STATE_SENTENCES[before])
    case.state = after
    case.is_waiting = machine.waits(after, is_urgent=case.is_urgent)
    if after is not before or move not in _QUIET:
        case.revision += 1
    if not case.is_waiting:
        case.holder_id = case.held_until = None
    elif actor_id is not None and policy.holder(case, at) == actor_id:
        hold(case, actor_id, at)
    return write(session, case, move, before, actor_id, at, **line)


def write(
    session: Session,
    case: Case,
    move: Move,
    before: CaseState | None,
    actor_id: int | None,
    at: dt.datetime,
    **line: Any,
) -> CaseStep:
    """Add one line to a case's history."""
    step = CaseStep(
        organization_id=case.organization_id,
        case_id=case.id,
        at=at,
        actor_id=actor_id,
        move=move,
        before=before,
        after=case.state,
        **line,
    )
    session.add(step)
    session.flush()
    return step


def hold(case: Case, person_id: int, at: dt.datetime, time: dt.timedelta = HELD) -> None:
    """Let somebody hold a case from now on, for a while; never for less than before."""
    until = at + time
    if case.holder_id == person_id and case.held_until is not None:
        until = max(until, case.held_until)
    case.holder_id, case.held_until = person_id, until


def tell(session: Session, case: Case, fact: Fact, actor: Actor, at: dt.datetime) -> None:
    """Record a fact about a case's item."""
    record(
        session,
        fact,
        actor=actor,
        organization_id=case.organization_id,
        process_id=case.process_id,
        component_id=case.component_id,
        subject=case.ref,
        at=at,
    )


# --- opening ------------------------------------------------------------------------------------


def case_for(
    session: Session, item: Written, component: ComponentView, at: dt.datetime
) -> tuple[Case, bool]:
    """Return the locked case of an item and whether it was made now.

    Of several who are first at once, one makes it and the others wait for it and join.
    """
    insert = (
        _INSERT[session.get_bind().dialect.name](_cases)
        .values(
            organization_id=component.organization_id,
            kind=item.ref.kind,
            item_id=item.ref.id,
            process_id=component.process.id,
            component_id=component.id,
            author_id=item.author_id,
            opened_at=at,
            due_at=at,
            edited_at=item.edited_at,
        )
        .on_conflict_do_nothing(index_elements=["kind", "item_id"])
        .returning(_cases.c.id)
    )
    made = session.connection().execute(insert).scalar()
    found = session.scalar(
        sa.select(Case.id).where(Case.kind == item.ref.kind, Case.item_id == item.ref.id)
    )
    return queries.for_update(session, found or 0), made is not None


def reopen(case: Case, item: Written, at: dt.datetime) -> None:
    """Begin a round: what the last one left is cleared, its history stays."""
    case.opened_at = at
    case.flag_count = 0
    case.reasons = []
    case.severity = 1
    case.edited_at = item.edited_at
    case.resubmitted_at = None
    case.is_urgent = False
    case.holder_id = case.held_until = None


def grade(case: Case, severity: int, terms: Terms) -> None:
    """Make a case at least so grave; what becomes graver is due earlier, never later."""
    case.severity = max(case.severity, severity)
    case.due_at = case.opened_at + terms.time_for(case.severity)


# --- what is typed ------------------------------------------------------------------------------


def typed(path: str, text: str, *, required: Any = None, longest: int = LONGEST) -> str:
    """Return a text as it is kept. Raises :class:`Invalid`; ``required``: the sentence if empty."""
    text = normalize(text)
    if control_characters(text):
        raise Invalid.of(path, texts.INVISIBLE)
    if required is not None and not text:
        raise Invalid.of(path, required)
    if len(text) > longest:
        raise Invalid.of(path, texts.too_long(text, longest))
    return text
