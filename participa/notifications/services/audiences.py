"""Telling a fact to its audience."""

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from participa.accounts.models import Person
from participa.accounts.queries import people
from participa.core import clock
from participa.core.events import Audience, Fact, How
from participa.core.facts import FactRow, Ref
from participa.notifications.models import ANY_KIND, MAILED, Follow, Notification, Preference
from participa.notifications.services import follows
from participa.processes.models import Process, ProcessStatus

# "Not yet told" is left to the unique key: asked with NOT EXISTS, PostgreSQL walks over all rows
# that the same statement has inserted, once per person.
_INSERT: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}

_notifications = cast("sa.Table", Notification.__table__)
_follows = cast("sa.Table", Follow.__table__)
_preferences = cast("sa.Table", Preference.__table__)
_persons = cast("sa.Table", Person.__table__)


def tell(session: Session, fact: FactRow, kind: type[Fact]) -> None:
    """Notify a fact's audience. Again for the same fact: nothing more happens.

    The audience never passes through this program: it is one INSERT … SELECT, whatever its size.
    Whoever caused the fact is not told. Followers of a process that is not published are not told
    either; whom it concerns directly is.
    """
    directly = _persons_named(fact, kind)
    if directly:
        _insert(session, fact, kind, _persons.c.id.in_(directly), direct=True)
    followed = [] if _is_hidden(session, fact) else _followed(fact, kind)
    if followed:
        followers = sa.select(_follows.c.person_id).where(
            sa.or_(
                *(
                    sa.and_(_follows.c.subject_kind == ref.kind, _follows.c.subject_id == ref.id)
                    for ref in followed
                )
            )
        )
        _insert(session, fact, kind, _persons.c.id.in_(followers), direct=False)
    if kind.FOLLOWS and fact.actor_id is not None and fact.subject is not None:
        people.hold(session, fact.actor_id)
        follows.add(session, fact.organization_id, fact.actor_id, fact.subject)


def _persons_named(fact: FactRow, kind: type[Fact]) -> list[int]:
    fields = {Audience.AUTHOR: "author_id", Audience.PERSON: "person_id"}
    named: list[int] = []
    for audience in kind.TELLS:
        value = fact.data.get(fields.get(Audience(audience), ""))
        named += value if isinstance(value, list) else [value] if value is not None else []
    return named


def _followed(fact: FactRow, kind: type[Fact]) -> list[Ref]:
    refs: list[Ref] = []
    if Audience.SUBJECT_FOLLOWERS in kind.TELLS and fact.subject is not None:
        refs.append(fact.subject)
    if Audience.PROCESS_FOLLOWERS in kind.TELLS and fact.process_id is not None:
        refs.append(Ref("process", fact.process_id))
    return refs


def _is_hidden(session: Session, fact: FactRow) -> bool:
    if fact.process_id is None:
        return False
    status = session.scalar(sa.select(Process.status).where(Process.id == fact.process_id))
    return status is None or status is ProcessStatus.DRAFT


def _insert(
    session: Session,
    fact: FactRow,
    kind: type[Fact],
    audience: sa.ColumnElement[bool],
    *,
    direct: bool,
) -> None:
    mine, all_kinds = _preferences.alias("mine"), _preferences.alias("all_kinds")
    how = sa.func.coalesce(
        mine.c.how, all_kinds.c.how, sa.literal(How(kind.DEFAULT_MAIL), _preferences.c.how.type)
    )
    mailed = sa.and_(
        how.in_(MAILED), _persons.c.email.is_not(None), _persons.c.email_confirmed_at.is_not(None)
    )
    told = (
        sa.select(
            sa.literal(fact.organization_id),
            _persons.c.id,
            sa.literal(fact.id),
            sa.literal(fact.name),
            sa.literal(fact.process_id, sa.Integer),
            sa.literal(direct),
            sa.literal(clock.now(), _notifications.c.created_at.type),
            sa.case((mailed, how), else_=sa.null()),
        )
        .select_from(_persons)
        .outerjoin(mine, sa.and_(mine.c.person_id == _persons.c.id, mine.c.fact_name == fact.name))
        .outerjoin(
            all_kinds,
            sa.and_(all_kinds.c.person_id == _persons.c.id, all_kinds.c.fact_name == ANY_KIND),
        )
        .where(
            _persons.c.organization_id == fact.organization_id,
            _persons.c.deleted_at.is_(None),
            audience,
            how != How.OFF,
        )
    )
    if fact.actor_id is not None:
        told = told.where(_persons.c.id != fact.actor_id)
    columns = (
        "organization_id",
        "person_id",
        "fact_id",
        "fact_name",
        "process_id",
        "direct",
        "created_at",
        "mail",
    )
    insert = _INSERT[session.get_bind().dialect.name](_notifications)
    session.execute(
        insert.from_select(list(columns), told, include_defaults=False).on_conflict_do_nothing(
            index_elements=["fact_id", "person_id"]
        )
    )
