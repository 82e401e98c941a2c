"""Who may do what with comments: role by state by action, and the sentence of every refusal."""

import datetime as dt

import pytest
import time_machine
from flask import g

from participa.comments import policy
from participa.comments.policy import Facing
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.policy import Role, State, denial
from participa.core.registry import registry
from participa.processes.models import PhaseKind
from tests import factories
from tests.comments.conftest import DAY, make_component

WRITES = (policy.CREATE, policy.REPLY, policy.EDIT, policy.VOTE, policy.UNVOTE)
OWN, OTHERS = 7, 8


def facing(action):
    """The comment with which an action is allowed, where it is open."""
    mine = action in {policy.EDIT, policy.DELETE}
    return Facing(OWN if mine else OTHERS, published_at=clock.now(), voted=action is policy.UNVOTE)


def actor(process, role):
    person = None if role is Role.VISITOR else OWN
    held = {process.id: frozenset({role})} if role not in {Role.VISITOR, Role.PARTICIPANT} else {}
    return factories.Actor(process.organization_id, person, process_roles=held)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state", ["closed", "shown", "open"])
def test_matrix(session, organization, state, role):
    component = make_component(session, {"create": "open", "comment": state})
    who, at = actor(component.process, role), clock.now()
    signed_in = role is not Role.VISITOR
    for action in policy.ACTIONS:
        found = denial(action, who, component, facing(action), at=at)
        if action is policy.VIEW:
            assert (found is None) is (state != "closed"), action.name
        elif action is policy.DELETE:
            assert (found is None) is signed_in, action.name
        else:
            assert (found is None) is (state == "open" and signed_in), action.name
            if state != "open":
                assert found.key == "closed", action.name
            elif not signed_in:
                assert (found.key, found.invite) == ("sign_in", "sign_in"), action.name


@pytest.mark.parametrize(
    ("action", "changed", "key"),
    [
        (policy.CREATE, {"subject_stands": False}, "subject_stands"),
        (policy.REPLY, {"subject_stands": False}, "subject_stands"),
        *[
            (action, {"status": standing}, "stands")
            for action in (policy.REPLY, policy.VOTE)
            for standing in (Standing.WAITING, Standing.WITHDRAWN, Standing.REMOVED)
        ],
        *[
            (action, {"status": standing}, "stands")
            for action in (policy.EDIT, policy.DELETE)
            for standing in (Standing.WITHDRAWN, Standing.REMOVED)
        ],
        (policy.REPLY, {"thread_stands": False}, "stands"),
        (policy.VOTE, {"thread_stands": False}, "stands"),
        (policy.VOTE, {"author_id": OWN}, "not_own"),
        (policy.VOTE, {"voted": True}, "not_voted"),
        (policy.UNVOTE, {"voted": False}, "voted"),
        (policy.EDIT, {"author_id": OTHERS}, "is_author"),
        (policy.DELETE, {"author_id": OTHERS}, "is_author"),
    ],
)
def test_checks(session, organization, action, changed, key):
    component = make_component(session)
    who, at = actor(component.process, Role.PARTICIPANT), clock.now()
    asked = facing(action)
    assert denial(action, who, component, asked, at=at) is None
    values = {name: getattr(asked, name) for name in Facing.__slots__} | changed
    found = denial(action, who, component, Facing(**values), at=at)
    assert found.key == key
    assert str(found.message)


def test_own_text_that_waits_can_be_corrected_and_deleted(session, organization):
    component = make_component(session)
    who = actor(component.process, Role.PARTICIPANT)
    waiting = Facing(OWN, Standing.WAITING, clock.now())
    for action in (policy.EDIT, policy.DELETE):
        assert denial(action, who, component, waiting, at=clock.now()) is None


START = dt.datetime(2026, 3, 3, 5, tzinfo=dt.UTC)
END = dt.datetime(2026, 5, 1, 5, tzinfo=dt.UTC)
MOMENT = dt.timedelta(microseconds=1)


@pytest.fixture
def two_phases(session, organization):
    return factories.make_process(
        session,
        phases=[
            {
                "key": "ideas",
                "kind": PhaseKind.IDEATION,
                "start": START,
                "end": END,
                "opens": {"propuestas": {"comment": "open"}},
            },
            {
                "key": "cierre",
                "kind": PhaseKind.EVALUATION,
                "start": END + 10 * DAY,
                "end": END + 20 * DAY,
                "opens": {"propuestas": {"comment": "shown"}},
            },
        ],
    ).components[0]


@pytest.mark.parametrize(
    ("moment", "is_open", "is_shown"),
    [
        (START - MOMENT, False, False),
        (START, True, True),
        (END - MOMENT, True, True),
        # Between two phases what could be read still can.
        (END, False, True),
        (END + 10 * DAY, False, True),
        # Once the process has ended, what was said can be read.
        (END + 20 * DAY, False, True),
    ],
)
def test_comments_follow_the_clock(two_phases, moment, is_open, is_shown):
    who = actor(two_phases.process, Role.PARTICIPANT)
    assert (denial(policy.CREATE, who, two_phases, at=moment) is None) is is_open
    assert (denial(policy.VIEW, who, two_phases, at=moment) is None) is is_shown


@pytest.mark.parametrize(
    ("moment", "sentence"),
    [
        (START - DAY, "Los comentarios abren el 3 de marzo de 2026."),
        (END, "Se pudo comentar hasta el 30 de abril de 2026."),
    ],
)
def test_a_refusal_says_when(app, organization, two_phases, moment, sentence):
    who = actor(two_phases.process, Role.PARTICIPANT)
    with app.app_context(), time_machine.travel(moment, tick=False):
        g.time_zone = organization.zone
        for action in WRITES:
            assert str(denial(action, who, two_phases, at=moment)) == sentence


def test_the_capability_is_declared_once(app):
    kinds = [
        kind
        for kind in registry.components()
        if any(each.name == "comment" for each in kind.capabilities)
    ]
    assert kinds
    for kind in kinds:
        assert kind.capability("comment") is policy.COMMENT_CAPABILITY
        assert {each.name for each in registry.actions_in(kind)} >= {
            each.name for each in policy.ACTIONS
        }
    assert policy.COMMENT_CAPABILITY.states == (State.CLOSED, State.SHOWN, State.OPEN)
