"""The roll and the box while a vote is open: one mark per voter, one ballot per mark.

For every channel in which a ballot belongs to somebody. Who voted and what was voted are two
tables; the link between them is computed from the installation's secret and the vote's own key, and
is nowhere written beside the mark.
"""

import datetime as dt
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from participa.budgets.models import Ballot, Channel, Mark, VoidReceipt
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
_void = cast("sa.Table", VoidReceipt.__table__)
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
    .values(choice=sa.bindparam("chosen"), code=sa.bindparam("authenticated"), replaced=True)
)
_this_mark = (
    _m.organization_id == sa.bindparam("organization"),
    _m.id == sa.bindparam("mark"),
)
_voided = sa.insert(_void).from_select(
    ["organization_id", "component_id", "receipt_hash"],
    sa.select(_m.organization_id, _m.component_id, _m.receipt_hash).where(*_this_mark),
)
_anew = (
    sa.update(_marks)
    .where(*_this_mark)
    .values(receipt_hash=sa.bindparam("receipt"), handed_on=False)
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
    return linker(link_key)(mark_id)


def linker(link_key: str) -> Callable[[int], str]:
    """Return :func:`link_of` for many marks of one vote."""
    keyed = hasher("budgets.link", link_key)
    return lambda mark_id: keyed(str(mark_id))


def coder(link_key: str) -> Callable[[str, str, Mapping[str, Any]], str]:
    """Return what authenticates the ballots of one vote: 64 hexadecimal digits (HMAC-SHA256).

    Over the place of a ballot (its link, or its id on paper), its channel and its choice as stored.
    Without the installation's secret nobody can write a ballot, change one, or let two change
    places, so that it goes unnoticed.
    """
    keyed = hasher("budgets.ballot", link_key)

    def code(place: str, channel: str, choice: Mapping[str, Any]) -> str:
        # Sorted: PostgreSQL gives the keys back in an order of its own.
        said = json.dumps(choice, sort_keys=True, separators=(",", ":"))
        return keyed(f"{place}\x1f{channel}\x1f{said}")

    return code


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

    Where there should be one and is none, because somebody took it out of the database, it is put
    in again: the mark is locked, and the link is unique.
    """
    link = link_of(vote.link_key, mark.id)
    plain = {str(key): value for key, value in sorted(choice.items())}
    code = coder(vote.link_key)(link, Channel(mark.channel).value, plain)
    if not is_new:
        values = {
            "organization": component.organization_id,
            "component": component.id,
            "from_mark": link,
            "chosen": plain,
            "authenticated": code,
        }
        is_new = not session.connection().execute(_changed, values).rowcount
    if is_new:
        values = {
            "id": secrets.randbits(62),
            "organization_id": component.organization_id,
            "component_id": component.id,
            "link": link,
            "channel": mark.channel,
            "choice": plain,
            "code": code,
        }
        session.connection().execute(_new, values)


def put_sheet(
    session: Session, component: ComponentView, vote: Any, choice: Mapping[int, int]
) -> None:
    """Put the ballot of a sheet into the box, tied to nobody."""
    ballot_id = secrets.randbits(62)
    plain = {str(key): value for key, value in sorted(choice.items())}
    values = {
        "id": ballot_id,
        "organization_id": component.organization_id,
        "component_id": component.id,
        "link": None,
        "channel": Channel.PAPER,
        "choice": plain,
        "code": coder(vote.link_key)(str(ballot_id), Channel.PAPER.value, plain),
    }
    session.connection().execute(_new, values)


def renew_receipt(session: Session, component: ComponentView, mark: Any) -> str:
    """Return a receipt for who voted by a line that staff had released; the earlier one is void."""
    receipt = new_receipt()
    values = {
        "organization": component.organization_id,
        "mark": mark.id,
        "receipt": receipt_hash(receipt),
    }
    session.connection().execute(_voided, values)
    session.connection().execute(_anew, values)
    return receipt


def age_band(born: dt.date | None, day: dt.date) -> str:
    """Return in which band of ages somebody is on a day; empty where it is not known."""
    if born is None:
        return ""
    age = age_on(born, day)
    for first, last in AGE_BANDS:
        if first <= age <= last:
            return f"{first}-{last}"
    return "60+" if age > AGE_BANDS[-1][1] else f"0-{AGE_BANDS[0][0] - 1}"
