"""The table of contents of the product: every room says once what it holds.

Registration happens in one visible tuple in ``app.py``; third parties add theirs through the
entry-point group ``participa.components``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from participa.core.errors import ParticipaError, Problem
from participa.core.events import FOLLOWERS, Fact, quoted
from participa.core.facts import FactRow, Ref
from participa.core.outbox import Subscriber, subscriptions
from participa.core.policy import Action, Capability, State
from participa.core.settings import declared

RESERVED_SEGMENTS = frozenset({"fases", "actividad", "quien-puede-que", "seguir", "vista-previa"})


class RegistryError(ParticipaError):
    """A room or component was declared wrongly: the sentence says what to mend."""


@dataclass(frozen=True, slots=True)
class Card:
    """How any resource presents itself to rooms that do not know it."""

    ref: Ref
    title: str
    url: str
    kind: Any
    excerpt: str = ""
    language: str = "es"
    process_id: int | None = None
    """The process it belongs to: staff of another process may not link it."""
    component_id: int | None = None
    """The component it belongs to: its phases say what may be done about it."""
    territory_id: int | None = None
    """The place it is about, if it says one."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of thing that can be followed, linked and told about."""

    name: str
    label: Any
    cards: Callable[[Any, Sequence[int]], Mapping[int, Card]]
    """``(session, ids)`` → a card per id that exists and may be shown to everybody."""
    moderation: Any = None
    """How it is moderated (:class:`participa.contributions.contract.Moderation`), if it is."""
    segment: str = ""
    """Its word in the addresses of rooms that attach to it, in Spanish; none attach without one."""


@dataclass(frozen=True, slots=True)
class StaffPage:
    """A staff page that a room adds to the navigation of ``/gestion``.

    Its address says where it belongs: with ``<process>`` to a process, with ``<component>`` to each
    instance of a component, else to the organization.
    """

    endpoint: str
    label: Any
    action: Action
    icon: str = "circle"
    waiting: Callable[..., Mapping[int, int]] | None = None
    """``(session, scopes, actor, at)`` → how many things wait, by scope id: one statement."""


@dataclass(frozen=True)
class Room:
    """What a room adds to the product."""

    name: str
    actions: tuple[Action, ...] = ()
    facts: tuple[type[Fact], ...] = ()
    resources: tuple[ResourceType, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    blueprints: tuple[Any, ...] = ()
    staff_pages: tuple[StaffPage, ...] = ()
    init: Callable[[Any], None] | None = None
    """Called once with the Flask app, after everything is registered."""
    label: Any = ""
    """What people call what the room is about ("Procesos")."""


@dataclass(frozen=True)
class ComponentType(Room):
    """A participatory component: proposals, budgets, debates… One folder, all alike."""

    segment: str = ""
    """How its keys and addresses begin: component keys are ``segment`` or ``segment-…``."""
    label: Any = ""
    description: Any = ""
    icon: str = "circle"
    settings: type = type(None)
    phase_settings: type = type(None)
    capabilities: tuple[Capability, ...] = ()
    endpoint: str = ""
    """Endpoint of the component's front page; takes ``process`` and ``component``."""
    call_to_action: Callable[..., Any] | None = None
    """``(session, component, actor, at)`` → the one clear action as an :class:`Invitation`."""
    figures: Callable[..., Any] | None = None
    """``(session, component, at)`` → pairs (number, label) that the process page shows."""
    has_content: Callable[[Any, int], bool] | None = None
    """``(session, component id)`` → whether it holds anything; then it cannot be removed."""
    check_settings: Callable[[Any], list[Problem]] | None = None
    """``(settings)`` → what does not go together in them, by setting."""
    refuse_settings: Callable[[Any, int, Any], list[Problem]] | None = None
    """``(session, component id, new settings)`` → what may no longer be changed, by setting."""
    people: Callable[[Any, int], int] | None = None
    """``(session, component id)`` → how many people have taken part: whom a change touches."""
    exports: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def capability(self, name: str) -> Capability:
        """Return a declared capability. Raises :class:`RegistryError` for an unknown name."""
        for each in self.capabilities:
            if each.name == name:
                return each
        message = f"component {self.name!r} has no capability {name!r}"
        raise RegistryError(message)


@dataclass(frozen=True, slots=True)
class Invitation:
    """The one clear action of a component now: a button with its sentence."""

    label: Any
    url: str
    until: Any = None
    priority: int = 0


class Registry:
    """Rooms by name. Refuses what would be ambiguous, with a sentence."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def register(self, room: Room) -> None:
        """Add a room. Raises :class:`RegistryError`; the same object twice is no error."""
        if self._rooms.get(room.name) is room:
            return
        self._refuse_bad_names(room)
        if isinstance(room, ComponentType):
            self._refuse_bad_component(room)
        self._rooms[room.name] = room
        for subscriber in room.subscribers:
            subscriptions.add(subscriber)

    def _refuse_bad_names(self, room: Room) -> None:
        if room.name in self._rooms:
            message = f"two rooms are called {room.name!r}"
            raise RegistryError(message)
        taken = {action.name for action in self.actions()} | {fact.NAME for fact in self.facts()}
        for kind, names in (
            ("action", [a.name for a in room.actions]),
            ("fact", [f.NAME for f in room.facts]),
        ):
            for name in names:
                if not name.startswith(f"{room.name}."):
                    message = f"{kind} {name!r} must begin with {room.name + '.'!r}"
                    raise RegistryError(message)
                if name in taken:
                    message = f"{kind} {name!r} is declared twice"
                    raise RegistryError(message)
                taken.add(name)
        for fact in room.facts:
            if FOLLOWERS & set(fact.TELLS) and not fact.PUBLIC:
                message = f"fact {fact.NAME!r} is not public, so it cannot tell followers"
                raise RegistryError(message)
        for resource in room.resources:
            if resource.name in {each.name for each in self.resources()}:
                message = f"resource {resource.name!r} is declared twice"
                raise RegistryError(message)

    def _refuse_bad_component(self, component: ComponentType) -> None:  # noqa: C901
        for other in self.components():
            first, second = sorted((other.segment, component.segment), key=len)
            if second == first or second.startswith(f"{first}-"):
                message = f"segments {first!r} and {second!r} cannot be told apart in an address"
                raise RegistryError(message)
        if not component.segment or component.segment in RESERVED_SEGMENTS:
            message = f"component {component.name!r} cannot use the segment {component.segment!r}"
            raise RegistryError(message)
        for cls in (component.settings, component.phase_settings):
            for each in declared(cls) if cls is not type(None) else ():
                if not each.spec.label or not each.spec.help:
                    message = f"setting {component.name}.{each.name} has no label or no sentence"
                    raise RegistryError(message)
        known = {capability.name for capability in component.capabilities}
        for action in component.actions:
            if action.capability is not None and action.capability not in known:
                message = (
                    f"action {action.name!r} names the unknown capability {action.capability!r}"
                )
                raise RegistryError(message)
        for capability in component.capabilities:
            if State.CLOSED not in capability.states:
                message = f"capability {component.name}.{capability.name} cannot be closed"
                raise RegistryError(message)

    def rooms(self) -> Iterator[Room]:
        """Return every room in the order of registration."""
        yield from self._rooms.values()

    def components(self) -> Iterator[ComponentType]:
        """Return every component type."""
        for room in self.rooms():
            if isinstance(room, ComponentType):
                yield room

    def component(self, name: str) -> ComponentType | None:
        """Return a component type by name, or ``None``."""
        room = self._rooms.get(name)
        return room if isinstance(room, ComponentType) else None

    def actions(self) -> Iterator[Action]:
        """Return every declared action."""
        for room in self.rooms():
            yield from room.actions

    def facts(self) -> Iterator[type[Fact]]:
        """Return every declared kind of fact."""
        for room in self.rooms():
            yield from room.facts

    def fact(self, name: str) -> type[Fact] | None:
        """Return a kind of fact by name, or ``None`` for one that is no longer declared."""
        return next((fact for fact in self.facts() if name == fact.NAME), None)

    def actions_in(self, component: ComponentType) -> Iterator[Action]:
        """Return what can be done in a component: its own actions, then those of what it includes.

        It includes a room that attaches to resources by declaring that room's capability.
        """
        yield from component.actions
        names = {each.name for each in component.capabilities}
        for room in self.rooms():
            if not isinstance(room, ComponentType) and any(
                action.capability in names for action in room.actions if action.capability
            ):
                yield from room.actions

    def resources(self) -> Iterator[ResourceType]:
        """Return every kind of resource."""
        for room in self.rooms():
            yield from room.resources

    def resource(self, name: str) -> ResourceType | None:
        """Return a kind of resource by name, or ``None``."""
        return next((each for each in self.resources() if each.name == name), None)

    def cards(self, session: Any, refs: Iterable[Ref | None]) -> Mapping[Ref, Card]:
        """Return the cards of resources that may be shown to everybody. One batch per kind."""
        by_kind: dict[str, set[int]] = {}
        for ref in refs:
            if ref is not None:
                by_kind.setdefault(ref.kind, set()).add(ref.id)
        return {
            Ref(kind, key): card
            for kind, ids in by_kind.items()
            if (resource := self.resource(kind)) is not None
            for key, card in resource.cards(session, sorted(ids)).items()
        }


registry = Registry()
"""Filled once by ``app.create_app``."""


def titles_today(session: Any, rows: Iterable[FactRow]) -> Mapping[Ref, str]:
    """Return the present titles of what facts quote, those of removed things left out."""
    refs = [ref for row in rows for ref in quoted(registry.fact(row.name), row).values()]
    return {ref: card.title for ref, card in registry.cards(session, refs).items()}
