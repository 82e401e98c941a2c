"""Voting at a point: a neighbour's ballot registered for them, or a sheet handed out.

Whoever is in charge of a point finds a line of the roll by a document. The number is compared and
forgotten: nothing here keeps it, records it or gives it back.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.checked import checked_reason
from participa.accounts.models import RollEntry
from participa.accounts.queries import staff
from participa.accounts.verification import sms
from participa.accounts.verification.by_code import BAD_PHONE, normal_phone
from participa.budgets import ballots, events, policy
from participa.budgets.models import Channel, Mark, Point, Promoter, Sheet
from participa.budgets.queries import ballot_rules, casting
from participa.budgets.queries import points as queries
from participa.budgets.services import box, drafts, lines, sheets
from participa.budgets.services.points import RECONCILED
from participa.budgets.services.voters import of_entry
from participa.budgets.services.votes import facing
from participa.core import clock
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Actor, Role, authorize
from participa.organizations.queries import OrganizationView
from participa.processes.services.facts import record_in
from participa.processes.snapshot import ComponentView

HOUR = dt.timedelta(hours=1)
REFUSED_AT = 2
"""Times the limit of an hour at which no more is taken until the hour is over."""

_marks = cast("sa.Table", Mark.__table__)


@dataclass(frozen=True, slots=True)
class _Desk:
    """A point held by whoever is in charge of it."""

    vote: Any
    point: Point
    duties: Sequence[Promoter]
    at: dt.datetime


def look_up(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    point_id: int,
    document: lines.Document,
) -> lines.Found:
    """Return the line of the roll that a document has, if it may vote here and has not.

    Raises ``Denied``, ``Missing``, ``Conflict`` where nobody votes here, and ``Invalid`` on
    ``document_type``, ``document_number`` or ``guardian`` with the reason.
    """
    desk = _begin(session, actor, component, point_id)
    _refuse_haste(desk)
    entry = lines.by_document(session, component, document)
    unknown = lines.check(
        session, actor, organization, component, entry, desk.at, document.guardian
    )
    return lines.Found(entry.id, document.guardian, unknown)


def assist(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    point_id: int,
    found: lines.Found,
    chosen: Mapping[int, int],
    telephone: str = "",
) -> str | None:
    """Put a neighbour's ballot into the box. Returns the receipt, to be handed over on paper.

    With a ``telephone`` the receipt goes there instead, nothing is returned, and the telephone is
    forgotten. Raises as :func:`look_up`, and ``Invalid`` with what is wrong with the ballot or on
    ``telefono``. The recorded fact says who registered a ballot, and not whose.
    """
    desk = _begin(session, actor, component, point_id, opens=True)
    _refuse_haste(desk)
    entry = lines.line(session, component, found.entry_id)
    lines.check(session, actor, organization, component, entry, desk.at, found.guardian)
    known = ballot_rules.of_vote(session, component, desk.vote)
    problems = ballots.problems(known.form, known.pots, known.options, chosen)
    phone = None
    if telephone.strip() and sms.is_available():
        phone = normal_phone(telephone, organization.country)
        if phone is None:
            problems.append(Problem("telefono", BAD_PHONE))
    if problems:
        raise Invalid(problems)
    mark, receipt = _claim(session, component, desk, entry, Channel.ASSISTED)
    box.put(session, component, desk.vote, mark, chosen, is_new=True)
    _count(session, actor, component, desk)
    record_in(session, actor, component, events.BallotAssisted(desk.point.name, desk.point.id))
    _forget_draft(session, component, entry)
    if phone is None:
        return receipt
    with force_locale(organization.locale):
        text = str(
            _l(
                "Su voto en «%(title)s» está en la urna. Constancia: %(receipt)s. Prueba que su "
                "voto cuenta y no dice qué votó.",
                title=component.title,
                receipt=receipt,
            )
        )
    sms.send(session, organization, phone, text)
    return None


def hand(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    point_id: int,
    found: lines.Found,
) -> None:
    """Mark that somebody gets a sheet: from then on they have voted, on paper.

    Which sheet is nowhere written. Raises as :func:`look_up`.
    """
    desk = _begin(session, actor, component, point_id)
    _refuse_haste(desk)
    entry = lines.line(session, component, found.entry_id)
    lines.check(session, actor, organization, component, entry, desk.at, found.guardian)
    _claim(session, component, desk, entry, Channel.PAPER)
    _count(session, actor, component, desk)
    record_in(session, actor, component, events.SheetHanded(desk.point.name, desk.point.id))
    _forget_draft(session, component, entry)


@dataclass(frozen=True, slots=True)
class Undoing:
    """A sheet that came back unused, and whose it was, as typed."""

    line: lines.Document | lines.Found
    """Their document, or what it was found to be when this was checked before."""
    number: str
    check: str
    reason: str


@dataclass(frozen=True, slots=True)
class Handing:
    """A sheet that was handed out here today and may be taken back, all of it held."""

    point: Point
    found: lines.Found
    mark: Any
    sheet: Sheet
    reason: str


def checked_undoing(
    session: Session, actor: Actor, component: ComponentView, point_id: int, undoing: Undoing
) -> Handing:
    """Return what is to be undone, if it can be; nothing is written.

    A mark goes only against a sheet that nobody can count any more, so that nobody votes twice; and
    never where a sheet that was decided would be left without its mark.
    Raises ``Denied``, ``Missing``, ``Conflict``, and ``Invalid`` beside what is wrong.
    """
    desk = _begin(session, actor, component, point_id, whole=True)
    reason = checked_reason(undoing.reason)
    if isinstance(undoing.line, lines.Found):
        found = undoing.line
        entry = lines.line(session, component, found.entry_id)
    else:
        entry = lines.by_document(session, component, undoing.line, whole=False)
        found = lines.Found(entry.id, undoing.line.guardian)
    mark = casting.mark(session, component, of_entry(entry), lock=True)
    day = desk.at.astimezone(component.zone).date()
    if (
        mark is None
        or mark.channel != Channel.PAPER
        or mark.point_id != point_id
        or mark.day != day
    ):
        raise Invalid.of(
            path="document_number",
            message=_l("A esa persona no se le entregó una hoja hoy en este punto."),
        )
    if queries.figures(session, component, point_id)[point_id].missing <= 0:
        raise Invalid.of(
            path="number",
            message=_l(
                "En este punto ya se digitaron tantas hojas como se entregaron: la de esa persona "
                "es una de ellas, y ya no se puede deshacer."
            ),
        )
    sheet = sheets.unused(session, component, point_id, undoing.number, undoing.check)
    return Handing(desk.point, found, mark, sheet, reason)


def undo(
    session: Session, actor: Actor, component: ComponentView, point_id: int, undoing: Undoing
) -> int:
    """Take back that somebody got a sheet here today; the sheet is annulled. Returns its number.

    Raises as :func:`checked_undoing`.
    """
    handing = checked_undoing(session, actor, component, point_id, undoing)
    number = handing.sheet.number
    sheets.annul(session, actor, handing.sheet)
    session.connection().execute(
        sa.delete(_marks).where(
            _marks.c.organization_id == component.organization_id, _marks.c.id == handing.mark.id
        )
    )
    fact = events.HandingUndone(handing.point.name, handing.point.id, number, handing.reason)
    record_in(session, actor, component, fact)
    return number


def _begin(
    session: Session,
    actor: Actor,
    component: ComponentView,
    point_id: int,
    *,
    opens: bool = False,
    whole: bool = False,
) -> _Desk:
    """Hold vote, point and the promoter's charges, in this order, and ask the policy.

    ``whole``: nobody else works at the point meanwhile.
    """
    vote = (
        box.open_box(session, component) if opens else casting.vote(session, component, hold=True)
    )
    point = queries.held(session, component.id, point_id, whole=whole)
    held = queries.duties(session, component.id, actor.person_id or 0)
    is_theirs = any(each.point_id == point.id for each in held)
    at = clock.now()
    authorize(policy.ASSIST, actor, component, facing(vote, promoter=is_theirs), at=at)
    if point.reconciled_at is not None:
        raise Conflict(RECONCILED)
    return _Desk(vote, point, held, at)


def _claim(
    session: Session, component: ComponentView, desk: _Desk, entry: RollEntry, channel: Channel
) -> tuple[Any, str]:
    day = desk.at.astimezone(component.zone).date()
    mark, receipt = box.claim(
        session,
        component,
        of_entry(entry),
        channel,
        day=day,
        territory_id=entry.territory_id,
        age_band=box.age_band(entry.birth_date, day),
        point_id=desk.point.id,
    )
    if receipt is None:
        raise Invalid.of(path="document_number", message=lines.voted(mark))
    return mark, receipt


def _running(desk: _Desk) -> list[Promoter]:
    """Return the promoter's charges, at all their points, whose hour of work is not over."""
    return [
        each for each in desk.duties if each.hour_at is not None and desk.at - each.hour_at < HOUR
    ]


def _charge(desk: _Desk) -> Promoter:
    return next(each for each in desk.duties if each.point_id == desk.point.id)


def _refuse_haste(desk: _Desk) -> None:
    """Raise :class:`Conflict` where the promoter has done twice what was expected of an hour."""
    number = sum(each.in_hour for each in _running(desk))
    if number >= _charge(desk).per_hour * REFUSED_AT:
        raise Conflict(
            _l(
                "Ya registró %(number)s votos en esta hora, el doble de lo previsto. Espere a que "
                "pase la hora o hable con la entidad.",
                number=number,
            )
        )


def _count(session: Session, actor: Actor, component: ComponentView, desk: _Desk) -> None:
    """Count one more in the promoter's hour; tell the staff past the limit."""
    mine, running = _charge(desk), _running(desk)
    number = sum(each.in_hour for each in running) + 1
    if mine not in running:
        mine.hour_at, mine.in_hour = desk.at, 0
    mine.in_hour += 1
    mine.total += 1
    if number == mine.per_hour + 1:
        mine.alerted_at = desk.at
        _warn(session, actor, component, desk.point, mine.per_hour)
    session.flush()


def _warn(
    session: Session, actor: Actor, component: ComponentView, point: Point, per_hour: int
) -> None:
    managers = {
        person.id
        for process_id, role in (
            (component.process.id, Role.PROCESS_ADMIN),
            (None, Role.ORGANIZATION_ADMIN),
        )
        for grant, person in staff.grants_in(session, process_id)
        if grant.role is role
    }
    record_in(
        session,
        actor,
        component,
        events.PaceUnusual(
            point.name,
            per_hour,
            component.process.slug,
            component.key,
            point.id,
            sorted(managers),
        ),
    )


def _forget_draft(session: Session, component: ComponentView, entry: RollEntry) -> None:
    """Throw away what somebody had chosen on the web and not sent: they have voted."""
    if entry.person_id is not None:
        drafts.remove(session, component, Actor(component.organization_id, entry.person_id))
