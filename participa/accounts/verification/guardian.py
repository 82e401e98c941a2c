"""By a guardian: until they are of age, somebody who looks after a person allows them to take part.

The minor asks; the guardian answers through a link in a mail, or signs a sheet that staff see. What
is kept of the guardian is a name, how they are related and an address, while the permission stands.
"""

import datetime as dt
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import mails
from participa.accounts.checked import Checked, local_day
from participa.accounts.models import (
    GuardianConsent,
    GuardianState,
    Person,
    VerificationRecord,
)
from participa.accounts.queries import guardians as queries
from participa.accounts.verification import records
from participa.accounts.verification.method import Field, Method, Refusal, Typed
from participa.core import clock
from participa.core.keyed import hasher
from participa.core.mail import Mail
from participa.core.requirements import ADULT, Guardian, age_on
from participa.core.web import absolute
from participa.organizations.queries import OrganizationView

KEY = Guardian.kind
TEXT_VERSION = "2026-11"
"""Of what the guardian reads and agrees to."""
ANSWER_WITHIN = dt.timedelta(days=14)
REMEMBERED = dt.timedelta(days=30)
"""How long it is known that somebody asked, for the limit below; without the guardian's data."""
MOST_ASKED = 6
"""Times that somebody may ask within :data:`REMEMBERED`."""
MOST_PER_ADDRESS = 8
"""People for whom one address may answer."""
RELATIONS: Mapping[str, Any] = {
    "mother": _l("Mi mamá"),
    "father": _l("Mi papá"),
    "relative": _l("Alguien de mi familia que me cuida"),
    "tutor": _l("Mi acudiente o tutor"),
}

UNKNOWN_AGE = _l("Díganos primero su fecha de nacimiento, en «Mis datos».")
OF_AGE = _l("Usted ya tiene 18 años o más: no le hace falta el permiso de nadie.")
HAS_IT = _l("Usted ya tiene el permiso.")
OWN_ADDRESS = _l("Ese es su correo. Escriba el de quien le cuida.")
TOO_OFTEN = _l(
    "Ya lo pidió varias veces este mes. Hable con quien le cuida, o vayan a un punto de atención."
)
TOO_MANY = _l(
    "Con ese correo ya se respondió por varias personas. Vayan a un punto de atención y lo anotan "
    "allá."
)
BAD_RELATION = _l("Elija una opción.")
OVER = _l("Elija un día que no haya pasado.")


def evidence(consent_id: int) -> str:
    """Return how a verification names the permission that it rests on."""
    return f"{KEY}-{consent_id}"


def token_hash(organization_id: int) -> Callable[[str], str]:
    """Return what is kept of the secret in a link."""
    return hasher("guardian", organization_id)


def is_minor(person: Person, organization: OrganizationView, at: dt.datetime) -> bool:
    """Return whether somebody is known to be under age on the organization's day."""
    born = person.birth_date
    return born is not None and age_on(born, local_day(at, organization.zone)) < ADULT


def of_age_at(born: dt.date, organization: OrganizationView) -> dt.datetime:
    """Return when somebody comes of age: the first moment of that day where the organization is."""
    first = dt.date(born.year + ADULT, born.month, 1) + dt.timedelta(days=born.day - 1)
    return clock.start_of_day(first, organization.zone)


def verify(
    session: Session,
    organization: OrganizationView,
    person: Person,
    typed: Typed,
    at: dt.datetime,
) -> VerificationRecord | Refusal:
    """Write the permission that ``consent`` is, up to the end of ``expires_on`` or of childhood.

    ``by_id`` is who of the staff saw a signed sheet.
    """
    consent: GuardianConsent = typed["consent"]
    day: dt.date | None = typed.get("expires_on")
    if person.birth_date is None:
        return Refusal(UNKNOWN_AGE)
    if not is_minor(person, organization, at):
        return Refusal(OF_AGE)
    ends = of_age_at(person.birth_date, organization)
    if day is not None:
        ends = min(ends, clock.end_of_day(day, organization.zone))
    if ends <= at:
        return Refusal(OVER, "expires_on")
    consent.state, consent.decided_at, consent.ends_at = GuardianState.ACCEPTED, at, ends
    consent.text_version = TEXT_VERSION
    return records.write(
        session,
        person,
        KEY,
        at,
        expires_at=ends,
        evidence=evidence(consent.id),
        by_id=typed.get("by_id"),
    )


def clear(
    session: Session, consent: GuardianConsent, state: GuardianState, at: dt.datetime
) -> None:
    """End a permission: what is known of the guardian goes, with the mail and the verification."""
    records.revoke_by_evidence(session, KEY, evidence(consent.id), at)
    if consent.mail_id is not None:
        session.execute(sa.delete(Mail).where(Mail.id == consent.mail_id))
    consent.state, consent.ends_at = state, at + REMEMBERED
    if state is GuardianState.REFUSED:
        consent.decided_at = at
    else:
        consent.ended_at = at
    consent.guardian_name = consent.relation = ""
    consent.email = consent.token_hash = consent.mail_id = None
    session.flush()


def supersede(session: Session, person: Person, at: dt.datetime) -> None:
    """End what somebody asked for before, and what is over, so that something new can stand."""
    for row in queries.of_person(session, person.id):
        if row.state in queries.STANDING:
            clear(session, row, GuardianState.WITHDRAWN, at)


def _start(
    session: Session,
    organization: OrganizationView,
    person: Person,
    typed: Typed,
    at: dt.datetime,
) -> Refusal | None:
    checked = Checked()
    name = checked.name(str(typed.get("guardian_name", "")), "guardian_name")
    address = checked.email(str(typed.get("guardian_email", "")), "guardian_email")
    if checked.problems:
        return Refusal(checked.problems[0].message, checked.problems[0].path)
    relation = str(typed.get("guardian_relation", ""))
    if relation not in RELATIONS:
        return Refusal(BAD_RELATION, "guardian_relation")
    if address == person.email:
        return Refusal(OWN_ADDRESS, "guardian_email")
    if queries.asked_since(session, person.id, at - REMEMBERED) >= MOST_ASKED:
        return Refusal(TOO_OFTEN)
    supersede(session, person, at)
    if queries.in_charge(session, address, at) >= MOST_PER_ADDRESS:
        return Refusal(TOO_MANY, "guardian_email")
    token = secrets.token_urlsafe(32)
    letter = mails.guardian_asked(
        session,
        organization,
        person,
        name=name,
        address=address,
        link=absolute("accounts.guardian", token=token),
    )
    session.flush()
    session.add(
        GuardianConsent(
            organization_id=organization.id,
            person_id=person.id,
            guardian_name=name,
            relation=relation,
            email=address,
            token_hash=token_hash(organization.id)(token),
            mail_id=letter.id,
            asked_at=at,
            ends_at=at + ANSWER_WITHIN,
        )
    )
    session.flush()
    return None


def _available(session: Session, organization: OrganizationView, person: Person) -> Any:
    at = clock.now()
    if person.birth_date is None:
        return UNKNOWN_AGE
    if not is_minor(person, organization, at):
        return OF_AGE
    found = queries.standing(session, person.id, at)
    return HAS_IT if found is not None and found.state is GuardianState.ACCEPTED else None


METHOD = Method(
    key=KEY,
    label=_l("con permiso de quien le cuida"),
    title=_l("Si tiene menos de 18 años: permiso de quien le cuida"),
    how=lambda _organization: _l(
        "Díganos a quién le escribimos. Esa persona recibe un correo, lee para qué es y dice sí o "
        "no. También pueden firmarlo en un punto de atención."
    ),
    verify=verify,
    start=_start,
    start_fields=(
        Field("guardian_name", _l("Su nombre y apellido"), _l("De quien le cuida."), longest=80),
        Field(
            "guardian_relation",
            _l("Quién es"),
            options=lambda _session: list(RELATIONS.items()),
        ),
        Field(
            "guardian_email",
            _l("Su correo"),
            _l("Lo usamos solo para este permiso y lo borramos cuando termina."),
            inputmode="email",
            longest=254,
        ),
    ),
    start_label=_l("Pedir el permiso"),
    sent=_l("Le escribimos a quien le cuida. Cuando responda, le avisamos a usted."),
    available=_available,
)
