"""Consents: for what people let their data be used; each tick is a row that is never changed."""

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.models import Consent
from participa.accounts.purposes import PARTICIPATION, PURPOSES, REQUIRED
from participa.accounts.queries import people
from participa.accounts.services.facts import record_about
from participa.core import clock
from participa.core.errors import Invalid
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView


def add(
    session: Session,
    organization: OrganizationView,
    person_id: int,
    purposes: Collection[str],
    channel: str,
) -> None:
    """Write one row per purpose, ticked or not, for a new account."""
    for purpose in PURPOSES:
        session.add(
            Consent(
                organization_id=organization.id,
                person_id=person_id,
                purpose=purpose,
                granted=purpose in purposes,
                text_version=organization.consent_version,
                channel=channel,
                at=clock.now(),
            )
        )


def change(
    session: Session, actor: Actor, organization: OrganizationView, purposes: Collection[str]
) -> None:
    """Write what changed in a person's consents. Raises :class:`Invalid` without the required."""
    authorize(policy.MANAGE_OWN, actor, organization, at=clock.now())
    person = people.for_update(session, actor.person_id or 0)
    if not set(purposes) >= REQUIRED:
        raise Invalid.of(
            PARTICIPATION,
            _l(
                "Sin esta autorización no podemos guardar una cuenta. Si ya no la da, "
                "elimine su cuenta."
            ),
        )
    current = people.current_consents(session, person.id)
    given: list[str] = []
    withdrawn: list[str] = []
    for purpose in PURPOSES:
        granted = purpose in purposes
        last = current.get(purpose)
        if last is not None and last.granted == granted:
            if not granted or last.text_version == organization.consent_version:
                continue
        elif last is None and not granted:
            continue
        (given if granted else withdrawn).append(purpose)
        session.add(
            Consent(
                organization_id=organization.id,
                person_id=person.id,
                purpose=purpose,
                granted=granted,
                text_version=organization.consent_version,
                channel="web",
                at=clock.now(),
            )
        )
    if given or withdrawn:
        record_about(
            session,
            actor,
            organization,
            person.id,
            events.ConsentsChanged(given, withdrawn, organization.consent_version),
        )
