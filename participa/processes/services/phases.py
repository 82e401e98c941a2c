"""Opening and closing a phase against its dates."""

import datetime as dt
from dataclasses import replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing, Problem
from participa.core.policy import Actor
from participa.processes import definition, events, policy
from participa.processes.definition import ProcessDefinition
from participa.processes.definition.rules import clash_sentence
from participa.processes.models import PhaseOverride
from participa.processes.services.facts import record_of
from participa.processes.services.locked import checked_reason, lock
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

    ``until=None`` means up to its planned end. Raises ``Missing``, ``Denied``, and ``Conflict`` and
    ``Invalid`` as :func:`checked_override`.
    """
    locked = lock(session, actor, policy.OVERRIDE, process_id, expected_version=expected_version)
    phase = locked.view.phase(phase_key)
    if phase is None:
        message = f"no phase {phase_key!r}"
        raise Missing(message)
    now = clock.now()
    override = checked_override(
        locked.view,
        definition.of_row(locked.row, locked.organization),
        phase,
        Override(opens, now, until, reason, now, actor.person_id),
    )
    row = next(each for each in locked.row.phases if each.key == phase_key)
    row.overrides.append(
        PhaseOverride(
            opens=opens,
            start=now,
            until=until,
            reason=override.reason,
            by_id=actor.person_id,
            at=now,
        )
    )
    view = locked.saved()
    kind = events.PhaseOpened if opens else events.PhaseClosed
    record_of(
        session,
        actor,
        locked.row,
        kind(
            phase=phase.title,
            reason=override.reason,
            start=now.isoformat(),
            until=until.isoformat() if until is not None else None,
        ),
    )
    return view


def checked_override(
    process: ProcessView, wanted: ProcessDefinition, phase: PhaseView, override: Override
) -> Override:
    """Return an override that begins now as it is kept, before anything is written.

    ``wanted`` is what the process's file says. Raises ``Conflict`` when nothing would change, and
    ``Invalid`` for the fields ``reason`` and ``until``, also when the opened phase would configure
    a component that another active phase configures.
    """
    problems: list[Problem] = []
    text = ""
    try:
        text = checked_reason(override.reason)
    except Invalid as error:
        problems += error.problems
    kept = replace(override, reason=text)
    if (problem := _until_problem(phase, kept)) is not None:
        raise Invalid([*problems, Problem("until", problem)])
    changed = with_active(replace(phase, overrides=(*phase.overrides, kept)))
    if _from(changed, kept.start) == _from(phase, kept.start):
        raise Conflict(
            _l("La fase ya está abierta.") if kept.opens else _l("La fase ya está cerrada.")
        )
    if kept.opens:
        problems += _clashes(process, wanted, phase, kept)
    if problems:
        raise Invalid(problems)
    return kept


def _until_problem(phase: PhaseView, override: Override) -> Any:
    now, until = override.start, override.until
    if until is not None and until <= now:
        return _l("La fecha debe estar en el futuro.")
    if until is None and phase.end <= now:
        if not override.opens and not _from(phase, now):
            raise Conflict(_l("La fase ya está cerrada."))
        return _l("La fase ya pasó: diga hasta cuándo.")
    return None


def _from(phase: PhaseView, now: dt.datetime) -> list[Interval]:
    """Return when a phase is active from now on."""
    return [Interval(max(each.start, now), each.end) for each in phase.active if each.end > now]


def _clashes(
    process: ProcessView, wanted: ProcessDefinition, phase: PhaseView, override: Override
) -> list[Problem]:
    overrides = {
        **definition.overrides_of(process),
        phase.key: (*phase.overrides, override),
    }
    problems = []
    for overlap, key in definition.clashes(wanted, overrides):
        component = wanted.component(key)
        title = component.title if component is not None else key
        problems.append(Problem("until", clash_sentence(overlap, title, process.zone)))
    return problems
