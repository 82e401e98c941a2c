"""Every SELECT on the ledger of contributions."""

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from participa.contributions.models import Contribution, Standing
from participa.core.facts import Ref

_c = Contribution.__table__.c


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of an author at the moment of writing."""

    published: int
    """Contributions that stand published, ever."""
    lately: int
    """Contributions of any standing since ``lately_from``."""
    today: int
    """Contributions of any standing since ``today_from``."""
    repeated: bool
    """Whether the same words were sent since ``today_from``, by anybody."""


_record = sa.select(
    sa.func.count().filter(_c.status == Standing.PUBLISHED.value).label("published"),
    sa.func.count().filter(_c.at >= sa.bindparam("lately_from", type_=_c.at.type)).label("lately"),
    sa.func.count().filter(_c.at >= sa.bindparam("today_from", type_=_c.at.type)).label("today"),
    sa.exists()
    .where(
        (twin := Contribution.__table__.alias("twin")).c.organization_id
        == sa.bindparam("organization"),
        twin.c.fingerprint == sa.bindparam("fingerprint"),
        twin.c.at >= sa.bindparam("today_from", type_=_c.at.type),
    )
    .label("repeated"),
).where(_c.organization_id == sa.bindparam("organization"), _c.author_id == sa.bindparam("author"))


def record_of(
    session: Session,
    organization_id: int,
    author_id: int,
    fingerprint: str,
    *,
    lately_from: dt.datetime,
    today_from: dt.datetime,
) -> Record:
    """Return an author's record, in one statement."""
    row = (
        session.connection()
        .execute(
            _record,
            {
                "organization": organization_id,
                "author": author_id,
                "fingerprint": fingerprint,
                "lately_from": lately_from,
                "today_from": today_from,
            },
        )
        .one()
    )
    return Record(row.published, row.lately, row.today, bool(row.repeated))


def entry(session: Session, ref: Ref) -> Contribution | None:
    """Return the ledger's line of a contribution."""
    return session.scalars(
        sa.select(Contribution).where(Contribution.kind == ref.kind, Contribution.item_id == ref.id)
    ).first()


def written_by(session: Session, author_id: int) -> int:
    """Return how many contributions a person has written, whatever their standing."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Contribution)
            .where(Contribution.author_id == author_id)
        )
        or 0
    )
