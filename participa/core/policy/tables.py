"""The rows of the permission tables, and what a refusal is."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from flask_babel import lazy_gettext as _l

from participa.core.errors import ParticipaError
from participa.core.policy.actors import Actor, Role


class State(StrEnum):
    """The state of one capability in one phase."""

    CLOSED = "closed"
    SHOWN = "shown"
    OPEN = "open"
    OPEN_HIDDEN = "open_hidden"

    @property
    def is_open(self) -> bool:
        """Whether people may use the capability now."""
        return self in {State.OPEN, State.OPEN_HIDDEN}

    @property
    def shows_results(self) -> bool:
        """Whether what people did with it may be seen by all."""
        return self in {State.OPEN, State.SHOWN}


STATE_LABELS: Mapping[State, Any] = {
    State.CLOSED: _l("Cerrado"),
    State.SHOWN: _l("Solo lectura"),
    State.OPEN: _l("Abierto"),
    State.OPEN_HIDDEN: _l("Abierto, resultados ocultos"),
}


class Requirement(Protocol):
    """A condition on who may use an open capability, besides the role."""

    kind: str

    def denial(self, actor: Actor, at: dt.datetime, zone: dt.tzinfo) -> "Denial | None":
        """Return why the actor does not meet it, or ``None``."""

    @property
    def sentence(self) -> Any:
        """The requirement in words, for the public page."""

    def plain(self) -> Any:
        """The requirement as it is written in a process file."""


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing a component can do, with the sentences that a refusal needs."""

    name: str
    label: Any
    opens_on: Callable[[Any], Any]
    """Date in words → "Los apoyos abren el 3 de marzo"."""
    closed_on: Callable[[Any], Any]
    never: Any
    states: tuple[State, ...] = (State.CLOSED, State.OPEN)


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for one capability at one moment: its state and who may use it."""

    state: State = State.CLOSED
    requires: tuple[Requirement, ...] = ()


class Scope(Protocol):
    """Where an action happens: an organization, a process or a component instance."""

    @property
    def organization_id(self) -> int: ...
    @property
    def process_id(self) -> int | None: ...
    @property
    def is_public(self) -> bool: ...
    @property
    def zone(self) -> dt.tzinfo: ...
    def capability(self, name: str) -> Capability: ...
    def rule(self, name: str, at: dt.datetime) -> Rule: ...
    def next_opening(self, name: str, at: dt.datetime) -> dt.datetime | None: ...
    def last_closing(self, name: str, at: dt.datetime) -> dt.datetime | None: ...


Invite = Literal[
    "sign_in", "verify", "confirm_email", "complete_profile", "second_factor", "sanctions"
]
"""What a refusal page offers; ``sanctions`` explains, the others remove the obstacle."""
STEPS: frozenset[Invite] = frozenset({"confirm_email", "complete_profile", "verify"})
"""Those that people take about themselves, one after the other."""


@dataclass(frozen=True, slots=True)
class Denial:
    """Why not, as a key for machines and a sentence that a citizen understands."""

    key: str
    message: Any
    invite: Invite | None = None
    status: int = 403
    method: str = ""
    """The only way of verifying that helps; empty where any does, or none is asked for."""

    def __str__(self) -> str:
        return str(self.message)


class Denied(ParticipaError):
    """An action was refused. Carries the :class:`Denial`.

    ``steps`` is everything that the person can still do to be allowed, in order, and ``label`` what
    they wanted to do; both are empty where nothing that they do would help.
    """

    def __init__(
        self, denial: Denial, *, label: Any = "", steps: "tuple[Denial, ...]" = ()
    ) -> None:
        self.denial = denial
        self.label = label
        self.steps = steps
        super().__init__(denial.key)


@dataclass(frozen=True, slots=True)
class Check:
    """A further condition of an action: a pure function of actor, item and moment."""

    name: str
    sentence: Any
    """What it asks, in words, for ``docs/policy.md`` and the public page."""
    find: Callable[[Actor, Any, Any, dt.datetime], Any]
    """``(actor, scope, item, at)`` → a sentence or :class:`Denial` when refused, else ``None``."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that somebody may do. Rows of the permission tables."""

    name: str
    label: Any
    roles: frozenset[Role]
    capability: str | None = None
    checks: tuple[Check, ...] = ()
    listed: bool = True
    """Whether the public page "Quién puede hacer qué, y cuándo" shows the row."""
    while_suspended: bool = False
    """Whether somebody whom moderation suspended keeps it, as everybody keeps their vote."""

    @property
    def is_for_staff(self) -> bool:
        """Whether only staff roles hold it."""
        return not self.roles & {Role.VISITOR, Role.PARTICIPANT}
