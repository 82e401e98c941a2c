"""Verification: by the person alone, by staff who saw a document, and its end."""

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.queries import people, staff
from participa.accounts.services import guardians
from participa.accounts.services.facts import record_about
from participa.accounts.verification import guardian, in_person, methods
from participa.accounts.verification.method import Refusal, Typed
from participa.core import clock
from participa.core.errors import Invalid, Missing
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

IN_PERSON = in_person.KEY

RACE = _l("Alguien acaba de verificarse con lo mismo. Si fue usted, mire sus verificaciones.")


def start(
    session: Session, actor: Actor, organization: OrganizationView, key: str, typed: Typed
) -> Refusal | None:
    """Begin to verify oneself by a method that sends something first.

    Raises :class:`Missing` for a method that is not, or that one does not do alone.
    """
    now = clock.now()
    method = methods.alone(key)
    if method.start is None:
        raise Missing(key)
    authorize(policy.MANAGE_OWN, actor, organization, at=now)
    person = people.for_update(session, actor.person_id or 0)
    why_not = method.available(session, organization, person)
    if why_not is not None:
        return Refusal(why_not)
    refused = method.start(session, organization, person, typed, now)
    if refused is None and key == guardian.KEY:
        record_about(session, actor, organization, person.id, events.GuardianAsked(person.id))
    return refused


def verify(
    session: Session, actor: Actor, organization: OrganizationView, key: str, typed: Typed
) -> Refusal | None:
    """Verify oneself by a method.

    A refusal is returned, not raised, and to be committed like a success: attempts count. Whoever
    calls limits the attempts besides. What was typed is nowhere afterwards. Raises
    :class:`Missing` for a method that is not, or that one does not do alone.
    """
    now = clock.now()
    method = methods.alone(key)
    if not method.fields:
        raise Missing(key)
    authorize(policy.MANAGE_OWN, actor, organization, at=now)
    person = people.for_update(session, actor.person_id or 0)
    why_not = method.available(session, organization, person)
    if why_not is not None:
        return Refusal(why_not)
    try:
        with session.begin_nested():
            found = method.verify(session, organization, person, typed, now)
    except IntegrityError:  # somebody else did with the same thing, at the same moment
        return Refusal(RACE)
    if isinstance(found, Refusal):
        return found
    record_about(
        session,
        actor,
        organization,
        person.id,
        events.Verified(person.id, method.key, _iso(found.expires_at)),
    )
    return None


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
    typed = {"expires_on": expires_on, "by_id": actor.person_id}
    found = in_person.METHOD.verify(session, organization, person, typed, now)
    if isinstance(found, Refusal):
        raise Invalid.of(found.field, found.sentence)
    fact = events.VerifiedInPerson(person.id, expires_on.isoformat() if expires_on else None)
    record_about(session, actor, organization, person.id, fact)


def revoke_verification(
    session: Session, actor: Actor, organization: OrganizationView, verification_id: int
) -> None:
    """Make a verification count no more, from now on. Raises :class:`Missing`.

    One that rests on the line of a roll leaves the line with its person: to free it is a
    correction of the roll. One that rests on a guardian's permission ends that as well.
    """
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    row = staff.verification(session, verification_id)
    people.for_update(session, row.person_id)
    if row.revoked_at is not None:
        return
    row.revoked_at = now
    if row.method == guardian.KEY:
        guardians.end_with(session, row.evidence, now)
    fact = events.VerificationRevoked(row.person_id, row.method)
    record_about(session, actor, organization, row.person_id, fact)


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
