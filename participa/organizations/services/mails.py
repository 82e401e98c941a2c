"""Sending again what the mail server did not take."""

from sqlalchemy.orm import Session

from participa.core import clock, mail
from participa.core.events import record
from participa.core.policy import Actor, authorize
from participa.organizations import events, policy
from participa.organizations.queries import OrganizationView
from participa.organizations.services.entity import lock


def send_again(
    session: Session, actor: Actor, organization: OrganizationView, mail_id: int | None = None
) -> int:
    """Queue the mails that were given up once more, all or one. Returns how many."""
    lock(session, organization)
    authorize(policy.SEND_MAIL_AGAIN, actor, organization, at=clock.now())
    number = mail.send_again(session, organization.id, mail_id)
    if number:
        record(
            session,
            events.MailSentAgain(number),
            actor=actor,
            organization_id=organization.id,
        )
    return number
