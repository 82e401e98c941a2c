"""Roles: given and taken with immediate effect, and recorded."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.models import Approval, RoleGrant
from participa.accounts.queries import people, staff
from participa.accounts.second_person import Act, Within, add_act, for_roles
from participa.accounts.services import approvals
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.events import record
from participa.core.facts import Ref
from participa.core.i18n import in_languages
from participa.core.policy import (
    ORGANIZATION_ROLES,
    PROCESS_ROLES,
    ROLE_LABELS,
    Actor,
    Role,
    authorize,
)
from participa.organizations.queries import OrganizationView

KIND = "accounts.give_role"
"""The act of giving a role, where a second person approves it."""


def give_role(
    session: Session, actor: Actor, scope: Any, *, person_id: int, role: Role
) -> Approval | None:
    """Give a role in ``scope``: the organization, or a process (any process-shaped policy scope).

    Where a vote asks for it, a second person must approve: the request is returned, and the role is
    not given yet. Raises :class:`Denied`, :class:`Missing` for the person, :class:`Invalid` for a
    role that is not given there, and :class:`Conflict` where it was asked already. Giving it twice
    changes nothing.
    """
    _authorize(actor, scope)
    _refuse_elsewhere(scope, role)
    person = people.for_update(session, person_id)
    if staff.grant(session, person.id, role, scope.process_id) is not None:
        return None
    if for_roles(session, actor, scope.process_id):
        return approvals.ask(
            session,
            actor,
            kind=KIND,
            target=f"{person.id}:{role.value}:{scope.process_id or 0}",
            what=lambda: _l(
                "Dar el rol «%(role)s» a la persona n.º %(person)s",
                role=ROLE_LABELS[role],
                person=person.id,
            ),
            organization_id=scope.organization_id,
            process_id=scope.process_id,
            person_id=person.id,
            role=role.value,
        )
    _give(session, actor, scope, person.id, role)
    return None


def _give(session: Session, actor: Actor, scope: Any, person_id: int, role: Role) -> None:
    session.add(
        RoleGrant(
            organization_id=scope.organization_id,
            person_id=person_id,
            role=role,
            process_id=scope.process_id,
            granted_by_id=actor.person_id,
            granted_at=clock.now(),
        )
    )
    label = in_languages(lambda: ROLE_LABELS[role])
    _record(session, actor, scope, events.RoleGiven(person_id, role.value, label))


def _give_approved(
    session: Session, actor: Actor, organization: OrganizationView, approval: Approval
) -> None:
    scope = Within(organization, approval.process_id)
    role = Role(approval.data["role"])
    _authorize(actor, scope)
    person = people.for_update(session, approval.data["person_id"])
    if person.deleted_at is not None:
        raise Conflict(_l("Esa cuenta ya no existe."))
    if staff.grant(session, person.id, role, scope.process_id) is None:
        _give(session, actor, scope, person.id, role)


def take_role(session: Session, actor: Actor, scope: Any, *, person_id: int, role: Role) -> None:
    """Take a role away. Raises :class:`Conflict` for the last administrator of the organization."""
    _authorize(actor, scope)
    administrators = staff.lock_administrators(session) if role is Role.ORGANIZATION_ADMIN else ()
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


add_act(Act(KIND, _give_approved, ("admin.person", "person_id")))
