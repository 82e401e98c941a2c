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
_m, _b = _marks.c, _ballots.c

_FILLED = (
    *("id", "organization_id", "component_id", "voter", "channel", "point_id"),
    *("receipt_hash", "territory_id", "age_band", "day"),
)
_filled = {name: sa.bindparam(f"new_{name}", type_=_m[name].type) for name in _FILLED}
_as_another = sa.exists().where(
    _m.organization_id == _filled["organization_id"],
    _m.component_id == _filled["component_id"],
    _m.voter.in_([_filled["voter"], sa.bindparam("other")]),
)
_claims = {
    dialect: insert(_marks)
    .from_select(_FILLED, sa.select(*_filled.values()).where(~_as_another))
    .on_conflict_do_nothing(index_elements=["component_id", "voter"])
    .returning(_m.id, _m.channel)
    for dialect, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_new = sa.insert(_ballots)
_changed = (
    sa.update(_ballots)
    .where(
        _b.organization_id == sa.bindparam("organization"),
        _b.component_id == sa.bindparam("component"),
        _b.link == sa.bindparam("from_mark"),
    )
    .values(choice=sa.bindparam("chosen"))
)


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
    """Mark that somebody votes, under the first of the one or two names that they have.

    Returns their mark, locked, and the receipt; no receipt where the mark was there already, by
    whichever name.
    """
    receipt = new_receipt()
    connection = session.connection()
    made = connection.execute(
        _claims[connection.dialect.name],
        {
            "new_id": secrets.randbits(62),
            "new_organization_id": component.organization_id,
            "new_component_id": component.id,
            "new_voter": voters[0],
            "other": voters[-1],
            "new_channel": channel,
            "new_point_id": point_id,
            "new_receipt_hash": receipt_hash(receipt),
            "new_territory_id": territory_id,
            "new_age_band": age_band,
            "new_day": day,
        },
    ).first()
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
        values = {
            "id": secrets.randbits(62),
            "organization_id": component.organization_id,
            "component_id": component.id,
            "link": link,
            "channel": mark.channel,
            "choice": plain,
        }
        session.connection().execute(_new, values)
        return
    values = {
        "organization": component.organization_id,
        "component": component.id,
        "from_mark": link,
        "chosen": plain,
    }
    if not session.connection().execute(_changed, values).rowcount:
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
