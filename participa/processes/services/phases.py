"""Opening and closing a phase against its dates."""

import datetime as dt
from dataclasses import replace

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing, Problem
from participa.core.i18n import SOURCE_LOCALE
from participa.core.policy import Actor
from participa.processes import definition, events, policy
from participa.processes.definition.rules import clash_sentence
from participa.processes.models import PhaseOverride
from participa.processes.services.facts import record_of
from participa.processes.services.locked import Locked, checked_reason, lock
from participa.processes.snapshot import ProcessView
from participa.processes.timeline import Interval, Override, PhaseView, with_active


def override_phase(
    session: Session,
    actor: Actor,
    process_id: int,
    phase_key: str,
    *,
    opens: bool,
    until: dt.datetime | None,
    reason: str,
    expected_version: int | None = None,
) -> ProcessView:
    """Open (or close) a phase from now until a moment, against its dates, with a public reason.

    ``until=None`` means up to its planned end. Raises ``Missing``, ``Denied``, ``Conflict`` when
    nothing would change, and ``Invalid`` for the fields ``until`` and ``reason``, also when the
    opened phase would configure a component that another active phase configures.
    """
    locked = lock(session, actor, policy.OVERRIDE, process_id, expected_version=expected_version)
    phase = locked.view.phase(phase_key)
    if phase is None:
        message = f"no phase {phase_key!r}"
        raise Missing(message)
    now = clock.now()
    text = checked_reason(reason)
    _refuse_until(phase, until, now, opens=opens)
    override = Override(opens, now, until, text, now, actor.person_id)
    changed = with_active(replace(phase, overrides=(*phase.overrides, override)))
    if _from(changed, now) == _from(phase, now):
        raise Conflict(_l("La fase ya está abierta.") if opens else _l("La fase ya está cerrada."))
    if opens:
        _refuse_clash(locked, phase, override)
    row = next(each for each in locked.row.phases if each.key == phase_key)
    row.overrides.append(
        PhaseOverride(
            opens=opens, start=now, until=until, reason=text, by_id=actor.person_id, at=now
        )
    )
    view = locked.saved()
    kind = events.PhaseOpened if opens else events.PhaseClosed
    record_of(
        session,
        actor,
        locked.row,
        kind(
            phase=phase.title.text(SOURCE_LOCALE),
            reason=text,
            start=now.isoformat(),
            until=until.isoformat() if until is not None else None,
        ),
    )
    return view


def _refuse_until(
    phase: PhaseView, until: dt.datetime | None, now: dt.datetime, *, opens: bool
) -> None:
    if until is not None and until <= now:
        raise Invalid.of(path="until", message=_l("La fecha debe estar en el futuro."))
    if until is None and phase.end <= now:
        if not opens and not _from(phase, now):
            raise Conflict(_l("La fase ya está cerrada."))
        raise Invalid.of(path="until", message=_l("La fase ya pasó: diga hasta cuándo."))


def _from(phase: PhaseView, now: dt.datetime) -> list[Interval]:
    """Return when a phase is active from now on."""
    return [Interval(max(each.start, now), each.end) for each in phase.active if each.end > now]


def _refuse_clash(locked: Locked, phase: PhaseView, override: Override) -> None:
    wanted = definition.of_row(locked.row, locked.organization)
    overrides = {
        **definition.overrides_of(locked.view),
        phase.key: (*phase.overrides, override),
    }
    problems = []
    for overlap, key in definition.clashes(wanted, overrides):
        component = wanted.component(key)
        title = component.title if component is not None else key
        problems.append(Problem("until", clash_sentence(overlap, title, locked.organization.zone)))
    if problems:
        raise Invalid(problems)
