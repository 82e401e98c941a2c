"""What was done with a process and in it: its public facts, as rows and as sentences."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from participa.accounts.queries import names
from participa.core import clock
from participa.core.events import Fact, quoted, sentence
from participa.core.facts import FactRow
from participa.core.keyset import Cursor, Page, paginate
from participa.core.registry import registry
from participa.processes.snapshot import ProcessView


def recent(
    session: Session,
    process: ProcessView,
    *,
    limit: int,
    since: dt.datetime | None = None,
    kinds: Collection[type[Fact]] = (),
) -> Sequence[FactRow]:
    """Return the newest public facts of a process: later than ``since``, of some kinds only."""
    select = _public(process).order_by(FactRow.id.desc()).limit(limit)
    if since is not None:
        select = select.where(FactRow.at > since)
    if kinds:
        select = select.where(FactRow.name.in_([kind.NAME for kind in kinds]))
    return session.scalars(select).all()


def page_of(session: Session, process: ProcessView, cursor: str | None) -> Page[FactRow]:
    """Return a page of the public facts of a process, newest first."""
    return paginate(
        lambda select: session.scalars(select).all(),
        _public(process),
        [(FactRow.id, True)],
        lambda row: (row.id,),
        Cursor.decode(cursor, (int,)),
        50,
    )


def _public(process: ProcessView) -> sa.Select[FactRow]:
    """Select what is public; how a draft was prepared stays with those who prepared it."""
    return sa.select(FactRow).where(
        FactRow.process_id == process.id,
        FactRow.public,
        FactRow.at >= (process.published_at or clock.now()),
    )


def in_words(session: Session, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Write public facts as sentences, with a link where their subject can still be seen."""
    people = names(session, [row.actor_id for row in rows if row.actor_id])
    refs = [row.subject for row in rows]
    refs += [ref for row in rows for ref in quoted(registry.fact(row.name), row).values()]
    cards = registry.cards(session, refs)
    titles = {ref: card.title for ref, card in cards.items()}
    written = []
    for row in rows:
        card = cards.get(row.subject)
        kind = registry.fact(row.name)
        who = _("La entidad")
        if row.actor_id:
            who = people.get(row.actor_id) or _("Una cuenta eliminada")
        written.append(
            {
                "sentence": sentence(kind, row, who, titles=titles),
                "at": row.at,
                "url": card.url if card else None,
            }
        )
    return written
