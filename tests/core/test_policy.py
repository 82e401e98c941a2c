"""The one decision: its order, and every requirement at its edges. Pure: no database."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participa.core.policy import (
    EVERYBODY,
    PARTICIPANTS,
    PROCESS_MANAGERS,
    SECOND_FACTOR,
    Action,
    Actor,
    Capability,
    Check,
    Denial,
    Denied,
    Role,
    Rule,
    State,
    Verification,
    authorize,
    can,
    denial,
)
from participa.core.requirements import (
    ConfirmedEmail,
    Guardian,
    InGroup,
    LivesIn,
    MinimumAge,
    Verified,
    parse_requirement,
)

BOGOTA = ZoneInfo("America/Bogota")
NOW = dt.datetime(2026, 3, 3, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
CAST = Capability(
    "cast",
    "Votar",
    opens_on=lambda date: f"Abre el {date}",
    closed_on=lambda date: f"Cerró el {date}",
    never="Nunca",
)


@dataclass(frozen=True)
class Place:
    """A policy scope of a test's own."""

    organization_id: int = 1
    process_id: int | None = 7
    is_public: bool = True
    zone: Any = BOGOTA
    now: Rule = field(default_factory=lambda: Rule(State.OPEN))
    opening: dt.datetime | None = None
    closing: dt.datetime | None = None

    def capability(self, name):
        return CAST

    def rule(self, name, at):
        return self.now

    def next_opening(self, name, at):
        return self.opening

    def last_closing(self, name, at):
        return self.closing


VISITOR = Actor(organization_id=1)
PERSON = Actor(organization_id=1, person_id=5, name="Rosa", email_confirmed=True)
MANAGER = replace(PERSON, process_roles={7: frozenset({Role.PROCESS_ADMIN})})
NEVER = Check("never", "nunca", lambda *_: "No se puede.")
VOTE = Action("t.vote", "Votar", PARTICIPANTS, "cast")
READ = Action("t.read", "Leer", EVERYBODY)
RUN = Action("t.run", "Administrar", PROCESS_MANAGERS)


def key(action, actor, place=None, item=None):
    found = denial(action, actor, place or Place(), item, at=NOW)
    return found.key if found else None


def test_the_order_of_refusals():
    """Each row removes the obstacle that the row before tells of."""
    closed = Rule(State.CLOSED)
    asks = Rule(State.OPEN, (ConfirmedEmail(), MinimumAge(18)))
    vote = replace(VOTE, checks=(NEVER,))
    unconfirmed = replace(PERSON, email_confirmed=False)
    adult = replace(PERSON, birth_date=dt.date(1990, 1, 1))
    steps = [
        (Actor(organization_id=2), Place(is_public=False, now=closed), "not_found"),
        (VISITOR, Place(is_public=False, now=closed), "not_found"),
        (VISITOR, Place(now=closed), "closed"),
        (VISITOR, Place(now=asks), "sign_in"),
        (unconfirmed, Place(now=closed), "closed"),
        (unconfirmed, Place(now=asks), "confirmed_email"),
        (PERSON, Place(now=asks), "age"),
        (adult, Place(now=asks), "never"),
    ]
    assert [key(vote, who, where) for who, where, _ in steps] == [each for *_, each in steps]
    assert key(VOTE, adult, Place(now=asks)) is None


def test_checks_come_in_their_order_and_may_give_a_denial_of_their_own():
    own = Check("own", "", lambda *_: Denial("custom", "Así no.", status=409))
    assert key(replace(READ, checks=(own, NEVER)), VISITOR) == "custom"
    assert key(replace(READ, checks=(NEVER, own)), VISITOR) == "never"
    passes = Check("passes", "", lambda *_: None)
    assert key(replace(READ, checks=(passes,)), VISITOR) is None


def test_the_actor_of_another_organization_finds_nothing_whatever_the_roles():
    boss = Actor(
        organization_id=2,
        person_id=1,
        organization_roles=frozenset({Role.ORGANIZATION_ADMIN}),
        process_roles={7: frozenset({Role.PROCESS_ADMIN})},
        preview_processes=frozenset({7}),
        is_operator=True,
    )
    for action in (READ, VOTE, RUN):
        found = denial(action, boss, Place(), at=NOW)
        assert found.status == 404


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (VISITOR, "not_found"),
        (PERSON, "not_found"),
        (replace(VISITOR, preview_processes=frozenset({7})), None),
        (replace(VISITOR, preview_processes=frozenset({8})), "not_found"),
        (MANAGER, None),
        (replace(PERSON, process_roles={7: frozenset({Role.OBSERVER})}), None),
        (replace(PERSON, process_roles={8: frozenset({Role.PROCESS_ADMIN})}), "not_found"),
        (replace(PERSON, organization_roles=frozenset({Role.ORGANIZATION_ADMIN})), None),
    ],
)
def test_drafts_are_for_staff_and_preview_links(actor, expected):
    assert key(READ, actor, Place(is_public=False)) == expected


def test_a_preview_link_reads_and_does_nothing_else():
    guest = replace(VISITOR, preview_processes=frozenset({7}))
    assert key(VOTE, guest, Place(is_public=False)) == "sign_in"
    assert key(RUN, guest, Place(is_public=False)) == "sign_in"


@pytest.mark.parametrize("state", list(State))
def test_only_open_states_open(state):
    expected = None if state in {State.OPEN, State.OPEN_HIDDEN} else "closed"
    assert key(VOTE, PERSON, Place(now=Rule(state))) == expected


def test_a_closed_door_says_when_it_opens_else_when_it_closed_else_that_it_never_will():
    march, april = NOW + 40 * DAY, NOW - 40 * DAY

    def sentence(**values):
        return str(denial(VOTE, PERSON, Place(now=Rule(), **values), at=NOW))

    assert sentence(opening=march, closing=april).startswith("Abre el 12 ")
    assert sentence(closing=april).startswith("Cerró el 22 ")
    assert sentence() == "Nunca"


def test_staff_hold_what_their_role_lists_and_no_more():
    assert key(RUN, MANAGER) is None
    assert key(RUN, replace(PERSON, process_roles={8: frozenset({Role.PROCESS_ADMIN})})) == "role"
    assert key(RUN, replace(PERSON, process_roles={7: frozenset({Role.MODERATOR})})) == "role"
    assert key(VOTE, MANAGER, Place(now=Rule())) == "closed"
    asks = Place(now=Rule(State.OPEN, (InGroup("jurado"),)))
    assert key(VOTE, MANAGER, asks) == "group"


def test_roles_without_a_person_are_worth_nothing():
    ghost = Actor(organization_id=1, organization_roles=frozenset({Role.ORGANIZATION_ADMIN}))
    assert key(RUN, ghost) == "sign_in"


def test_the_operator_administers_and_is_nobody():
    operator = Actor(
        organization_id=1,
        organization_roles=frozenset({Role.ORGANIZATION_ADMIN}),
        is_operator=True,
    )
    assert key(RUN, operator) is None
    assert key(VOTE, operator) == "sign_in"
    assert key(RUN, operator, Place(organization_id=3)) == "not_found"


def test_without_the_second_factor_staff_do_nothing_that_is_for_staff():
    waiting = replace(MANAGER, needs_second_factor=True)
    assert denial(RUN, waiting, Place(), at=NOW) is SECOND_FACTOR
    assert key(READ, waiting) is None
    assert key(VOTE, waiting) is None


def test_authorize_and_can_are_faces_of_the_same_decision():
    authorize(VOTE, PERSON, Place(), at=NOW)
    assert can(VOTE, PERSON, Place(), at=NOW)
    assert not can(VOTE, VISITOR, Place(), at=NOW)
    with pytest.raises(Denied) as caught:
        authorize(VOTE, VISITOR, Place(), at=NOW)
    assert caught.value.denial.invite == "sign_in"


# --- requirements -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        # Born on 3 March 2008: eighteen at midnight in Bogotá, which is five in the morning UTC.
        (dt.datetime(2026, 3, 3, 4, 59, 59, 999999, tzinfo=dt.UTC), False),
        (dt.datetime(2026, 3, 3, 5, tzinfo=dt.UTC), True),
        (dt.datetime(2026, 3, 2, 23, tzinfo=dt.UTC), False),
        (dt.datetime(2027, 3, 3, tzinfo=dt.UTC), True),
    ],
)
def test_age_is_counted_on_the_calendar_of_the_organization(at, allowed):
    born = replace(PERSON, birth_date=dt.date(2008, 3, 3))
    assert (MinimumAge(18).denial(born, at, BOGOTA) is None) is allowed


def test_who_was_born_on_a_leap_day_has_a_birthday_on_the_first_of_march():
    born = replace(PERSON, birth_date=dt.date(2008, 2, 29))
    before = dt.datetime(2026, 2, 28, 23, 59, tzinfo=BOGOTA)
    assert MinimumAge(18).denial(born, before, BOGOTA)
    assert MinimumAge(18).denial(born, before + dt.timedelta(minutes=1), BOGOTA) is None


def test_without_a_date_of_birth_the_profile_is_offered():
    found = MinimumAge(14).denial(PERSON, NOW, BOGOTA)
    assert (found.key, found.invite) == ("age", "complete_profile")
    young = MinimumAge(14).denial(replace(PERSON, birth_date=dt.date(2020, 1, 1)), NOW, BOGOTA)
    assert young.invite is None


@given(st.dates(dt.date(1910, 1, 1), dt.date(2026, 3, 2)), st.integers(1, 120))
def test_nobody_grows_younger(born, years):
    actor = replace(PERSON, birth_date=born)
    refused = [
        MinimumAge(years).denial(actor, NOW + n * 200 * DAY, BOGOTA) is not None for n in range(6)
    ]
    assert refused == sorted(refused, reverse=True)


@pytest.mark.parametrize(
    ("verifications", "expected"),
    [
        ((), "Para esto debe verificar"),
        ((Verification("census"),), "Para esto debe verificar"),
        ((Verification("in_person"),), None),
        ((Verification("in_person", NOW + dt.timedelta(microseconds=1)),), None),
        ((Verification("in_person", NOW),), "Su verificación venció"),
        ((Verification("in_person", NOW - DAY),), "Su verificación venció"),
        ((Verification("in_person", NOW - DAY), Verification("in_person", NOW + DAY)), None),
        ((Verification("in_person", NOW - DAY), Verification("census")), "Su verificación venció"),
    ],
)
def test_a_verification_counts_until_its_moment(verifications, expected):
    found = Verified("in_person").denial(replace(PERSON, verifications=verifications), NOW, BOGOTA)
    assert (found is None) if expected is None else str(found).startswith(expected)


@pytest.mark.parametrize(
    ("territories", "expected"),
    [
        ({"aurora", "rural", "la-loma"}, None),
        ({"aurora", "rural"}, None),
        ({"aurora"}, "Esto es para quienes viven en otro"),
        ({"aurora", "centro"}, "Esto es para quienes viven en otro"),
        (set(), "Díganos en qué barrio"),
    ],
)
def test_whoever_lives_inside_lives_there(territories, expected):
    actor = replace(PERSON, territories=frozenset(territories))
    found = LivesIn("rural").denial(actor, NOW, BOGOTA)
    assert (found is None) if expected is None else str(found).startswith(expected)


def test_groups_and_addresses():
    assert InGroup("a").denial(PERSON, NOW, BOGOTA).key == "group"
    assert InGroup("a").denial(replace(PERSON, groups=frozenset({"a"})), NOW, BOGOTA) is None
    assert ConfirmedEmail().denial(PERSON, NOW, BOGOTA) is None
    unconfirmed = replace(PERSON, email_confirmed=False)
    assert ConfirmedEmail().denial(unconfirmed, NOW, BOGOTA).invite == "confirm_email"


def test_before_eighteen_somebody_else_allows_it():
    day = NOW.astimezone(BOGOTA).date()

    def asked(years, *verifications, days=0):
        born = day.replace(year=day.year - years) + dt.timedelta(days=days)
        return Guardian().denial(
            replace(PERSON, birth_date=born, verifications=verifications), NOW, BOGOTA
        )

    assert asked(18) is None
    assert asked(18, days=1).invite == "verify"
    assert asked(14, Verification("census")).key == "guardian"
    assert asked(14, Verification("guardian")) is None
    assert "ya no vale" in str(asked(14, Verification("guardian", NOW)))
    unknown = Guardian().denial(replace(PERSON, birth_date=None), NOW, BOGOTA)
    assert unknown.invite == "complete_profile"


REQUIREMENTS = (
    ConfirmedEmail(),
    Verified("census"),
    MinimumAge(14),
    Guardian(),
    LivesIn("centro"),
    InGroup("jurado"),
)


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda each: each.kind)
def test_every_requirement_survives_its_file_and_asks_a_visitor_to_sign_in(requirement):
    assert parse_requirement(requirement.plain()) == (requirement, None)
    assert str(requirement.sentence)
    assert requirement.denial(VISITOR, NOW, BOGOTA).invite == "sign_in"


@pytest.mark.parametrize(
    "data",
    [
        None,
        3,
        "",
        "age",
        [],
        {},
        {"age": 0},
        {"age": 121},
        {"age": True},
        {"age": "18"},
        {"age": 18.0},
        {"age": 14, "group": "x"},
        {"verified": ""},
        {"territory": None},
        {"group": ["a"]},
        {"other": "x"},
        {"confirmed_email": True},
        {"guardian": True},
    ],
)
def test_what_is_no_requirement_is_refused_with_a_sentence(data):
    found, sentence = parse_requirement(data)
    assert found is None
    assert str(sentence)
