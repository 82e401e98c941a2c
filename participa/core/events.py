"""Facts: what happened, named, and saved in the same transaction as the change itself."""

import dataclasses
import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar, cast

import sqlalchemy as sa
from flask import g, has_request_context
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock, outbox
from participa.core.facts import FactRow, Ref
from participa.core.i18n import Localized
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

    A field may also be ``Localized``: words of staff, or ours (see ``i18n.in_languages``), that are
    kept in all their languages, as an object, and read in the reader's (:func:`as_read`).

    ``SENTENCE`` may name fields and ``%(actor)s``; it is written for people, in Spanish. ``PUBLIC``
    facts appear in the public activity of their process. A fact never carries a ballot's choice, a
    document number or a secret.

    ``TELLS`` names who is told (nobody, unless said) and ``DEFAULT_MAIL`` how, for whoever has not
    chosen; only ``PUBLIC`` facts may tell followers. ``FOLLOWS``: the actor follows the subject
    from then on, as somebody who publishes a contribution does. ``QUOTES`` names the fields that
    repeat the words of contributions: people are shown the present title instead, and nothing once
    it is removed, so that a removed text does not live on in inboxes. The field ``<name>_ref`` says
    whose words each repeats; without it, a single such field is the subject's.
    """

    NAME: ClassVar[str]
    SENTENCE: ClassVar[Any]
    LABEL: ClassVar[Any]
    PUBLIC: ClassVar[bool] = False
    TELLS: ClassVar[tuple[Audience, ...]] = ()
    DEFAULT_MAIL: ClassVar[How] = How.DAILY
    FOLLOWS: ClassVar[bool] = False
    QUOTES: ClassVar[tuple[str, ...]] = ("title",)
    PAGE: ClassVar[tuple[str, ...]] = ()
    """Where the notice leads, when not to the subject: an endpoint, and the fields in its address.
    """


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
    values = {each.name: getattr(fact, each.name) for each in dataclasses.fields(fact)}
    return {
        name: dict(value) if isinstance(value, Localized) else value
        for name, value in values.items()
    }


def as_read(row: FactRow) -> dict[str, Any]:
    """Return the fields of a recorded fact, what is kept by language in the reader's alone."""
    return {
        name: Localized(value).text() if isinstance(value, dict) else value
        for name, value in row.data.items()
    }


GONE = _l("texto que ya no se publica")
"""What stands where a fact quotes words that may no longer be shown."""


def quoted(kind: type[Fact] | None, row: FactRow) -> Mapping[str, Ref | None]:
    """Return what each field in ``QUOTES`` repeats the words of; ``None`` where none is named."""
    if kind is None or row.subject is None:
        return {}
    own = row.subject if len(kind.QUOTES) == 1 else None
    return {
        name: Ref.parse(row.data[f"{name}_ref"]) if f"{name}_ref" in row.data else own
        for name in kind.QUOTES
        if name in row.data
    }


def quotes_today(
    kind: type[Fact] | None, row: FactRow, titles: Mapping[Ref, str]
) -> Mapping[str, str]:
    """Return what each field in ``QUOTES`` says by the present ``titles``, else :data:`GONE`."""
    return {
        name: str(titles.get(ref, GONE) if ref is not None else GONE)
        for name, ref in quoted(kind, row).items()
    }


def sentence(
    kind: type[Fact] | None,
    row: FactRow,
    actor_name: str,
    *,
    titles: Mapping[Ref, str] | None = None,
) -> str:
    """Write a recorded fact as a sentence; a kind no longer declared shows its name.

    With ``titles`` (the present ones of what may be shown) nothing is quoted as it was then: what
    :func:`quoted` names shows its present title, or :data:`GONE`.
    """
    if kind is None:
        return row.name
    data = {**as_read(row), "actor": actor_name}
    if titles is not None:
        data |= quotes_today(kind, row, titles)
    values: Mapping[str, Any] = _Missing(data)
    return str(kind.SENTENCE) % values


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"
