"""A roll begins; a closing freezes it."""

import datetime as dt
import hashlib
import re

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from participa.accounts import events, policy
from participa.accounts.models import Roll, RollEntry, VerificationRecord
from participa.accounts.models.rolls import NAME_LENGTH
from participa.accounts.queries import rolls
from participa.accounts.verification import census
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.events import Fact, record
from participa.core.facts import Ref
from participa.core.policy import SYSTEM, Actor, authorize
from participa.core.sanitize import control_characters, normalize
from participa.organizations.queries import OrganizationView

KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
FROZEN = _l("Este padrón quedó congelado al cerrar una votación: ya no se cambia.")


def create(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    *,
    key: str,
    name: str,
    until: dt.date | None = None,
) -> Roll:
    """Make a roll without lines. Verifications by it end with the day ``until``.

    Raises :class:`Invalid`.
    """
    now = clock.now()
    authorize(policy.MANAGE_ROLLS, actor, organization, at=now)
    key, name = key.strip(), " ".join(normalize(name).split())
    problems = []
    if not KEY.fullmatch(key):
        problems.append(Problem("key", _l("Use solo minúsculas sin tilde, números y guiones.")))
    if not name or len(name) > NAME_LENGTH or control_characters(name):
        problems.append(Problem("name", _l("Escriba un nombre de hasta 160 caracteres.")))
    ends = clock.end_of_day(until, organization.zone) if until else None
    if ends is not None and ends <= now:
        problems.append(Problem("until", _l("Elija un día que no haya pasado.")))
    if problems:
        raise Invalid(problems)
    row = Roll(organization_id=organization.id, key=key, name=name, until=ends, document_types=[])
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Invalid.of(path="key", message=_l("Ya hay un padrón con esa clave.")) from None
    note(session, actor, row, events.RollCreated(key, name))
    return row


def change_until(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    until: dt.date | None,
) -> None:
    """Set the last day on which verifications by a roll count, those of now too.

    Raises :class:`Invalid` for a day that is over.
    """
    now = clock.now()
    authorize(policy.MANAGE_ROLLS, actor, organization, at=now)
    roll = rolls.roll_for_update(session, roll_id)
    ends = clock.end_of_day(until, organization.zone) if until else None
    if ends is not None and ends <= now:
        raise Invalid.of(path="until", message=_l("Elija un día que no haya pasado."))
    if roll.until == ends:
        return
    roll.until = ends
    claims = sa.select(sa.literal(census.PREFIX) + sa.cast(RollEntry.id, sa.String)).where(
        RollEntry.roll_id == roll.id, RollEntry.person_id.is_not(None)
    )
    session.execute(
        sa.update(VerificationRecord)
        .where(
            VerificationRecord.method == census.KEY,
            VerificationRecord.revoked_at.is_(None),
            VerificationRecord.evidence.in_(claims),
        )
        .values(expires_at=ends)
        .execution_options(synchronize_session=False)
    )
    note(
        session,
        actor,
        roll,
        events.RollUntilChanged(roll.key, until.isoformat() if until else None),
    )


def ask_birth_date(
    session: Session, actor: Actor, organization: OrganizationView, roll_id: int, *, asks: bool
) -> None:
    """Say whether a line is claimed, and voted by at a point, with the birth date too.

    Whoever has claimed a line keeps it.
    """
    authorize(policy.MANAGE_ROLLS, actor, organization, at=clock.now())
    roll = rolls.roll_for_update(session, roll_id)
    if roll.asks_birth_date == asks:
        return
    roll.asks_birth_date = asks
    session.flush()
    fact = events.RollAsksBirthDate if asks else events.RollAsksNoBirthDate
    note(session, actor, roll, fact(roll.key))


def freeze(session: Session, roll_id: int, at: dt.datetime, actor: Actor = SYSTEM) -> str:
    """Let no line come or go from now on, and return the digest of the lines that count.

    A closing calls it, in its own transaction; again, it changes nothing and returns the same.
    The digest is the SHA-256 of ``hash;birth date;territory id;group`` and a line feed for every
    line, ordered by hash. Who claimed a line is not in it. Raises :class:`Missing`.
    """
    roll = rolls.roll_for_update(session, roll_id)
    if roll.frozen_at is None:
        roll.frozen_at, roll.digest = at, digest(session, roll_id)
        note(session, actor, roll, events.RollFrozen(roll.key, roll.size, roll.digest))
    return roll.digest


def digest(session: Session, roll_id: int) -> str:
    """Return the digest of a roll's lines as they are now. Streams them."""
    line = RollEntry.__table__.c
    rows = session.connection().execute(
        sa.select(line.document_hash, line.birth_date, line.territory_id, line.group_key)
        .where(line.roll_id == roll_id, line.removed_at.is_(None))
        .order_by(line.document_hash),
        execution_options={"yield_per": 5000},
    )
    found = hashlib.sha256()
    for document_hash, born, territory_id, group in rows:
        found.update(f"{document_hash};{born or ''};{territory_id or ''};{group}\n".encode())
    return found.hexdigest()


def open_for_changes(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    *,
    frozen: bool = False,
) -> Roll:
    """Return a roll, locked, to change its lines. Raises :class:`Conflict` once it is frozen.

    ``frozen``: the change is one that a frozen roll takes too.
    """
    authorize(policy.MANAGE_ROLLS, actor, organization, at=clock.now())
    roll = rolls.roll_for_update(session, roll_id)
    if roll.frozen_at is not None and not frozen:
        raise Conflict(FROZEN)
    return roll


def note(session: Session, actor: Actor, roll: Roll, fact: Fact) -> None:
    """Record what became of a roll."""
    record(
        session,
        fact,
        actor=actor,
        organization_id=roll.organization_id,
        subject=Ref("roll", roll.id),
    )
