"""Every SELECT on follows, notifications and preferences."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from participa.accounts import queries as accounts
from participa.accounts.models import Consent, Person
from participa.core import events
from participa.core.db import bound_organization
from participa.core.events import Fact, How
from participa.core.facts import FactRow, Ref
from participa.core.keyset import Cursor, Page, paginate
from participa.core.registry import Card, registry
from participa.notifications.models import ANY_KIND, Follow, Notification, Preference
from participa.processes import queries as processes
from participa.processes.snapshot import ProcessView

PAGE_SIZE = 25
COUNT_LIMIT = 100
"""Unread notifications are counted up to here: nobody needs to know whether they are 4,000."""
CONSENT = "notifications"
"""The purpose, among :class:`Consent`, under which people receive mails about what they follow."""


def told_kinds() -> list[type[Fact]]:
    """Return the kinds of fact that somebody is told of, in the order of their rooms."""
    return [kind for kind in registry.facts() if kind.TELLS]


# --- following ----------------------------------------------------------------------------------


def following(session: Session, person_id: int | None, refs: Iterable[Ref]) -> set[Ref]:
    """Return which of the resources a person follows. One statement."""
    by_kind: dict[str, set[int]] = {}
    for ref in refs:
        by_kind.setdefault(ref.kind, set()).add(ref.id)
    if person_id is None or not by_kind:
        return set()
    rows = session.execute(
        sa.select(Follow.subject_kind, Follow.subject_id).where(
            Follow.person_id == person_id,
            sa.or_(
                *(
                    sa.and_(Follow.subject_kind == kind, Follow.subject_id.in_(ids))
                    for kind, ids in by_kind.items()
                )
            ),
        )
    )
    return {Ref(row.subject_kind, row.subject_id) for row in rows}


def follows_of(session: Session, person_id: int, cursor: str | None) -> Page[Follow]:
    """Return a page of what a person follows, newest first."""
    return paginate(
        lambda select: session.scalars(select).all(),
        sa.select(Follow).where(Follow.person_id == person_id),
        [(Follow.id, True)],
        lambda row: (row.id,),
        Cursor.decode(cursor, (int,)),
        PAGE_SIZE,
    )


def all_follows(session: Session, person_id: int) -> Sequence[Follow]:
    """Return all that a person follows, oldest first."""
    return session.scalars(
        sa.select(Follow).where(Follow.person_id == person_id).order_by(Follow.id)
    ).all()


def card(session: Session, ref: Ref) -> Card | None:
    """Return the card of a resource that exists and may be shown to everybody, or ``None``."""
    return cards(session, [ref]).get(ref)


def cards(session: Session, refs: Iterable[Ref | None]) -> Mapping[Ref, Card]:
    """Return the cards of resources, those removed left out. One batch per kind."""
    return registry.cards(session, refs)


# --- the inbox ----------------------------------------------------------------------------------


_notification = Notification.__table__.c
_unread = sa.select(sa.func.count()).select_from(
    sa.select(_notification.id)
    .where(
        _notification.organization_id == sa.bindparam("organization"),
        _notification.person_id == sa.bindparam("person"),
        _notification.read_at.is_(None),
    )
    .limit(COUNT_LIMIT)
    .subquery()
)


def unread(session: Session, person_id: int) -> int:
    """Return how many notifications a person has not read, at most :data:`COUNT_LIMIT`."""
    values = {"organization": bound_organization(session), "person": person_id}
    return session.connection().execute(_unread, values).scalar_one()


def unread_among(session: Session, notification_ids: Iterable[int]) -> Sequence[Notification]:
    """Return those of some notifications that have not been read, oldest first."""
    return session.scalars(
        sa.select(Notification)
        .where(Notification.id.in_(set(notification_ids)), Notification.read_at.is_(None))
        .order_by(Notification.id)
    ).all()


def inbox(
    session: Session, person_id: int, *, process_id: int | None, cursor: str | None
) -> Page[tuple[Notification, FactRow]]:
    """Return a page of a person's notifications with their facts, newest first."""
    joined = (
        sa.select(Notification, FactRow)
        .join(FactRow, FactRow.id == Notification.fact_id)
        .where(Notification.person_id == person_id)
    )
    select = cast("sa.Select[Any]", joined)
    if process_id is not None:
        select = select.where(Notification.process_id == process_id)
    return paginate(
        lambda limited: [(row[0], row[1]) for row in session.execute(limited)],
        select,
        [(Notification.id, True)],
        lambda row: (row[0].id,),
        Cursor.decode(cursor, (int,)),
        PAGE_SIZE,
    )


def newest(session: Session, person_id: int, limit: int) -> Sequence[Notification]:
    """Return a person's newest notifications, without their facts."""
    return session.scalars(
        sa.select(Notification)
        .where(Notification.person_id == person_id)
        .order_by(Notification.id.desc())
        .limit(limit)
    ).all()


def processes_in_inbox(session: Session, person_id: int) -> list[ProcessView]:
    """Return the public processes that a person's notifications speak about."""
    ids = session.scalars(
        sa.select(Notification.process_id)
        .where(Notification.person_id == person_id, Notification.process_id.is_not(None))
        .distinct()
    ).all()
    found = processes.by_ids(session, sorted(id for id in ids if id is not None))
    return [process for process in found if process.is_public]


def own(session: Session, person_id: int, notification_id: int) -> Notification | None:
    """Return a notification of a person by id, or ``None``."""
    return session.scalars(
        sa.select(Notification).where(
            Notification.id == notification_id, Notification.person_id == person_id
        )
    ).first()


@dataclass(frozen=True, slots=True)
class Context:
    """What facts need to be put in words, fetched in one batch for all of them."""

    cards: Mapping[Ref, Card]
    names: Mapping[int, str]
    processes: Mapping[int, ProcessView]

    @property
    def titles(self) -> Mapping[Ref, str]:
        """The present titles of what facts quote."""
        return {ref: card.title for ref, card in self.cards.items()}


def context(session: Session, facts: Sequence[FactRow]) -> Context:
    """Return cards, names and processes of facts: a fixed number of statements per kind.

    Titles come in the language of the reader who is being written for.
    """
    actors = [fact.actor_id for fact in facts if fact.actor_id is not None]
    places = {fact.process_id for fact in facts if fact.process_id is not None}
    return Context(
        cards(
            session,
            [
                *(fact.subject for fact in facts),
                *(Ref("process", id) for id in places),
                *(
                    ref
                    for fact in facts
                    for ref in events.quoted(registry.fact(fact.name), fact).values()
                ),
            ],
        ),
        accounts.names(session, actors),
        {each.id: each for each in processes.by_ids(session, sorted(places)) if each.is_public},
    )


def fact_rows(session: Session, fact_ids: Iterable[int]) -> Mapping[int, FactRow]:
    """Return facts by id."""
    rows = session.scalars(sa.select(FactRow).where(FactRow.id.in_(set(fact_ids)))).all()
    return {row.id: row for row in rows}


# --- preferences --------------------------------------------------------------------------------


def preferences(session: Session, person_id: int) -> Mapping[str, How]:
    """Return what a person has chosen, by kind of fact; :data:`ANY_KIND` is all others."""
    rows = session.execute(
        sa.select(Preference.fact_name, Preference.how).where(Preference.person_id == person_id)
    )
    return {row.fact_name: row.how for row in rows}


def effective(chosen: Mapping[str, How], kind: type[Fact]) -> How:
    """Return how a person is told: chosen, else chosen for all kinds, else the kind's default."""
    return chosen.get(kind.NAME) or chosen.get(ANY_KIND) or How(kind.DEFAULT_MAIL)


def consents_to_mail(session: Session, person_id: int) -> bool:
    """Return whether the last thing a person said about mails was yes."""
    return bool(session.scalar(sa.select(_consents(sa.literal(person_id)))))


def _consents(person_id: Any) -> Any:
    last = aliased(Consent)
    return (
        sa.select(last.granted)
        .where(last.person_id == person_id, last.purpose == CONSENT)
        .order_by(last.id.desc())
        .limit(1)
        .scalar_subquery()
    )


# --- mails --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who can be written to."""

    id: int
    email: str
    locale: str
    consents: bool
    """Without it only what concerns the person directly is mailed."""


def organizations_waiting(session: Session, how: How) -> Sequence[int]:
    """Return the ids of the organizations with mails of a kind to be sent."""
    return session.scalars(
        sa.select(Notification.organization_id).where(Notification.mail == how).distinct()
    ).all()


def people_due(
    session: Session, how: How, before: dt.datetime, *, after: int, limit: int
) -> Sequence[int]:
    """Return the ids of people with mails of a kind to be sent about facts told before a moment.

    In order, and only those ``after`` an id: a job never walks again over what it has done.
    """
    return session.scalars(
        sa.select(Notification.person_id)
        .where(
            Notification.mail == how,
            Notification.created_at < before,
            Notification.person_id > after,
        )
        .distinct()
        .order_by(Notification.person_id)
        .limit(limit)
    ).all()


def recipients(session: Session, person_ids: Iterable[int]) -> Mapping[int, Recipient]:
    """Return those of the people who have a confirmed address."""
    rows = session.execute(
        sa.select(
            Person.id, Person.email, Person.locale, _consents(Person.id).label("consents")
        ).where(
            Person.id.in_(set(person_ids)),
            Person.email.is_not(None),
            Person.email_confirmed_at.is_not(None),
            Person.deleted_at.is_(None),
        )
    )
    return {row.id: Recipient(row.id, row.email, row.locale, bool(row.consents)) for row in rows}
