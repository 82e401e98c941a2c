"""What casting reads: the vote under its lock, who has voted, what waits to be sent.

No statement here names both who voted (marks) and what was voted (ballots): while a vote is open
only ``link``, which needs the installation's secret, leads from one to the other.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.accounts.models import Person, Roll
from participa.accounts.queries import rolls
from participa.accounts.verification import census
from participa.budgets.models import Ballot, Draft, Mark, VoidReceipt, Vote

_votes = cast("sa.Table", Vote.__table__)
_marks = cast("sa.Table", Mark.__table__)
_ballots = cast("sa.Table", Ballot.__table__)
_drafts = cast("sa.Table", Draft.__table__)
_void = cast("sa.Table", VoidReceipt.__table__)
_v, _m, _b, _d = _votes.c, _marks.c, _ballots.c, _drafts.c

_vote = sa.select(
    *(_v.component_id, _v.locked_at, _v.closed_at, _v.published_at),
    *(_v.rules, _v.sha256, _v.link_key),
).where(
    _v.organization_id == sa.bindparam("organization"),
    _v.component_id == sa.bindparam("component"),
)
_held_vote = _vote.with_for_update(read=True, key_share=True)
_held_box = _held_vote.where(_v.link_key.is_not(None))


def open_vote(session: Session, component: Any) -> Any:
    """Return a vote that has the key of its links, held as :func:`vote` does, or ``None``."""
    return session.connection().execute(_held_box, _here(component)).first()


def vote(session: Session, component: Any, *, hold: bool = False) -> Any:
    """Return a vote with the key of its links, as a plain row, or ``None``.

    With ``hold`` nobody closes it before this transaction ends, and others may go on voting:
    closing asks for the whole row, casting only for its key.
    """
    return session.connection().execute(_held_vote if hold else _vote, _here(component)).first()


def _here(component: Any) -> dict[str, int]:
    return {"organization": component.organization_id, "component": component.id}


MARKED = (_m.id, _m.voter, _m.channel, _m.day, _m.point_id, _m.handed_on)
"""What is told of a mark: not its receipt, nor anything of the person."""

_marked = sa.select(*MARKED).where(
    _m.organization_id == sa.bindparam("organization"),
    _m.component_id == sa.bindparam("component"),
    _m.voter.in_([sa.bindparam("voter"), sa.bindparam("other")]),
)
_marked = _marked.order_by(_m.id).limit(1)
_marked_for_update = _marked.with_for_update()


def mark(session: Session, component: Any, voters: Sequence[str], *, lock: bool = False) -> Any:
    """Return the mark of somebody by their one or two names, as a plain row, or ``None``."""
    first, other = voters if len(voters) > 1 else (*voters, *voters)
    values = {**_here(component), "voter": first, "other": other}
    statement = _marked_for_update if lock else _marked
    return session.connection().execute(statement, values).first()


_receipted = sa.select(_m.id, _m.channel).where(
    _m.organization_id == sa.bindparam("organization"),
    _m.component_id == sa.bindparam("component"),
    _m.receipt_hash == sa.bindparam("receipt"),
)
_voided = sa.select(_void.c.component_id).where(
    _void.c.organization_id == sa.bindparam("organization"),
    _void.c.component_id == sa.bindparam("component"),
    _void.c.receipt_hash == sa.bindparam("receipt"),
)


def by_receipt(session: Session, component: Any, receipt_hash: str) -> Any:
    """Return id and channel of the mark of the vote whose receipt has this SHA-256, or ``None``."""
    values = {**_here(component), "receipt": receipt_hash}
    return session.connection().execute(_receipted, values).first()


def is_void(session: Session, component: Any, receipt_hash: str) -> bool:
    """Return whether the vote of the receipt with this SHA-256 does not count any more."""
    values = {**_here(component), "receipt": receipt_hash}
    return session.connection().execute(_voided, values).first() is not None


_turnout = (
    sa.select(_m.channel, sa.func.count())
    .where(
        _m.organization_id == sa.bindparam("organization"),
        _m.component_id == sa.bindparam("component"),
    )
    .group_by(_m.channel)
)


def turnout(session: Session, component: Any) -> dict[str, int]:
    """Return how many people have voted, by channel. One statement, on an index alone."""
    rows = session.connection().execute(_turnout, _here(component))
    return {str(channel): number for channel, number in rows}


_waiting = sa.select(sa.func.count()).where(
    _d.organization_id == sa.bindparam("organization"),
    _d.component_id == sa.bindparam("component"),
    _d.sealed.is_not(None),
)


def drafts(session: Session, component: Any) -> int:
    """Return how many people have chosen something and not sent it. For staff pages alone.

    Counted, not kept in a column: whoever sends a ballot would wait for that row.
    """
    return session.connection().execute(_waiting, _here(component)).scalar_one()


_draft = sa.select(_d.sealed, _d.seed, _d.updated_at).where(
    _d.organization_id == sa.bindparam("organization"),
    _d.component_id == sa.bindparam("component"),
    _d.person_id == sa.bindparam("person"),
)


def draft(session: Session, component: Any, person_id: int | None) -> Any:
    """Return the draft of somebody, encrypted as it is, as a plain row, or ``None``."""
    if person_id is None:
        return None
    return session.connection().execute(_draft, {**_here(component), "person": person_id}).first()


def draft_for_update(session: Session, component_id: int, person_id: int) -> Draft | None:
    """Return a person's draft, locked until the transaction ends."""
    return session.scalars(
        sa.select(Draft)
        .where(Draft.component_id == component_id, Draft.person_id == person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


_linked = sa.select(_b.choice, _b.channel, _b.code, _b.replaced).where(
    _b.organization_id == sa.bindparam("organization"),
    _b.component_id == sa.bindparam("component"),
    _b.link == sa.bindparam("link"),
)


def ballot(session: Session, component: Any, link: str) -> Any:
    """Return the ballot of a link as a plain row, to check it, or ``None`` where there is none."""
    return session.connection().execute(_linked, {**_here(component), "link": link}).first()


def chosen(stored: Mapping[str, Any]) -> dict[int, int]:
    """Return a stored choice (JSON has text as keys) by project id."""
    return {int(key): int(value) for key, value in stored.items()}


def roll(session: Session, component: Any) -> Roll | None:
    """Return the roll whose lines vote, or ``None`` where accounts do or it does not exist."""
    key = component.settings.roll
    return rolls.roll_by_key(session, key) if key else None


def marks_of(session: Session, person_id: int) -> Sequence[Any]:
    """Return where somebody voted: component, channel, day, territory and band of ages."""
    names = [f"person-{person_id}"]
    names += [census.evidence(each.id) for each in rolls.entries_of(session, person_id)]
    return session.execute(
        sa.select(Mark.component_id, Mark.channel, Mark.day, Mark.territory_id, Mark.age_band)
        .where(Mark.voter.in_(names))
        .order_by(Mark.day, Mark.component_id)
    ).all()


def drafts_of(session: Session, person_id: int) -> Sequence[Draft]:
    """Return the drafts of somebody, in every vote."""
    return session.scalars(
        sa.select(Draft).where(Draft.person_id == person_id).order_by(Draft.component_id)
    ).all()


_persons = cast("sa.Table", Person.__table__).c
_home = (
    sa.select(_persons.territory_id)
    .where(
        _persons.organization_id == sa.bindparam("organization"),
        _persons.id == sa.bindparam("person"),
        _persons.deleted_at.is_(None),
    )
    .with_for_update(read=True, key_share=True)
)


def home(session: Session, component: Any, person_id: int) -> Any:
    """Return where a person lives, if they said so, as a row; ``None`` for a deleted account.

    Nobody deletes the account before this transaction ends.
    """
    values = {"organization": component.organization_id, "person": person_id}
    return session.connection().execute(_home, values).first()


def with_drafts(session: Session) -> Sequence[int]:
    """Return the components of the organization whose vote is firm, open, and has drafts."""
    return session.scalars(
        sa.select(Vote.component_id)
        .where(
            Vote.locked_at.is_not(None),
            Vote.closed_at.is_(None),
            sa.exists().where(Draft.component_id == Vote.component_id),
        )
        .order_by(Vote.component_id)
    ).all()


def lost(session: Session, component_id: int) -> Sequence[Draft]:
    """Return the drafts that an upgrade emptied and whose owners were not told, locked."""
    return session.scalars(
        sa.select(Draft)
        .where(Draft.component_id == component_id, Draft.lost)
        .order_by(Draft.person_id)
        .with_for_update()
    ).all()


def to_remind(
    session: Session,
    component_id: int,
    *,
    not_since: dt.datetime,
    quiet_since: dt.datetime,
    most: int,
) -> Sequence[Draft]:
    """Return drafts whose owners were not reminded since a moment, locked.

    Those touched after ``quiet_since`` are left alone: their owner is at it.
    """
    return session.scalars(
        sa.select(Draft)
        .where(
            Draft.component_id == component_id,
            Draft.updated_at < quiet_since,
            sa.or_(Draft.reminded_at.is_(None), Draft.reminded_at < not_since),
        )
        .order_by(Draft.person_id)
        .limit(most)
        .with_for_update()
    ).all()
