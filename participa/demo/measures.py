"""What the demonstration has for moderators to look after: an appealed warning, and a limit."""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.checked import local_day
from participa.accounts.models import Person, SanctionKind
from participa.accounts.services import sanctions
from participa.contributions.models import Contribution
from participa.core import clock
from participa.core.policy import Actor, Role
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ProcessView

WARNING = (
    "En su comentario nombró a un vecino y dijo en qué casa vive. Puede contar lo mismo sin dar "
    "datos de nadie."
)
APPEAL = (
    "La casa que nombré es el salón comunal, y su dirección está en la página de la alcaldía. No "
    "es la casa de nadie."
)
LIMIT = "Publicó el mismo comentario en doce propuestas. Con una vez basta: así también se lee."


def take(
    session: Session,
    organization: OrganizationView,
    process: ProcessView,
    moderator: Person,
    citizen: Person,
) -> None:
    """Let a moderator warn the citizen, who appeals, and limit a neighbour for two weeks."""
    acting = Actor(
        organization_id=organization.id,
        person_id=moderator.id,
        name=moderator.name,
        process_roles={process.id: frozenset({Role.MODERATOR})},
    )
    warned = sanctions.impose(
        session,
        acting,
        process,
        person_id=citizen.id,
        measure=sanctions.Measure(SanctionKind.WARNING, WARNING),
    )
    sanctions.appeal(
        session, Actor(organization.id, citizen.id, citizen.name), organization, warned, APPEAL
    )
    neighbour = session.scalar(
        sa.select(Contribution.author_id)
        .where(Contribution.process_id == process.id)
        .order_by(Contribution.id)
        .limit(1)
    )
    if neighbour is not None:
        last_day = local_day(clock.now(), organization.zone) + dt.timedelta(days=14)
        sanctions.impose(
            session,
            acting,
            process,
            person_id=neighbour,
            measure=sanctions.Measure(SanctionKind.LIMIT, LIMIT, last_day, 3),
        )
