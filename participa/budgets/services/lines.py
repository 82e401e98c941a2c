"""A line of the roll, as whoever is in charge of a point finds it by a document.

The number is compared and forgotten: nothing here keeps it, records it or gives it back.
"""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import RollEntry
from participa.accounts.queries import rolls, staff
from participa.accounts.verification import census
from participa.accounts.verification.documents import BadDocument
from participa.accounts.verification.roll_csv import birth_date
from participa.budgets.models import Channel
from participa.budgets.queries import casting
from participa.budgets.services.voters import of_entry
from participa.core import clock
from participa.core.errors import Conflict, Invalid
from participa.core.i18n import format_date
from participa.core.policy import Actor, Requirement, Verification
from participa.core.requirements import ConfirmedEmail, Guardian, LivesIn, MinimumAge, Verified
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView

NO_ROLL = _l("Con ayuda o en papel solo se vota con un padrón, y esta votación no usa ninguno.")
CHANNELS: Mapping[Channel, Any] = {
    Channel.WEB: _l("por internet"),
    Channel.ASSISTED: _l("con ayuda, en un punto"),
    Channel.PAPER: _l("en papel"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was typed."""

    kind: str = dataclasses.field(repr=False)
    number: str = dataclasses.field(repr=False)
    guardian: bool = False
    """Whether whoever looks after a minor came along and allows it."""
    born: str = dataclasses.field(default="", repr=False)
    """The birth date, where the roll asks for it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who may vote here."""

    entry_id: int
    guardian: bool
    unknown: tuple[Any, ...] = ()
    """What the vote asks for and the roll does not say, as sentences: to look at the document."""
    at: dt.datetime = dataclasses.field(default_factory=clock.now)
    """When the document was looked up: what follows is about the same visit."""


def by_document(
    session: Session, component: ComponentView, document: Document, *, whole: bool = True
) -> RollEntry:
    """Return the line of a document, removed or not; with the birth date too, where the roll asks.

    Without ``whole`` the document is enough: to take back what was handed out here today.

    Raises ``Conflict`` where no roll votes, and ``Invalid`` for what is no document of it.
    """
    roll = casting.roll(session, component)
    if roll is None:
        raise Conflict(NO_ROLL)
    asks = whole and roll.asks_birth_date
    born = None
    if asks:
        today = clock.now().astimezone(component.zone).date()
        born, wrong = birth_date(document.born.strip(), today)
        if born is None:
            raise Invalid.of(path="birth_date", message=wrong or census.WITHOUT_DATE)
    try:
        entry = rolls.entry_by_document(session, roll, document.kind, document.number)
    except BadDocument as error:
        raise Invalid.of(path=f"document_{error.field}", message=error.sentence) from None
    # One answer: whoever is at a point must not try out whom the roll has.
    if entry is None or (asks and not census.says_birth_date(roll, entry, born)):
        raise Invalid.of(
            path="document_number",
            message=_l(
                "Con ese documento y esa fecha de nacimiento no hay nadie en el padrón. Revíselos."
            )
            if asks
            else _l("Ese documento no está en el padrón. Revise el tipo y el número."),
        )
    return entry


def line(session: Session, component: ComponentView, entry_id: int) -> RollEntry:
    """Return a line of the vote's roll, locked: nobody takes it out meanwhile."""
    roll = casting.roll(session, component)
    if roll is None:
        raise Conflict(NO_ROLL)
    return rolls.entry(session, roll.id, entry_id, lock=True)


def check(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    entry: RollEntry,
    at: dt.datetime,
    guardian: bool,  # noqa: FBT001
) -> tuple[Any, ...]:
    """Refuse who may not vote here, with the reason. Raises :class:`Invalid`.

    Returns what the vote asks for and the roll does not say, as sentences.
    """
    problem: Any = None
    if entry.removed_at is not None:
        problem = _l("Ese documento fue retirado del padrón.")
    elif entry.person_id is not None and entry.person_id == actor.person_id:
        problem = _l("Ese documento es suyo: su propio voto lo envía usted por internet.")
    else:
        mark = casting.mark(session, component, of_entry(entry))
        if mark is not None:
            problem = voted(mark)
    if problem is not None:
        raise Invalid.of(path="document_number", message=problem)
    return _requirements(session, organization, component, entry, at, guardian)


def voted(mark: Any) -> Any:
    """Return that somebody has voted: the channel and the day, and nothing else."""
    return _l(
        "Esa persona ya votó %(channel)s el %(date)s.",
        channel=CHANNELS[Channel(mark.channel)],
        date=format_date(mark.day),
    )


def _requirements(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    entry: RollEntry,
    at: dt.datetime,
    guardian: bool,  # noqa: FBT001
) -> tuple[Any, ...]:
    """Ask of a line what the vote asks of people. Who is in front of somebody has proved to be."""
    unknown = []
    voter = _as_voter(session, organization, entry, at, guardian)
    for each in _asked(component, at):
        if isinstance(each, ConfirmedEmail | Verified):
            continue
        is_blank = (
            entry.birth_date is None
            if isinstance(each, MinimumAge | Guardian)
            else isinstance(each, LivesIn) and entry.territory_id is None
        )
        if is_blank:
            unknown.append(each.sentence)
            continue
        refused = each.denial(voter, at, component.zone)
        if refused is None:
            continue
        if isinstance(each, Guardian):
            raise Invalid.of(
                path="guardian",
                message=_l(
                    "Tiene menos de 18 años: vota si vino con quien le cuida y esa persona lo "
                    "permite."
                ),
            )
        raise Invalid.of(path="document_number", message=refused.message)
    return tuple(unknown)


def _asked(component: ComponentView, at: dt.datetime) -> list[Requirement]:
    """Return what is asked of who votes: now, or in every phase while only the points are open."""
    rule = component.rule("cast", at)
    if rule.state.is_open:
        return list(rule.requires)
    found: list[Requirement] = []
    for opening in component.openings:
        for each in opening.rules["cast"].requires if "cast" in opening.rules else ():
            if each not in found:
                found.append(each)
    return found


def _as_voter(
    session: Session,
    organization: OrganizationView,
    entry: RollEntry,
    at: dt.datetime,
    guardian: bool,  # noqa: FBT001
) -> Actor:
    place = organization.territories.get(entry.territory_id or 0)
    known = [Verification(Guardian.kind)] if guardian else []
    if entry.person_id is not None:
        known += [
            Verification(each.method, each.expires_at)
            for each in staff.verifications_of(session, entry.person_id)
            if each.holds(at)
        ]
    return Actor(
        organization_id=organization.id,
        person_id=entry.person_id or 0,
        birth_date=entry.birth_date,
        territories=frozenset(place.path if place is not None else ()),
        verifications=tuple(known),
    )
