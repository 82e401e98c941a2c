"""How a process is drawn: its timeline as plain numbers and words that templates lay out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.core import requirements
from participa.core.i18n import format_date, format_last_day, format_start
from participa.core.policy import ROLE_LABELS, Action, Role, State
from participa.core.registry import registry
from participa.processes.models import PhaseKind
from participa.processes.snapshot import ComponentView, Opening, ProcessView
from participa.processes.timeline import PhaseView

KIND_LABELS: Mapping[PhaseKind, Any] = {
    PhaseKind.DIAGNOSIS: _l("Diagnóstico"),
    PhaseKind.IDEATION: _l("Ideas"),
    PhaseKind.PROTOTYPING: _l("Prototipos"),
    PhaseKind.PILOT: _l("Pilotos"),
    PhaseKind.EVALUATION: _l("Evaluación"),
}

STATE_LABELS: Mapping[str, Any] = {
    "now": _l("En curso"),
    "pause": _l("Entre dos fases"),
    "future": _l("Próximamente"),
    "past": _l("Terminado"),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """One phase on the drawn timeline; places run from 0 to 1 along the process's time."""

    key: str
    title: str
    kind: str
    kind_label: Any
    start_label: str
    end_label: str
    state: str
    url: str
    x0: float
    x1: float
    lane: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A timeline ready for the ``timeline`` macro."""

    phases: tuple[Stretch, ...]
    now: float | None
    ticks: tuple[dict[str, Any], ...]


def drawing(process: ProcessView, at: dt.datetime, url_of: Any) -> Drawing:
    """Return the drawing of a process's phases at a moment; ``url_of(phase)`` gives their links."""
    edges = [edge for phase in process.phases for edge in _edges(phase)]
    if not edges:
        return Drawing((), None, ())
    first, last = min(edges), max(edges)
    span = (last - first).total_seconds() or 1.0

    def place(moment: dt.datetime) -> float:
        return round((moment - first).total_seconds() / span, 4)

    stretches = []
    lanes: list[dt.datetime] = []
    for phase in process.phases:
        start, end = _edges(phase)
        lane = next((index for index, free in enumerate(lanes) if free <= start), len(lanes))
        lanes[lane : lane + 1] = [end]
        stretches.append(
            Stretch(
                key=phase.key,
                title=str(phase.title),
                kind=phase.kind.value,
                kind_label=KIND_LABELS[phase.kind],
                start_label=format_start(start),
                end_label=format_last_day(end),
                state=phase.state(at),
                url=url_of(phase),
                x0=place(start),
                x1=place(end),
                lane=lane,
            )
        )
    now = place(at) if first <= at <= last else None
    return Drawing(tuple(stretches), now, _ticks(first, last, place))


def _edges(phase: PhaseView) -> tuple[dt.datetime, dt.datetime]:
    if not phase.active:
        return phase.start, phase.end
    return phase.active[0].start, phase.active[-1].end


def _ticks(first: dt.datetime, last: dt.datetime, place: Any) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "x": place(moment),
            "label": format_date(moment, "MMM y" if moment in (first, last) else "MMM"),
        }
        for moment in (first, last)
    )


@dataclass(frozen=True, slots=True)
class Right:
    """One row of "Quién puede hacer qué, y cuándo": action, who, when, and on what conditions."""

    label: Any
    who: tuple[Any, ...]
    when: tuple["Window", ...]
    """Empty for what does not depend on a phase."""
    always: bool
    checks: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A phase that opens a capability."""

    phase: Stretch
    state: State
    requirements: tuple[Any, ...]


def rights(component: ComponentView, stretches: Sequence[Stretch]) -> list[Right]:
    """Return what the policy table of a component says, phase by phase."""
    by_key = {each.key: each for each in stretches}
    return [
        _right(action, component, by_key)
        for action in registry.actions_in(component.type)
        if action.listed
    ]


def _right(action: Action, component: ComponentView, by_key: Mapping[str, Stretch]) -> Right:
    return Right(
        label=action.label,
        who=roles_in_words(action.roles),
        when=tuple(_windows(action.capability, component.openings, by_key))
        if action.capability
        else (),
        always=action.capability is None,
        checks=tuple(check.sentence for check in action.checks),
    )


def _windows(name: str, openings: Sequence[Opening], by_key: Mapping[str, Stretch]) -> list[Window]:
    return [
        Window(by_key[opening.phase.key], rule.state, tuple(requirements.in_words(rule.requires)))
        for opening in openings
        if (rule := opening.rules.get(name)) is not None and rule.state.is_open
    ]


def roles_in_words(roles: frozenset[Role]) -> tuple[Any, ...]:
    """Return the labels of roles, the widest first."""
    return tuple(label for role, label in ROLE_LABELS.items() if role in roles)
