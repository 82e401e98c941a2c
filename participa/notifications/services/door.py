"""The beginning of every write of a person on their own rows: the lock, then the policy."""

from sqlalchemy.orm import Session

from participa.accounts.queries import people
from participa.core import clock
from participa.core.policy import SIGN_IN, Action, Actor, Denied, authorize
from participa.organizations.queries import OrganizationView


def enter(session: Session, action: Action, actor: Actor, organization: OrganizationView) -> int:
    """Lock the person's row, so that two clicks at once do not cross, and ask the policy."""
    if actor.person_id is None:
        raise Denied(SIGN_IN)
    people.hold(session, actor.person_id)
    authorize(action, actor, organization, at=clock.now())
    return actor.person_id
