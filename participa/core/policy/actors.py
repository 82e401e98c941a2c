"""Who asks: roles, and the person as plain values."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l


class Role(StrEnum):
    """A kind of person. ``VISITOR`` is everybody; the others are held or given."""

    VISITOR = "visitor"
    PARTICIPANT = "participant"
    OBSERVER = "observer"
    MODERATOR = "moderator"
    REVIEWER = "reviewer"
    COUNCIL = "council"
    AUDITOR = "auditor"
    PROCESS_ADMIN = "process_admin"
    ORGANIZATION_ADMIN = "organization_admin"


ROLE_LABELS: Mapping[Role, Any] = {
    Role.VISITOR: _l("Cualquier persona"),
    Role.PARTICIPANT: _l("Personas con cuenta"),
    Role.OBSERVER: _l("Observación"),
    Role.MODERATOR: _l("Moderación"),
    Role.REVIEWER: _l("Revisión técnica"),
    Role.COUNCIL: _l("Publicación del concejo"),
    Role.AUDITOR: _l("Auditoría"),
    Role.PROCESS_ADMIN: _l("Administración del proceso"),
    Role.ORGANIZATION_ADMIN: _l("Administración de la entidad"),
}

PROCESS_ROLES = (Role.PROCESS_ADMIN, Role.MODERATOR, Role.REVIEWER, Role.COUNCIL, Role.OBSERVER)
"""Roles given inside one process."""
ORGANIZATION_ROLES = (Role.ORGANIZATION_ADMIN, Role.AUDITOR)
"""Roles given in the whole organization."""
AUDITORS = frozenset({Role.AUDITOR})
"""Who reads what happened and what is in order, and writes nothing."""

EVERYBODY = frozenset({Role.VISITOR})
PARTICIPANTS = frozenset({Role.PARTICIPANT})
PROCESS_MANAGERS = frozenset({Role.PROCESS_ADMIN, Role.ORGANIZATION_ADMIN})
PROCESS_STAFF = frozenset({*PROCESS_ROLES, *ORGANIZATION_ROLES})
MODERATORS = frozenset({Role.MODERATOR, *PROCESS_MANAGERS})
ADMINISTRATORS = frozenset({Role.ORGANIZATION_ADMIN})


_SIGNED_IN = EVERYBODY | PARTICIPANTS
_NOTHING: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Verification:
    """That a person was verified by one method, until a moment (``None``: does not expire)."""

    method: str
    expires_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Sanction:
    """What moderation limits for a person: a number of contributions a day, or all of them."""

    process_id: int | None
    """Where it holds; ``None`` is the whole organization."""
    until: dt.datetime | None
    per_day: int = 0
    """Contributions a day that are still allowed; 0 is a suspension."""

    def holds(self, process_id: int | None, at: dt.datetime) -> bool:
        """Return whether it limits what the person does in a process at a moment."""
        return self.process_id in {None, process_id} and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: all that a decision may need to know about the person, as plain values."""

    organization_id: int
    person_id: int | None = None
    name: str = ""
    locale: str = "es"
    email_confirmed: bool = False
    birth_date: dt.date | None = None
    territories: frozenset[str] = frozenset()
    """Codes of the territory of residence and of all that contain it."""
    verifications: tuple[Verification, ...] = ()
    groups: frozenset[str] = frozenset()
    organization_roles: frozenset[Role] = frozenset()
    process_roles: Mapping[int, frozenset[Role]] = field(default_factory=dict)
    sanctions: tuple[Sanction, ...] = ()
    preview_processes: frozenset[int] = frozenset()
    """Unpublished processes that a preview link lets this visitor read."""
    is_operator: bool = False
    """Acts from the server's command line: holds its roles without being a person."""
    needs_second_factor: bool = False
    """Holds a staff role, the organization requires a second factor, and none is set up yet."""

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a person behind the request."""
        return self.person_id is not None

    def roles_in(self, process_id: int | None) -> frozenset[Role]:
        """Return every role the actor holds for a process (or for the organization alone)."""
        if self.is_operator:
            return EVERYBODY | self.organization_roles
        if not self.is_signed_in:
            return EVERYBODY
        held = _SIGNED_IN | self.organization_roles
        return held if process_id is None else held | self.process_roles.get(process_id, _NOTHING)

    def suspension(self, process_id: int | None, at: dt.datetime) -> Sanction | None:
        """Return the suspension that holds in a process at a moment: the one that lasts longest."""
        held = [each for each in self.sanctions if not each.per_day and each.holds(process_id, at)]
        return max(held, key=lambda each: (each.until is None, each.until or at), default=None)

    def daily_limit(self, process_id: int | None, at: dt.datetime) -> int | None:
        """Return how many contributions a day moderation allows the person, if it limits them."""
        return min(
            (
                each.per_day
                for each in self.sanctions
                if each.per_day and each.holds(process_id, at)
            ),
            default=None,
        )

    @property
    def staff_roles(self) -> frozenset[Role]:
        """Return the staff roles held anywhere: what opens the staff shell."""
        return frozenset().union(self.organization_roles, *self.process_roles.values())


SYSTEM = Actor(organization_id=0, name="sistema")
"""The actor of facts that no person caused."""
