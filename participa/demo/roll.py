"""The demonstration's roll: a few invented documents, one of them removed with a reason."""

import datetime as dt

from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.accounts.queries import people
from participa.accounts.services.rolls import correcting, making
from participa.accounts.verification import census
from participa.core import clock
from participa.core.policy import Actor
from participa.organizations.queries import OrganizationView

KEY = "votantes"
"""What the vote's process file calls it."""
CITIZEN = ("CC", "90000001")
"""The document by which the demonstration's citizen is verified."""
FREE = (("CC", "90000002"), ("CC", "90000004"))
"""Documents by which any other account can be verified."""
YOUNG = ("TI", "90000005")
"""The document of somebody of fifteen, who needs the permission of whoever looks after them."""
GONE = ("TI", "90000003")
LINES = (
    (CITIZEN, "centro", None),
    (FREE[0], "villa-rosa", None),
    (FREE[1], "el-mirador", None),
    (YOUNG, "la-esperanza", 15),
    (GONE, "", None),
)
"""(document whose number belongs to nobody, territory, age)."""
ADDED = "Cambió de domicilio y lo mostró en la alcaldía."
REMOVED = "Estaba dos veces, con otro tipo de documento."


def make(session: Session, actor: Actor, organization: OrganizationView, citizen: Person) -> None:
    """Make a roll with its lines, through the same services as staff, and verify the citizen."""
    territories = {each.code: each.id for each in organization.territories.values()}
    roll = making.create(session, actor, organization, key=KEY, name="Padrón de la votación")
    today = clock.now().astimezone(organization.zone).date()
    entries = [
        correcting.add(
            session,
            actor,
            organization,
            roll.id,
            correcting.NewLine(
                *document,
                birth_date=today - dt.timedelta(days=round(age * 365.25) + 90) if age else None,
                territory_id=territories.get(place),
            ),
            ADDED,
        )
        for document, place, age in LINES
    ]
    correcting.remove(session, actor, organization, roll.id, entries[-1].id, REMOVED)
    kind, number = CITIZEN
    census.verify(
        session,
        organization,
        people.for_update(session, citizen.id),
        {"document_type": kind, "document_number": number},
        clock.now(),
    )
