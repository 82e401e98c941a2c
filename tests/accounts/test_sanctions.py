"""Warnings, limits and suspensions: who may, from when to when, what they stop, and appeals."""

import dataclasses
import datetime as dt
import itertools

import pytest
import time_machine

from participa.accounts import personal_data, policy
from participa.accounts.models import Person, SanctionKind, SanctionRecord, UserSession
from participa.accounts.passwords import hashed
from participa.accounts.queries import digest, signed_in
from participa.accounts.queries import sanctions as queries
from participa.accounts.services import deletion
from participa.accounts.services import sanctions as services
from participa.accounts.services.sanctions import Measure
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.policy import (
    PARTICIPANTS,
    Capability,
    Denied,
    Role,
    Rule,
    State,
    denial,
)
from participa.core.registry import registry
from participa.notifications.models import Notification
from participa.proposals import policy as proposals_policy
from participa.proposals import services as proposals
from participa.proposals import settings as proposals_settings
from participa.proposals.models import Proposal
from participa.proposals.services import Draft
from tests import factories

# Noon in Bogotá (UTC-5) on a Tuesday.
NOON = dt.datetime(2026, 3, 3, 17, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
DAY = dt.timedelta(days=1)
REASON = "Insultó a una vecina en dos propuestas, y ya se le había advertido."
WARNING, LIMIT, SUSPENSION = SanctionKind.WARNING, SanctionKind.LIMIT, SanctionKind.SUSPENSION


_sessions = itertools.count()


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def process(session, organization):
    return factories.make_process(session)


@pytest.fixture
def rosa(session, process):
    return factories.make_person(session, "Rosa")


@pytest.fixture
def moderator(session, process):
    person = factories.make_person(session, "Beto", roles=[(Role.MODERATOR, process.id)])
    return factories.actor_of(session, person)


@pytest.fixture
def administrator(session, process):
    person = factories.make_person(session, "Ana", roles=[Role.ORGANIZATION_ADMIN])
    return factories.actor_of(session, person)


def measure(kind=SUSPENSION, days=7, **values):
    last = None if days is None or kind is WARNING else dt.date(2026, 3, 3) + days * DAY
    return Measure(
        **{
            "kind": kind,
            "reason": REASON,
            "last_day": last,
            "per_day": 2 if kind is LIMIT else None,
            **values,
        }
    )


def impose(session, actor, scope, person, *args, **values):
    made = services.impose(
        session, actor, scope, person_id=person.id, measure=measure(*args, **values)
    )
    session.commit()
    return made


def refusal(call, *args, **values):
    with pytest.raises(Denied) as refused:
        call(*args, **values)
    return refused.value.denial.key


def now_of(session, organization, person):
    """Return the person's actor as the next request makes it."""
    token = f"sesion-{next(_sessions)}"
    session.add(
        UserSession(
            person_id=person.id, token_hash=digest(token), expires_at=clock.now() + 999 * DAY
        )
    )
    session.flush()
    return signed_in(session, organization, token, clock.now()).actor


# --- who may sanction whom ----------------------------------------------------------------------

STAFF = (
    None,
    Role.OBSERVER,
    Role.REVIEWER,
    Role.COUNCIL,
    Role.MODERATOR,
    Role.PROCESS_ADMIN,
    Role.ORGANIZATION_ADMIN,
)
BELOW = {
    Role.MODERATOR: {None, Role.OBSERVER, Role.REVIEWER, Role.COUNCIL},
    Role.PROCESS_ADMIN: {None, Role.OBSERVER, Role.REVIEWER, Role.COUNCIL, Role.MODERATOR},
    Role.ORGANIZATION_ADMIN: set(STAFF) - {Role.ORGANIZATION_ADMIN},
}


def with_role(session, name, role, process):
    held = [] if role is None else [role if role is Role.ORGANIZATION_ADMIN else (role, process.id)]
    return factories.make_person(session, name, roles=held)


def test_who_may_sanction_whom(session, organization, process):
    elsewhere = factories.make_process(session, slug="otro")
    wrong = []
    for mine, theirs in itertools.product(STAFF, STAFF):
        actor = factories.actor_of(session, with_role(session, "Quien decide", mine, process))
        person = with_role(session, "Sobre quien", theirs, process)
        for scope in (process, organization, elsewhere):
            if scope is process:
                expected = theirs in BELOW.get(mine, set())
            else:
                expected = mine is Role.ORGANIZATION_ADMIN and theirs is not mine
            item = services.imposing(session, person.id, scope, measure(WARNING))
            refused = denial(policy.SANCTION, actor, scope, item, at=NOON)
            assert refused is None or refused.key in {"role", "outranks"}
            allowed = refused is None
            if allowed is not expected:
                wrong.append(f"{mine} on {theirs} in {scope.slug}: {allowed}")
    assert not wrong, "\n".join(wrong)


def test_nobody_sanctions_themselves(session, organization, process, moderator, administrator):
    for actor, scope in (
        (moderator, process),
        (administrator, process),
        (administrator, organization),
    ):
        key = refusal(
            services.impose,
            session,
            actor,
            scope,
            person_id=actor.person_id,
            measure=measure(WARNING),
        )
        assert key == "not_oneself"


def test_without_an_end_only_the_administrators_of_the_organization(
    session, organization, process, moderator, administrator, rosa
):
    manager = factories.actor_of(session, with_role(session, "Eva", Role.PROCESS_ADMIN, process))
    for actor in (moderator, manager):
        key = refusal(
            services.impose,
            session,
            actor,
            process,
            person_id=rosa.id,
            measure=measure(days=None),
        )
        assert key == "is_dated"
    made = impose(session, administrator, process, rosa, days=None)
    assert refusal(services.lift, session, moderator, process, made) == "not_open_ended"
    services.lift(session, administrator, process, made)


def test_people_of_another_city_are_not_there(session, organization, process, moderator):
    other = factories.make_organization(session, "otra")
    stranger = factories.make_person(session, "Forastera")
    session.info["organization_id"] = organization.id
    with pytest.raises(Missing):
        impose(session, moderator, process, stranger)
    assert other.id != organization.id


# --- what is typed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"reason": "   "}, "reason"),
        ({"reason": "Por molestar."}, "reason"),
        ({"reason": "x" * 2001}, "reason"),
        ({"reason": f"{REASON}\u202e"}, "reason"),
        ({"last_day": dt.date(2026, 3, 2)}, "last_day"),
        ({"last_day": dt.date(2027, 3, 4)}, "last_day"),
        ({"kind": LIMIT, "per_day": 2, "last_day": None}, "last_day"),
        ({"kind": LIMIT, "per_day": 0}, "per_day"),
        ({"kind": LIMIT, "per_day": 51}, "per_day"),
        ({"kind": LIMIT, "per_day": None}, "per_day"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(session, process, moderator, rosa, typed, field):
    with pytest.raises(Invalid) as refused:
        impose(session, moderator, process, rosa, **typed)
    assert set(refused.value.by_path()) == {field}
    assert not queries.of_person(session, rosa.id)


def test_the_same_button_twice_is_one(session, process, moderator, rosa, frozen):
    first = impose(session, moderator, process, rosa)
    assert impose(session, moderator, process, rosa) == first
    frozen.shift(dt.timedelta(minutes=11))
    assert impose(session, moderator, process, rosa) != first


# --- from when to when --------------------------------------------------------------------------


def test_it_holds_from_the_next_request_to_the_last_second(
    session, organization, process, moderator, rosa, frozen
):
    assert now_of(session, organization, rosa).suspension(process.id, clock.now()) is None
    impose(session, moderator, process, rosa, days=1)
    end = dt.datetime(2026, 3, 5, 5, tzinfo=dt.UTC)  # midnight in Bogotá after the 4th
    assert queries.of_person(session, rosa.id)[0].ends_at == end
    for moment, holds in ((NOON, True), (end - SECOND, True), (end, False), (end + SECOND, False)):
        frozen.move_to(moment)
        actor = now_of(session, organization, rosa)
        refused = denial(
            proposals_policy.SUPPORT, actor, _Open(process.id, organization.id), at=moment
        )
        assert (actor.suspension(process.id, moment) is not None) is holds
        assert (refused is not None and refused.key == "suspended") is holds


def test_the_refusal_names_the_last_day_and_leads_to_the_reason(
    client, session, process, moderator, rosa
):
    impose(session, moderator, process, rosa, days=1)
    factories.sign_in(client, session, rosa)
    answer = client.get("/procesos/presupuesto/propuestas/nueva")
    assert answer.status_code == 403
    assert "hasta el 4 de marzo de 2026" in answer.text
    assert 'href="/cuenta/moderacion?volver=' in answer.text
    listed = client.get("/procesos/presupuesto/propuestas")
    assert listed.status_code == 200
    assert "/cuenta/moderacion" in listed.text
    assert "La primera puede ser la suya" not in listed.text


def test_elsewhere_nothing_changes(session, organization, process, moderator, administrator, rosa):
    other = factories.make_process(session, slug="otro")
    impose(session, moderator, process, rosa)
    actor = now_of(session, organization, rosa)
    assert actor.suspension(process.id, NOON) is not None
    assert actor.suspension(other.id, NOON) is None
    impose(session, administrator, organization, rosa, days=2)
    assert now_of(session, organization, rosa).suspension(other.id, NOON) is not None


def test_the_strictest_holds(session, organization, process, moderator, administrator, rosa):
    impose(session, moderator, process, rosa, LIMIT, per_day=5)
    impose(session, administrator, organization, rosa, LIMIT, per_day=2)
    first = impose(session, moderator, process, rosa, days=3)
    impose(session, moderator, process, rosa, days=9)
    actor = now_of(session, organization, rosa)
    assert actor.daily_limit(process.id, NOON) == 2
    longest = max(each.ends_at for each in queries.of_person(session, rosa.id))
    assert actor.suspension(process.id, NOON).until == longest
    services.lift(session, moderator, process, first)
    assert now_of(session, organization, rosa).suspension(process.id, NOON).until == longest


def test_a_warning_stops_nothing(session, organization, process, moderator, rosa):
    impose(session, moderator, process, rosa, WARNING)
    actor = now_of(session, organization, rosa)
    assert actor.sanctions == ()


def test_lifting_counts_at_once_and_only_once(session, organization, process, moderator, rosa):
    made = impose(session, moderator, process, rosa)
    services.lift(session, moderator, process, made)
    assert now_of(session, organization, rosa).sanctions == ()
    assert refusal(services.lift, session, moderator, process, made) == "holds"


def test_nobody_lifts_their_own(session, process, moderator, administrator):
    mine = session.get_one(Person, moderator.person_id)
    made = impose(session, administrator, process, mine)
    assert refusal(services.lift, session, moderator, process, made) == "not_oneself"


def test_a_measure_is_lifted_where_it_was_taken(
    session, organization, process, moderator, administrator, rosa
):
    here = impose(session, moderator, process, rosa)
    everywhere = impose(session, administrator, organization, rosa)
    for actor, scope, made in (
        (administrator, organization, here),
        (moderator, process, everywhere),
    ):
        with pytest.raises(Missing):
            services.lift(session, actor, scope, made)


# --- what it stops ------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Open:
    """A scope in which every capability is open."""

    process_id: int
    organization_id: int
    is_public: bool = True
    zone: dt.tzinfo = dt.UTC

    @property
    def settings(self):
        return proposals_settings.Settings()

    def capability(self, name):
        return Capability(name, name, str, str, "nunca")

    def rule(self, name, at):
        return Rule(State.OPEN)

    def next_opening(self, name, at):
        return None

    def last_closing(self, name, at):
        return None


def test_every_action_of_participants_is_refused_or_says_that_it_stays(
    session, organization, process, moderator, rosa
):
    """Drawn from the tables, so that an action of tomorrow is asked too."""
    impose(session, moderator, process, rosa)
    actor = now_of(session, organization, rosa)
    scope = _Open(process.id, organization.id)
    asked = 0
    for action in registry.actions():
        if not action.roles & PARTICIPANTS:
            continue
        refused = denial(dataclasses.replace(action, checks=()), actor, scope, at=NOON)
        stopped = action.capability is not None and not action.while_suspended
        assert (refused is not None) is stopped, action.name
        if stopped:
            assert (refused.key, refused.invite) == ("suspended", "sanctions"), action.name
        asked += stopped
    assert asked >= 3


def test_what_is_ones_own_stays_ones_own():
    """Taking back, the account, appealing: none of it asks for a capability that is stopped."""
    kept = {
        "proposals.withdraw",
        "proposals.withdraw_support",
        "accounts.manage_own",
        "accounts.appeal_sanction",
        "notifications.read",
    }
    for action in registry.actions():
        if action.name in kept:
            assert action.capability is None or action.while_suspended, action.name
            kept.discard(action.name)
    assert not kept


def test_staff_who_are_suspended_still_work(session, organization, process, administrator):
    person = factories.make_person(session, "Beto", roles=[(Role.MODERATOR, process.id)])
    impose(session, administrator, process, person)
    actor = now_of(session, organization, person)
    assert denial(policy.SANCTION, actor, process, at=NOON) is None


def test_it_hides_nothing_and_undoes_no_support(
    client, session, organization, process, moderator, rosa
):
    component = process.components[0]
    jairo = factories.make_person(session, "Jairo")
    words = Draft("Luces en el sendero", "Luces solares cada veinte metros hasta el colegio.")
    mine = proposals.create(
        session, factories.actor_of(session, rosa), organization, component, words, "a"
    )
    theirs = proposals.create(
        session,
        factories.actor_of(session, jairo),
        organization,
        component,
        Draft("Un puente", "Un puente de madera sobre la quebrada, junto a la escuela."),
        "b",
    )
    proposals.support(session, now_of(session, organization, rosa), component, theirs)
    impose(session, moderator, process, rosa)
    assert "Luces en el sendero" in client.get(f"/procesos/presupuesto/propuestas/{mine}").text
    session.expire_all()
    assert session.get_one(Proposal, theirs).support_count == 1
    actor = now_of(session, organization, rosa)
    proposals.take_support_back(session, actor, component, theirs)
    proposals.withdraw(session, actor, component, mine, "")


# --- so many a day ------------------------------------------------------------------------------


def test_the_day_begins_at_midnight_where_the_city_is(
    session, organization, process, moderator, rosa, frozen
):
    impose(session, moderator, process, rosa, LIMIT, days=7, per_day=1)
    numbers = itertools.count()

    def write():
        number = next(numbers)
        proposals.create(
            session,
            now_of(session, organization, rosa),
            organization,
            process.components[0],
            Draft(f"Propuesta {number}", f"Un parque en el lote {number} de la vereda La Loma."),
            f"s{number}",
        )
        session.commit()

    midnight = dt.datetime(2026, 3, 4, 5, tzinfo=dt.UTC)  # in Bogotá; in UTC the 4th began before
    frozen.move_to(midnight - 6 * SECOND * 3600)
    write()
    for before in (dt.timedelta(hours=4), SECOND):  # across UTC's midnight, and up to the last one
        frozen.move_to(midnight - before)
        with pytest.raises(Denied) as refused:
            write()
        assert (refused.value.denial.key, refused.value.denial.invite) == (
            "daily_limit",
            "sanctions",
        )
        session.rollback()
    frozen.move_to(midnight)
    write()
    with pytest.raises(Denied):
        write()


# --- appeals ------------------------------------------------------------------------------------

WHY = "No fui yo quien escribió eso: me prestaron el computador."
ANSWER = "Revisamos los dos textos y quién los envió, y le creemos."


def test_an_appeal_is_decided_by_somebody_else(session, organization, process, moderator, rosa):
    made = impose(session, moderator, process, rosa)
    actor = now_of(session, organization, rosa)
    services.appeal(session, actor, organization, made, WHY)
    assert refusal(services.appeal, session, actor, organization, made, WHY) == "may_still_appeal"
    decide = {"lifts": True, "answer": ANSWER}
    key = refusal(services.decide_appeal, session, moderator, process, made, **decide)
    assert key == "not_own_decision"
    # It goes on holding meanwhile.
    assert now_of(session, organization, rosa).suspension(process.id, NOON) is not None
    other = factories.actor_of(session, with_role(session, "Otra", Role.MODERATOR, process))
    assert queries.appeals_waiting(session) == {process.id: 1}
    services.decide_appeal(session, other, process, made, **decide)
    assert now_of(session, organization, rosa).sanctions == ()
    assert queries.appeals_waiting(session) == {}
    key = refusal(services.decide_appeal, session, other, process, made, **decide)
    assert key == "awaits_answer"


def test_an_appeal_may_change_nothing(
    session, organization, process, moderator, administrator, rosa
):
    made = impose(session, moderator, process, rosa)
    services.appeal(session, now_of(session, organization, rosa), organization, made, WHY)
    services.decide_appeal(
        session, administrator, process, made, lifts=False, answer="Lo miramos otra vez: se queda."
    )
    assert now_of(session, organization, rosa).suspension(process.id, NOON) is not None
    row = queries.get(session, made)
    assert (row.lifted_at, row.appeal_decided_at) == (None, NOON)


def test_there_is_time_to_appeal(session, organization, process, moderator, rosa, frozen):
    made = services.impose(
        session, moderator, process, person_id=rosa.id, measure=measure(WARNING), appeal_days=3
    )
    end = dt.datetime(2026, 3, 7, 5, tzinfo=dt.UTC)
    actor = now_of(session, organization, rosa)
    for moment, key in ((end - SECOND, None), (end, "may_still_appeal")):
        frozen.move_to(moment)
        row = queries.get(session, made)
        refused = denial(policy.APPEAL_SANCTION, actor, organization, row, at=moment)
        assert (refused.key if refused else None) == key


def test_nobody_appeals_for_another(session, organization, process, moderator, rosa):
    made = impose(session, moderator, process, rosa)
    jairo = factories.actor_of(session, factories.make_person(session, "Jairo"))
    with pytest.raises(Missing):
        services.appeal(session, jairo, organization, made, WHY)


# --- who is told, and what is kept --------------------------------------------------------------


def test_the_person_is_told_and_led_to_the_page(
    app, client, session, organization, process, moderator, rosa
):
    made = impose(session, moderator, process, rosa)
    app.extensions["participa_jobs"].run_due()
    session.expire_all()
    told = session.query(Notification).one()
    assert (told.person_id, told.fact_name) == (rosa.id, "accounts.person_suspended")
    factories.sign_in(client, session, rosa)
    inbox = client.get("/avisos")
    assert "La moderación suspendió su participación" in inbox.text
    answer = client.post(f"/avisos/{told.id}/leido", data={"ver": "1"})
    assert answer.location == f"/cuenta/moderacion/{made}"


def test_the_reason_is_in_no_fact_and_no_mail(app, session, organization, process, moderator, rosa):
    made = impose(session, moderator, process, rosa)
    services.appeal(session, now_of(session, organization, rosa), organization, made, WHY)
    session.commit()
    app.extensions["participa_jobs"].run_due()
    told = [str(row.data) for row in session.query(FactRow)]
    told += [f"{row.subject} {row.text} {row.html}" for row in session.query(Mail)]
    assert told
    assert not [each for each in told if REASON[:20] in each or WHY[:20] in each]


def test_the_download_has_it_all_and_deleting_takes_it_along(
    session, organization, process, moderator, rosa
):
    rosa.password_hash, rosa.email = hashed("cuatro gatos en la loma"), None
    session.commit()
    made = impose(session, moderator, process, rosa)
    actor = now_of(session, organization, rosa)
    services.appeal(session, actor, organization, made, WHY)
    held = personal_data.everything(session, rosa.id)["medidas_de_la_moderacion"]
    assert [(each["motivo"], each["apelacion"]) for each in held] == [(REASON, WHY)]
    deletion.delete(session, actor, organization, password="cuatro gatos en la loma")
    assert session.query(SanctionRecord).count() == 0


# --- the person's own pages ---------------------------------------------------------------------


def test_ones_own_pages(app, client, session, organization, process, moderator, rosa, frozen):
    made = impose(session, moderator, process, rosa)
    factories.sign_in(client, session, rosa)
    assert "/cuenta/moderacion" in client.get("/cuenta").text
    assert "Suspensión" in client.get("/cuenta/moderacion").text
    path = f"/cuenta/moderacion/{made}"
    shown = client.get(path).text
    for told in (REASON, "10 de marzo de 2026", "Presupuesto participativo", "retirar un apoyo"):
        assert told in shown
    wrong = client.post(path, data={"appeal": "No."})
    assert wrong.status_code == 422
    assert ">\nNo.</textarea>" in wrong.text.replace("\r", "")
    assert client.post(path, data={"appeal": WHY}).status_code == 303
    assert WHY in client.get(path).text
    again = client.post(path, data={"appeal": WHY})
    assert again.status_code == 403
    stranger = factories.make_person(session, "Jairo")
    other = factories.sign_in(app.test_client(), session, stranger)
    assert other.get(path).status_code == 404
    assert other.get("/cuenta/moderacion").status_code == 200


def test_words_are_shown_as_words(client, session, process, moderator, rosa):
    made = impose(session, moderator, process, rosa, reason="<script>alert(1)</script> no sirve")
    factories.sign_in(client, session, rosa)
    page = client.get(f"/cuenta/moderacion/{made}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
