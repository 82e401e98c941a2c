"""What a process file says, as immutable values."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from participa.core.i18n import Localized
from participa.core.policy import Rule
from participa.core.registry import ComponentType
from participa.processes.models import PhaseKind


@dataclass(frozen=True)
class OpeningDefinition:
    """What one phase opens in one component. A capability that is not named is closed."""

    rules: Mapping[str, Rule]
    settings: Any
    """An instance of the component type's ``phase_settings``."""


@dataclass(frozen=True)
class ComponentDefinition:
    """A component instance of a process."""

    key: str
    type: ComponentType
    title: Localized
    settings: Any
    """An instance of the component type's ``settings``."""


@dataclass(frozen=True)
class PhaseDefinition:
    """A phase: ``[start, end)`` in UTC, and what it opens by component key."""

    key: str
    kind: PhaseKind
    title: Localized
    start: dt.datetime
    end: dt.datetime
    description: Localized = field(default_factory=Localized)
    opens: Mapping[str, OpeningDefinition] = field(default_factory=dict)


@dataclass(frozen=True)
class ProcessDefinition:
    """Everything about a process that is data. Territory and theme are codes."""

    slug: str
    title: Localized
    summary: Localized = field(default_factory=Localized)
    description: Localized = field(default_factory=Localized)
    """Markdown."""
    notice: Localized = field(default_factory=Localized)
    outcome: Localized = field(default_factory=Localized)
    territory: str | None = None
    theme: str | None = None
    phases: tuple[PhaseDefinition, ...] = ()
    components: tuple[ComponentDefinition, ...] = ()

    def phase(self, key: str) -> PhaseDefinition | None:
        """Return a phase by its key."""
        return next((each for each in self.phases if each.key == key), None)

    def component(self, key: str) -> ComponentDefinition | None:
        """Return a component by its key."""
        return next((each for each in self.components if each.key == key), None)
