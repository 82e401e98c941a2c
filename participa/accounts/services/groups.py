"""Groups of people whom the entity convened."""

import re

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.models import Group, GroupMember
from participa.accounts.queries import people, staff
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.events import Fact, record
from participa.core.facts import Ref
from participa.core.policy import Actor, authorize
from participa.core.sanitize import control_characters, normalize
from participa.organizations.queries import OrganizationView

NAME_MAXIMUM = 160


def create_group(
    session: Session, actor: Actor, organization: OrganizationView, *, key: str, name: str
) -> Group:
    """Make a group. ``key`` is what process files call it. Raises :class:`Invalid`."""
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=clock.now())
    key, name = key.strip(), " ".join(normalize(name).split())
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?", key):
        raise Invalid.of(
            path="key", message=_l("Use solo minúsculas sin tilde, números y guiones.")
        )
    if not name or len(name) > NAME_MAXIMUM or control_characters(name):
        raise Invalid.of(path="name", message=_l("Escriba un nombre de hasta 160 caracteres."))
    group = Group(organization_id=organization.id, key=key, name=name)
    try:
        with session.begin_nested():
            session.add(group)
    except IntegrityError:
        raise Invalid.of(path="key", message=_l("Ya hay un grupo con esa clave.")) from None
    _record(session, actor, organization, group, events.GroupCreated(key, name))
    return group


def add_member(
    session: Session, actor: Actor, organization: OrganizationView, *, group_id: int, person_id: int
) -> None:
    """Put a person in a group; twice changes nothing. Raises :class:`Missing`."""
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=clock.now())
    group = staff.group(session, group_id)
    person = people.for_update(session, person_id)
    if any(each.id == group.id for each in staff.groups_of(session, person.id)):
        return
    session.add(
        GroupMember(organization_id=organization.id, group_id=group.id, person_id=person.id)
    )
    _record(session, actor, organization, group, events.GroupMemberAdded(group.key, person.id))


def remove_member(
    session: Session, actor: Actor, organization: OrganizationView, *, group_id: int, person_id: int
) -> None:
    """Take a person out of a group. Raises :class:`Missing` for the group."""
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=clock.now())
    group = staff.group(session, group_id)
    member = staff.member(session, group.id, person_id)
    if member is None:
        return
    session.delete(member)
    _record(session, actor, organization, group, events.GroupMemberRemoved(group.key, person_id))


def _record(
    session: Session, actor: Actor, organization: OrganizationView, group: Group, fact: Fact
) -> None:
    record(
        session,
        fact,
        actor=actor,
        organization_id=organization.id,
        subject=Ref("group", group.id),
    )
