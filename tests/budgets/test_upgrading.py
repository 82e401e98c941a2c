"""What becomes of an open vote when its database is brought up to date."""

import pytest
import sqlalchemy as sa
from flask import current_app

from participa.budgets.models import Ballot, Channel, Vote
from participa.budgets.services import receipts
from participa.core import migrate
from participa.core.db import bind_to_organization, db
from tests import factories
from tests.budgets.ended import Ended
from tests.conftest import new_app

BEFORE = "2026_11_22_search"

pytestmark = pytest.mark.slow


@pytest.fixture
def ended(engine_name):
    app = new_app(engine_name)
    with app.app_context():
        organization = factories.make_organization(db.session())
        bind_to_organization(db.session(), organization.id)
        ended = Ended(db.session())
        ended.fill(ended.invented(8))
        ended.fill(ended.invented(3), channel=Channel.PAPER)
        db.session.commit()
        yield ended
        db.session.remove()
        db.engine.dispose()


def down_and_up(before=lambda: None):
    db.session.remove()
    migrate.downgrade(db.engine, BEFORE)
    before()
    migrate.upgrade(db.engine)


def codes(ended):
    bind_to_organization(db.session(), ended.component.organization_id)
    return {row.id: row.code for row in db.session.scalars(sa.select(Ballot))}


def test_ballots_of_an_open_vote_are_authenticated_once(ended):
    were = codes(ended)
    assert len(were) > 5
    assert all(were.values())
    down_and_up()
    assert codes(ended) == were
    vote = db.session.get_one(Vote, ended.component.id)
    assert not receipts.check_box(db.session(), ended.component, vote.link_key)


def test_with_another_key_nothing_is_authenticated(ended):
    db.session.remove()
    migrate.downgrade(db.engine, BEFORE)
    current_app.config["SECRET_KEY"] = "another-one-" * 3
    with pytest.raises(RuntimeError, match="PARTICIPA_SECRET_KEY is not the one"):
        migrate.upgrade(db.engine)
    assert migrate.current(db.engine) == BEFORE


def test_sheets_alone_get_a_key(ended):
    def closed():
        with db.engine.begin() as connection:
            connection.execute(sa.delete(Ballot.__table__).where(sa.text("channel = 'web'")))
            connection.execute(sa.text("DELETE FROM budget_marks WHERE channel = 'web'"))
            connection.execute(sa.text("UPDATE budget_votes SET link_key = NULL"))

    down_and_up(closed)
    assert all(codes(ended).values())
    vote = db.session.get_one(Vote, ended.component.id)
    assert not receipts.check_box(db.session(), ended.component, vote.link_key)
