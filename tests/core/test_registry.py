"""What a room may not declare, each refused with a sentence."""

from dataclasses import dataclass

import pytest

from participa.core.events import Audience, Fact
from participa.core.policy import EVERYBODY, Action, Capability, State
from participa.core.registry import (
    RESERVED_SEGMENTS,
    ComponentType,
    Registry,
    RegistryError,
    ResourceType,
    Room,
)
from participa.core.settings import setting


@dataclass(frozen=True)
class Happened(Fact):
    """Something."""

    NAME = "things.happened"
    LABEL = "x"
    SENTENCE = "x"


@dataclass(frozen=True)
class Elsewhere(Fact):
    """Something of another room."""

    NAME = "others.happened"
    LABEL = "x"
    SENTENCE = "x"


@dataclass(frozen=True)
class Whispered(Fact):
    """Something private that would tell everybody who follows."""

    NAME = "things.whispered"
    LABEL = "x"
    SENTENCE = "x"
    TELLS = (Audience.PROCESS_FOLLOWERS,)


@dataclass(frozen=True)
class Nameless:
    """A setting that no form could label."""

    limit: int = setting(0, label="", help="…")


@dataclass(frozen=True)
class Silent:
    """A setting without its sentence."""

    limit: int = setting(0, label="Límite", help="")


def capability(name="go", states=(State.CLOSED, State.OPEN)):
    return Capability(name, name, lambda d: d, lambda d: d, "never", states)


def component(name="things", segment="cosas", **values):
    return ComponentType(name=name, segment=segment, **values)


RESOURCE = ResourceType("thing", "Cosa", lambda _s, _ids: {})
GO = Action("things.go", "Ir", EVERYBODY)

WRONG = {
    "action of another room": (
        Room("things", actions=(Action("others.go", "x", EVERYBODY),)),
        "must begin",
    ),
    "action without a dot": (
        Room("things", actions=(Action("thingsgo", "x", EVERYBODY),)),
        "must begin",
    ),
    "fact of another room": (Room("things", facts=(Elsewhere,)), "must begin"),
    "private fact that tells followers": (Room("things", facts=(Whispered,)), "is not public"),
    "no segment": (component(segment=""), "cannot use the segment"),
    "no label": (component(settings=Nameless), "no label or no sentence"),
    "no sentence": (component(phase_settings=Silent), "no label or no sentence"),
    "unknown capability": (
        component(
            actions=(Action("things.go", "x", EVERYBODY, "fly"),), capabilities=(capability(),)
        ),
        "unknown capability 'fly'",
    ),
    "never closed": (
        component(capabilities=(capability(states=(State.OPEN,)),)),
        "cannot be closed",
    ),
    **{
        f"reserved {segment}": (component(segment=segment), "cannot use the segment")
        for segment in sorted(RESERVED_SEGMENTS)
    },
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_declared_wrongly_is_refused(case):
    room, sentence = WRONG[case]
    registry = Registry()
    with pytest.raises(RegistryError, match=sentence):
        registry.register(room)
    assert list(registry.rooms()) == []


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [
        (Room("things"), Room("things"), "two rooms"),
        (Room("things", resources=(RESOURCE,)), Room("others", resources=(RESOURCE,)), "twice"),
        (component(), component("others"), "cannot be told apart"),
        (component(), component("others", "cosas-grandes"), "cannot be told apart"),
        (component("others", "cosas-grandes"), component(), "cannot be told apart"),
    ],
)
def test_what_clashes_is_refused(first, second, sentence):
    registry = Registry()
    registry.register(first)
    with pytest.raises(RegistryError, match=sentence):
        registry.register(second)
    assert list(registry.rooms()) == [first]


def test_segments_that_only_begin_alike_are_two():
    registry = Registry()
    registry.register(component())
    registry.register(component("others", "cosaspequenas"))
    assert [each.segment for each in registry.components()] == ["cosas", "cosaspequenas"]


def test_what_was_declared_is_found():
    registry = Registry()
    kind = component(
        actions=(GO,), facts=(Happened,), resources=(RESOURCE,), capabilities=(capability(),)
    )
    registry.register(kind)
    registry.register(kind)  # the same object twice is no error
    assert registry.component("things") is kind
    assert registry.component("other") is None
    assert list(registry.actions()) == [GO]
    assert registry.fact("things.happened") is Happened
    assert registry.fact("things.gone") is None
    assert registry.resource("thing") is RESOURCE
    assert registry.resource("other") is None
    assert kind.capability("go").name == "go"
    with pytest.raises(RegistryError, match="no capability"):
        kind.capability("fly")


def test_an_action_or_a_fact_twice_is_refused():
    registry = Registry()
    with pytest.raises(RegistryError, match="declared twice"):
        registry.register(Room("things", actions=(GO, GO)))
    with pytest.raises(RegistryError, match="declared twice"):
        registry.register(Room("things", facts=(Happened, Happened)))
