"""The roll and the box while a vote is open: one mark per voter, one ballot per mark.

For every channel in which a ballot belongs to somebody. Who voted and what was voted are two
tables; the link between them is computed from the installation's secret and the vote's own key, and
is nowhere written beside the mark.
"""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from participa.budgets.models import Ballot, Channel, Mark
from participa.budgets.queries import casting as queries
from participa.budgets.queries import votes
from participa.core.db import public_code
from participa.core.keyed import hasher
from participa.core.requirements import age_on
from participa.processes.snapshot import ComponentView

RECEIPT_LENGTH = 12
"""Characters: about 59 bits. Nobody finds one by trying."""
AGE_BANDS = ((14, 17), (18, 28), (29, 40), (41, 59))

_marks = cast("sa.Table", Mark.__table__)
_ballots = cast("sa.Table", Ballot.__table__)


def new_receipt() -> str:
    """Return a random readable code in groups of four, without look-alikes."""
    code = public_code(RECEIPT_LENGTH)
    return "-".join(code[start : start + 4] for start in range(0, RECEIPT_LENGTH, 4))


def receipt_hash(receipt: str) -> str:
    """Return what is kept of a receipt: its SHA-256, however it was typed."""
    return hashlib.sha256(re.sub(r"[^0-9a-z]", "", receipt.lower()).encode()).hexdigest()


def link_of(link_key: str, mark_id: int) -> str:
    """Return the link of a mark's ballot: 64 hexadecimal digits (HMAC-SHA256)."""
    return hasher("budgets.link", link_key)(str(mark_id))


def open_box(session: Session, component: ComponentView) -> Any:
    """Return the vote, held so that nobody closes it meanwhile; makes the key of its links.

    The whole row is locked first where there is no key yet, and never after holding it: two who
    vote first at the same moment would wait for each other.
    """
    row = queries.open_vote(session, component)
    if row is not None:
        return row
    row = queries.vote(session, component)
    if row is None or row.link_key or row.locked_at is None or row.closed_at is not None:
        return queries.vote(session, component, hold=True)
    whole = votes.for_update(session, component.id)
    if whole.locked_at is not None and whole.closed_at is None and not whole.link_key:
        whole.link_key = secrets.token_hex(32)
        session.flush()
    return queries.vote(session, component)


def claim(
    session: Session,
    component: ComponentView,
    voters: Sequence[str],
    channel: Channel,
    *,
    day: dt.date,
    territory_id: int | None = None,
    age_band: str = "",
    point_id: int | None = None,
) -> tuple[Any, str | None]:
    """Mark that somebody votes, under the first of the names by which they are known.

    Returns their mark, locked, and the receipt; no receipt where the mark was there already.
    """
    receipt = new_receipt()
    dialect = session.connection().dialect.name
    insert = (sqlite_insert if dialect == "sqlite" else postgresql_insert)(_marks)
    made = (
        session.connection()
        .execute(
            insert.values(
                id=secrets.randbits(62),
                organization_id=component.organization_id,
                component_id=component.id,
                voter=voters[0],
                channel=channel,
                point_id=point_id,
                receipt_hash=receipt_hash(receipt),
                territory_id=territory_id,
                age_band=age_band,
                day=day,
            )
            .on_conflict_do_nothing(index_elements=["component_id", "voter"])
            .returning(*queries.MARKED)
        )
        .first()
    )
    if made is not None:
        return made, receipt
    return queries.mark(session, component, voters, lock=True), None


def put(
    session: Session,
    component: ComponentView,
    vote: Any,
    mark: Any,
    choice: Mapping[int, int],
    *,
    is_new: bool,
) -> None:
    """Put a mark's ballot into the box, in the place of the one that was there.

    Raises :class:`LookupError` where there should be one and is none: nothing is then written.
    """
    link = link_of(vote.link_key, mark.id)
    plain = {str(key): value for key, value in sorted(choice.items())}
    if is_new:
        statement: Any = sa.insert(_ballots).values(
            id=secrets.randbits(62),
            organization_id=component.organization_id,
            component_id=component.id,
            link=link,
            channel=mark.channel,
            choice=plain,
        )
    else:
        statement = (
            sa.update(_ballots)
            .where(
                _ballots.c.organization_id == component.organization_id,
                _ballots.c.component_id == component.id,
                _ballots.c.link == link,
            )
            .values(choice=plain)
        )
    if session.connection().execute(statement.returning(_ballots.c.id)).first() is None:
        message = "a mark without its ballot"
        raise LookupError(message)


def age_band(born: dt.date | None, day: dt.date) -> str:
    """Return in which band of ages somebody is on a day; empty where it is not known."""
    if born is None:
        return ""
    age = age_on(born, day)
    for first, last in AGE_BANDS:
        if first <= age <= last:
            return f"{first}-{last}"
    return "60+" if age > AGE_BANDS[-1][1] else f"0-{AGE_BANDS[0][0] - 1}"
