"""Roles, registration at a desk, verification and groups."""

import datetime as dt

import pytest
import time_machine

from participa.accounts import policy
from participa.accounts.models import Consent, Person, RoleGrant
from participa.accounts.queries import people, signed_in, staff
from participa.accounts.services import groups, registration, roles, sessions, verification
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Missing
from participa.core.facts import FactRow
from participa.core.policy import Denied, Role, can
from tests import factories


@pytest.fixture
def admin(session):
    return factories.make_person(session, "Ana Admin", roles=[Role.ORGANIZATION_ADMIN])


@pytest.fixture
def boss(session, admin):
    return factories.actor_of(session, admin)


@pytest.fixture
def rosa(session):
    return factories.make_person(session, email="rosa@ejemplo.com")


def seen_now(session, organization, token):
    return signed_in(session, organization, token, clock.now()).actor


def test_a_role_counts_at_once_and_ends_at_once(session, organization, boss, rosa):
    process = factories.make_process(session)
    token = sessions.start(session, rosa, "")
    assert seen_now(session, organization, token).staff_roles == frozenset()

    roles.give_role(session, boss, process, person_id=rosa.id, role=Role.MODERATOR)
    session.flush()
    held = seen_now(session, organization, token)
    assert held.roles_in(process.id) >= {Role.MODERATOR}
    assert Role.MODERATOR not in held.roles_in(process.id + 1)
    roles.give_role(session, boss, process, person_id=rosa.id, role=Role.MODERATOR)
    assert session.query(RoleGrant).filter_by(person_id=rosa.id).count() == 1

    roles.take_role(session, boss, process, person_id=rosa.id, role=Role.MODERATOR)
    session.flush()
    assert seen_now(session, organization, token).staff_roles == frozenset()
    roles.take_role(session, boss, process, person_id=rosa.id, role=Role.MODERATOR)
    recorded = session.query(FactRow).filter(FactRow.name.like("accounts.role%"))
    assert [(row.name, row.process_id, row.data["role"]) for row in recorded] == [
        ("accounts.role_given", process.id, "moderator"),
        ("accounts.role_taken", process.id, "moderator"),
    ]


def test_who_gives_which_roles(session, organization, boss, rosa):
    mine = factories.make_process(session, slug="mio")
    other = factories.make_process(session, slug="otro")
    manager = factories.make_person(session, roles=[(Role.PROCESS_ADMIN, mine.id)])
    actor = factories.actor_of(session, manager)
    roles.give_role(session, actor, mine, person_id=rosa.id, role=Role.REVIEWER)
    for scope, role in ((other, Role.REVIEWER), (organization, Role.ORGANIZATION_ADMIN)):
        with pytest.raises(Denied):
            roles.give_role(session, actor, scope, person_id=rosa.id, role=role)
        with pytest.raises(Denied):
            roles.take_role(session, actor, scope, person_id=rosa.id, role=role)
    for scope, role in ((mine, Role.ORGANIZATION_ADMIN), (organization, Role.MODERATOR)):
        with pytest.raises(Invalid):
            roles.give_role(session, boss, scope, person_id=rosa.id, role=role)
    for who in (rosa, factories.make_person(session, roles=[(Role.MODERATOR, mine.id)])):
        with pytest.raises(Denied):
            roles.give_role(
                session,
                factories.actor_of(session, who),
                mine,
                person_id=who.id,
                role=Role.PROCESS_ADMIN,
            )


def test_the_last_administrator_stays(session, organization, admin, boss, rosa):
    with pytest.raises(Conflict):
        roles.take_role(
            session, boss, organization, person_id=admin.id, role=Role.ORGANIZATION_ADMIN
        )
    roles.give_role(session, boss, organization, person_id=rosa.id, role=Role.ORGANIZATION_ADMIN)
    session.flush()
    roles.take_role(session, boss, organization, person_id=admin.id, role=Role.ORGANIZATION_ADMIN)
    session.flush()
    assert [person.id for _grant, person in staff.grants_in(session, None)] == [rosa.id]


def test_nobody_of_another_organization_gets_a_role(any_session, session, organization, boss):
    factories.make_organization(any_session, "bruma")
    stranger = factories.make_person(any_session)
    any_session.info["organization_id"] = organization.id
    with pytest.raises(Missing):
        roles.give_role(
            session, boss, organization, person_id=stranger.id, role=Role.ORGANIZATION_ADMIN
        )


def test_registering_somebody_without_email(session, organization, boss, admin):
    sheet = registration.register_person(
        session,
        boss,
        organization,
        name="  Don   José ",
        purposes=["participation", "statistics"],
        birth_date=dt.date(1950, 5, 1),
    )
    person = session.get(Person, sheet.person_id)
    assert (person.name, person.email, person.registered_by_id) == ("Don José", None, admin.id)
    assert sheet.username.startswith("don")
    given = {
        row.purpose for row in session.query(Consent).filter_by(person_id=person.id, granted=True)
    }
    assert given == {"participation", "statistics"}
    assert {row.channel for row in session.query(Consent)} == {"paper"}
    fact = session.query(FactRow).filter_by(name="accounts.registered_by_staff").one()
    assert sheet.code not in str(fact.data)
    assert sheet.username not in str(fact.data)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "x\u202ey"}, "name"),
        ({"purposes": []}, "purposes"),
        ({"territory_id": -1}, "territory_id"),
    ],
)
def test_what_staff_type_is_checked_too(session, organization, boss, change, field):
    with pytest.raises(Invalid) as caught:
        registration.register_person(
            session, boss, organization, **{"name": "José", "purposes": ["participation"], **change}
        )
    assert list(caught.value.by_path()) == [field]


def test_names_of_any_script_get_a_username(session, organization, boss):
    sheet = registration.register_person(
        session, boss, organization, name="李 明", purposes=["participation"]
    )
    assert sheet.username.startswith("persona")


def test_no_paper_code_for_people_with_email(session, organization, boss, rosa):
    with pytest.raises(Conflict):
        registration.new_code(session, boss, organization, rosa.id)


def test_verification_in_person_counts_until_it_expires_or_is_revoked(
    session, organization, boss, rosa
):
    token = sessions.start(session, rosa, "")
    with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as travel:
        with pytest.raises(Invalid):
            verification.verify_in_person(
                session, boss, organization, person_id=rosa.id, expires_on=dt.date(2026, 2, 28)
            )
        verification.verify_in_person(
            session, boss, organization, person_id=rosa.id, expires_on=dt.date(2026, 3, 31)
        )
        session.flush()
        (held,) = signed_in(session, organization, token, clock.now()).actor.verifications
        assert held.method == "in_person"
        assert held.expires_at == dt.datetime(2026, 4, 1, 5, tzinfo=dt.UTC)
        travel.shift(1)
        (row,) = staff.verifications_of(session, rosa.id)
        verification.revoke_verification(session, boss, organization, row.id)
        verification.revoke_verification(session, boss, organization, row.id)
        session.flush()
        assert signed_in(session, organization, token, clock.now()).actor.verifications == ()
    names = [row.name for row in session.query(FactRow).order_by(FactRow.id)]
    assert names == ["accounts.verified_in_person", "accounts.verification_revoked"]


def test_groups(session, organization, boss, rosa):
    council = groups.create_group(
        session, boss, organization, key="consejo-juvenil", name="Consejo Juvenil"
    )
    for key in ("consejo-juvenil", "Consejo", "con sejo", "", "-x", "ñ"):
        with pytest.raises(Invalid):
            groups.create_group(session, boss, organization, key=key, name="Otro")
    for _twice in range(2):
        groups.add_member(session, boss, organization, group_id=council.id, person_id=rosa.id)
        session.flush()
    token = sessions.start(session, rosa, "")
    assert seen_now(session, organization, token).groups == {"consejo-juvenil"}
    assert [(group.key, count) for group, count in staff.groups(session)] == [
        ("consejo-juvenil", 1)
    ]
    assert [each.id for each in staff.members(session, council.id)] == [rosa.id]
    groups.remove_member(session, boss, organization, group_id=council.id, person_id=rosa.id)
    session.flush()
    assert seen_now(session, organization, token).groups == frozenset()


@pytest.mark.parametrize(
    ("attempt", "values"),
    [
        (registration.register_person, {"name": "X Y", "purposes": ["participation"]}),
        (verification.verify_in_person, {"person_id": 1}),
        (groups.create_group, {"key": "a", "name": "A"}),
        (groups.add_member, {"group_id": 1, "person_id": 1}),
        (groups.remove_member, {"group_id": 1, "person_id": 1}),
        (registration.new_code, {"person_id": 1}),
        (verification.revoke_verification, {"verification_id": 1}),
    ],
)
def test_only_administrators_manage_people(session, organization, rosa, attempt, values):
    actor = factories.actor_of(session, rosa)
    assert not can(policy.MANAGE_PEOPLE, actor, organization, at=clock.now())
    with pytest.raises(Denied):
        attempt(session, actor, organization, **values)


def test_searching_people(session, organization):
    for name in ("Ángela Ruiz", "Angel Díaz", "Beatriz Ñáñez"):
        factories.make_person(session, name)
    factories.make_person(session, "Zoila", email="contacto_100%@ejemplo.com")
    factories.make_person(session, "Quien se fue", deleted_at=clock.now())

    def found(text):
        return [line.name for line in people.search(session, text).rows]

    assert found("") == ["Angel Díaz", "Ángela Ruiz", "Beatriz Ñáñez", "Zoila"]
    assert found("ÁNGEL") == ["Angel Díaz", "Ángela Ruiz"]
    assert found("nanez") == ["Beatriz Ñáñez"]
    assert found("100%@") == ["Zoila"]
    assert found("_00") == found("%%") == []
    first = people.search(session, size=3)
    second = people.search(session, cursor=first.next, size=3)
    assert [line.name for line in second.rows] == ["Zoila"]
    assert people.search(session, cursor=second.previous, size=3).rows == first.rows
    assert people.search(session, cursor="nonsense", size=3).rows == first.rows
