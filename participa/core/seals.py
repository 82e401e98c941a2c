"""Seals: facts in batches, each batch chained to the one before, so that a rewritten fact shows.

A worker seals what is not sealed yet and what it can see, never a range of ids: a transaction that
commits late is in the next batch, though its facts have lower ids. Each organization has its chain.

A fact's leaf is an HMAC of its stored columns under a salt of its own. Erasing personal data
deletes the salt: the leaf stays in its batch and the chain whole, and the leaf can no longer be
tried against guesses of what was erased.

Whoever can write in the database can also make a whole new chain: only a seal that somebody else
keeps tells. The newest one is therefore public (``organizations.views``).
"""

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from participa.core import clock
from participa.core.db import ALL, Base, BigId, OrganizationScoped, bind_to_organization, in_batches
from participa.core.facts import FactRow, Ref

BATCH = 500
"""Facts per seal, at most: what is in memory, and for how long the writer of SQLite is held."""
FIRST = "0" * 64
"""What the first seal names as the one before it."""
_ID, _LEAF = 8, hashlib.sha256().digest_size


class FactSeal(OrganizationScoped, Base):
    """One batch of facts, sealed."""

    __tablename__ = "fact_seals"
    __table_args__ = (sa.UniqueConstraint("organization_id", "number"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organizations.id", ondelete="CASCADE")
    )
    number: Mapped[int]
    """1, 2, 3… within the organization."""
    previous: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))
    count: Mapped[int]
    total: Mapped[int] = mapped_column(sa.BigInteger)
    """How many facts this seal and all before it hold."""
    made_at: Mapped[dt.datetime]
    leaves: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """For each fact its id (8 bytes) and its leaf (32 bytes), in the order of the ids."""


_facts = cast("sa.Table", FactRow.__table__)
_SEALED = tuple(each for each in _facts.c if each.name not in {"salt", "sealed_in"})


def leaf(row: Mapping[str, Any], salt: bytes) -> bytes:
    """Return the leaf of a fact: all that is stored of it, whatever the engine's way to store it.

    Columns that came later are left out while they are empty, so that old leaves stay the same.
    """
    stored = {
        name: value.isoformat() if isinstance(value, dt.datetime) else value
        for name, value in row.items()
        if value is not None
    }
    text = json.dumps(stored, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hmac.digest(salt, text.encode(), "sha256")


def _hash(seal: FactSeal) -> str:
    head = json.dumps(
        [
            seal.organization_id,
            seal.number,
            seal.previous,
            seal.count,
            seal.total,
            seal.made_at.isoformat(),
        ]
    )
    return hashlib.sha256(head.encode() + b"\n" + seal.leaves).hexdigest()


def seal_all(session: Session) -> int:
    """Seal every fact that can be seen and is not sealed yet, batch by batch. Returns how many."""
    bind_to_organization(session, ALL)
    return in_batches(session, lambda: _seal_next(session))


def _seal_next(session: Session) -> int:
    """Seal one batch of one organization; 0 when there is none, or another worker is at it."""
    open_ = sa.select(FactRow.organization_id).where(FactRow.sealed_in.is_(None)).limit(1)
    organization_id = session.scalar(open_)
    if organization_id is None:
        return 0
    last = newest(session, organization_id)
    rows = (
        session.execute(
            sa.select(_facts)
            .where(_facts.c.sealed_in.is_(None), _facts.c.organization_id == organization_id)
            .order_by(_facts.c.id)
            .limit(BATCH)
        )
        .mappings()
        .all()
    )
    seal = FactSeal(
        organization_id=organization_id,
        number=last.number + 1 if last else 1,
        previous=last.hash if last else FIRST,
        count=len(rows),
        total=len(rows) + (last.total if last else 0),
        made_at=clock.now(),
        leaves=b"".join(_entry(row) for row in rows),
    )
    seal.hash = _hash(seal)
    session.add(seal)
    try:
        session.flush()
    except sa.exc.IntegrityError:  # another worker made the seal of this number
        session.rollback()
        return 0
    session.execute(
        sa.update(_facts)
        .where(_facts.c.id.in_([row["id"] for row in rows]))
        .values(sealed_in=seal.number)
    )
    session.expunge(seal)
    return len(rows)


def _entry(row: sa.RowMapping) -> bytes:
    # What was erased before it was sealed enters with a salt that nobody keeps.
    salt = row["salt"] or secrets.token_bytes(16)
    stored = {each.name: row[each.name] for each in _SEALED}
    return int(row["id"]).to_bytes(_ID) + leaf(stored, salt)


def newest(session: Session, organization_id: int) -> FactSeal | None:
    """Return the newest seal of an organization."""
    return session.scalars(
        sa.select(FactSeal)
        .where(FactSeal.organization_id == organization_id)
        .order_by(FactSeal.number.desc())
        .limit(1)
    ).first()


def erase(session: Session, which: sa.ColumnElement[bool]) -> None:
    """Erase what facts say besides their kind, moment and actor, and their salts with it."""
    session.execute(
        sa.update(FactRow).where(which).values(data={}, request_id=None, salt=None),
        execution_options={"synchronize_session": False},
    )


class Flaw(StrEnum):
    """What is found of a fact, or of a seal, that is not as it was sealed."""

    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"
    ERASED = "erased"
    """The salt is gone: what the fact says cannot be compared any more."""
    SEAL_ALTERED = "seal_altered"
    SEAL_MISSING = "seal_missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was sealed."""

    flaw: Flaw
    seal: int
    fact_id: int | None = None
    subject: Ref | None = None
    at: dt.datetime | None = None


class Chain(NamedTuple):
    """The seals of an organization, as they were when they were read."""

    seals: int
    facts: int
    waiting: int


def verify(session: Session, organization_id: int) -> Iterator[Finding]:
    """Compare every sealed fact with its seal, and the seals with each other; one batch in memory.

    It only reads. Facts that wait for their seal are not judged.
    """
    number, previous = 0, FIRST
    total = 0
    while (seal := _next_seal(session, organization_id, number)) is not None:
        for missing in range(number + 1, seal.number):
            yield Finding(Flaw.SEAL_MISSING, missing)
        gap = seal.number > number + 1
        entries = _entries(seal.leaves)
        total = seal.total if gap else total + seal.count
        if (
            seal.hash != _hash(seal)
            or (not gap and seal.previous != previous)
            or seal.count != len(entries)
            or seal.total != total
        ):
            yield Finding(Flaw.SEAL_ALTERED, seal.number)
        yield from _of_batch(session, seal, entries)
        number, previous = seal.number, seal.hash
        session.rollback()  # a long look holds no old state of the database
    beyond = sa.select(_facts.c.id, _facts.c.sealed_in).where(
        _facts.c.organization_id == organization_id, _facts.c.sealed_in > number
    )
    newer = sa.select(FactSeal.id).where(
        FactSeal.organization_id == organization_id, FactSeal.number == _facts.c.sealed_in
    )
    for fact_id, sealed_in in session.execute(beyond.where(~newer.exists())):
        yield Finding(Flaw.ADDED, sealed_in, fact_id)


def _next_seal(session: Session, organization_id: int, after: int) -> FactSeal | None:
    return session.scalars(
        sa.select(FactSeal)
        .where(FactSeal.organization_id == organization_id, FactSeal.number > after)
        .order_by(FactSeal.number)
        .limit(1)
    ).first()


def _entries(leaves: bytes) -> dict[int, bytes]:
    step = _ID + _LEAF
    return {
        int.from_bytes(leaves[at : at + _ID]): leaves[at + _ID : at + step]
        for at in range(0, len(leaves), step)
    }


def _of_batch(session: Session, seal: FactSeal, entries: Mapping[int, bytes]) -> Iterator[Finding]:
    rows = session.execute(
        sa.select(_facts).where(
            _facts.c.organization_id == seal.organization_id,
            sa.or_(_facts.c.id.in_(entries), _facts.c.sealed_in == seal.number),
        )
    ).mappings()
    found = {row["id"]: row for row in rows}
    for fact_id in sorted({*found, *entries}):
        flaw = _flaw(found.get(fact_id), entries.get(fact_id), seal.number)
        if flaw is None:
            continue
        row = found.get(fact_id)
        subject = None
        if row is not None and row["subject_kind"] is not None and row["subject_id"] is not None:
            subject = Ref(row["subject_kind"], row["subject_id"])
        yield Finding(flaw, seal.number, fact_id, subject, row["at"] if row else None)


def _flaw(row: sa.RowMapping | None, sealed: bytes | None, number: int) -> Flaw | None:
    if row is None:
        return Flaw.MISSING
    if sealed is None:
        return Flaw.ADDED
    if row["sealed_in"] != number:
        return Flaw.ALTERED
    if row["salt"] is None:
        return Flaw.ERASED
    stored = {each.name: row[each.name] for each in _SEALED}
    return None if hmac.compare_digest(leaf(stored, row["salt"]), sealed) else Flaw.ALTERED


def chain(session: Session, organization_id: int) -> Chain:
    """Return how many seals and facts there are, and how many facts wait for their seal."""
    last = newest(session, organization_id)
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(FactRow)
        .where(FactRow.sealed_in.is_(None), FactRow.organization_id == organization_id)
    )
    return Chain(last.number if last else 0, last.total if last else 0, waiting or 0)


def hash_of(session: Session, organization_id: int, number: int) -> str | None:
    """Return the hash of one seal, to compare with the one that somebody kept."""
    return session.scalar(
        sa.select(FactSeal.hash).where(
            FactSeal.organization_id == organization_id, FactSeal.number == number
        )
    )
