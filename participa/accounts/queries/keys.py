"""What opens an account: sessions, one-time codes, recovery codes; and forms that wait for it."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import (
    KeptForm,
    OneTimeCode,
    Person,
    RecoveryCode,
    SignUp,
    UserSession,
)
from participa.accounts.queries.actors import digest


def sessions_of(session: Session, person_id: int, at: dt.datetime) -> Sequence[UserSession]:
    """Return a person's open sessions, the last used first."""
    return session.scalars(
        sa.select(UserSession)
        .where(UserSession.person_id == person_id, UserSession.expires_at > at)
        .order_by(UserSession.seen_at.desc(), UserSession.id.desc())
    ).all()


def code(session: Session, purpose: str, secret: str) -> tuple[OneTimeCode, Person] | None:
    """Return a one-time code, used or not, with its person of this organization, or ``None``."""
    row = session.execute(
        sa.select(OneTimeCode, Person)
        .join(Person, Person.id == OneTimeCode.person_id)
        .where(
            OneTimeCode.code_hash == digest(secret),
            OneTimeCode.purpose == purpose,
            Person.deleted_at.is_(None),
        )
    ).first()
    return (row[0], row[1]) if row is not None else None


def sign_up(session: Session, secret: str) -> SignUp | None:
    """Return the sign-up of this organization that a link carries, used or not, or ``None``."""
    return session.scalars(sa.select(SignUp).where(SignUp.code_hash == digest(secret))).first()


def sign_up_of(session: Session, email: str, at: dt.datetime) -> SignUp | None:
    """Return what was last typed with an address and still waits, or ``None``."""
    return session.scalars(
        sa.select(SignUp)
        .where(SignUp.email == email, SignUp.used_at.is_(None), SignUp.expires_at > at)
        .order_by(SignUp.id.desc())
        .limit(1)
    ).first()


def newest_code(
    session: Session, person_id: int, purpose: str, at: dt.datetime
) -> OneTimeCode | None:
    """Return the last code of a purpose that a person can still use, or ``None``."""
    return session.scalars(
        sa.select(OneTimeCode)
        .where(
            OneTimeCode.person_id == person_id,
            OneTimeCode.purpose == purpose,
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > at,
        )
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    ).first()


def recovery_code(session: Session, person_id: int, secret: str) -> RecoveryCode | None:
    """Return a person's unused recovery code, or ``None``."""
    return session.scalars(
        sa.select(RecoveryCode).where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_hash == digest(f"{person_id}:{secret}"),
            RecoveryCode.used_at.is_(None),
        )
    ).first()


def recovery_codes_left(session: Session, person_id: int) -> int:
    """Return how many recovery codes still work."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def kept_form(session: Session, key: str, at: dt.datetime) -> KeptForm | None:
    """Return the form kept under a browser's key, or ``None``."""
    return session.scalars(
        sa.select(KeptForm).where(KeptForm.key_hash == digest(key), KeptForm.expires_at > at)
    ).first()


def kept_form_of(session: Session, person_id: int, at: dt.datetime) -> KeptForm | None:
    """Return the newest form that somebody typed before signing up, or ``None``."""
    return session.scalars(
        sa.select(KeptForm)
        .where(KeptForm.person_id == person_id, KeptForm.expires_at > at)
        .order_by(KeptForm.id.desc())
        .limit(1)
    ).first()
