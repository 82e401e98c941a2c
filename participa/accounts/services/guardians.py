"""What guardians answer, and the end of a permission."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, mails, policy
from participa.accounts.checked import Checked
from participa.accounts.models import GuardianConsent, GuardianState, Person
from participa.accounts.queries import guardians as queries
from participa.accounts.queries import people
from participa.accounts.services.facts import record_about
from participa.accounts.services.one_time_codes import LinkGoneError
from participa.accounts.verification import guardian
from participa.accounts.verification.method import Refusal
from participa.core import clock
from participa.core.db import bind_to_organization
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import SYSTEM, Actor, authorize
from participa.organizations import queries as organizations
from participa.organizations.queries import OrganizationView

ALREADY = _l("Usted ya dio su permiso.")


def look(
    session: Session, organization: OrganizationView, token: str, at: dt.datetime
) -> tuple[GuardianConsent, Person]:
    """Return the permission that a link is of, and the minor. Raises :class:`LinkGoneError`."""
    found = queries.by_token(session, guardian.token_hash(organization.id)(token))
    if found is None or found[0].state not in queries.STANDING or found[0].ends_at <= at:
        raise LinkGoneError(guardian.KEY)
    return found


def accept(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    token: str,
    *,
    name: str,
    understood: bool,
) -> None:
    """Give the permission, with one's name.

    Raises :class:`Denied` for the minor, :class:`LinkGoneError`, :class:`Conflict` where it was
    given or the minor came of age, and :class:`Invalid`.
    """
    now = clock.now()
    consent, person = _locked(session, actor, organization, token, now)
    if consent.state is GuardianState.ACCEPTED:
        raise Conflict(ALREADY)
    checked = Checked()
    signed = checked.name(name)
    if not understood:
        checked.refuse("understood", _l("Marque la casilla para dar el permiso."))
    if checked.problems:
        raise Invalid(checked.problems)
    found = guardian.METHOD.verify(session, organization, person, {"consent": consent}, now)
    if isinstance(found, Refusal):
        raise Conflict(found.sentence)
    consent.guardian_name = signed
    session.flush()
    _answered(session, organization, person, accepts=True)


def refuse(session: Session, actor: Actor, organization: OrganizationView, token: str) -> None:
    """Say no. Raises :class:`Denied`, :class:`LinkGoneError`, :class:`Conflict` once given."""
    now = clock.now()
    consent, person = _locked(session, actor, organization, token, now)
    if consent.state is GuardianState.ACCEPTED:
        raise Conflict(ALREADY)
    guardian.clear(session, consent, GuardianState.REFUSED, now)
    _answered(session, organization, person, accepts=False)


def take_back(session: Session, actor: Actor, organization: OrganizationView, token: str) -> None:
    """Take a permission back, as the guardian. Raises :class:`Denied`, :class:`LinkGoneError`."""
    now = clock.now()
    consent, person = _locked(session, actor, organization, token, now)
    guardian.clear(session, consent, GuardianState.WITHDRAWN, now)
    # No account of theirs is written down beside the minor.
    record_about(
        session, SYSTEM, organization, person.id, events.GuardianEnded(person.id, "guardian")
    )
    mails.guardian_answered(session, organization, person, "ended")


def give_up(session: Session, actor: Actor, organization: OrganizationView) -> None:
    """Do without one's own permission, or without having asked. Nothing where there is none."""
    now = clock.now()
    authorize(policy.MANAGE_OWN, actor, organization, at=now)
    person = people.for_update(session, actor.person_id or 0)
    consent = queries.standing(session, person.id, now, lock=True)
    if consent is None:
        return
    guardian.clear(session, consent, GuardianState.WITHDRAWN, now)
    record_about(session, actor, organization, person.id, events.GuardianEnded(person.id, "minor"))


def note_on_paper(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    person_id: int,
    name: str,
    relation: str,
    expires_on: dt.date | None = None,
) -> None:
    """Note that a guardian signed a sheet that staff saw; good until the minor comes of age.

    Or up to the end of ``expires_on``. Raises :class:`Missing`, and :class:`Invalid`.
    """
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    person = people.for_update(session, person_id)
    checked = Checked()
    signed = checked.name(name, "guardian_name")
    if relation not in guardian.RELATIONS:
        checked.refuse("guardian_relation", guardian.BAD_RELATION)
    if checked.problems:
        raise Invalid(checked.problems)
    guardian.supersede(session, person, now)
    consent = GuardianConsent(
        organization_id=organization.id,
        person_id=person.id,
        guardian_name=signed,
        relation=relation,
        asked_at=now,
        ends_at=now,
        by_id=actor.person_id,
    )
    session.add(consent)
    session.flush()
    typed: dict[str, Any] = {
        "consent": consent,
        "expires_on": expires_on,
        "by_id": actor.person_id,
    }
    found = guardian.METHOD.verify(session, organization, person, typed, now)
    if isinstance(found, Refusal):
        raise Invalid([Problem(found.field or "guardian_name", found.sentence)])
    session.flush()
    fact = events.GuardianNoted(person.id, expires_on.isoformat() if expires_on else None)
    record_about(session, actor, organization, person.id, fact)


def end_with(session: Session, evidence: str, at: dt.datetime) -> None:
    """End the permission that a verification rested on, which staff ended."""
    number = evidence.removeprefix(f"{guardian.KEY}-")
    consent = queries.by_id(session, int(number)) if number.isdecimal() else None
    if consent is not None and consent.state in queries.STANDING:
        guardian.clear(session, consent, GuardianState.WITHDRAWN, at)


def forget(session: Session) -> None:
    """Delete what is over, everywhere: unanswered, ended, or of somebody who came of age."""
    over = sa.delete(GuardianConsent).where(GuardianConsent.ends_at <= clock.now())
    for organization_id in organizations.all_ids(session):
        bind_to_organization(session, organization_id)
        session.execute(over)


def _locked(
    session: Session, actor: Actor, organization: OrganizationView, token: str, at: dt.datetime
) -> tuple[GuardianConsent, Person]:
    _consent, person = look(session, organization, token, at)
    # The person first, as everywhere: who answers and who gives up must not wait for each other.
    person = people.for_update(session, person.id)
    found = queries.standing(session, person.id, at, lock=True)
    if found is None or found.token_hash != guardian.token_hash(organization.id)(token):
        raise LinkGoneError(guardian.KEY)
    authorize(policy.GUARD, actor, organization, found, at=at)
    return found, person


def _answered(
    session: Session, organization: OrganizationView, person: Person, *, accepts: bool
) -> None:
    fact = events.GuardianAnswered(person.id, accepts)
    record_about(session, SYSTEM, organization, person.id, fact)
    mails.guardian_answered(session, organization, person, "yes" if accepts else "no")
