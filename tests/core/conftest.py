"""A database of the test's own: a transaction that is undone shows no locks and no threads."""

import threading
from functools import lru_cache

import pytest
import sqlalchemy as sa
from flask import Flask

from participa.core import outbox
from participa.core.db import Base, db
from tests.conftest import new_app


@lru_cache
def lone_app(engine_name) -> Flask:
    return new_app(engine_name)


@pytest.fixture
def own_app(engine_name):
    """An app whose sessions really begin, commit and lock; emptied afterwards."""
    app = lone_app(engine_name)
    yield app
    with app.app_context():
        db.session.remove()
        with db.engine.begin() as connection:
            if engine_name == "postgresql":
                names = ", ".join(table.name for table in Base.metadata.sorted_tables)
                connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            else:
                connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
                for table in reversed(Base.metadata.sorted_tables):
                    connection.execute(sa.delete(table))


@pytest.fixture
def subscriptions(monkeypatch):
    """Subscriptions of the test's own."""
    own = outbox.Subscriptions()
    monkeypatch.setattr(outbox, "subscriptions", own)
    return own


def at_once(app, count, job):
    """Run ``job(session, number)`` in threads that begin together; raises what they raised."""
    gate = threading.Barrier(count)
    results: list = [None] * count
    errors: list[BaseException] = []

    def run(number):
        try:
            with app.app_context():
                session = db.session()
                gate.wait(10)
                try:
                    results[number] = job(session, number)
                finally:
                    session.rollback()
                    db.session.remove()
        except BaseException as error:  # noqa: BLE001 - told by the main thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    if errors:
        raise errors[0]
    return results
