"""What every write on a process begins and ends with."""

from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.policy import Action, Actor, authorize
from participa.core.sanitize import control_characters, normalize
from participa.organizations import queries as organizations
from participa.organizations.models import Organization
from participa.organizations.queries import OrganizationView
from participa.processes import queries
from participa.processes.models import Process
from participa.processes.snapshot import ProcessView

LONGEST_REASON = 500

_organizations = cast("sa.Table", Organization.__table__)
_count_change = (
    sa.update(_organizations)
    .where(_organizations.c.id == sa.bindparam("organization"))
    .values(
        processes_version=_organizations.c.processes_version + 1,
        updated_at=_organizations.c.updated_at,
    )
)


@dataclass(frozen=True)
class Locked:
    """A process whose row is locked until the transaction ends."""

    session: Session
    row: Process
    view: ProcessView
    """The process as it was before the change."""
    organization: OrganizationView

    def saved(self) -> ProcessView:
        """Count the change in the version, write it, and return the process as it is now."""
        self.row.version += 1
        self.session.flush()
        return fresh(self.session, self.row, self.organization)


def lock(
    session: Session,
    actor: Actor,
    action: Action,
    process_id: int,
    *,
    expected_version: int | None = None,
) -> Locked:
    """Lock a process and ask whether ``actor`` may do ``action`` in it.

    Raises ``Missing``, ``Denied``, and ``Conflict`` when it is not ``expected_version`` any more.
    """
    row = queries.for_update(session, process_id)
    organization = organizations.by_id(session, row.organization_id)
    view = queries.view_of(row, organization.zone)
    authorize(action, actor, view, at=clock.now())
    if expected_version is not None and row.version != expected_version:
        raise Conflict(
            _l(
                "Alguien cambió el proceso mientras usted lo editaba."
                " Mire cómo quedó y repita su cambio."
            )
        )
    return Locked(session, row, view, organization)


def fresh(session: Session, row: Process, organization: OrganizationView) -> ProcessView:
    """Return the view of a row that this transaction has written.

    It stays out of the copies in memory: they are shared, and the transaction may yet be undone.
    Once it commits, every request of the organization sees that a process changed.
    """
    queries.mark_changed(session, row.id)
    session.connection().execute(_count_change, {"organization": organization.id})
    return queries.view_of(row, organization.zone)


def checked_reason(reason: str) -> str:
    """Return a reason without blanks around it. Raises ``Invalid`` under the path ``reason``."""
    text = normalize(reason)
    problem: Any = None
    if not text:
        problem = _l("Escriba la razón.")
    elif len(text) > LONGEST_REASON:
        problem = _l(
            "La razón tiene %(length)s caracteres; el máximo es %(maximum)s.",
            length=len(text),
            maximum=LONGEST_REASON,
        )
    elif control_characters(text):
        problem = _l("La razón tiene caracteres invisibles: escríbala de nuevo.")
    if problem is not None:
        raise Invalid.of(path="reason", message=problem)
    return text
