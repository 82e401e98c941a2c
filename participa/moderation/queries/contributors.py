"""People as moderation looks at them: what they wrote in a process, and what came of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person, SanctionRecord, folded
from participa.contributions.models import Contribution, Standing
from participa.core.facts import Ref
from participa.core.keyset import Cursor, Page, paginate
from participa.moderation.models import Case

PAGE_SIZE = 50
ITEMS = 25
"""Contributions on a page of them: as many as somebody reads before choosing."""


@dataclass(frozen=True, slots=True)
class Line:
    """One person in a list for moderators."""

    id: int
    name: str
    search_name: str


def _here(process_id: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if process_id is None else [Contribution.process_id == process_id]


def of_concern(
    session: Session, process_id: int | None, words: str = "", cursor: str | None = None
) -> Page[Line]:
    """Return a page, by name, of people with something removed or with a measure about them.

    ``process_id``: what was written there, and measures of there or of the whole organization about
    somebody who wrote there; ``None``: anywhere. One statement.
    """
    removed = sa.select(Contribution.author_id).where(
        Contribution.status == Standing.REMOVED, *_here(process_id)
    )
    measured = sa.select(SanctionRecord.person_id)
    if process_id is not None:
        wrote = sa.select(Contribution.author_id).where(*_here(process_id))
        measured = measured.where(
            sa.or_(
                SanctionRecord.process_id == process_id,
                sa.and_(SanctionRecord.process_id.is_(None), SanctionRecord.person_id.in_(wrote)),
            )
        )
    select = sa.select(Person.id, Person.name, Person.search_name).where(
        Person.deleted_at.is_(None), sa.or_(Person.id.in_(removed), Person.id.in_(measured))
    )
    wanted = folded(words[:100])
    if wanted:
        select = select.where(Person.search_name.contains(wanted, autoescape=True))
    return paginate(
        lambda query: [Line(**row._mapping) for row in session.execute(query)],  # noqa: SLF001
        cast("sa.Select[Any]", select),
        [(Person.search_name, False), (Person.id, False)],
        lambda line: (line.search_name, line.id),
        Cursor.decode(cursor, (str, int)),
        PAGE_SIZE,
    )


def standings(
    session: Session, person_ids: Iterable[int], process_id: int | None
) -> Mapping[int, Mapping[Standing, int]]:
    """Return how many contributions of each person stand how. One statement."""
    rows = session.execute(
        sa.select(Contribution.author_id, Contribution.status, sa.func.count())
        .where(Contribution.author_id.in_(set(person_ids)), *_here(process_id))
        .group_by(Contribution.author_id, Contribution.status)
    )
    found: dict[int, dict[Standing, int]] = {}
    for author_id, status, count in rows:
        found.setdefault(author_id, {})[status] = count
    return found


def is_known_in(session: Session, person_id: int, process_id: int) -> bool:
    """Return whether a person wrote in a process, or has a measure about them there.

    Anybody else is nobody's business there: a moderator does not leaf through the accounts.
    """
    wrote = sa.exists().where(
        Contribution.author_id == person_id, Contribution.process_id == process_id
    )
    measured = sa.exists().where(
        SanctionRecord.person_id == person_id, SanctionRecord.process_id == process_id
    )
    return bool(session.scalar(sa.select(sa.or_(wrote, measured))))


def written_in(
    session: Session, person_id: int, process_id: int, cursor: str | None
) -> Page[Contribution]:
    """Return a page of what a person has published in a process, newest first. One statement."""
    return paginate(
        lambda select: session.scalars(select).all(),
        sa.select(Contribution).where(
            Contribution.author_id == person_id,
            Contribution.process_id == process_id,
            Contribution.status == Standing.PUBLISHED,
        ),
        [(Contribution.id, True)],
        lambda row: (row.id,),
        Cursor.decode(cursor, (int,)),
        ITEMS,
    )


def chosen(
    session: Session, person_id: int, process_id: int, ids: Iterable[int]
) -> Sequence[Contribution]:
    """Return those lines of the ledger that are a person's, published, in a process."""
    return session.scalars(
        sa.select(Contribution)
        .where(
            Contribution.id.in_(set(ids)),
            Contribution.author_id == person_id,
            Contribution.process_id == process_id,
            Contribution.status == Standing.PUBLISHED,
        )
        .order_by(Contribution.id)
    ).all()


def waiting_cases(session: Session, person_id: int, process_id: int) -> Mapping[Ref, int]:
    """Return the ids of the cases that wait about what a person wrote in a process, by item."""
    rows = session.execute(
        sa.select(Case.id, Case.kind, Case.item_id).where(
            Case.author_id == person_id, Case.process_id == process_id, Case.is_waiting
        )
    )
    return {Ref(row.kind, row.item_id): row.id for row in rows}


def decided(session: Session, person_id: int, process_id: int | None, limit: int) -> Sequence[Case]:
    """Return the newest cases about what a person wrote, whatever became of them."""
    select = sa.select(Case).where(Case.author_id == person_id)
    if process_id is not None:
        select = select.where(Case.process_id == process_id)
    return session.scalars(select.order_by(Case.id.desc()).limit(limit)).all()
