"""What the files of the database hold, read as whoever takes the disk would read them."""

import secrets
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from participa.budgets.models import Ballot, Project, ProjectStatus, Vote
from participa.budgets.services import casting, closing, drafts
from participa.cli import main
from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.core.engines import checkpoint
from participa.processes import queries as processes
from participa.processes.models import Process
from tests import factories
from tests.budgets.polls import KEY, Poll
from tests.conftest import SECRET_KEY, new_app
from tests.factories import DAY

pytestmark = pytest.mark.slow


class Files:
    """The files of the database of an app."""

    def __init__(self):
        self.is_sqlite = db.engine.dialect.name == "sqlite"

    def hold(self, text, *, log=True):
        """Return where a text stands: in the file or the log, in heap, index or write-ahead log."""
        found = text.encode()
        if self.is_sqlite:
            path = Path(db.engine.url.database)
            files = {each.name: each.read_bytes() for each in path.parent.glob(f"{path.name}*")}
            return [name for name, content in files.items() if found in content]
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            run = connection.exec_driver_sql
            run("CHECKPOINT")
            place = run("SELECT pg_relation_filepath('budget_votes')").scalar().rpartition("/")[0]
            names = [f"{place}/{each}" for (each,) in run(f"SELECT pg_ls_dir('{place}')")]
            if log:
                names += [f"pg_wal/{each}" for (each,) in run("SELECT name FROM pg_ls_waldir()")]
            search = sa.text("SELECT position(:found IN pg_read_binary_file(:name, true)) > 0")
            return [
                name
                for name in names
                if connection.execute(search, {"found": found, "name": name}).scalar()
            ]


@pytest.fixture
def poll(engine_name):
    app = new_app(engine_name)
    with app.app_context():
        organization = factories.make_organization(db.session())
        bind_to_organization(db.session(), organization.id)
        poll = Poll(db.session(), ballot="approval")
        # Of this test alone: PostgreSQL's write-ahead log is that of all tests.
        poll.chosen, poll.other_one = (
            first + secrets.randbelow(90_000_000) for first in (700_000_000, 800_000_000)
        )
        for key in (poll.chosen, poll.other_one):
            db.session.add(
                Project(
                    id=key, component_id=poll.component.id, pot_id=poll.pot, number=key // 100_000,
                    status=ProjectStatus.FEASIBLE, title="Proyecto", cost=100,
                )
            )  # fmt: skip
        db.session.commit()
        yield poll
        db.session.remove()
        db.engine.dispose()


def test_no_file_holds_what_was_chosen_and_not_sent(poll):
    session, files = poll.session, Files()
    for project in (poll.chosen, poll.other_one):
        drafts.choose(session, poll.voter, poll.component, project, key=KEY)
        session.commit()
    drafts.unchoose(session, poll.voter, poll.component, poll.chosen, key=KEY)
    session.commit()
    assert files.hold(str(poll.chosen)) == files.hold(str(poll.other_one)) == []
    # As a check of the check: a ballot in the box is found.
    casting.cast(session, poll.voter, poll.component, {poll.other_one: 1})
    session.commit()
    assert files.hold(str(poll.other_one)) != []


def test_after_scrubbing_no_file_holds_what_tied_ballots_to_voters(poll, tmp_path, engine_name):
    session, files = poll.session, Files()
    voters = [factories.actor_of(session, factories.make_person(session)) for _each in range(5)]
    session.commit()
    for voter in voters:
        casting.cast(session, voter, poll.component, {poll.other_one: 1})
        casting.cast(session, voter, poll.component, {poll.chosen: 1})
        session.commit()
    key = session.get_one(Vote, poll.component.id).link_key
    ties = [key]
    for row in session.scalars(sa.select(Ballot)):
        ties += [row.link, row.code]
    assert all(files.hold(each, log=engine_name == "sqlite") for each in ties)
    row = session.get_one(Process, poll.component.process.id)
    row.phases[0].end = clock.now() - DAY
    processes.mark_changed(session, row.id)
    session.commit()
    processes.forget()
    component = processes.component(session, poll.component.id)
    closing.close(session, poll.boss, component)
    session.commit()
    if engine_name == "sqlite":
        # Nothing of it is left as soon as the closing is done, log included.
        assert [each for each in ties if files.hold(each)] == []
        assert Path(f"{db.engine.url.database}-wal").stat().st_size == 0
    url = db.engine.url.render_as_string(hide_password=False)
    db.session.remove()
    db.engine.dispose()
    environment = {
        "PARTICIPA_DATABASE_URL": url,
        "PARTICIPA_DATA_DIR": str(tmp_path),
        "PARTICIPA_SECRET_KEY": SECRET_KEY,
    }
    # PostgreSQL keeps deleted rows while a snapshot of before is open, and its own statistics take
    # some: then scrubbing again is what docs/budgets.md says. Its write-ahead log is the server's.
    for _turn in range(20):
        answer = CliRunner().invoke(main, ["db", "scrub"], env=environment)
        assert answer.exit_code == 0, answer.output
        left = [each for each in ties if files.hold(each, log=False)]
        if not left:
            break
        time.sleep(0.5)
    assert left == []


def test_the_log_of_sqlite_is_emptied_and_nobody_waits(poll, engine_name):
    session = poll.session
    casting.cast(session, poll.voter, poll.component, {poll.other_one: 1})
    session.commit()
    assert checkpoint(db.engine)
    if engine_name == "postgresql":
        return
    log = Path(f"{db.engine.url.database}-wal")
    assert log.stat().st_size == 0
    # While somebody writes it is put off, and they go on.
    other = factories.actor_of(session, factories.make_person(session))
    casting.cast(session, other, poll.component, {poll.other_one: 1})
    assert not checkpoint(db.engine)
    session.commit()
    assert log.stat().st_size > 0
    assert len(poll.box()) == 2
    session.rollback()
    assert checkpoint(db.engine)
