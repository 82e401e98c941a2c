"""Every SELECT on proposals and supports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.core import words
from participa.core.errors import Missing
from participa.core.keyset import Cursor, Page, paginate
from participa.proposals.models import SHUFFLE_SPAN, Proposal, ProposalStatus, Support

PAGE_SIZE = 20

ORDERS: Mapping[str, Any] = {
    "random": _l("Al azar"),
    "newest": _l("Más nuevas"),
    "most_supported": _l("Más apoyadas"),
}

_p = Proposal.__table__.c


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to."""

    territories: tuple[int, ...] = ()
    theme: int | None = None
    author: int | None = None
    words: str = ""

    def conditions(self) -> list[Any]:
        """Return the WHERE clauses."""
        found: list[Any] = []
        if self.territories:
            found.append(_p.territory_id.in_(self.territories))
        if self.theme is not None:
            found.append(_p.theme_id == self.theme)
        if self.author is not None:
            found.append(_p.author_id == self.author)
        found += [_p.search_text.contains(word, autoescape=True) for word in self._wanted_words()]
        return found

    def _wanted_words(self) -> list[str]:
        return words.normalize(self.words[:200]).split()[:6]

    @property
    def any(self) -> bool:
        """Whether anything is narrowed at all."""
        return bool(self.conditions())


def list_page(
    session: Session,
    organization_id: int,
    component_id: int,
    *,
    order: str,
    seed: int,
    filters: Filters,
    person_id: int | None,
    cursor: str | None,
    size: int = PAGE_SIZE,
) -> Page[Any]:
    """Return a page of published proposals as plain rows, in one statement.

    A row says whether ``person_id`` supports it. ``seed`` is the place on the ring where this
    visitor's random order begins.
    """
    supported = (
        sa.exists().where(
            Support.__table__.c.proposal_id == _p.id, Support.__table__.c.person_id == person_id
        )
        if person_id is not None
        else sa.false()
    )
    select = (
        sa.select(
            _p.id,
            _p.title,
            _p.excerpt,
            _p.language,
            _p.territory_id,
            _p.theme_id,
            _p.published_at,
            _p.support_count,
            _p.author_id,
            _p.status,
            _p.shuffle,
            Person.__table__.c.name.label("author"),
            supported.label("supported"),
        )
        .join_from(Proposal.__table__, Person.__table__, Person.__table__.c.id == _p.author_id)
        .where(
            _p.organization_id == organization_id,
            _p.component_id == component_id,
            _p.status == ProposalStatus.PUBLISHED.value,
            *filters.conditions(),
        )
    )

    def run(statement: sa.Select[Any]) -> Sequence[Any]:
        return session.execute(statement).all()

    if order == "random":
        return _random_page(run, select, seed, cursor, size)
    if order == "most_supported":
        return paginate(
            run,
            select,
            [(_p.support_count, True), (_p.id, True)],
            lambda row: (row.support_count, row.id),
            Cursor.decode(cursor, (int, int)),
            size,
        )
    return paginate(
        run, select, [(_p.id, True)], lambda row: (row.id,), Cursor.decode(cursor, (int,)), size
    )


def _random_page(
    run: Any, select: sa.Select[Any], seed: int, cursor: str | None, size: int
) -> Page[Any]:
    """Walk the ring of shuffled places from ``seed`` around to it again.

    The two halves of the ring are two indexed ranges; a page that crosses the seam joins them in one
    statement.
    """
    place = (_p.shuffle - seed + sa.case((_p.shuffle < seed, SHUFFLE_SPAN), else_=0)).label("place")
    decoded = Cursor.decode(cursor, (int, int))
    before, after = select.where(_p.shuffle >= seed), select.where(_p.shuffle < seed)
    halves = []
    backwards = decoded is not None and decoded.backwards
    for half, offset in ((before, -seed), (after, SHUFFLE_SPAN - seed)):
        narrowed = half.add_columns(place)
        if decoded is not None:
            left = sa.tuple_(_p.shuffle, _p.id)
            right = sa.tuple_(decoded.values[0] - offset, decoded.values[1])
            narrowed = narrowed.where(left < right if backwards else left > right)
        ordering = (_p.shuffle.desc(), _p.id.desc()) if backwards else (_p.shuffle, _p.id)
        halves.append(narrowed.order_by(*ordering).limit(size + 1).subquery())
    union = sa.union_all(*[sa.select(half) for half in halves]).subquery()
    final = sa.select(union).order_by(
        *((union.c.place.desc(), union.c.id.desc()) if backwards else (union.c.place, union.c.id))
    )
    rows = list(run(final.limit(size + 1)))
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    if not rows:
        return Page(rows)
    first, last = rows[0], rows[-1]
    return Page(
        rows,
        Cursor((last.place, last.id)).encode() if (more or backwards) else None,
        Cursor((first.place, first.id), backwards=True).encode()
        if (more if backwards else decoded is not None)
        else None,
    )


_detail = (
    sa.select(
        _p.id,
        _p.component_id,
        _p.author_id,
        _p.status,
        _p.title,
        _p.body,
        _p.body_html,
        _p.body_html_version,
        _p.excerpt,
        _p.language,
        _p.territory_id,
        _p.theme_id,
        _p.published_at,
        _p.edited_at,
        _p.withdrawn_at,
        _p.withdrawal_reason,
        _p.support_count,
        Person.__table__.c.name.label("author"),
    )
    .join_from(Proposal.__table__, Person.__table__, Person.__table__.c.id == _p.author_id)
    .where(
        _p.organization_id == sa.bindparam("organization"),
        _p.component_id == sa.bindparam("component"),
        _p.id == sa.bindparam("proposal"),
    )
)


def detail(session: Session, organization_id: int, component_id: int, proposal_id: int) -> Any:
    """Return one proposal as a plain row with its author's name. Raises :class:`Missing`."""
    row = session.execute(
        _detail,
        {"organization": organization_id, "component": component_id, "proposal": proposal_id},
    ).first()
    if row is None:
        message = f"no proposal {proposal_id}"
        raise Missing(message)
    return row


_mine = sa.select(
    sa.func.count().label("used"),
    sa.func.max(
        sa.case((Support.__table__.c.proposal_id == sa.bindparam("proposal"), 1), else_=0)
    ).label("supported"),
).where(
    Support.__table__.c.organization_id == sa.bindparam("organization"),
    Support.__table__.c.component_id == sa.bindparam("component"),
    Support.__table__.c.person_id == sa.bindparam("person"),
)


def supports_of(
    session: Session,
    organization_id: int,
    component_id: int,
    person_id: int | None,
    proposal_id: int = 0,
) -> tuple[int, bool]:
    """Return how many supports a person has given in a component, and whether one is to the proposal."""
    if person_id is None:
        return 0, False
    row = session.execute(
        _mine,
        {
            "organization": organization_id,
            "component": component_id,
            "person": person_id,
            "proposal": proposal_id,
        },
    ).one()
    return row.used, bool(row.supported)


def for_update(session: Session, component_id: int, proposal_id: int) -> Proposal:
    """Return a proposal's row, locked until the transaction ends. Raises :class:`Missing`."""
    row = session.scalars(
        sa.select(Proposal)
        .where(Proposal.id == proposal_id, Proposal.component_id == component_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        message = f"no proposal {proposal_id}"
        raise Missing(message)
    return row


def submitted(session: Session, author_id: int, submission: str) -> int | None:
    """Return the proposal that a form already made, if it was sent before."""
    return session.scalar(
        sa.select(Proposal.id).where(
            Proposal.author_id == author_id, Proposal.submission == submission
        )
    )


def published_by(session: Session, component_id: int, author_id: int) -> int:
    """Return how many standing proposals a person has in a component."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(
                Proposal.component_id == component_id,
                Proposal.author_id == author_id,
                Proposal.status == ProposalStatus.PUBLISHED,
            )
        )
        or 0
    )


def count(session: Session, component_id: int) -> int:
    """Return how many proposals stand in a component."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(
                Proposal.component_id == component_id, Proposal.status == ProposalStatus.PUBLISHED
            )
        )
        or 0
    )


def any_in(session: Session, component_id: int) -> bool:
    """Return whether a component holds any proposal, withdrawn ones included."""
    return (
        session.scalar(sa.select(Proposal.id).where(Proposal.component_id == component_id).limit(1))
        is not None
    )


def by_ids(session: Session, proposal_ids: Sequence[int]) -> Sequence[Proposal]:
    """Return standing proposals by id, in no order."""
    return session.scalars(
        sa.select(Proposal).where(
            Proposal.id.in_(proposal_ids), Proposal.status == ProposalStatus.PUBLISHED
        )
    ).all()
