"""Whoever writes where they hold a role carries a mark: they act for the entity."""

import pytest

from participa.core.policy import Role
from tests import factories

MARK = "Equipo de la entidad"
PROPOSALS = "/procesos/presupuesto/propuestas"


@pytest.mark.parametrize(
    ("role", "marked"),
    [
        (Role.MODERATOR, True),
        (Role.ORGANIZATION_ADMIN, True),
        (Role.COUNCIL, True),
        (Role.OBSERVER, False),
        (Role.AUDITOR, False),
        (None, False),
    ],
)
def test_a_comment_of_somebody_with_a_role(client, session, talk, role, marked):
    writer = factories.make_person(session, "Nubia", roles=[role] if role else [])
    talk.say(writer)
    page = client.get(f"{PROPOSALS}/{talk.ref.id}").text
    assert (MARK in page) == marked


def test_a_role_in_another_process_is_none_here(client, session, talk):
    other = factories.make_process(session, slug="otro")
    writer = factories.make_person(session, "Nubia", roles=[(Role.PROCESS_ADMIN, other.id)])
    talk.say(writer)
    assert MARK not in client.get(f"{PROPOSALS}/{talk.ref.id}").text


def test_a_proposal_says_it_in_its_page_and_in_the_list(client, session, talk):
    assert MARK not in client.get(PROPOSALS).text
    process = talk.component.process.id
    session.add(
        factories.RoleGrant(person_id=talk.author.id, role=Role.PROCESS_ADMIN, process_id=process)
    )
    session.commit()
    for order in ("newest", "random"):
        assert MARK in client.get(f"{PROPOSALS}?orden={order}").text
    assert MARK in client.get(f"{PROPOSALS}/{talk.ref.id}").text
