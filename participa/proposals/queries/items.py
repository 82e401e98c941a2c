"""Proposals one by one, and their supports."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.contributions.models import Standing
from participa.core.errors import Missing
from participa.processes.thread import is_linked
from participa.proposals.models import Proposal, Support
from participa.proposals.queries.lists import by_person, for_entity, used

_p = Proposal.__table__.c
_supports = Support.__table__.c

_asked = sa.select(_p.author_id, _p.status, _p.published_at, _p.support_count).where(
    _p.organization_id == sa.bindparam("organization"),
    _p.component_id == sa.bindparam("component"),
    _p.id == sa.bindparam("proposal"),
)
_whole = (
    _asked.add_columns(
        _p.id,
        _p.component_id,
        _p.title,
        _p.body,
        _p.body_html,
        _p.body_html_version,
        _p.excerpt,
        _p.language,
        _p.territory_id,
        _p.theme_id,
        _p.edited_at,
        _p.withdrawn_at,
        _p.withdrawal_reason,
        _p.under_review,
        _p.merged_into_id,
        Person.__table__.c.name.label("author"),
        for_entity,
        is_linked("proposal", _p.id).label("is_linked"),
    )
    .select_from(Proposal.__table__)
    .join(Person.__table__, Person.__table__.c.id == _p.author_id)
)


def _facing(select: sa.Select[Any]) -> Mapping[bool, sa.Select[Any]]:
    """Return a statement for people (true) and for visitors, of whom the database need not ask."""
    return {
        True: select.add_columns(by_person.label("supported"), used.label("used")),
        False: select.add_columns(
            sa.false().label("supported"), sa.literal_column("0", sa.Integer).label("used")
        ),
    }


_faced, _detail = _facing(_asked), _facing(_whole)


def detail(
    session: Session,
    organization_id: int,
    component_id: int,
    proposal_id: int,
    person_id: int | None = None,
) -> Any:
    """Return one proposal as a plain row with its author's name. Raises :class:`Missing`.

    The row says whether ``person_id`` supports it (``supported``), how many proposals of the
    component the person supports (``used``), and whether it has links (``is_linked``).
    """
    return _one(session, _detail, organization_id, component_id, proposal_id, person_id)


def faced(
    session: Session,
    organization_id: int,
    component_id: int,
    proposal_id: int,
    person_id: int | None,
) -> Any:
    """Return of a proposal's :func:`detail` only what the policy looks at."""
    return _one(session, _faced, organization_id, component_id, proposal_id, person_id)


def _one(
    session: Session,
    statements: Mapping[bool, sa.Select[Any]],
    organization_id: int,
    component_id: int,
    proposal_id: int,
    person_id: int | None,
) -> Any:
    row = (
        session.connection()
        .execute(
            statements[person_id is not None],
            {
                "organization": organization_id,
                "component": component_id,
                "proposal": proposal_id,
                "person": person_id,
            },
        )
        .first()
    )
    if row is None:
        message = f"no proposal {proposal_id}"
        raise Missing(message)
    return row


def for_update(session: Session, component_id: int, proposal_id: int) -> Proposal:
    """Return a proposal's row, locked until the transaction ends. Raises :class:`Missing`."""
    return _locked(session, Proposal.id == proposal_id, Proposal.component_id == component_id)


def _locked(session: Session, *which: sa.ColumnElement[bool]) -> Proposal:
    row = session.scalars(
        sa.select(Proposal)
        .where(*which)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        message = "no such proposal"
        raise Missing(message)
    return row


def submitted(session: Session, author_id: int, keys: Sequence[str]) -> int | None:
    """Return the proposal that a form already made, if it was sent before."""
    return session.scalar(
        sa.select(Proposal.id).where(Proposal.author_id == author_id, Proposal.submission.in_(keys))
    )


def published_by(session: Session, component_id: int, author_id: int) -> int:
    """Return how many proposals a person has in a component, published or waiting to be."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(
                Proposal.component_id == component_id,
                Proposal.author_id == author_id,
                Proposal.status.in_([Standing.PUBLISHED, Standing.WAITING]),
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
            .where(Proposal.component_id == component_id, Proposal.status == Standing.PUBLISHED)
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
            Proposal.id.in_(proposal_ids), Proposal.status == Standing.PUBLISHED
        )
    ).all()


def any_by_ids(session: Session, proposal_ids: Sequence[int]) -> Sequence[Proposal]:
    """Return proposals by id, whatever their standing, in no order."""
    return session.scalars(sa.select(Proposal).where(Proposal.id.in_(proposal_ids))).all()


def any_for_update(session: Session, proposal_id: int) -> Proposal:
    """Return a proposal of any component, locked as :func:`for_update`. Raises :class:`Missing`."""
    return _locked(session, Proposal.id == proposal_id)


def count_supports(session: Session, proposal_id: int) -> int:
    """Count the supports of a proposal anew."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Support)
            .where(Support.proposal_id == proposal_id)
        )
        or 0
    )


def joined_to(session: Session, proposal_ids: Sequence[int], component_id: int) -> list[int]:
    """Return the ids of the duplicates that were joined to any of the proposals, in order."""
    return list(
        session.scalars(
            sa.select(Proposal.id)
            .where(
                Proposal.component_id == component_id,
                Proposal.status == Standing.MERGED,
                Proposal.merged_into_id.in_(proposal_ids),
            )
            .order_by(Proposal.id)
        )
    )


def standing_of_other(session: Session, row: Any) -> Standing | None:
    """Return how that stands which a proposal was joined to, and that to another, to the end."""
    status, next_id = None, row.merged_into_id
    while next_id is not None:
        found = session.execute(
            sa.select(Proposal.status, Proposal.merged_into_id).where(Proposal.id == next_id)
        ).one()
        status, next_id = found.status, found.merged_into_id
    return status


def joined_below(session: Session, row: Proposal) -> list[int]:
    """Return a proposal's id with those of all that was joined to it, and to that, and so on."""
    found = newest = [row.id]
    while newest := joined_to(session, newest, row.component_id):
        found = [*found, *newest]
    return found


def people_in(session: Session, component_id: int) -> int:
    """Count the people who have proposed or supported in a component, each once."""
    authors = sa.select(_p.author_id.label("person")).where(_p.component_id == component_id)
    supporters = sa.select(_supports.person_id).where(_supports.component_id == component_id)
    everybody = sa.union(authors, supporters).subquery()
    return session.connection().scalar(sa.select(sa.func.count()).select_from(everybody)) or 0


def written_by(session: Session, person_id: int) -> Sequence[Proposal]:
    """Return every proposal that a person wrote, withdrawn ones included."""
    return session.scalars(
        sa.select(Proposal).where(Proposal.author_id == person_id).order_by(Proposal.id)
    ).all()


def supported_by(session: Session, person_id: int) -> list[int]:
    """Return the ids of the proposals that a person supports."""
    return list(
        session.scalars(
            sa.select(Support.proposal_id)
            .where(Support.person_id == person_id)
            .order_by(Support.proposal_id)
        )
    )
