"""In person: staff saw a document; nothing of the document is kept."""

import datetime as dt

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Person, VerificationRecord
from participa.accounts.verification import records
from participa.accounts.verification.method import Method, Refusal, Typed
from participa.core import clock
from participa.organizations.queries import OrganizationView

KEY = "in_person"


def verify(
    session: Session,
    organization: OrganizationView,
    person: Person,
    typed: Typed,
    at: dt.datetime,
) -> VerificationRecord | Refusal:
    """Note it, up to the end of the day ``expires_on``; ``by_id`` is who saw the document."""
    day: dt.date | None = typed.get("expires_on")
    expires_at = clock.end_of_day(day, organization.zone) if day else None
    if expires_at is not None and expires_at <= at:
        return Refusal(_l("Elija un día que no haya pasado."), "expires_on")
    return records.write(session, person, KEY, at, expires_at=expires_at, by_id=typed.get("by_id"))


METHOD = Method(
    key=KEY,
    label=_l("en persona, por la entidad"),
    title=_l("En persona"),
    how=lambda organization: _l(
        "Acérquese con su documento a un punto de atención de %(city)s. Alguien del equipo lo "
        "revisa y queda anotado que lo mostró; el número no se guarda aquí.",
        city=organization.name,
    ),
    verify=verify,
)
