"""Verification in person: staff saw a document; nothing of the document is kept."""

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.models import VerificationRecord
from participa.accounts.queries import people, staff
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.events import record
from participa.core.facts import Ref
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

IN_PERSON = "in_person"


def verify_in_person(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    person_id: int,
    expires_on: dt.date | None = None,
) -> None:
    """Note that somebody showed who they are; good up to the end of ``expires_on``.

    Raises :class:`Missing`, and :class:`Invalid` for a day that is over.
    """
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    person = people.for_update(session, person_id)
    expires_at = clock.end_of_day(expires_on, organization.zone) if expires_on else None
    if expires_at is not None and expires_at <= now:
        raise Invalid.of(path="expires_on", message=_l("Elija un día que no haya pasado."))
    session.add(
        VerificationRecord(
            organization_id=organization.id,
            person_id=person.id,
            method=IN_PERSON,
            at=now,
            by_id=actor.person_id,
            expires_at=expires_at,
        )
    )
    record(
        session,
        events.VerifiedInPerson(person.id, expires_on.isoformat() if expires_on else None),
        actor=actor,
        organization_id=organization.id,
        subject=Ref("person", person.id),
    )


def revoke_verification(
    session: Session, actor: Actor, organization: OrganizationView, verification_id: int
) -> None:
    """Make a verification count no more, from now on. Raises :class:`Missing`."""
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    row = staff.verification(session, verification_id)
    if row.revoked_at is not None:
        return
    row.revoked_at = now
    record(
        session,
        events.VerificationRevoked(row.person_id, row.method),
        actor=actor,
        organization_id=organization.id,
        subject=Ref("person", row.person_id),
    )
