"""What moderation may do about a person, not about a text: warn, limit, suspend; and appeals.

It holds from the person's next request on, until its date or until it is lifted. It hides nothing
that the person wrote and undoes no vote; actions marked ``while_suspended`` and whatever needs no
open capability (taking back what is one's own, the account, appeals) stay possible. Where several
hold at once, the strictest counts.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.checked import Checked, local_day
from participa.accounts.models import SanctionKind, SanctionRecord
from participa.accounts.queries import people, staff
from participa.accounts.queries import sanctions as queries
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.events import Fact, record
from participa.core.facts import Ref
from participa.core.policy import Action, Actor, Role, authorize
from participa.organizations.queries import OrganizationView

REASON_LENGTH = (20, 2000)
"""Characters of what the person is told."""
APPEAL_LENGTH = (20, 4000)
ANSWER_LENGTH = (20, 2000)
MOST_PER_DAY = 50
LONGEST = 365
"""Days that a dated measure may last: longer is as good as without a date."""
APPEAL_DAYS = 10
"""Days to appeal, where whoever imposes does not know the organization's own terms."""
SAME = dt.timedelta(minutes=10)
"""Within this, the same measure in the same words is the same button pressed twice."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What staff typed: the person is told ``reason`` word by word."""

    kind: SanctionKind
    reason: str
    last_day: dt.date | None = None
    """The last day on which it holds, where the organization is; ``None``: until it is lifted."""
    per_day: int | None = None
    """Contributions a day that a limit still allows."""


def impose(
    session: Session,
    actor: Actor,
    scope: Any,
    *,
    person_id: int,
    measure: Measure,
    appeal_days: int = APPEAL_DAYS,
) -> int:
    """Warn, limit or suspend a person in ``scope``, a process or the organization. Returns its id.

    ``appeal_days``: how long the person may appeal, as the organization's terms promise today. The
    same twice within ten minutes is one. Raises :class:`Denied` (oneself, staff of one's own rank
    or above, open-ended by anybody but the organization's administrators), :class:`Missing`,
    :class:`Invalid` with a sentence per field.
    """
    at = clock.now()
    people.for_update(session, person_id)
    row = prepared(session, actor, scope, person_id, measure, appeal_days, at)
    before = queries.same_again(session, row, at - SAME)
    if before is not None:
        return before.id
    session.add(row)
    session.flush()
    _record(session, actor, row, _imposed(row), at)
    return row.id


def prepared(
    session: Session,
    actor: Actor,
    scope: Any,
    person_id: int,
    measure: Measure,
    appeal_days: int,
    at: dt.datetime,
) -> SanctionRecord:
    """Return what :func:`impose` would save, saving nothing: what staff look at beforehand.

    Raises what it raises.
    """
    person = people.get(session, person_id)
    authorize(policy.SANCTION, actor, scope, imposing(session, person.id, scope, measure), at=at)
    row = _checked(scope, measure, at)
    row.organization_id, row.person_id = scope.organization_id, person.id
    row.by_id = actor.person_id
    row.appeal_until = clock.end_of_day(
        local_day(at, scope.zone) + dt.timedelta(days=appeal_days), scope.zone
    )
    return row


def imposing(
    session: Session, person_id: int, scope: Any, measure: Measure | None = None
) -> policy.Imposing:
    """Return what the policy looks at before a measure about a person, or before any at all."""
    open_ended = (
        measure is not None and measure.kind is SanctionKind.SUSPENSION and measure.last_day is None
    )
    return policy.Imposing(person_id, roles_of(session, person_id, scope), open_ended)


def roles_of(session: Session, person_id: int, scope: Any) -> frozenset[Role]:
    """Return the staff roles that a person holds where a sanction in ``scope`` would hold."""
    return frozenset(
        grant.role
        for grant in staff.grants_of(session, person_id)
        if scope.process_id is None or grant.process_id in {None, scope.process_id}
    )


def _checked(scope: Any, measure: Measure, at: dt.datetime) -> SanctionRecord:
    found = Checked()
    reason = found.words(
        measure.reason,
        "reason",
        REASON_LENGTH,
        _l("Dígale a la persona qué pasó y qué regla no se cumplió, en 20 caracteres o más."),
    )
    today = local_day(at, scope.zone)
    ends_at = None
    if measure.kind is SanctionKind.LIMIT and measure.last_day is None:
        found.refuse("last_day", _l("Elija hasta qué día vale el límite."))
    if measure.kind is not SanctionKind.WARNING and measure.last_day is not None:
        if measure.last_day < today:
            found.refuse("last_day", _l("Ese día ya pasó. Elija hoy o un día que venga."))
        elif (measure.last_day - today).days > LONGEST:
            found.refuse("last_day", _l("Elija un día dentro de los próximos doce meses."))
        else:
            ends_at = clock.end_of_day(measure.last_day, scope.zone)
    per_day = (measure.per_day or 0) if measure.kind is SanctionKind.LIMIT else 0
    if measure.kind is SanctionKind.LIMIT and not 1 <= per_day <= MOST_PER_DAY:
        found.refuse("per_day", _l("Escriba un número entre 1 y %(most)s.", most=MOST_PER_DAY))
    if found.problems:
        raise Invalid(found.problems)
    return SanctionRecord(
        process_id=scope.process_id,
        kind=measure.kind,
        per_day=per_day,
        reason=reason,
        starts_at=at,
        ends_at=ends_at,
    )


def _imposed(row: SanctionRecord) -> Fact:
    until = row.ends_at.isoformat() if row.ends_at is not None else None
    if row.kind is SanctionKind.WARNING:
        return events.PersonWarned(row.person_id, row.id)
    if row.kind is SanctionKind.LIMIT:
        return events.PersonLimited(row.person_id, row.id, row.per_day, until or "")
    return events.PersonSuspended(row.person_id, row.id, until)


def lift(session: Session, actor: Actor, scope: Any, sanction_id: int) -> None:
    """End a measure now, or take a warning back. Raises :class:`Denied`, :class:`Missing`."""
    row, at = _held(session, actor, policy.LIFT_SANCTION, scope, sanction_id)
    row.lifted_at, row.lifted_by_id = at, actor.person_id
    _record(session, actor, row, events.SanctionLifted(row.person_id, row.id), at)


def appeal(
    session: Session, actor: Actor, organization: OrganizationView, sanction_id: int, text: str
) -> None:
    """Ask that somebody else looks at a measure about oneself: once, until ``appeal_until``.

    It goes on holding meanwhile. Raises :class:`Missing` for a measure about somebody else,
    :class:`Denied`, :class:`Invalid`.
    """
    at = clock.now()
    row = queries.for_update(session, sanction_id)
    if row.person_id != actor.person_id:
        message = f"sanction {sanction_id} is not about who asks"
        raise Missing(message)
    authorize(policy.APPEAL_SANCTION, actor, organization, row, at=at)
    row.appeal = _words(
        text,
        "appeal",
        APPEAL_LENGTH,
        _l("Cuéntenos por qué no está de acuerdo, en 20 caracteres o más."),
    )
    row.appealed_at = at
    _record(session, actor, row, events.SanctionAppealed(row.id), at)


def decide_appeal(
    session: Session, actor: Actor, scope: Any, sanction_id: int, *, lifts: bool, answer: str
) -> None:
    """Answer an appeal as somebody else than who took the measure: lift it, or let it stand.

    Raises :class:`Denied`, :class:`Missing`, :class:`Invalid`.
    """
    row, at = _held(session, actor, policy.DECIDE_SANCTION_APPEAL, scope, sanction_id)
    row.appeal_answer = checked_answer(answer)
    row.appeal_decided_at, row.appeal_decided_by_id = at, actor.person_id
    if lifts:
        row.lifted_at, row.lifted_by_id = at, actor.person_id
    _record(session, actor, row, events.SanctionAppealDecided(row.person_id, row.id, lifts), at)


def checked_answer(answer: str) -> str:
    """Return the answer to an appeal, tidied. Raises :class:`Invalid`."""
    return _words(
        answer,
        "answer",
        ANSWER_LENGTH,
        _l("Explíquele a la persona por qué, en 20 caracteres o más."),
    )


def _words(text: str, field: str, length: tuple[int, int], missing: Any) -> str:
    found = Checked()
    tidy = found.words(text, field, length, missing)
    if found.problems:
        raise Invalid(found.problems)
    return tidy


def _held(
    session: Session, actor: Actor, action: Action, scope: Any, sanction_id: int
) -> tuple[SanctionRecord, dt.datetime]:
    """Return a measure of ``scope`` itself, locked, that ``actor`` may do ``action`` to."""
    at = clock.now()
    row = queries.for_update(session, sanction_id)
    if row.process_id != scope.process_id:
        message = f"sanction {sanction_id} was not imposed here"
        raise Missing(message)
    authorize(action, actor, scope, row, at=at)
    return row, at


def _record(
    session: Session, actor: Actor, row: SanctionRecord, fact: Fact, at: dt.datetime
) -> None:
    record(
        session,
        fact,
        actor=actor,
        organization_id=row.organization_id,
        process_id=row.process_id,
        subject=Ref("person", row.person_id),
        at=at,
    )
