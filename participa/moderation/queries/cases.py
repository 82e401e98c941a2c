"""Cases, their histories and their flags."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.core.errors import Missing
from participa.core.facts import Ref
from participa.moderation.models import Case, CaseState, CaseStep, Flag, Move

SIDE_MOVES = (Move.NOTE, Move.FLAG, Move.QUESTION)
"""Moves that change nothing of what a decision rests on."""


def case(session: Session, case_id: int) -> Case:
    """Return a case. Raises :class:`Missing`."""
    return _one(session, sa.select(Case).where(Case.id == case_id))


def case_of(session: Session, ref: Ref) -> Case | None:
    """Return the case of an item, if it has one."""
    return session.scalars(
        sa.select(Case).where(Case.kind == ref.kind, Case.item_id == ref.id)
    ).first()


def for_update(session: Session, case_id: int) -> Case:
    """Return a case's row, locked until the transaction ends. Raises :class:`Missing`."""
    return _one(
        session,
        sa.select(Case)
        .where(Case.id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    )


def lock_all(session: Session, case_ids: Iterable[int]) -> None:
    """Lock the rows of several cases in the order of their ids, before any item."""
    session.execute(
        sa.select(Case.id).where(Case.id.in_(set(case_ids))).order_by(Case.id).with_for_update()
    ).all()


def _one(session: Session, select: sa.Select[Case]) -> Case:
    row: Case | None = session.scalars(select).first()
    if row is None:
        message = "no such case"
        raise Missing(message)
    return row


def by_ids(session: Session, case_ids: Iterable[int]) -> Sequence[Case]:
    """Return cases by id, in the order of their ids; the missing are left out."""
    return session.scalars(
        sa.select(Case).where(Case.id.in_(set(case_ids))).order_by(Case.id)
    ).all()


def steps(session: Session, case_id: int) -> Sequence[CaseStep]:
    """Return the history of a case, oldest first."""
    return session.scalars(
        sa.select(CaseStep).where(CaseStep.case_id == case_id).order_by(CaseStep.id)
    ).all()


def last_step(
    session: Session, case_id: int, *, moves: Iterable[Move] = (), but: Iterable[Move] = ()
) -> CaseStep | None:
    """Return the last line of a case's history, of some moves or of all ``but`` some."""
    select = sa.select(CaseStep).where(CaseStep.case_id == case_id)
    if moves := list(moves):
        select = select.where(CaseStep.move.in_(moves))
    if but := list(but):
        select = select.where(CaseStep.move.not_in(but))
    return session.scalars(select.order_by(CaseStep.id.desc()).limit(1)).first()


def words_before(session: Session, case_id: int) -> Mapping[str, str]:
    """Return the words that the last correction replaced, by field; empty where there is none."""
    found = last_step(session, case_id, moves=[Move.RESUBMIT])
    return (found.words or {}) if found is not None else {}


def flags(session: Session, case_id: int) -> Sequence[Flag]:
    """Return all flags of a case, oldest first."""
    return session.scalars(sa.select(Flag).where(Flag.case_id == case_id).order_by(Flag.id)).all()


def flags_of(session: Session, case_ids: Iterable[int]) -> Mapping[int, list[Flag]]:
    """Return the flags of several cases by case id, in one statement."""
    found: dict[int, list[Flag]] = {}
    wanted = set(case_ids)
    if wanted:
        for flag in session.scalars(
            sa.select(Flag).where(Flag.case_id.in_(wanted)).order_by(Flag.id)
        ):
            found.setdefault(flag.case_id, []).append(flag)
    return found


def flagged_by(session: Session, person_id: int | None, ref: Ref) -> bool:
    """Return whether a person flagged an item already."""
    return (
        session.scalar(
            sa.select(Flag.id).where(
                Flag.kind == ref.kind, Flag.item_id == ref.id, Flag.person_id == person_id
            )
        )
        is not None
    )


def flaggers(session: Session, case: Case) -> list[int]:
    """Return the ids of those who flagged a case since it was last opened."""
    return list(
        session.scalars(
            sa.select(Flag.person_id)
            .where(Flag.case_id == case.id, Flag.at >= case.opened_at)
            .order_by(Flag.person_id)
        )
    )


def record_of(session: Session, author_id: int) -> Mapping[CaseState, int]:
    """Return how many cases about what a person wrote stand in each state: numbers, no names."""
    rows = session.execute(
        sa.select(Case.state, sa.func.count())
        .where(Case.author_id == author_id)
        .group_by(Case.state)
    )
    return {row[0]: row[1] for row in rows}


def about_author(session: Session, author_id: int) -> Sequence[Case]:
    """Return every case about what a person wrote, oldest first."""
    return session.scalars(
        sa.select(Case).where(Case.author_id == author_id).order_by(Case.id)
    ).all()


def sent_by(session: Session, person_id: int) -> Sequence[Flag]:
    """Return every flag that a person sent, oldest first."""
    return session.scalars(
        sa.select(Flag).where(Flag.person_id == person_id).order_by(Flag.id)
    ).all()
