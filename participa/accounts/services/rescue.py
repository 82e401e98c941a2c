"""Getting somebody in again who was shut out, from the server's command line."""

from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.queries import people
from participa.accounts.services import one_time_codes, second_factor
from participa.accounts.services.facts import record_about
from participa.core import clock
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView


def new_link(session: Session, actor: Actor, organization: OrganizationView, person_id: int) -> str:
    """Return the secret of a link to choose a password; those made before work no more."""
    now = clock.now()
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=now)
    person = people.for_update(session, person_id)
    one_time_codes.withdraw(session, person.id, one_time_codes.RESET, now)
    secret = one_time_codes.issue(session, person, one_time_codes.RESET, now)
    record_about(session, actor, organization, person.id, events.LinkIssuedByCommand(person.id))
    return secret


def rescue(session: Session, actor: Actor, organization: OrganizationView, person_id: int) -> str:
    """Turn somebody's second step off, close their sessions and return the secret of a link."""
    second_factor.remove_for(session, actor, organization, person_id)
    return new_link(session, actor, organization, person_id)
