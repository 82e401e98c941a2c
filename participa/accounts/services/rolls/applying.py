"""A file that was read is applied, whole or without the lines that have problems."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, line_uses
from participa.accounts.models import (
    Person,
    Roll,
    RollEntry,
    RollUpload,
    RollUploadLine,
    VerificationRecord,
)
from participa.accounts.queries import roll_files, rolls
from participa.accounts.queries.rolls import Effect
from participa.accounts.services.rolls.loading import problems_of
from participa.accounts.services.rolls.making import note, open_for_changes
from participa.accounts.services.rolls.settling import is_settled
from participa.accounts.verification import census
from participa.accounts.verification.roll_csv import BORN, GROUP, PLACE
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.policy import Actor
from participa.organizations.queries import OrganizationView


def apply(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    upload_id: int,
    *,
    without_problems: bool = False,
) -> Effect:
    """Apply a file that was read, whole. Returns what it did.

    Lines that the roll has keep who claimed them, and take what the file says; what it has no
    column for stays. ``without_problems``: the lines that are right, where there are others; not
    where the file replaces the roll, since those would leave it. Raises :class:`Invalid` with every
    problem kept, :class:`Conflict` and :class:`Missing`.
    """
    roll = open_for_changes(session, actor, organization, roll_id)
    upload = rolls.upload(session, roll_id, upload_id)
    if upload.read_at is None:
        raise Conflict(_l("Este archivo todavía se está leyendo."))
    if not is_settled(upload):
        raise Conflict(_l("Primero responda lo que falta por saber del archivo."))
    if upload.problem_count and (upload.replace or not without_problems):
        raise Invalid(problems_of(upload))
    now = clock.now()
    if upload.replace:
        # First nobody votes by the lines that may go; then it is known by which somebody has.
        held = sa.select(RollEntry.id).where(_missing(upload)).with_for_update().subquery()
        session.execute(sa.select(sa.func.count()).select_from(held))
    found = rolls.effect(session, upload)
    if upload.replace:
        _remove_missing(session, upload, now)
    _update_known(session, upload)
    _insert_new(session, upload)
    roll.size = _count(session, roll)
    types = {each.document_type for each in roll_files.upload_types(session, upload.id)} - {""}
    # A file that was read before lines said their types says them itself.
    roll.document_types = sorted({*roll.document_types, *upload.document_types, *types})
    fact = events.RollLoaded(roll.key, found.added, found.updated, found.removed, upload.reason)
    session.delete(upload)
    session.flush()
    session.expire_all()
    note(session, actor, rolls.roll(session, roll_id), fact)
    return found


def _remove_missing(session: Session, upload: RollUpload, now: dt.datetime) -> None:
    gone = sa.and_(_missing(upload), ~line_uses.kept())
    claims = sa.select(sa.literal(census.PREFIX) + sa.cast(RollEntry.id, sa.String)).where(
        gone, RollEntry.person_id.is_not(None)
    )
    _execute(
        session,
        sa.update(VerificationRecord)
        .where(
            VerificationRecord.method == census.KEY,
            VerificationRecord.revoked_at.is_(None),
            VerificationRecord.evidence.in_(claims),
        )
        .values(revoked_at=now),
    )
    _execute(
        session,
        sa.update(RollEntry)
        .where(gone)
        .values(removed_at=now, removed_reason=upload.reason, person_id=None, claimed_at=None),
    )


def _missing(upload: RollUpload) -> sa.ColumnElement[bool]:
    """Return the condition that a file does not have a line that counts."""
    return sa.and_(
        RollEntry.roll_id == upload.roll_id,
        RollEntry.removed_at.is_(None),
        ~rolls.in_file(upload.id),
    )


def _update_known(session: Session, upload: RollUpload) -> None:
    line: Any = RollUploadLine
    said = (line.upload_id == upload.id, line.document_hash == RollEntry.document_hash)

    def value(column: Any) -> Any:
        return sa.select(column).where(*said).correlate(RollEntry).scalar_subquery()

    _execute(
        session,
        sa.update(RollEntry)
        .where(RollEntry.roll_id == upload.roll_id, rolls.in_file(upload.id))
        .values(
            {
                **{
                    column: value(said_now)
                    for name, column, said_now in (
                        (BORN, RollEntry.birth_date, line.birth_date),
                        (PLACE, RollEntry.territory_id, line.territory_id),
                        (GROUP, RollEntry.group, line.group),
                    )
                    if name in upload.found.get("used", (name,))
                },
                RollEntry.removed_at: None,
                RollEntry.removed_reason: "",
            }
        ),
    )
    # Who verified by a line is as old, and lives, as the line says now.
    for column, said_now in (
        (Person.birth_date, RollEntry.birth_date),
        (Person.territory_id, RollEntry.territory_id),
    ):
        theirs = (
            sa.select(said_now)
            .where(
                RollEntry.roll_id == upload.roll_id,
                RollEntry.person_id == Person.id,
                said_now.is_not(None),
            )
            .correlate(Person)
        )
        _execute(
            session,
            sa.update(Person).where(theirs.exists()).values({column: theirs.scalar_subquery()}),
        )


def _insert_new(session: Session, upload: RollUpload) -> None:
    line: Any = RollUploadLine.__table__.c
    entry: Any = RollEntry.__table__
    known = sa.exists().where(
        entry.c.roll_id == upload.roll_id, entry.c.document_hash == line.document_hash
    )
    names = ("document_hash", "birth_date", "territory_id", "group_key")
    session.connection().execute(
        sa.insert(entry).from_select(
            ["organization_id", "roll_id", *names, "removed_reason"],
            sa.select(
                sa.literal(upload.organization_id),
                sa.literal(upload.roll_id),
                *[line[name] for name in names],
                sa.literal(""),
            )
            # In the order of the hashes, which is none: a line's number tells nothing of the file.
            .where(line.upload_id == upload.id, ~known)
            .order_by(line.document_hash),
            include_defaults=False,
        )
    )


def _count(session: Session, roll: Roll) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(RollEntry)
            .where(RollEntry.roll_id == roll.id, RollEntry.removed_at.is_(None))
        )
        or 0
    )


def _execute(session: Session, statement: Any) -> None:
    session.execute(statement, execution_options={"synchronize_session": False})
