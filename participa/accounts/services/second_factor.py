"""The second step: six digits from an application (TOTP, RFC 6238), or a recovery code."""

import hmac
from dataclasses import dataclass

import pyotp
import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, mails, passwords, policy
from participa.accounts.models import Person, RecoveryCode, SecondFactorReset
from participa.accounts.queries import digest, keys, people
from participa.accounts.services import sessions
from participa.accounts.services.facts import record_about, record_own
from participa.core import clock
from participa.core.db import public_code
from participa.core.encryption import decrypt, encrypt
from participa.core.errors import Conflict, Invalid
from participa.core.events import Fact
from participa.core.keyed import installation_key
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

DIGITS = 6
STEP = 30
"""Seconds that one code lasts."""
CODES = 10
TOTP = "totp"
"""Use of the installation's key for secrets at rest."""
WRONG_CODE = _l(
    "Ese código no sirve. Mire el que muestra su aplicación ahora; cada uno sirve una vez."
)


@dataclass(frozen=True, slots=True)
class Passed:
    """The second step was passed; with a recovery code, how many are left."""

    recovery_codes_left: int | None = None


def begin(session: Session, actor: Actor, organization: OrganizationView, password: str) -> None:
    """Make a secret that a first code must confirm; whoever only found the browser open has none.

    Raises :class:`Conflict` when one is in use, and :class:`Invalid` for a wrong password.
    """
    person = _own(session, actor, organization)
    if person.totp_confirmed_at is not None:
        raise Conflict(_l("El segundo paso ya está activo."))
    if not passwords.matches(person.password_hash, password):
        raise Invalid.of(path="password", message=_l("Esa no es su clave."))
    _keep_secret(person, pyotp.random_base32())
    person.totp_last_counter = None


def confirm(session: Session, actor: Actor, organization: OrganizationView, code: str) -> list[str]:
    """Turn the second step on with a first code. Returns the recovery codes, told only now."""
    person = _own(session, actor, organization)
    if person.totp_confirmed_at is not None:
        raise Conflict(_l("El segundo paso ya está activo."))
    if not _accept(person, code):
        raise Invalid.of(path="code", message=WRONG_CODE)
    person.totp_confirmed_at = clock.now()
    codes = _new_codes(session, person)
    record_own(session, actor, organization, events.SecondFactorSet())
    mails.second_factor_changed(session, organization, person, is_on=True)
    return codes


def renew_codes(
    session: Session, actor: Actor, organization: OrganizationView, code: str
) -> list[str]:
    """Replace the recovery codes. Needs a code of now. Raises :class:`Invalid`."""
    person = _own(session, actor, organization)
    if person.totp_confirmed_at is None or not _accept(person, code):
        raise Invalid.of(path="code", message=WRONG_CODE)
    codes = _new_codes(session, person)
    record_own(session, actor, organization, events.RecoveryCodesMade())
    return codes


def remove(
    session: Session, actor: Actor, organization: OrganizationView, *, password: str, code: str
) -> None:
    """Turn the second step off. Needs the password and a code. Raises :class:`Invalid`."""
    person = _own(session, actor, organization)
    if not passwords.matches(person.password_hash, password):
        raise Invalid.of(path="password", message=_l("Esa no es su clave."))
    if person.totp_confirmed_at is None:
        raise Conflict(_l("El segundo paso ya estaba desactivado."))
    if not _accept(person, code) and not _accept_recovery(session, person, code):
        raise Invalid.of(path="code", message=WRONG_CODE)
    forget(session, person)
    record_own(session, actor, organization, events.SecondFactorRemoved())
    mails.second_factor_changed(session, organization, person, is_on=False)


def ask_reset(
    session: Session, actor: Actor, organization: OrganizationView, person_id: int
) -> None:
    """Ask that somebody's second step be turned off, for who lost phone and codes.

    A second administrator decides; the person is told. Raises :class:`Conflict` about oneself, and
    where there is nothing to reset.
    """
    person = _other(session, actor, organization, person_id)
    if person.totp_confirmed_at is None:
        raise Conflict(_l("El segundo paso ya estaba desactivado."))
    if session.get(SecondFactorReset, person_id) is not None:
        raise Conflict(_l("Ya se pidió: falta que otra persona que administra lo confirme."))
    session.add(
        SecondFactorReset(
            person_id=person_id, asked_by_id=actor.person_id or 0, asked_at=clock.now()
        )
    )
    record_about(session, actor, organization, person_id, events.SecondFactorResetAsked(person_id))
    mails.second_factor_reset(session, organization, person, is_done=False)


def decide_reset(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    person_id: int,
    *,
    accept: bool,
) -> None:
    """Turn somebody's second step off as another administrator asked, or refuse to.

    Their sessions close. Whoever asked may refuse, but not accept. Raises :class:`Conflict`.
    """
    person = _other(session, actor, organization, person_id)
    asked = session.get(SecondFactorReset, person_id)
    if asked is None:
        raise Conflict(_l("Ya no hay nada por confirmar: alguien lo decidió antes."))
    if accept and asked.asked_by_id == actor.person_id:
        raise Conflict(_l("Usted lo pidió: lo confirma otra persona que administre la entidad."))
    fact: Fact
    if accept:
        fact = events.SecondFactorReset(person_id, asked.asked_by_id)
        _reset(session, organization, person)
    else:
        fact = events.SecondFactorResetRefused(person_id)
        session.delete(asked)
    record_about(session, actor, organization, person_id, fact)


def remove_for(
    session: Session, actor: Actor, organization: OrganizationView, person_id: int
) -> None:
    """Turn somebody's second step off from the command line; recorded and told.

    Whoever runs the installation needs no second person: they hold its database. Raises
    :class:`Conflict` for anybody else.
    """
    person = _other(session, actor, organization, person_id)
    if not actor.is_operator:
        raise Conflict(_l("Esto lo confirma otra persona que administre la entidad."))
    if person.totp_secret is None:
        return
    _reset(session, organization, person)
    record_about(session, actor, organization, person.id, events.SecondFactorRemoved())


def _reset(session: Session, organization: OrganizationView, person: Person) -> None:
    forget(session, person)
    sessions.close_all(session, person.id)
    session.execute(sa.delete(SecondFactorReset).where(SecondFactorReset.person_id == person.id))
    mails.second_factor_reset(session, organization, person, is_done=True)


def _other(
    session: Session, actor: Actor, organization: OrganizationView, person_id: int
) -> Person:
    """Return another person's row, locked: two administrators cannot decide at once."""
    authorize(policy.MANAGE_PEOPLE, actor, organization, at=clock.now())
    if person_id == actor.person_id:
        raise Conflict(_l("El suyo se desactiva en «Mi cuenta», con su clave y un código."))
    return people.for_update(session, person_id)


def pass_step(
    session: Session, organization: OrganizationView, person_id: int, code: str
) -> Passed | None:
    """Accept a code of now, or a recovery code, once. ``None`` when it does not serve."""
    person = people.for_update(session, person_id)
    if person.totp_confirmed_at is None:
        return None
    if _accept(person, code):
        return Passed()
    if not _accept_recovery(session, person, code):
        return None
    left = keys.recovery_codes_left(session, person.id)
    actor = Actor(organization.id, person.id, person.name)
    record_own(session, actor, organization, events.RecoveryCodeUsed(left))
    mails.recovery_code_used(session, organization, person, left)
    return Passed(left)


def address(person: Person, organization: OrganizationView) -> str:
    """Return the ``otpauth:`` address that applications read from the QR code."""
    return pyotp.TOTP(secret_of(person)).provisioning_uri(
        name=person.email or person.username or "", issuer_name=organization.name
    )


def secret_of(person: Person) -> str:
    """Return the secret that a person's application shares with us; empty without one.

    Raises :class:`DecryptionError` when the installation's key is another one than it was.
    """
    if person.totp_secret is None:
        return ""
    return decrypt(TOTP, installation_key(), person.totp_secret, person.id)


def _keep_secret(person: Person, secret: str) -> None:
    person.totp_secret = encrypt(TOTP, installation_key(), secret, person.id)


def forget(session: Session, person: Person) -> None:
    """Leave a person without second step and recovery codes."""
    person.totp_secret = person.totp_confirmed_at = person.totp_last_counter = None
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person.id))


def _own(session: Session, actor: Actor, organization: OrganizationView) -> Person:
    authorize(policy.MANAGE_OWN, actor, organization, at=clock.now())
    return people.for_update(session, actor.person_id or 0)


def _accept(person: Person, code: str) -> bool:
    """Take a code of now or of a step before or after; never one that was taken already."""
    bare = "".join(char for char in code if char.isdigit() and char.isascii())
    if person.totp_secret is None or len(bare) != DIGITS:
        return False
    generator = pyotp.TOTP(secret_of(person))
    present = int(clock.now().timestamp()) // STEP
    for counter in (present, present - 1, present + 1):
        is_new = person.totp_last_counter is None or counter > person.totp_last_counter
        if hmac.compare_digest(generator.generate_otp(counter), bare) and is_new:
            person.totp_last_counter = counter
            return True
    return False


def _accept_recovery(session: Session, person: Person, code: str) -> bool:
    bare = "".join(char for char in code.lower() if char.isalnum())[:40]
    row = keys.recovery_code(session, person.id, bare)
    if row is None:
        return False
    row.used_at = clock.now()
    session.flush()
    return True


def _new_codes(session: Session, person: Person) -> list[str]:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [public_code(12) for _number in range(CODES)]
    for code in codes:
        session.add(RecoveryCode(person_id=person.id, code_hash=digest(f"{person.id}:{code}")))
    return [spaced(code) for code in codes]


def spaced(code: str) -> str:
    """Return a code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
