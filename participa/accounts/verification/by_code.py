"""By a code of six digits, sent to the person's address or telephone."""

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from flask_babel import force_locale, gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import line_uses, mails
from participa.accounts.models import Person, VerificationCode, VerificationRecord
from participa.accounts.verification import records, sms
from participa.accounts.verification.method import Field, Method, Refusal, Typed
from participa.core.keyed import hasher
from participa.organizations.queries import OrganizationView

LIFETIME = dt.timedelta(minutes=10)
MOST_ATTEMPTS = 5
LASTS = dt.timedelta(days=365)
"""A telephone or an address may be somebody else's in a year."""

CALLING_CODES: Mapping[str, str] = {
    "AR": "54", "BO": "591", "BR": "55", "CL": "56", "CO": "57", "CR": "506", "DO": "1",
    "EC": "593", "ES": "34", "GT": "502", "HN": "504", "MX": "52", "NI": "505", "PA": "507",
    "PE": "51", "PT": "351", "PY": "595", "SV": "503", "UY": "598", "VE": "58",
}  # fmt: skip
"""What a national number is completed with, by the organization's country."""

AGAIN = _l("Pida otro código: este ya no sirve.")
WRONG = _l("Ese no es el código. Mire el último mensaje y escriba sus seis cifras.")
SAME_PHONE = _l(
    "Con ese teléfono ya se verificó otra cuenta. Use uno suyo, o verifíquese de otra manera."
)
BAD_PHONE = _l("Escriba un celular completo, por ejemplo 300 123 4567.")

CODE = Field(
    "code",
    _l("Código de seis cifras"),
    _l("Dura diez minutos y admite cinco intentos."),
    inputmode="numeric",
    autocomplete="one-time-code",
    longest=20,
)


def normal_phone(text: str, country: str) -> str | None:
    """Return a telephone as ``+573001234567``, or ``None`` for what is none."""
    bare = re.sub(r"[\s().\-]+", "", text)
    if re.fullmatch(r"\+[1-9]\d{7,14}", bare, re.ASCII):
        return bare
    code = CALLING_CODES.get(country)
    if code is not None and re.fullmatch(r"[1-9]\d{7,10}", bare, re.ASCII):
        return f"+{code}{bare}"
    return None


def _issue(session: Session, person: Person, method: str, at: dt.datetime, evidence: str) -> str:
    digits = f"{secrets.randbelow(1_000_000):06}"
    session.execute(
        sa.delete(VerificationCode).where(
            VerificationCode.person_id == person.id, VerificationCode.method == method
        )
    )
    session.add(
        VerificationCode(
            organization_id=person.organization_id,
            person_id=person.id,
            method=method,
            code_hash=_hash(person, method)(digits),
            evidence=evidence,
            expires_at=at + LIFETIME,
        )
    )
    session.flush()
    return digits


def _hash(person: Person, method: str) -> Callable[[str], str]:
    return hasher("verification-code", person.id, method)


def _verify(
    method: str,
) -> Callable[
    [Session, OrganizationView, Person, Typed, dt.datetime], VerificationRecord | Refusal
]:
    def verify(
        session: Session,
        _organization: OrganizationView,
        person: Person,
        typed: Typed,
        at: dt.datetime,
    ) -> VerificationRecord | Refusal:
        row = session.scalars(
            sa.select(VerificationCode)
            .where(VerificationCode.person_id == person.id, VerificationCode.method == method)
            .execution_options(populate_existing=True)
        ).first()
        if row is None or row.expires_at <= at or row.attempts >= MOST_ATTEMPTS:
            return Refusal(AGAIN, "code")
        row.attempts += 1
        session.flush()
        digits = re.sub(r"\D", "", str(typed.get("code", "")))
        if not hmac.compare_digest(row.code_hash, _hash(person, method)(digits)):
            return Refusal(WRONG if row.attempts < MOST_ATTEMPTS else AGAIN, "code")
        if row.evidence and _holder(session, method, row.evidence, at) not in {None, person.id}:
            return Refusal(SAME_PHONE)
        session.delete(row)
        return records.write(
            session, person, method, at, expires_at=at + LASTS, evidence=row.evidence
        )

    return verify


def _holder(session: Session, method: str, evidence: str, at: dt.datetime) -> int | None:
    """Return who is verified by a telephone; one whose time is over gives it up.

    So does whoever deleted their account, once nothing rests on it any more.
    """
    row = records.resting_on(session, method, evidence)
    if row is None:
        return None
    left = session.get_one(Person, row.person_id).deleted_at is not None
    if not row.holds(at) or (left and not line_uses.used_by_account(session, row.person_id)):
        row.evidence = ""
        session.flush()
        return None
    return row.person_id


def _start_email(
    session: Session,
    organization: OrganizationView,
    person: Person,
    _typed: Typed,
    at: dt.datetime,
) -> Refusal | None:
    mails.code(session, organization, person, _issue(session, person, EMAIL.key, at, ""))
    return None


def _start_sms(
    session: Session,
    organization: OrganizationView,
    person: Person,
    typed: Typed,
    at: dt.datetime,
) -> Refusal | None:
    phone = normal_phone(str(typed.get("phone", "")), organization.country)
    if phone is None:
        return Refusal(BAD_PHONE, "phone")
    evidence = hasher("telephone", organization.id)(phone)
    digits = _issue(session, person, SMS.key, at, evidence)
    with force_locale(person.locale):
        text = gettext(
            "%(code)s es su código de %(city)s. Dura 10 minutos. No se lo dé a nadie.",
            code=digits,
            city=organization.name,
        )
    sms.send(session, organization, phone, text)
    return None


def _no_address(_session: Session, _organization: OrganizationView, person: Person) -> Any:
    return None if person.email else _l("Su cuenta no tiene correo. Agréguelo en «Mi correo».")


def _no_sms(_session: Session, _organization: OrganizationView, _person: Person) -> Any:
    if sms.is_available():
        return None
    return _l("La entidad todavía no envía mensajes de texto.")


EMAIL = Method(
    key="email_code",
    label=_l("con un código a su correo"),
    title=_l("Con un código a su correo"),
    how=lambda _organization: _l("Le enviamos seis cifras a su correo y usted las escribe aquí."),
    verify=_verify("email_code"),
    fields=(CODE,),
    start=_start_email,
    available=_no_address,
)
SMS = Method(
    key="sms_code",
    label=_l("con un código a su celular"),
    title=_l("Con un código a su celular"),
    how=lambda _organization: _l(
        "Le enviamos seis cifras en un mensaje de texto y usted las escribe aquí. Cada celular "
        "sirve para una sola cuenta."
    ),
    verify=_verify("sms_code"),
    fields=(CODE,),
    start=_start_sms,
    start_fields=(
        Field(
            "phone",
            _l("Su celular"),
            _l("Por ejemplo 300 123 4567."),
            inputmode="tel",
            autocomplete="tel",
        ),
    ),
    available=_no_sms,
)
