"""Facts: what happened, named, and saved in the same transaction as the change itself."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from flask import g, has_request_context
from sqlalchemy.orm import Session

from participa.core import clock, outbox
from participa.core.facts import FactRow, Ref
from participa.core.policy import Actor


class Audience(StrEnum):
    """Who is told of a kind of fact. Whoever caused it is never told of their own act."""

    SUBJECT_FOLLOWERS = "followers_of_subject"
    PROCESS_FOLLOWERS = "followers_of_process"
    AUTHOR = "author"
    """The person (or persons) in the fact's field ``author_id``: who wrote what it is about."""
    PERSON = "person"
    """The person (or persons) in the fact's field ``person_id``: whom it concerns."""


FOLLOWERS = frozenset({Audience.SUBJECT_FOLLOWERS, Audience.PROCESS_FOLLOWERS})


class How(StrEnum):
    """How somebody is told of a kind of fact: nowhere, on the site, or there and by mail."""

    OFF = "off"
    SITE = "site"
    NOW = "now"
    DAILY = "daily"
    WEEKLY = "weekly"


class Fact:
    """Base of the frozen dataclasses in each room's ``events.py``. Fields are plain JSON values.

    ``SENTENCE`` may name fields and ``%(actor)s``; it is written for people, in Spanish. ``PUBLIC``
    facts appear in the public activity of their process. A fact never carries a ballot's choice, a
    document number or a secret.

    ``TELLS`` names who is told (nobody, unless said) and ``DEFAULT_MAIL`` how, for whoever has not
    chosen; only ``PUBLIC`` facts may tell followers. ``FOLLOWS``: the actor follows the subject
    from then on, as somebody who publishes a contribution does. ``QUOTES`` names the fields that
    repeat the words of contributions: once the subject is removed they are left out of what people
    were told, so that a removed text does not live on in inboxes; a single such field shows the
    subject's present title.
    """

    NAME: ClassVar[str]
    SENTENCE: ClassVar[Any]
    LABEL: ClassVar[Any]
    PUBLIC: ClassVar[bool] = False
    TELLS: ClassVar[tuple[Audience, ...]] = ()
    DEFAULT_MAIL: ClassVar[How] = How.DAILY
    FOLLOWS: ClassVar[bool] = False
    QUOTES: ClassVar[tuple[str, ...]] = ("title",)


_facts = cast("sa.Table", FactRow.__table__)
_insert_fact = sa.insert(_facts).returning(_facts.c.id)


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
    fact_id: int = (
        session.connection()
        .execute(
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
        )
        .scalar_one()
    )
    wanting = outbox.subscriptions.wanting(fact.NAME)
    if wanting:
        outbox.add(session, fact_id, organization_id, wanting)
    return fact_id


def fields_of(fact: Fact) -> dict[str, Any]:
    """Return the fact's own fields as plain data."""
    if not dataclasses.is_dataclass(fact):
        return {}
    return {each.name: getattr(fact, each.name) for each in dataclasses.fields(fact)}


def sentence(
    kind: type[Fact] | None, row: FactRow, actor_name: str, *, quoted: str | None = None
) -> str:
    """Write a recorded fact as a sentence; a kind no longer declared shows its name.

    ``quoted`` replaces the subject's own words as they were then (the fields in ``QUOTES``).
    """
    if kind is None:
        return row.name
    data = {**row.data, "actor": actor_name}
    if quoted is not None:
        data.update({name: quoted for name in kind.QUOTES if name in data})
    values: Mapping[str, Any] = _Missing(data)
    return str(kind.SENTENCE) % values


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"
