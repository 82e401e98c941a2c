"""Choosing how to be told, and stopping mails."""

from collections.abc import Mapping
from typing import cast

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Consent, Person
from participa.accounts.queries import people
from participa.core.errors import Invalid, Missing
from participa.core.events import How, record
from participa.core.policy import Actor
from participa.notifications import events, policy, queries
from participa.notifications.models import ANY_KIND, MAILED, Notification, Preference
from participa.notifications.services.door import enter
from participa.organizations.queries import OrganizationView

_notifications = cast("sa.Table", Notification.__table__)


def choose(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    chosen: Mapping[str, How],
    *,
    mail_consent: bool,
) -> None:
    """Keep how a person wants to be told, kind by kind, and whether they may be written to.

    Raises :class:`Invalid` for a kind of fact that nobody is told of.
    """
    person_id = enter(session, policy.CHOOSE, actor, organization)
    kinds = {kind.NAME: kind for kind in queries.told_kinds()}
    for name in chosen:
        if name not in kinds:
            raise Invalid.of(name, _l("No conocemos esta clase de aviso."))
    before = queries.preferences(session, person_id)
    changed = {
        name: how for name, how in chosen.items() if queries.effective(before, kinds[name]) != how
    }
    for name, how in changed.items():
        _prefer(session, organization.id, person_id, name, how)
    consented = queries.consents_to_mail(session, person_id)
    if mail_consent != consented:
        _consent(session, organization, person_id, granted=mail_consent, channel="web")
    if changed or mail_consent != consented:
        record(session, events.PreferencesChanged(), actor=actor, organization_id=organization.id)


def stop(session: Session, organization: OrganizationView, person_id: int, fact_name: str) -> None:
    """Stop a kind of mail, or all of them (:data:`ANY_KIND`); the site's inbox goes on.

    Called with what a signed link says, without a signed-in person. Stopping all also takes back
    the consent to be written to. Raises :class:`Missing` for somebody who has no account here.
    """
    people.hold(session, person_id)
    person = session.scalars(
        sa.select(Person).where(Person.id == person_id, Person.deleted_at.is_(None))
    ).first()
    if person is None:
        message = f"no person {person_id}"
        raise Missing(message)
    before = queries.preferences(session, person_id)
    if fact_name == ANY_KIND:
        stopped = [name for name, how in before.items() if how in MAILED]
        _prefer(session, organization.id, person_id, ANY_KIND, How.SITE)
        if queries.consents_to_mail(session, person_id):
            _consent(session, organization, person_id, granted=False, channel="mail")
    else:
        kinds = {kind.NAME: kind for kind in queries.told_kinds()}
        kind = kinds.get(fact_name)
        mailed = kind is None or queries.effective(before, kind) in MAILED
        stopped = [fact_name] if mailed else []
    for name in stopped:
        _prefer(session, organization.id, person_id, name, How.SITE)
    actor = Actor(organization_id=organization.id, person_id=person_id, name=person.name)
    record(session, events.MailsStopped(fact_name), actor=actor, organization_id=organization.id)


def _prefer(
    session: Session, organization_id: int, person_id: int, fact_name: str, how: How
) -> None:
    """Write one preference; mails that wait follow it."""
    row = session.get(Preference, (person_id, fact_name))
    if row is None:
        session.add(
            Preference(
                organization_id=organization_id, person_id=person_id, fact_name=fact_name, how=how
            )
        )
    else:
        row.how = how
    session.flush()
    waiting = sa.update(_notifications).where(
        _notifications.c.person_id == person_id, _notifications.c.mail.is_not(None)
    )
    if fact_name != ANY_KIND:
        waiting = waiting.where(_notifications.c.fact_name == fact_name)
    session.execute(waiting.values(mail=how if how in MAILED else None))


def _consent(
    session: Session, organization: OrganizationView, person_id: int, *, granted: bool, channel: str
) -> None:
    session.add(
        Consent(
            organization_id=organization.id,
            person_id=person_id,
            purpose=queries.CONSENT,
            granted=granted,
            text_version=organization.consent_version,
            channel=channel,
        )
    )
    if granted:
        # Whoever had stopped all mails and says yes again gets each kind's default back.
        session.execute(
            sa.delete(Preference).where(
                Preference.person_id == person_id, Preference.fact_name == ANY_KIND
            )
        )
    session.flush()
