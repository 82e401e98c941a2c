"""Who may do what, when, and why not: one table of actions, one function that decides.

``denial(action, actor, scope, item, at=…)`` is the only decision; :func:`can` and :func:`authorize`
are its two faces. Order: published → role → capability open → requirements → checks; only a visitor
who would have to sign in is told first that the door is closed, since signing in would not help.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from flask_babel import lazy_gettext as _l

from participa.core.errors import ParticipaError
from participa.core.i18n import format_date, format_last_day


class Role(StrEnum):
    """A kind of person. ``VISITOR`` is everybody; the others are held or given."""

    VISITOR = "visitor"
    PARTICIPANT = "participant"
    OBSERVER = "observer"
    MODERATOR = "moderator"
    REVIEWER = "reviewer"
    COUNCIL = "council"
    PROCESS_ADMIN = "process_admin"
    ORGANIZATION_ADMIN = "organization_admin"


ROLE_LABELS: Mapping[Role, Any] = {
    Role.VISITOR: _l("Cualquier persona"),
    Role.PARTICIPANT: _l("Personas con cuenta"),
    Role.OBSERVER: _l("Observación"),
    Role.MODERATOR: _l("Moderación"),
    Role.REVIEWER: _l("Revisión técnica"),
    Role.COUNCIL: _l("Publicación del concejo"),
    Role.PROCESS_ADMIN: _l("Administración del proceso"),
    Role.ORGANIZATION_ADMIN: _l("Administración de la entidad"),
}

PROCESS_ROLES = (Role.PROCESS_ADMIN, Role.MODERATOR, Role.REVIEWER, Role.COUNCIL, Role.OBSERVER)
"""Roles given inside one process."""

EVERYBODY = frozenset({Role.VISITOR})
PARTICIPANTS = frozenset({Role.PARTICIPANT})
PROCESS_MANAGERS = frozenset({Role.PROCESS_ADMIN, Role.ORGANIZATION_ADMIN})
PROCESS_STAFF = frozenset({*PROCESS_ROLES, Role.ORGANIZATION_ADMIN})
ADMINISTRATORS = frozenset({Role.ORGANIZATION_ADMIN})


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


@dataclass(frozen=True, slots=True)
class Verification:
    """That a person was verified by one method, until a moment (``None``: does not expire)."""

    method: str
    expires_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Sanction:
    """What moderation limits for a person: a number of contributions a day, or all of them."""

    process_id: int | None
    """Where it holds; ``None`` is the whole organization."""
    until: dt.datetime | None
    per_day: int = 0
    """Contributions a day that are still allowed; 0 is a suspension."""

    def holds(self, process_id: int | None, at: dt.datetime) -> bool:
        """Return whether it limits what the person does in a process at a moment."""
        return self.process_id in {None, process_id} and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: all that a decision may need to know about the person, as plain values."""

    organization_id: int
    person_id: int | None = None
    name: str = ""
    locale: str = "es"
    email_confirmed: bool = False
    birth_date: dt.date | None = None
    territories: frozenset[str] = frozenset()
    """Codes of the territory of residence and of all that contain it."""
    verifications: tuple[Verification, ...] = ()
    groups: frozenset[str] = frozenset()
    organization_roles: frozenset[Role] = frozenset()
    process_roles: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    sanctions: tuple[Sanction, ...] = ()
    preview_processes: frozenset[int] = frozenset()
    """Unpublished processes that a preview link lets this visitor read."""
    is_operator: bool = False
    """Acts from the server's command line: holds its roles without being a person."""
    needs_second_factor: bool = False
    """Holds a staff role, the organization requires a second factor, and none is set up yet."""

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a person behind the request."""
        return self.person_id is not None

    def roles_in(self, process_id: int | None) -> frozenset[Role]:
        """Return every role the actor holds for a process (or for the organization alone)."""
        roles = {Role.VISITOR}
        if self.is_operator:
            roles |= self.organization_roles
        elif self.is_signed_in:
            roles.add(Role.PARTICIPANT)
            roles |= self.organization_roles
            if process_id is not None:
                roles |= self.process_roles.get(process_id, frozenset())
        return frozenset(roles)

    def suspension(self, process_id: int | None, at: dt.datetime) -> Sanction | None:
        """Return the suspension that holds in a process at a moment: the one that lasts longest."""
        held = [each for each in self.sanctions if not each.per_day and each.holds(process_id, at)]
        return max(held, key=lambda each: (each.until is None, each.until or at), default=None)

    def daily_limit(self, process_id: int | None, at: dt.datetime) -> int | None:
        """Return how many contributions a day moderation allows the person, if it limits them."""
        return min(
            (
                each.per_day
                for each in self.sanctions
                if each.per_day and each.holds(process_id, at)
            ),
            default=None,
        )

    @property
    def staff_roles(self) -> frozenset[Role]:
        """Return the staff roles held anywhere: what opens the staff shell."""
        return frozenset().union(self.organization_roles, *self.process_roles.values())


SYSTEM = Actor(organization_id=0, name="sistema")
"""The actor of facts that no person caused."""


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


@dataclass(frozen=True, slots=True)
class Denial:
    """Why not, as a key for machines and a sentence that a citizen understands."""

    key: str
    message: Any
    invite: Invite | None = None
    status: int = 403

    def __str__(self) -> str:
        return str(self.message)


class Denied(ParticipaError):
    """An action was refused. Carries the :class:`Denial`."""

    def __init__(self, denial: Denial) -> None:
        self.denial = denial
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


NOT_FOUND = Denial("not_found", _l("No encontramos esta página."), status=404)
SIGN_IN = Denial(
    "sign_in", _l("Para hacer esto, entre con su cuenta."), invite="sign_in", status=401
)
SECOND_FACTOR = Denial(
    "second_factor",
    _l(
        "Su entidad pide un segundo paso de seguridad a quienes tienen un rol. "
        "Actívelo para seguir."
    ),
    invite="second_factor",
)


def denial(
    action: Action, actor: Actor, scope: Any, item: Any = None, *, at: dt.datetime
) -> Denial | None:
    """Return why ``actor`` may not do ``action`` in ``scope`` at ``at``, or ``None``."""
    if actor.organization_id != scope.organization_id:
        return NOT_FOUND
    roles = actor.roles_in(scope.process_id)
    if (
        not scope.is_public
        and not roles & PROCESS_STAFF
        and scope.process_id not in actor.preview_processes
    ):
        return NOT_FOUND
    if not roles & action.roles:
        return _closed_to_visitor(action, actor, scope, at) or _wrong_role(action, actor)
    if action.is_for_staff and actor.needs_second_factor:
        return SECOND_FACTOR
    if action.capability is not None:
        refused = _suspended(action, actor, scope, at) or _capability_denial(
            action.capability, actor, scope, at
        )
        if refused is not None:
            return refused
    for check in action.checks:
        found = check.find(actor, scope, item, at)
        if found is not None:
            return found if isinstance(found, Denial) else Denial(check.name, found)
    return None


def _suspended(action: Action, actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    if not actor.sanctions or action.while_suspended or not action.roles & PARTICIPANTS:
        return None
    return suspended(actor, scope, at)


def suspended(actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    """Return the refusal that a suspension means in a scope, or ``None``."""
    held = actor.suspension(scope.process_id, at)
    if held is None:
        return None
    if held.until is None:
        return Denial(
            "suspended",
            _l(
                "La moderación suspendió su participación aquí. "
                "En sus avisos están el motivo y cómo apelar."
            ),
            invite="sanctions",
        )
    return Denial(
        "suspended",
        _l(
            "La moderación suspendió su participación aquí hasta el %(date)s. "
            "En sus avisos están el motivo y cómo apelar.",
            date=_Day(held.until, last_day=True),
        ),
        invite="sanctions",
    )


def _closed_to_visitor(action: Action, actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    name = action.capability
    if actor.is_signed_in or name is None or scope.rule(name, at).state.is_open:
        return None
    return Denial("closed", closed_sentence(name, scope, at))


def _wrong_role(action: Action, actor: Actor) -> Denial:
    if not actor.is_signed_in:
        return SIGN_IN
    wanted = [role for role in ROLE_LABELS if role in action.roles]
    return Denial(
        "role",
        _l(
            "Esto lo hace otro equipo: %(roles)s.",
            roles=_Joined([ROLE_LABELS[role] for role in wanted]),
        ),
    )


class _Joined:
    """Labels joined when read, so that each appears in the reader's language."""

    def __init__(self, labels: list[Any]) -> None:
        self._labels = labels

    def __str__(self) -> str:
        return ", ".join(str(label) for label in self._labels)


class _Day:
    """A moment written as a date when read, in the organization's zone."""

    def __init__(self, moment: dt.datetime, *, last_day: bool = False) -> None:
        self._moment = moment
        self._write = format_last_day if last_day else format_date

    def __str__(self) -> str:
        return self._write(self._moment)


def _capability_denial(name: str, actor: Actor, scope: Any, at: dt.datetime) -> Denial | None:
    rule = scope.rule(name, at)
    if not rule.state.is_open:
        return Denial("closed", closed_sentence(name, scope, at))
    for requirement in rule.requires:
        refused: Denial | None = requirement.denial(actor, at, scope.zone)
        if refused is not None:
            return refused
    return None


def closed_sentence(name: str, scope: Any, at: dt.datetime) -> Any:
    """Return when a closed capability opens, else when it closed, else that it never opens."""
    capability: Capability = scope.capability(name)
    opening = scope.next_opening(name, at)
    if opening is not None:
        return capability.opens_on(_Day(opening))
    closing = scope.last_closing(name, at)
    if closing is not None:
        return capability.closed_on(_Day(closing, last_day=True))
    return capability.never


def can(action: Action, actor: Actor, scope: Any, item: Any = None, *, at: dt.datetime) -> bool:
    """Return whether the action is allowed. Templates ask this."""
    return denial(action, actor, scope, item, at=at) is None


def authorize(
    action: Action, actor: Actor, scope: Any, item: Any = None, *, at: dt.datetime
) -> None:
    """Raise :class:`Denied` unless the action is allowed. Services call this, under their lock."""
    refused = denial(action, actor, scope, item, at=at)
    if refused is not None:
        raise Denied(refused)
