"""A process as pages and policy need it: immutable, computed from the clock, kept in memory."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from participa.core.i18n import Localized
from participa.core.policy import (
    Actor,
    Capability,
    Requirement,
    Role,
    Rule,
    State,
)
from participa.core.registry import ComponentType
from participa.core.requirements import parse_requirement
from participa.processes.models import ProcessStatus
from participa.processes.timeline import Interval, PhaseView, phases_at


@dataclass(frozen=True)
class Opening:
    """What one phase opens in one component."""

    phase: PhaseView
    rules: Mapping[str, Rule]
    settings: Any


@dataclass(frozen=True)
class ComponentView:
    """One component instance of a process. A policy scope."""

    id: int
    key: str
    type: ComponentType
    title: Localized
    settings: Any
    openings: tuple[Opening, ...]
    process: "ProcessView"

    @property
    def organization_id(self) -> int:
        return self.process.organization_id

    @property
    def process_id(self) -> int:
        return self.process.id

    @property
    def is_public(self) -> bool:
        return self.process.is_public

    @property
    def zone(self) -> ZoneInfo:
        return self.process.zone

    def capability(self, name: str) -> Capability:
        return self.type.capability(name)

    def opening_at(self, at: dt.datetime) -> Opening | None:
        """Return what the active phase opens here; at most one does, so there is one answer."""
        if self.process.status is ProcessStatus.ARCHIVED:
            return None
        for opening in self.openings:
            if any(each.contains(at) for each in opening.phase.active):
                return opening
        return None

    def rule(self, name: str, at: dt.datetime) -> Rule:
        """Return the state of a capability and who may use it. Nothing said means closed."""
        opening = self.opening_at(at)
        return opening.rules.get(name, CLOSED) if opening else CLOSED

    def shows(self, name: str, at: dt.datetime) -> bool:
        """Return whether what people did with a capability may be seen by all at a moment.

        While a phase configures the component, its state says so. Between phases and after the last
        one what was public stays public. What the last phase closed, or collected in the dark,
        waits for a phase that shows it, or for the end of all: telling cannot be undone.
        """
        opening = self.opening_at(at)
        if opening is not None:
            return opening.rules.get(name, CLOSED).state.shows_results
        if any(each.end > at for each in self._dark(name)) and self.was_dark(name, at):
            return False
        begun = [
            (interval.start, opening.rules.get(name, CLOSED).state)
            for opening in self.openings
            for interval in opening.phase.active
            if interval.start <= at
        ]
        if not begun:
            return False
        if max(begun)[1] not in {State.CLOSED, State.OPEN_HIDDEN}:
            return True
        ever = any(state is not State.CLOSED for _start, state in begun)
        return ever and self.process.state(at) == "past"

    def hides(self, name: str, at: dt.datetime) -> bool:
        """Return whether a capability is used in the dark, or was and has not been told."""
        return self.was_dark(name, at) and not self.shows(name, at)

    def was_dark(self, name: str, at: dt.datetime) -> bool:
        """Return whether a capability was ever used in the dark up to a moment."""
        return any(each.start <= at for each in self._dark(name))

    def _dark(self, name: str) -> list[Interval]:
        return [
            interval
            for opening in self.openings
            if opening.rules.get(name, CLOSED).state is State.OPEN_HIDDEN
            for interval in opening.phase.active
        ]

    def phase_settings_at(self, at: dt.datetime) -> Any:
        """Return the settings of the phase active now, or their defaults."""
        opening = self.opening_at(at)
        return opening.settings if opening else self.type.phase_settings()

    def next_opening(self, name: str, at: dt.datetime) -> dt.datetime | None:
        """Return when a capability opens next, or ``None``."""
        if self.process.status is ProcessStatus.ARCHIVED:
            return None
        starts = [
            interval.start
            for opening in self.openings
            if opening.rules.get(name, CLOSED).state.is_open
            for interval in opening.phase.active
            if interval.start > at
        ]
        return min(starts, default=None)

    def last_closing(self, name: str, at: dt.datetime) -> dt.datetime | None:
        """Return when a capability last closed, or ``None`` if it never was open."""
        ends = [
            interval.end
            for opening in self.openings
            if opening.rules.get(name, CLOSED).state.is_open
            for interval in opening.phase.active
            if interval.end <= at
        ]
        return max(ends, default=None)

    def closes_at(self, name: str, at: dt.datetime) -> dt.datetime | None:
        """Return until when an open capability stays open without a break."""
        until = at
        while self.rule(name, until).state.is_open:
            opening = self.opening_at(until)
            if opening is None:
                break
            until = next(each.end for each in opening.phase.active if each.contains(until))
        return until if until > at else None


CLOSED = Rule()


@dataclass(frozen=True)
class ProcessView:
    """One process with its phases and components. A policy scope without capabilities."""

    id: int
    version: int
    organization_id: int
    slug: str
    status: ProcessStatus
    published_at: dt.datetime | None
    title: Localized
    summary: Localized
    description_html: Mapping[str, str]
    notice: Localized
    outcome: Localized
    territory_id: int | None
    theme_id: int | None
    phases: tuple[PhaseView, ...]
    zone: ZoneInfo

    @cached_property
    def components(self) -> tuple[ComponentView, ...]:
        """The component instances, in order. Filled once, by the query that loads the process."""
        return ()

    @property
    def process_id(self) -> int:
        return self.id

    @property
    def is_public(self) -> bool:
        return self.status is not ProcessStatus.DRAFT

    def capability(self, name: str) -> Capability:
        message = f"a process has no capability {name!r}"
        raise LookupError(message)

    def rule(self, name: str, at: dt.datetime) -> Rule:
        return CLOSED

    def component(self, key: str) -> ComponentView | None:
        """Return a component by its key."""
        return next((each for each in self.components if each.key == key), None)

    def component_by_id(self, component_id: int) -> ComponentView | None:
        """Return a component by its id."""
        return next((each for each in self.components if each.id == component_id), None)

    def phase(self, key: str) -> PhaseView | None:
        """Return a phase by its key."""
        return next((each for each in self.phases if each.key == key), None)

    @property
    def start(self) -> dt.datetime | None:
        """When its first phase begins, overrides included; the planned date if none ever does."""
        begins = [each.start for phase in self.phases for each in phase.active]
        return min(begins or [phase.start for phase in self.phases], default=None)

    @property
    def end(self) -> dt.datetime | None:
        """When its last phase ends, overrides included."""
        return max((each.end for phase in self.phases for each in phase.active), default=None)

    def phases_at(self, moment: dt.datetime) -> tuple[PhaseView, ...]:
        """Return the phases active at a moment."""
        return phases_at(self.phases, moment)

    def look_at(self, moment: dt.datetime) -> tuple[Any, ...]:
        """Return all that its timeline depends on besides itself: phases' states, the minute."""
        minute = moment.replace(second=0, microsecond=0)
        return minute, *[phase.state(moment) for phase in self.phases]

    def state(self, moment: dt.datetime) -> str:
        """Return "now" (a phase is active), "pause", "future" or "past" at a moment."""
        if self.status is ProcessStatus.ARCHIVED:
            return "past"
        if self.phases_at(moment):
            return "now"
        if self.start is None or self.start > moment:
            return "future"
        return "past" if self.end is None or self.end <= moment else "pause"


def build_components(
    process: ProcessView,
    rows: list[tuple[int, str, ComponentType, Localized, Any]],
    opens: Mapping[int, list[tuple[PhaseView, Mapping[str, Any], Any]]],
) -> None:
    """Fill ``process.components`` from rows (id, key, type, title, settings) and openings."""
    fill_components(
        process,
        [
            (
                *row,
                tuple(
                    Opening(
                        phase,
                        {name: read_rule(rule)[0] for name, rule in capabilities.items()},
                        chosen,
                    )
                    for phase, capabilities, chosen in opens.get(row[0], [])
                ),
            )
            for row in rows
        ],
    )


def fill_components(
    process: ProcessView,
    components: list[tuple[int, str, ComponentType, Localized, Any, tuple[Opening, ...]]],
) -> None:
    """Fill ``process.components``: id, key, type, title, settings and openings of each."""
    process.__dict__["components"] = tuple(
        ComponentView(component_id, key, kind, title, settings, openings, process)
        for component_id, key, kind, title, settings, openings in components
    )


RULE_WORDS = ("state", "requires")


def read_rule(data: Any) -> tuple[Rule, list[tuple[str, Any]]]:
    """Read a capability's value of a process file.

    Returns the rule (closed where the state is wrong) and every problem as (path below the
    capability, sentence); the path is empty where the value itself is wrong.
    """
    if not isinstance(data, Mapping):
        return _read_state(data, "")
    problems: list[tuple[str, Any]] = [
        (str(name), _l("no se conoce «%(word)s»; existen: state, requires", word=name))
        for name in data
        if name not in RULE_WORDS
    ]
    if "state" not in data:
        return CLOSED, [*problems, ("", _l("falta el estado (state)"))]
    rule, wrong = _read_state(data["state"], "state")
    listed = data.get("requires", [])
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        return rule, [*problems, *wrong, ("requires", _l("debe ser una lista"))]
    requires: list[Requirement] = []
    for index, each in enumerate(listed):
        requirement, problem = parse_requirement(each)
        if requirement is None:
            wrong.append((f"requires[{index}]", problem))
        else:
            requires.append(requirement)
    return Rule(rule.state, tuple(requires)), [*problems, *wrong]


def _read_state(data: Any, path: str) -> tuple[Rule, list[tuple[str, Any]]]:
    if isinstance(data, str) and data in set(State):
        return Rule(State(data)), []
    sentence = _l(
        "no se conoce el estado «%(state)s»; existen: %(known)s",
        state=str(data)[:60],
        known=", ".join(State),
    )
    return CLOSED, [(path, sentence)]


def write_rule(rule: Rule) -> Any:
    """Return a rule as a process file writes it: the inverse of :func:`read_rule`."""
    if not rule.requires:
        return rule.state.value
    return {"state": rule.state.value, "requires": [each.plain() for each in rule.requires]}


def staff_roles(actor: Actor, process: ProcessView) -> frozenset[Role]:
    """Return the staff roles that somebody holds in a process."""
    return actor.roles_in(process.id) - {Role.VISITOR, Role.PARTICIPANT}
