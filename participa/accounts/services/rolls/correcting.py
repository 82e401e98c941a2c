"""One line at a time: added, taken out, freed; each with a reason that names no document."""

import datetime as dt
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts import events, line_uses
from participa.accounts.checked import checked_reason
from participa.accounts.models import Approval, Roll, RollEntry
from participa.accounts.models.rolls import GROUP_LENGTH
from participa.accounts.queries import people, rolls
from participa.accounts.second_person import Act, add_act, for_release
from participa.accounts.services import approvals
from participa.accounts.services.rolls.making import note, open_for_changes
from participa.accounts.verification import census, records
from participa.accounts.verification.documents import BadDocument, document_hasher, normal_type
from participa.accounts.verification.roll_csv import EARLIEST
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Actor
from participa.core.tables import CODE
from participa.organizations.queries import OrganizationView

RELEASE = "accounts.release_line"
"""The act of freeing a line with which somebody voted, where a second person approves it."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it was typed: its document is hashed at once and kept nowhere."""

    document_type: str
    document_number: str = field(repr=False)
    birth_date: dt.date | None = None
    territory_id: int | None = None
    group: str = ""


def add(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    line: NewLine,
    reason: str,
) -> RollEntry:
    """Add the line of a document, or bring it back with what is said now.

    Raises :class:`Invalid`, and :class:`Conflict` once the roll is frozen.
    """
    roll = open_for_changes(session, actor, organization, roll_id)
    now = clock.now()
    problems = []
    document = (line.document_type, line.document_number)
    document_hash = kind = group = ""
    try:
        document_hash = document_hasher(organization.id)(*document)
        kind = normal_type(line.document_type)
    except BadDocument as error:
        problems.append(Problem(f"document_{error.field}", error.sentence))
    today = now.astimezone(organization.zone).date()
    if line.birth_date and not EARLIEST <= line.birth_date <= today:
        problems.append(Problem("birth_date", _l("Revise la fecha: escriba el día en que nació.")))
    if line.territory_id is not None and line.territory_id not in organization.territories:
        problems.append(Problem("territory", _l("No hay un territorio con ese código.")))
    group = line.group.strip()
    if group and (len(group) > GROUP_LENGTH or not CODE.fullmatch(group)):
        problems.append(
            Problem("group", _l("Use una palabra corta, sin tildes ni espacios, como rural."))
        )
    try:
        reason = checked_reason(reason)
    except Invalid as error:
        problems += error.problems
    if problems:
        raise Invalid(problems)
    row = rolls.entry_by_document(session, roll, *document)
    if row is not None and row.removed_at is None:
        raise Invalid.of(path="document_number", message=_l("Ese documento ya está en el padrón."))
    if row is None:
        row = RollEntry(
            organization_id=organization.id, roll_id=roll.id, document_hash=document_hash
        )
        session.add(row)
    row.removed_at, row.removed_reason = None, ""
    row.birth_date, row.territory_id, row.group = line.birth_date, line.territory_id, group
    roll.size += 1
    if kind not in roll.document_types:
        roll.document_types = sorted({*roll.document_types, kind})
    session.flush()
    note(session, actor, roll, events.RollEntryAdded(roll.key, row.id, reason))
    return row


def remove(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    entry_id: int,
    reason: str,
) -> None:
    """Take a line out; the verification that rests on it ends.

    Raises :class:`Invalid` for a reason and while the line is in use (somebody voted by it in a
    vote that is not closed), :class:`Conflict` once frozen, :class:`Missing`.
    """
    roll, row = _line(session, actor, organization, roll_id, entry_id)
    reason = checked_reason(reason)
    if row.removed_at is not None:
        raise Conflict(_l("Esta línea ya estaba retirada."))
    why_not = line_uses.why_kept(session, row.id)
    if why_not is not None:
        raise Invalid.of(path="", message=why_not)
    row.removed_at, row.removed_reason = clock.now(), reason
    person_id = _unclaim(session, row)
    roll.size -= 1
    session.flush()
    note(session, actor, roll, events.RollEntryRemoved(roll.key, row.id, reason, person_id))


def release(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    entry_id: int,
    reason: str,
) -> Approval | None:
    """Free a line that somebody else than its owner claimed; that verification ends.

    Where a vote by that line asks for it, a second person must approve: the request is returned,
    and the line is not free yet.

    Also after freezing: it changes who may use the line, not the roll; and after a vote, which
    stays with the line: whoever claims it next may replace that ballot, unseen, and casts no second
    one. Raises :class:`Invalid`
    for a reason and :class:`Conflict` where nobody claimed it, or it was asked already.
    """
    roll, row = _line(session, actor, organization, roll_id, entry_id, frozen=True)
    reason = checked_reason(reason)
    if row.person_id is not None and for_release(session, actor, row.id):
        return approvals.ask(
            session,
            actor,
            kind=RELEASE,
            target=str(row.id),
            what=lambda: _l(
                "Liberar la línea n.º %(line)s del padrón «%(roll)s», con la que ya se votó. "
                "Motivo: %(reason)s",
                line=row.id,
                roll=roll.name,
                reason=reason,
            ),
            organization_id=organization.id,
            roll_id=roll.id,
            entry_id=row.id,
            person_id=row.person_id,
            reason=reason,
        )
    _release(session, actor, roll, row, reason)
    return None


def _release_approved(
    session: Session, actor: Actor, organization: OrganizationView, approval: Approval
) -> None:
    asked = approval.data
    roll, row = _line(
        session, actor, organization, asked["roll_id"], asked["entry_id"], frozen=True
    )
    if row.person_id != asked["person_id"]:
        raise Conflict(_l("Esa línea ya cambió de manos desde que se pidió liberarla."))
    _release(session, actor, roll, row, asked["reason"])


def _release(session: Session, actor: Actor, roll: Roll, row: RollEntry, reason: str) -> None:
    person_id = _unclaim(session, row)
    if person_id is None:
        raise Conflict(_l("Nadie se ha verificado con esta línea."))
    session.flush()
    note(session, actor, roll, events.RollEntryReleased(roll.key, row.id, reason, person_id))


def _line(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    roll_id: int,
    entry_id: int,
    *,
    frozen: bool = False,
) -> tuple[Roll, RollEntry]:
    roll = open_for_changes(session, actor, organization, roll_id, frozen=frozen)
    # Whoever claims locks the person first, so this does too.
    person_id = rolls.entry(session, roll_id, entry_id).person_id
    if person_id is not None:
        people.for_update(session, person_id)
    return roll, rolls.entry(session, roll_id, entry_id, lock=True)


def _unclaim(session: Session, row: RollEntry) -> int | None:
    person_id = row.person_id
    row.person_id = row.claimed_at = None
    if person_id is not None:
        line_uses.freed(session, [row.id])
    records.revoke_by_evidence(session, census.KEY, census.evidence(row.id), clock.now())
    return person_id


add_act(Act(RELEASE, _release_approved, ("admin.roll_line", "roll_id", "entry_id")))
