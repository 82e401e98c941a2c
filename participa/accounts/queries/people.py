"""People, as rows and as lists for staff."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Consent, Person, folded
from participa.core.errors import Missing
from participa.core.keyset import Cursor, Page, paginate

PAGE_SIZE = 50


def by_login(session: Session, login: str) -> Person | None:
    """Return who signs in with an e-mail address or a username, or ``None``."""
    login = login.strip().lower()
    column = Person.email if "@" in login else Person.username
    return session.scalars(
        sa.select(Person).where(column == login, Person.deleted_at.is_(None))
    ).first()


def by_email(session: Session, email: str) -> Person | None:
    """Return who holds an address, or ``None``."""
    return session.scalars(
        sa.select(Person).where(Person.email == email, Person.deleted_at.is_(None))
    ).first()


def username_taken(session: Session, username: str) -> bool:
    """Return whether somebody of this organization already signs in with ``username``."""
    return session.scalar(sa.select(Person.id).where(Person.username == username)) is not None


def get(session: Session, person_id: int) -> Person:
    """Return a person of this organization. Raises :class:`Missing`, also when deleted."""
    return _one(session, sa.select(Person).where(Person.id == person_id))


def for_update(session: Session, person_id: int) -> Person:
    """Return a person's row, locked until the transaction ends. Raises :class:`Missing`."""
    return _one(
        session,
        sa.select(Person)
        .where(Person.id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    )


_hold = (
    sa.select(Person.__table__.c.id)
    .where(Person.__table__.c.id == sa.bindparam("person"))
    .with_for_update(key_share=True)
)


def hold(session: Session, person_id: int | None) -> None:
    """Lock a person's row until the transaction ends, so that two clicks at once do not cross."""
    session.connection().execute(_hold, {"person": person_id})


def _one(session: Session, select: sa.Select[Person]) -> Person:
    row: Person | None = session.scalars(select.where(Person.deleted_at.is_(None))).first()
    if row is None:
        message = "no such person"
        raise Missing(message)
    return row


def consents(session: Session, person_id: int) -> Sequence[Consent]:
    """Return everything that a person ticked or unticked, newest first."""
    return session.scalars(
        sa.select(Consent).where(Consent.person_id == person_id).order_by(Consent.id.desc())
    ).all()


def current_consents(session: Session, person_id: int) -> Mapping[str, Consent]:
    """Return the last word of a person about each purpose."""
    latest: dict[str, Consent] = {}
    for row in consents(session, person_id):
        latest.setdefault(row.purpose, row)
    return latest


def with_consent(session: Session, purpose: str) -> Sequence[int]:
    """Return the ids of the people whose last word about ``purpose`` is yes."""
    last = (
        sa.select(sa.func.max(Consent.id))
        .where(Consent.purpose == purpose)
        .group_by(Consent.person_id)
    )
    return session.scalars(
        sa.select(Consent.person_id)
        .join(Person, Person.id == Consent.person_id)
        .where(Consent.id.in_(last), Consent.granted, Person.deleted_at.is_(None))
        .order_by(Consent.person_id)
    ).all()


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in a list for staff."""

    id: int
    name: str
    search_name: str
    email: str | None
    username: str | None
    email_confirmed_at: dt.datetime | None
    has_second_factor: bool
    created_at: dt.datetime


def search(
    session: Session, text: str = "", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[PersonLine]:
    """Return a page of people by name, whose name, address or username contains ``text``."""
    select = sa.select(
        Person.id,
        Person.name,
        Person.search_name,
        Person.email,
        Person.username,
        Person.email_confirmed_at,
        Person.totp_confirmed_at.is_not(None).label("has_second_factor"),
        Person.created_at,
    ).where(Person.deleted_at.is_(None))
    wanted = folded(text[:100])
    if wanted:
        select = select.where(
            sa.or_(
                Person.search_name.contains(wanted, autoescape=True),
                Person.email.contains(text.strip().lower()[:100], autoescape=True),
                Person.username.contains(wanted, autoescape=True),
            )
        )
    return paginate(
        lambda query: [PersonLine(**row._mapping) for row in session.execute(query)],  # noqa: SLF001
        cast("sa.Select[Any]", select),
        [(Person.search_name, False), (Person.id, False)],
        lambda line: (line.search_name, line.id),
        Cursor.decode(cursor, (str, int)),
        size,
    )


def with_email_at(session: Session, ending: str) -> Sequence[Person]:
    """Return the people whose address ends so, in the order they were made."""
    return session.scalars(
        sa.select(Person)
        .where(Person.email.endswith(ending, autoescape=True), Person.deleted_at.is_(None))
        .order_by(Person.id)
        .limit(30)
    ).all()
