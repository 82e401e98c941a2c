"""Telling people by letter of what was done in their name."""

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import mails
from participa.accounts.models import Person, RollEntry
from participa.budgets.models import Point
from participa.core.web import absolute
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView


def voted_for_you(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    point: Point,
    entry_id: int,
    *,
    on_paper: bool = False,
) -> None:
    """Tell whoever has the line that it voted at a point, and what to do if that was not them.

    A letter and no fact: facts name no voter. Whoever has no account, or no address, is not told.
    """
    entry = session.get_one(RollEntry, entry_id)
    if entry.person_id is None:
        return
    mails.letter(
        session,
        organization,
        session.get_one(Person, entry.person_id),
        _l("Se registró un voto a su nombre"),
        "budgets/mail/voted_for_you",
        title=component.title,
        point=point.name,
        on_paper=on_paper,
        changeable=component.settings.changeable and not on_paper,
        contact=organization.phone or organization.email or organization.address,
        link_url=absolute("budgets.index", process=component.process.slug, component=component.key),
        link_label=_l("Ir a la votación"),
    )
