"""One database, two engines that behave alike: PostgreSQL in production, SQLite embedded."""

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    mapped_column,
    with_loader_criteria,
)
from sqlalchemy.sql import visitors

from participa.core import clock, faults
from participa.core.engines import keep_watch, prepare_engine, readers_and_writers
from participa.core.errors import ParticipaError
from participa.core.i18n import Localized

Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class UTCDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware UTC moment. Refuses naive values; SQLite stores it without zone, always in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"a moment without time zone cannot be stored: {value!r}"
            raise ValueError(message)
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class LocalizedText(sa.types.TypeDecorator[Localized]):
    """A staff text in several languages, stored as a JSON object of language to text."""

    impl = Json
    cache_ok = True

    def process_bind_param(self, value: Localized | None, dialect: Dialect) -> Any:
        return None if value is None else dict(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Localized | None:
        return None if value is None else Localized(value)


class Base(DeclarativeBase):
    """Base of every table; names constraints, so that migrations can address them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        dt.datetime: UTCDateTime(),
        Localized: LocalizedText(),
        dict[str, Any]: Json,
        list[str]: Json,
        list[Any]: Json,
    }


class OrganizationScoped:
    """Mixin of every table that belongs to one organization; the session filters by it."""

    organization_id: Mapped[int] = mapped_column(
        sa.ForeignKey("organizations.id", ondelete="CASCADE"), index=True
    )


Found = TypeVar("Found")


class UnboundQueryError(ParticipaError):
    """A query on an organization's rows was about to run without saying which organization."""


class BoundSession(FlaskSession):
    """The session of requests, commands and jobs.

    ``info["organization_id"]`` binds every ORM statement to one organization; without it, touching
    an organization's table raises :class:`UnboundQueryError`. ``info["read_only"]`` is set for safe
    HTTP methods: SQLite then opens a plain transaction, PostgreSQL a connection that refuses to
    write, and a flush raises.
    """

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        if self.bind is not None:
            return self.bind
        engine = super().get_bind(*args, **kwargs)
        if not isinstance(engine, Engine):
            return engine
        return readers_and_writers(engine)["read" if self.info.get("read_only") else "write"]


db = SQLAlchemy(session_options={"class_": BoundSession, "autoflush": False})


def bind_to_organization(session: Session, organization_id: int | None) -> None:
    """Bind every later ORM statement of ``session`` to one organization."""
    session.info["organization_id"] = organization_id


def bound_organization(session: Session) -> int:
    """Return the organization that ``session`` is bound to, for statements on plain tables.

    Those are not narrowed by themselves. Raises :class:`UnboundQueryError` where none is bound.
    """
    organization_id: int | None = session.info.get("organization_id")
    if organization_id is None or organization_id == ALL:
        message = "no organization is bound"
        raise UnboundQueryError(message)
    return organization_id


@contextmanager
def across_organizations(session: Session) -> Iterator[None]:
    """Lift the organization's bond for a block: sign-in by host, workers, installation commands."""
    before = session.info.get("organization_id")
    session.info["organization_id"] = ALL
    try:
        yield
    finally:
        session.info["organization_id"] = before


ALL = -1
"""In ``session.info["organization_id"]``: the statement may see every organization."""


@event.listens_for(BoundSession, "do_orm_execute")
def _bind_statement(state: ORMExecuteState) -> None:
    if state.session.info.get("read_only") and isinstance(state.statement, sa.UpdateBase):
        message = "a page that only shows tried to write"
        raise ParticipaError(message)
    organization_id = state.session.info.get("organization_id")
    if organization_id == ALL or state.is_column_load:
        return
    if organization_id is None:
        if _touches_an_organization(state.statement):
            message = f"no organization is bound: {state.statement}"
            raise UnboundQueryError(message)
    elif state.is_orm_statement and not state.is_insert:
        state.statement = state.statement.options(_of_organization(organization_id))


def _touches_an_organization(statement: Any) -> bool:
    """Return whether any part of a statement is an organization's class.

    Not only what it returns: ``select(count()).select_from(Proposal)`` returns no entity at all.
    """
    for element in visitors.iterate(statement):
        entity = element._annotations.get("parententity")  # noqa: SLF001
        if entity is not None and issubclass(entity.mapper.class_, OrganizationScoped):
            return True
    return False


@lru_cache(maxsize=256)
def _of_organization(organization_id: int) -> Any:
    return with_loader_criteria(
        OrganizationScoped,
        lambda cls: cls.organization_id == organization_id,
        include_aliases=True,
    )


@event.listens_for(BoundSession, "before_flush")
def _check_flush(session: Session, _context: Any, _instances: Any) -> None:
    if session.info.get("read_only") and (session.new or session.dirty or session.deleted):
        message = "a page that only shows tried to write"
        raise ParticipaError(message)
    organization_id = session.info.get("organization_id")
    if organization_id == ALL:
        return
    for row in (*session.new, *session.dirty, *session.deleted):
        if not isinstance(row, OrganizationScoped):
            continue
        if organization_id is None:
            message = f"no organization is bound: {row!r}"
            raise UnboundQueryError(message)
        if row.organization_id is None:
            row.organization_id = organization_id
        moved_from = sa.inspect(row).attrs.organization_id.history.deleted
        if {row.organization_id, *moved_from} - {None, organization_id}:
            message = f"a row of another organization: {row!r}"
            raise ParticipaError(message)


def once_more(session: Session, call: Callable[[], Found]) -> Found:
    """Return what ``call`` reads; where the connection was gone, ask a new one, once.

    For a request's first statement: after a restart of the server all connections that were kept
    are stale, and all are dropped with the first that is found so.
    """
    try:
        return call()
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        session.rollback()
        db.engine.dispose()
        return call()


def init_app(app: Flask) -> None:
    """Connect the app to its database."""
    db.init_app(app)
    with app.app_context():
        keep_watch(prepare_engine(db.engine))


def public_code(length: int = 12) -> str:
    """Return an unguessable code of letters and digits without look-alikes (0/O, 1/l)."""
    alphabet = "23456789abcdefghjkmnpqrstuvwxyz"
    return "".join(secrets.choice(alphabet) for _ in range(length))


class Stamped:
    """Mixin: when the row was made and last changed, UTC."""

    created_at: Mapped[dt.datetime] = mapped_column(default=clock.now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=clock.now, onupdate=clock.now)


def after_commit(session: Session, key: str, call: Callable[[], None]) -> None:
    """Run ``call`` once after this transaction commits, however often ``key`` is asked for.

    Forgotten when the transaction is undone. Only for hints such as waking a worker: whatever must
    not be lost is a row.
    """
    session.info.setdefault("after_commit", {})[key] = call


@event.listens_for(BoundSession, "after_commit")
def _run_after_commit(session: Session) -> None:
    for key, call in session.info.pop("after_commit", {}).items():
        try:
            call()
        except Exception as error:  # noqa: BLE001  (what is saved is saved, whatever follows)
            faults.throttle.warn("after_commit_failed", key=key, reason=type(error).__name__)


@event.listens_for(BoundSession, "after_rollback")
def _forget_after_commit(session: Session) -> None:
    session.info.pop("after_commit", None)


@contextmanager
def reading(session: Session) -> Iterator[None]:
    """Read in a transaction that ends with the block, so that slow work can follow with none open.

    For services that must look something up, then work on it (read a file, check a password)
    before they write: SQLite has one writer, and whoever opens a transaction to write stops all
    others. Rows that were loaded are to be asked for again under the lock. Inside of a transaction
    that is open already it changes nothing.
    """
    if session.in_transaction() or session.info.get("read_only"):
        yield
        return
    session.info["read_only"] = True
    try:
        yield
    finally:
        session.rollback()
        session.info["read_only"] = False


def keep(session: Session) -> None:
    """Save what must outlast the refusal that follows: that a wrong code was tried.

    Only views call it, after a service that wrote nothing else.
    """
    session.commit()


def in_batches(session: Session, step: Callable[[], int]) -> int:
    """Run ``step`` in one transaction after another until it returns 0. Returns the sum.

    For jobs over many rows: no transaction grows with their number, and stopping half-way leaves
    whole batches done.
    """
    done = 0
    try:
        while found := step():
            session.commit()
            done += found
    finally:
        session.rollback()
    return done
