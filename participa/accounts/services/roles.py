"""Roles: given and taken with immediate effect, and recorded."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.models import RoleGrant
from participa.accounts.queries import people, staff
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.events import record
from participa.core.facts import Ref
from participa.core.i18n import in_languages
from participa.core.policy import PROCESS_ROLES, ROLE_LABELS, Actor, Role, authorize

ORGANIZATION_ROLES = (Role.ORGANIZATION_ADMIN,)


def give_role(session: Session, actor: Actor, scope: Any, *, person_id: int, role: Role) -> None:
    """Give a role in ``scope``: the organization, or a process (any process-shaped policy scope).

    Raises :class:`Denied`, :class:`Missing` for the person, :class:`Invalid` for a role that is not
    given there. Giving it twice changes nothing.
    """
    _authorize(actor, scope)
    _refuse_elsewhere(scope, role)
    person = people.for_update(session, person_id)
    if staff.grant(session, person.id, role, scope.process_id) is not None:
        return
    session.add(
        RoleGrant(
            organization_id=scope.organization_id,
            person_id=person.id,
            role=role,
            process_id=scope.process_id,
            granted_by_id=actor.person_id,
            granted_at=clock.now(),
        )
    )
    label = in_languages(lambda: ROLE_LABELS[role])
    _record(session, actor, scope, events.RoleGiven(person.id, role.value, label))


def take_role(session: Session, actor: Actor, scope: Any, *, person_id: int, role: Role) -> None:
    """Take a role away. Raises :class:`Conflict` for the last administrator of the organization."""
    _authorize(actor, scope)
    administrators = staff.lock_administrators(session) if role in ORGANIZATION_ROLES else ()
    grant = staff.grant(session, person_id, role, scope.process_id)
    if grant is None:
        return
    if role is Role.ORGANIZATION_ADMIN and set(administrators) == {person_id}:
        raise Conflict(
            _l(
                "Es la única persona que administra la entidad. Dele ese rol a alguien más antes "
                "de quitárselo."
            )
        )
    session.delete(grant)
    label = in_languages(lambda: ROLE_LABELS[role])
    _record(session, actor, scope, events.RoleTaken(person_id, role.value, label))


def _authorize(actor: Actor, scope: Any) -> None:
    action = policy.MANAGE_PEOPLE if scope.process_id is None else policy.GIVE_PROCESS_ROLES
    authorize(action, actor, scope, at=clock.now())


def _refuse_elsewhere(scope: Any, role: Role) -> None:
    if role not in (ORGANIZATION_ROLES if scope.process_id is None else PROCESS_ROLES):
        raise Invalid.of(path="role", message=_l("Ese rol no se da aquí."))


def _record(session: Session, actor: Actor, scope: Any, fact: Any) -> None:
    record(
        session,
        fact,
        actor=actor,
        organization_id=scope.organization_id,
        process_id=scope.process_id,
        subject=Ref("person", fact.person_id),
    )
