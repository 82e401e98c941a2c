"""The proposals of the invented neighbours, with their supports."""

import datetime as dt
import random
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.contributions.models import Standing
from participa.contributions.services import Screened, enter
from participa.contributions.texts import fingerprint
from participa.core import clock
from participa.core.facts import Ref
from participa.core.policy import Actor
from participa.demo import texts
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView
from participa.proposals import services
from participa.proposals.models import Proposal, Support


def fill(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    neighbours: list[Person],
    dice: random.Random,
) -> None:
    """Write proposals and supports into a component, within its open dates and before now."""
    openings = [each for each in component.openings if each.rules.get("create")]
    now = clock.now()
    if not openings or openings[0].phase.start >= now:
        return
    phase = openings[0].phase
    last = min(phase.end, now - dt.timedelta(hours=2))
    territories = {each.code: each.id for each in organization.territories.values()}
    themes = {each.code: each.id for each in organization.themes.values()}
    for index, (title, body, place, theme, weight) in enumerate(texts.PROPOSALS):
        author = neighbours[index % len(neighbours)]
        row = Proposal(
            organization_id=organization.id,
            component_id=component.id,
            author_id=author.id,
            published_at=phase.start + (last - phase.start) * dice.random(),
            submission=str(uuid.UUID(int=dice.getrandbits(128))),
            shuffle=dice.randrange(2**31),
        )
        services.fill(row, services.Draft(title, body, territories.get(place), themes.get(theme)))
        session.add(row)
        session.flush()
        screened = Screened(Standing.PUBLISHED, (), fingerprint(title, body))
        writer = Actor(organization.id, author.id)
        enter(session, writer, component, Ref("proposal", row.id), screened, row.published_at)
        others = [each for each in neighbours if each is not author]
        supporters = dice.sample(others, min(len(others), weight * 2 + dice.randrange(3)))
        session.execute(
            sa.insert(Support),
            [
                {
                    "organization_id": organization.id,
                    "proposal_id": row.id,
                    "person_id": person.id,
                    "component_id": component.id,
                    "at": row.published_at,
                }
                for person in supporters
            ],
        )
        row.support_count = len(supporters)
