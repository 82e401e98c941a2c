"""An installation as an earlier revision left it, brought up to date by today's migrations.

``make_city.py`` says what is in it and how it was made.
"""

import gzip
import json
import re
import sqlite3
from functools import lru_cache
from pathlib import Path

import psycopg
import sqlalchemy as sa
from flask.testing import FlaskClient

from participa.accounts.models import Person
from participa.core import migrate
from participa.core.db import bind_to_organization, db
from participa.core.engines import prepare_engine
from participa.core.policy import Verification
from participa.processes import queries as processes
from tests.conftest import new_app, new_database
from tests.factories import actor_of

FOLDER = Path(__file__).parent
KEPT = json.loads((FOLDER / "city.json").read_text(encoding="utf-8"))
"""What people and browsers held when it was made: see ``make_city.py``."""


@lru_cache
def upgraded(engine_name: str) -> str:
    """Return the URL of the database that was brought up to date: to be copied."""
    url = new_database(engine_name)
    engine = prepare_engine(sa.create_engine(url))
    migrate.upgrade(engine, KEPT["revision"])
    engine.dispose()
    rows = gzip.decompress((FOLDER / f"city.{engine_name}.sql.gz").read_bytes()).decode()
    if engine_name == "sqlite":
        with sqlite3.connect(str(sa.make_url(url).database)) as file:
            file.executescript(rows)
        file.close()
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as server:
            server.execute(rows)
    app = new_app(engine_name, like=url)
    # With the installation's key, as `participa db upgrade` does.
    with app.app_context():
        migrate.upgrade(db.engine)
        assert migrate.differences(db.engine) == []
        db.engine.dispose()
        return db.engine.url.render_as_string(hide_password=False)


class OldCity:
    """The app on a copy of that database, and the browsers that were open when it was made."""

    def __init__(self, app, engine_name):
        self.app = app
        self.kept = KEPT[engine_name]
        self.open = self.kept["open"]

    def browser(self, name: str = "") -> FlaskClient:
        """Return a browser with the cookie that it had then; with none, a new one."""
        client = self.app.test_client()
        if name:
            cookie = self.kept["cookies"][name]
            client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], cookie)
        return client

    def session(self):
        """Return the database session of the app context that is open, bound to the city."""
        session = db.session()
        bind_to_organization(session, 1)
        return session

    def component(self):
        """Return the vote that was open."""
        processes.forget()
        return processes.component(self.session(), self.open["component"])

    def actor(self, email: str, **values):
        """Return somebody by their address."""
        session = self.session()
        person = session.scalars(sa.select(Person).where(Person.email == email)).one()
        return actor_of(session, person, **values)

    def staff(self, name: str):
        """Return somebody who works at the open vote."""
        return self.actor(self.open["emails"][name])

    def voter(self, name: str):
        """Return somebody whose line of the roll was verified then."""
        return self.actor(self.open["emails"][name], verifications=(Verification("census"),))


def receipt_of(page: str) -> str:
    """Return the receipt that a page shows."""
    found = re.search(r"<span>(\w{4}-\w{4}-\w{4})</span>", page)
    assert found is not None
    return found[1]
