"""Deleting one's account: what names the person goes, what others rely on stays without a name."""

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, line_uses, mails, passwords, personal_data, policy
from participa.accounts.models import (
    GroupMember,
    GuardianConsent,
    KeptForm,
    OneTimeCode,
    RecoveryCode,
    RoleGrant,
    RollEntry,
    SanctionRecord,
    VerificationCode,
    VerificationRecord,
)
from participa.accounts.queries import people, rolls, staff
from participa.accounts.services import sessions
from participa.accounts.services.facts import record_about
from participa.accounts.verification import by_code
from participa.core import clock, seals
from participa.core.errors import Conflict, Invalid
from participa.core.facts import FactRow
from participa.core.mail import Mail
from participa.core.policy import Actor, authorize
from participa.organizations.queries import OrganizationView

LAST_ADMINISTRATOR = _l(
    "Usted es la única persona que administra la entidad aquí. Antes de irse, dele ese rol a "
    "alguien más."
)
KEPT = tuple(
    kind.NAME
    for kind in (events.ConsentsChanged, events.RoleGiven, events.RoleTaken, events.AccountDeleted)
)
"""Facts about an account that say the same when it is gone."""


def is_last_administrator(session: Session, person_id: int) -> bool:
    """Return whether nobody else administers the organization; locked until the end."""
    return set(staff.lock_administrators(session)) == {person_id}


def delete(
    session: Session, actor: Actor, organization: OrganizationView, *, password: str
) -> None:
    """Erase a person: the row stays, blank, so that what they published is "Cuenta eliminada".

    Consents stay as proof of what was allowed; facts keep the bare number, and of what the person
    did with their own account nothing but that and when. What moderation told the
    person goes with its reasons and appeals, a running one too: there is nobody left whom it would
    serve. Raises :class:`Invalid` for a wrong password and :class:`Conflict` for the last
    administrator.
    """
    now = clock.now()
    authorize(policy.MANAGE_OWN, actor, organization, at=now)
    administers_alone = is_last_administrator(session, actor.person_id or 0)
    person = people.for_update(session, actor.person_id or 0)
    if person.password_hash is not None and not passwords.matches(person.password_hash, password):
        raise Invalid.of(path="password", message=_l("Esa no es su clave."))
    if administers_alone:
        raise Conflict(LAST_ADMINISTRATOR)
    # Whoever comes back finds the lines free; that they voted stays with the line.
    rolls.entries_of(session, person.id, lock=True)
    session.execute(
        sa.update(RollEntry)
        .where(RollEntry.person_id == person.id)
        .values(person_id=None, claimed_at=None)
    )
    for erase in personal_data.erasers:
        erase(session, person.id)
    sessions.close_all(session, person.id)
    letters = sa.select(GuardianConsent.mail_id).where(GuardianConsent.person_id == person.id)
    session.execute(
        sa.delete(Mail).where(Mail.organization_id == organization.id, Mail.id.in_(letters))
    )
    _forget_verifications(session, person.id)
    for table in (
        *(RoleGrant, GroupMember, RecoveryCode, OneTimeCode, KeptForm),
        *(SanctionRecord, VerificationCode, GuardianConsent),
    ):
        session.execute(sa.delete(table).where(table.person_id == person.id))
    name, address, locale = person.name, person.email, person.locale
    if address is not None:
        session.execute(
            sa.delete(Mail).where(
                Mail.organization_id == organization.id, Mail.recipient == address
            )
        )
        mails.deleted(session, organization, address, name, locale)
    _forget_facts(session, person.id)
    record_about(session, actor, organization, person.id, events.AccountDeleted(person.id), at=now)
    person.name = ""
    person.email = person.new_email = person.username = person.password_hash = None
    person.email_confirmed_at = person.birth_date = person.territory_id = None
    person.totp_secret = person.totp_confirmed_at = person.totp_last_counter = None
    person.deleted_at = now
    session.flush()


def _forget_facts(session: Session, person_id: int) -> None:
    """Erase what facts say of what somebody did with their own account.

    Not their consents, which are proof, nor anything that somebody else did, or that they did as
    staff: the record of who gave which role to whom is not theirs to take along.
    """
    seals.erase(
        session,
        sa.and_(
            FactRow.subject_kind == "person",
            FactRow.subject_id == person_id,
            FactRow.actor_id == person_id,
            FactRow.name.not_in(KEPT),
        ),
    )


def _forget_verifications(session: Session, person_id: int) -> None:
    """Delete what somebody was verified by.

    The keyed hash of a telephone stays while a vote is open in which the account voted: it must not
    vote again through another account. Whoever needs it afterwards finds it free.
    """
    gone = VerificationRecord.person_id == person_id
    if line_uses.used_by_account(session, person_id):
        gone = sa.and_(gone, VerificationRecord.method != by_code.SMS.key)
    session.execute(sa.delete(VerificationRecord).where(gone))
