"""What is open follows the clock alone: frozen before, at and after every boundary."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from participa.core import clock
from participa.core.policy import Actor, Denied, Role, State, authorize, denial
from participa.processes import definition
from participa.processes.models import ProcessStatus
from participa.processes.timeline import Override
from participa.proposals import policy

TICK = dt.timedelta(microseconds=1)
PERSON = Actor(organization_id=1, person_id=1, email_confirmed=True)


def view(place, start, end, *, overrides=(), status=ProcessStatus.PUBLISHED, **opens):
    document = {
        "slug": "proceso",
        "title": "Proceso",
        "phases": [
            {
                "key": "ideas",
                "kind": "ideation",
                "title": "Ideas",
                "start": start,
                "end": end,
                "opens": {"propuestas": opens or {"create": "open"}},
            }
        ],
        "components": [{"key": "propuestas", "type": "proposals", "title": "Propuestas"}],
    }
    read, problems = definition.read(document, place)
    assert problems == []
    base = definition.preview_view(read, place)
    base.__dict__["status"] = status
    if overrides:
        phase = base.phases[0]
        phase.__dict__["overrides"] = tuple(overrides)
    return definition.preview_view(read, place, base)


def at(zone, *moment):
    return dt.datetime(*moment, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


# Zones with and without summer time; days on which the clock is put forward or back.
BOUNDARIES = [
    ("America/Bogota", "2026-03-03", "2026-04-30", (2026, 3, 3, 5), (2026, 5, 1, 5)),
    (
        "America/Bogota",
        "2026-03-03T08:00",
        "2026-03-03T18:30",
        (2026, 3, 3, 13),
        (2026, 3, 3, 23, 30),
    ),
    # Chile puts the clock back at the end of 4 April, and forward at midnight of 6 September.
    ("America/Santiago", "2026-04-04", "2026-04-04", (2026, 4, 4, 3), (2026, 4, 5, 4)),
    ("America/Santiago", "2026-04-05", "2026-04-05", (2026, 4, 5, 4), (2026, 4, 6, 4)),
    ("America/Santiago", "2026-09-05", "2026-09-05", (2026, 9, 5, 4), (2026, 9, 6, 4)),
    ("America/Santiago", "2026-09-06", "2026-09-06", (2026, 9, 6, 4), (2026, 9, 7, 3)),
    ("America/Santiago", "2026-03-01", "2026-09-30", (2026, 3, 1, 3), (2026, 10, 1, 3)),
    ("Europe/Madrid", "2026-03-29", "2026-10-25", (2026, 3, 28, 23), (2026, 10, 25, 23)),
]


@pytest.mark.parametrize(("zone", "start", "end", "opens", "closes"), BOUNDARIES)
def test_open_from_the_first_moment_to_the_last(place_in, zone, start, end, opens, closes):
    process = view(place_in(zone), start, end)
    component = process.component("propuestas")
    opens, closes = (dt.datetime(*each, tzinfo=dt.UTC) for each in (opens, closes))
    expected = {
        opens - TICK: ("future", State.CLOSED),
        opens: ("now", State.OPEN),
        opens + TICK: ("now", State.OPEN),
        closes - TICK: ("now", State.OPEN),
        closes: ("past", State.CLOSED),
        closes + TICK: ("past", State.CLOSED),
    }
    for moment, (state, rule) in expected.items():
        with time_machine.travel(moment, tick=False):
            now = clock.now()
            assert process.state(now) == state
            assert component.rule("create", now).state is rule
            refused = denial(policy.CREATE, PERSON, component, at=now)
            assert (refused is None) == (rule is State.OPEN)
    assert component.next_opening("create", opens - TICK) == opens
    assert component.closes_at("create", opens) == closes
    assert component.last_closing("create", closes) == closes


def test_the_refusal_says_when(place_in):
    component = view(place_in("UTC"), "2026-03-03", "2026-04-30").component("propuestas")
    for moment, words in (
        ((2026, 3, 2, 23, 59), "3 de marzo de 2026"),
        ((2026, 5, 1), "30 de abril de 2026"),
    ):
        with time_machine.travel(at("UTC", *moment), tick=False):
            with pytest.raises(Denied) as refused:
                authorize(policy.CREATE, PERSON, component, at=clock.now())
            assert refused.value.denial.key == "closed"
            assert words in str(refused.value.denial)


def test_an_override_moves_the_boundary_and_nothing_else(place):
    early = at("America/Bogota", 2026, 3, 1, 9)
    opened = Override(
        opens=True,
        start=early,
        until=at("America/Bogota", 2026, 3, 2, 9),
        reason="",
        at=early,
    )
    late = at("America/Bogota", 2026, 4, 28)
    closed = Override(opens=False, start=late, until=None, reason="", at=late)
    process = view(place, "2026-03-03", "2026-04-30", overrides=[opened, closed])
    component = process.component("propuestas")
    for moment, is_open in (
        (early - TICK, False),
        (early, True),
        (opened.until - TICK, True),
        (opened.until, False),
        (at("America/Bogota", 2026, 3, 3) - TICK, False),
        (at("America/Bogota", 2026, 3, 3), True),
        (late - TICK, True),
        (late, False),
        (at("America/Bogota", 2026, 4, 30, 12), False),
    ):
        assert component.rule("create", moment).state.is_open == is_open, moment
    assert process.state(opened.until) == "pause"


@pytest.mark.parametrize("status", [ProcessStatus.DRAFT, ProcessStatus.ARCHIVED])
def test_only_a_published_process_is_open_to_people(place, status):
    process = view(place, "2026-03-03", "2026-04-30", status=status)
    moment = at("America/Bogota", 2026, 3, 10)
    assert denial(policy.CREATE, PERSON, process.component("propuestas"), at=moment) is not None
    staff = Actor(
        organization_id=1, person_id=2, organization_roles=frozenset({Role.ORGANIZATION_ADMIN})
    )
    refused = denial(policy.CREATE, staff, process.component("propuestas"), at=moment)
    assert (refused is None) == (status is ProcessStatus.DRAFT), "staff try out what is a draft"


def test_hidden_and_shown(place):
    moment = at("America/Bogota", 2026, 3, 10)
    for word, is_open, shows in (
        ("open", True, True),
        ("open_hidden", True, False),
        ("shown", False, True),
        ("closed", False, False),
    ):
        component = view(place, "2026-03-03", "2026-04-30", support=word).component("propuestas")
        state = component.rule("support", moment).state
        assert (state.is_open, state.shows_results) == (is_open, shows)
