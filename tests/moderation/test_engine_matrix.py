"""Who may make which move in which state: the whole table, written down by hand. No database."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest

from participa.contributions.models import Standing
from participa.core.policy import Actor, Role, Sanction, denial
from participa.moderation import machine, policy
from participa.moderation.models import CaseState, Move

NOW = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
S = CaseState
HERE, ELSEWHERE = 7, 8


BOGOTA = ZoneInfo("America/Bogota")


@dataclass(frozen=True)
class Place:
    """The process that the item is in."""

    organization_id: int = 1
    process_id: int = HERE
    is_public: bool = True
    zone: ZoneInfo = BOGOTA


def person(number, *roles, **values):
    here = {HERE: frozenset(roles)} if roles else {}
    return Actor(1, number, process_roles=values.pop("process_roles", here), **values)


MODERATOR = Role.MODERATOR
PEOPLE = {
    "visitor": Actor(1),
    "neighbour": person(2),
    "suspended": person(3, sanctions=(Sanction(HERE, None),)),
    "author": person(4),
    "author, moderator too": person(5, MODERATOR),
    "author, administrator too": person(6, organization_roles=frozenset({Role.ORGANIZATION_ADMIN})),
    "author, suspended": person(13, sanctions=(Sanction(HERE, None),)),
    "observer": person(7, Role.OBSERVER),
    "reviewer": person(8, Role.REVIEWER),
    "council": person(9, Role.COUNCIL),
    "moderator": person(10, MODERATOR),
    "decider": person(11, MODERATOR),
    "excused": person(12, MODERATOR),
    "process admin": person(14, Role.PROCESS_ADMIN),
    "administrator": person(15, organization_roles=frozenset({Role.ORGANIZATION_ADMIN})),
    "moderator elsewhere": person(16, process_roles={ELSEWHERE: frozenset({MODERATOR})}),
    "stranger": Actor(2, 17, organization_roles=frozenset({Role.ORGANIZATION_ADMIN})),
    "without second factor": person(18, MODERATOR, needs_second_factor=True),
}
AUTHORS = {name for name in PEOPLE if name.startswith("author")}
TEAM = {"moderator", "process admin", "administrator"}
"""Staff of the process with nothing against them."""
OTHERS = {
    "neighbour",
    "observer",
    "reviewer",
    "council",
    "moderator",
    "decider",
    "excused",
    "process admin",
    "administrator",
    "moderator elsewhere",
    "without second factor",
}
"""Everybody with an account who did not write it and is not suspended."""
PENDING = {S.OPEN, S.STUDYING}
HIDDEN = {S.REMOVED, S.APPEALED, S.UPHELD}
DECIDED = {S.KEPT, S.CORRECTED, S.REVERTED}
ALL = set(S)
IMPARTIAL = TEAM | {"decider"}
"""Who decided before may decide again, unless it is about that decision."""

TABLE = {
    policy.FLAG: (OTHERS, PENDING | DECIDED),
    policy.APPEAL: (AUTHORS, {S.REMOVED}),
    policy.RESUBMIT: (AUTHORS - {"author, suspended"}, {S.REMOVED, S.UPHELD}),
    policy.READ: (IMPARTIAL | {"excused"}, ALL),
    policy.NOTE: (IMPARTIAL | {"excused"}, ALL),
    policy.OPEN: (IMPARTIAL | {"excused"}, DECIDED),
    policy.CLAIM: (IMPARTIAL, PENDING),
    policy.HAND_OVER: (IMPARTIAL, PENDING | {S.APPEALED}),
    policy.KEEP: (IMPARTIAL, PENDING),
    policy.REMOVE: (IMPARTIAL, PENDING),
    policy.REMOVE_URGENTLY: (IMPARTIAL, PENDING),
    policy.MERGE: (IMPARTIAL, PENDING),
    policy.REVIEW_URGENT: (TEAM, {S.REMOVED}),
    policy.DECIDE_APPEAL: (TEAM, {S.APPEALED}),
    policy.UNDO_DECISION: ({"decider"}, {S.KEPT, S.REMOVED, S.MERGED, S.CORRECTED}),
}
"""Action → who may, and in which states, of a case that nobody holds, decided minutes ago."""

STANDINGS = {
    S.REMOVED: Standing.REMOVED,
    S.APPEALED: Standing.REMOVED,
    S.UPHELD: Standing.REMOVED,
    S.MERGED: Standing.MERGED,
    S.WITHDRAWN: Standing.WITHDRAWN,
}
LAST = {
    S.KEPT: Move.KEEP,
    S.REMOVED: Move.REMOVE_URGENTLY,
    S.MERGED: Move.MERGE,
    S.CORRECTED: Move.ACCEPT,
}


def case(state, name, **values):
    return policy.Facing(
        **{
            "author_id": PEOPLE[name].person_id if name in AUTHORS else 4,
            "state": state,
            "standing": STANDINGS.get(state, Standing.PUBLISHED),
            "is_urgent": True,
            "excused": (PEOPLE["excused"].person_id,),
            "decided_by_id": PEOPLE["decider"].person_id,
            "decided_at": NOW - HOUR / 12,
            "last_move": LAST.get(state),
            "appeal_until": NOW + HOUR,
            "merges": True,
            **values,
        }
    )


@pytest.mark.parametrize("action", TABLE, ids=lambda action: action.name)
@pytest.mark.parametrize("name", PEOPLE)
def test_the_table(action, name):
    people, states = TABLE[action]
    allowed = {
        state
        for state in S
        if denial(action, PEOPLE[name], Place(), case(state, name), at=NOW) is None
    }
    if action is policy.CLAIM and name in TEAM:
        states = states | {S.APPEALED}  # not who decided
    assert allowed == (states if name in people else set())


def test_the_table_names_every_move_of_moderators():
    left = {
        action.name
        for action in policy.ACTIONS
        if action not in TABLE and action.roles & policy.MODERATORS
    }
    assert left == {
        "moderation.queue",
        "moderation.release",  # only with the case in hand: below
        "moderation.accept",  # only with a correction: below
        "moderation.grounds",
        "moderation.reversals",
    }


@pytest.mark.parametrize("name", PEOPLE)
def test_a_correction_is_published_or_removed_but_not_kept(name):
    item = case(S.OPEN, name, is_correction=True, standing=Standing.WAITING)
    decides = name in IMPARTIAL
    for action, possible in ((policy.ACCEPT, True), (policy.REMOVE, True), (policy.KEEP, False)):
        allowed = denial(action, PEOPLE[name], Place(), item, at=NOW) is None
        assert allowed == (decides and possible)
    item = case(S.OPEN, name)
    assert denial(policy.ACCEPT, PEOPLE[name], Place(), item, at=NOW) is not None


@pytest.mark.parametrize("name", PEOPLE)
def test_what_somebody_holds_is_theirs_until_it_runs_out(name):
    me = PEOPLE["moderator"].person_id
    held = {"holder_id": me, "holder_name": "Mauro", "held_until": NOW + HOUR / 2}
    item = case(S.STUDYING, name, **held)
    for action in (policy.KEEP, policy.REMOVE, policy.CLAIM, policy.MERGE):
        allowed = denial(action, PEOPLE[name], Place(), item, at=NOW) is None
        assert allowed == (name == "moderator")
        later = denial(action, PEOPLE[name], Place(), item, at=NOW + HOUR / 2) is None
        assert later == (name in IMPARTIAL)
    assert (denial(policy.RELEASE, PEOPLE[name], Place(), item, at=NOW) is None) == (
        name == "moderator"
    )


@pytest.mark.parametrize("state", S)
def test_every_refusal_has_a_sentence(state):
    for action in policy.ACTIONS:
        for name, actor in PEOPLE.items():
            refused = denial(action, actor, Place(), case(state, name), at=NOW)
            assert refused is None or str(refused.message).strip(), (action.name, name)


@pytest.mark.parametrize("action", TABLE, ids=lambda action: action.name)
def test_what_the_policy_allows_the_machine_knows(action):
    moves = {
        policy.READ: None,
        policy.UNDO_DECISION: Move.UNDO,
        policy.DECIDE_APPEAL: Move.UPHOLD,
    }
    move = moves.get(action, Move(action.name.partition(".")[2]) if action not in moves else None)
    if move is not None:
        for state in TABLE[action][1]:
            assert machine.after(state, move) is not None


def test_undoing_ends_after_ten_minutes_and_with_anything_else_that_happens():
    decider, item = PEOPLE["decider"], case(S.REMOVED, "decider")
    at = item.decided_at + policy.UNDO
    assert denial(policy.UNDO_DECISION, decider, Place(), item, at=at - HOUR / 3600) is None
    assert denial(policy.UNDO_DECISION, decider, Place(), item, at=at) is not None
    reviewed = case(S.REMOVED, "decider", last_move=Move.REVIEW_URGENT)
    assert denial(policy.UNDO_DECISION, decider, Place(), reviewed, at=NOW) is not None


def test_moderating_somewhere_is_asked_of_the_organization():
    city = Place(process_id=None)
    allowed = {
        name for name, actor in PEOPLE.items() if denial(policy.QUEUES, actor, city, at=NOW) is None
    }
    assert allowed == {
        "author, moderator too",
        "author, administrator too",
        "moderator",
        "decider",
        "excused",
        "process admin",
        "administrator",
        "moderator elsewhere",
    }
