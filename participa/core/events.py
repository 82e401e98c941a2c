"""Facts: what happened, named, and saved in the same transaction as the change itself."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import g, has_request_context
from sqlalchemy.orm import Session

from participa.core import clock, outbox
from participa.core.facts import FactRow, Ref
from participa.core.policy import Actor


class Fact:
    """Base of the frozen dataclasses in each room's ``events.py``. Fields are plain JSON values.

    ``SENTENCE`` may name fields and ``%(actor)s``; it is written for people, in Spanish. ``PUBLIC``
    facts appear in the public activity of their process. A fact never carries a ballot's choice, a
    document number or a secret.
    """

    NAME: ClassVar[str]
    SENTENCE: ClassVar[Any]
    LABEL: ClassVar[Any]
    PUBLIC: ClassVar[bool] = False


_insert_fact = sa.insert(FactRow.__table__).returning(FactRow.__table__.c.id)


def record(
    session: Session,
    fact: Fact,
    *,
    actor: Actor,
    organization_id: int,
    process_id: int | None = None,
    component_id: int | None = None,
    subject: Ref | None = None,
    at: dt.datetime | None = None,
) -> int:
    """Save a fact, and one delivery per subscriber, in the caller's transaction. Returns its id."""
    session.flush()
    fact_id: int = session.execute(
        _insert_fact,
        {
            "organization_id": organization_id,
            "name": fact.NAME,
            "at": at or clock.now(),
            "actor_id": actor.person_id,
            "process_id": process_id,
            "component_id": component_id,
            "subject_kind": subject.kind if subject else None,
            "subject_id": subject.id if subject else None,
            "public": fact.PUBLIC,
            "data": fields_of(fact),
            "request_id": g.get("request_id") if has_request_context() else None,
        },
    ).scalar_one()
    wanting = outbox.subscriptions.wanting(fact.NAME)
    if wanting:
        outbox.add(session, fact_id, organization_id, wanting)
    return fact_id


def fields_of(fact: Fact) -> dict[str, Any]:
    """Return the fact's own fields as plain data."""
    if not dataclasses.is_dataclass(fact):
        return {}
    return {each.name: getattr(fact, each.name) for each in dataclasses.fields(fact)}


def sentence(kind: type[Fact] | None, row: FactRow, actor_name: str) -> str:
    """Write a recorded fact as a sentence; a kind no longer declared shows its name."""
    if kind is None:
        return row.name
    values: Mapping[str, Any] = _Missing({**row.data, "actor": actor_name})
    return str(kind.SENTENCE) % values


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"
