"""The demonstration's roll: a few invented documents, one of them removed with a reason."""

from sqlalchemy.orm import Session

from participa.accounts.services.rolls import correcting, making
from participa.core.policy import Actor
from participa.organizations.queries import OrganizationView

KEY = "votantes"
LINES = (("CC", "90000001", "centro"), ("CC", "90000002", "villa-rosa"), ("TI", "90000003", ""))
"""(document type, number that belongs to nobody, territory)."""
ADDED = "Cambió de domicilio y lo mostró en la alcaldía."
REMOVED = "Estaba dos veces, con otro tipo de documento."


def make(session: Session, actor: Actor, organization: OrganizationView) -> None:
    """Make a roll with its lines, through the same services as staff."""
    territories = {each.code: each.id for each in organization.territories.values()}
    roll = making.create(session, actor, organization, key=KEY, name="Padrón de la votación")
    entries = [
        correcting.add(
            session,
            actor,
            organization,
            roll.id,
            correcting.NewLine(kind, number, territory_id=territories.get(place)),
            ADDED,
        )
        for kind, number, place in LINES
    ]
    correcting.remove(session, actor, organization, roll.id, entries[-1].id, REMOVED)
