"""Many at once: votes are not doubled, and every counter is what it counts."""

import threading

import pytest
import sqlalchemy as sa

from participa.comments.models import Comment, CommentCount, CommentVote, Position
from participa.comments.services import votes, writing
from participa.contributions import services as contributions
from participa.contributions.models import Standing
from participa.core import clock
from participa.core.db import bind_to_organization, db
from participa.core.errors import ParticipaError
from participa.core.facts import Ref
from participa.processes import queries as processes
from tests import factories
from tests.comments.conftest import make_component, make_talk
from tests.conftest import new_app

pytestmark = pytest.mark.slow


def at_once(app, organization, calls):
    """Run calls at once, each in a transaction of its own; what is refused is undone."""
    crashes = []

    def run(call):
        with app.app_context():
            session = db.session()
            bind_to_organization(session, organization.id)
            try:
                call(session)
                session.commit()
            except ParticipaError:
                session.rollback()
            except Exception as error:  # noqa: BLE001 - told below, not lost in a thread
                session.rollback()
                crashes.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not crashes, crashes


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_votes_comments_and_moderation_at_once(engine):
    app = new_app(engine)
    with app.app_context():
        session = db.session()
        organization = factories.make_organization(session)
        bind_to_organization(session, organization.id)
        component = make_component(session, comment_positions=True)
    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        talk = make_talk(app, session, organization, component)
    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        component = processes.component(session, talk.component.id)
        people = [factories.make_person(session, f"Persona {key}") for key in range(4)]
        actors = [factories.actor_of(session, each) for each in people]
        opening = writing.create(
            session,
            actors[0],
            component,
            talk.ref,
            writing.Draft("Abre el hilo.", Position.FOR),
            "abre",
        )
        session.commit()

    def vote(actor):
        return lambda session: votes.vote(session, actor, component, opening)

    def say(actor, key):
        draft = writing.Draft(f"Digo {key}.", Position.AGAINST)
        return lambda session: writing.create(session, actor, component, talk.ref, draft, key)

    def answer(actor, key):
        draft = writing.Draft(f"Respondo {key}.")
        return lambda session: writing.reply(session, actor, component, opening, draft, key)

    calls = [
        *[vote(actor) for actor in actors[1:] for _twice in range(3)],
        # The same form sent three times at once.
        *[say(actors[1], "igual") for _twice in range(3)],
        *[say(actor, f"uno-{actor.person_id}") for actor in actors],
        *[answer(actor, f"r-{actor.person_id}") for actor in actors],
    ]
    at_once(app, organization, calls)
    _compare(app, organization, published=1 + 1 + 4 + 4, replies=4, useful=3, against=4)

    def stand(comment, standing):
        return lambda session: contributions.stand(
            session, Ref("comment", comment), standing, clock.now()
        )

    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        replies = session.scalars(sa.select(Comment.id).where(Comment.parent_id == opening)).all()
        session.rollback()
    at_once(
        app,
        organization,
        [
            *[stand(each, Standing.REMOVED) for each in replies for _twice in range(2)],
            stand(opening, Standing.REMOVED),
            stand(opening, Standing.REMOVED),
        ],
    )
    _compare(app, organization, published=5, replies=0, useful=3, against=4)
    with app.app_context():
        db.engine.dispose()


def _compare(app, organization, *, published, replies, useful, against):
    with app.app_context():
        session = db.session()
        bind_to_organization(session, organization.id)
        count = session.scalars(sa.select(CommentCount)).one()
        opening = session.scalars(sa.select(Comment).where(Comment.submission == "abre")).one()
        standing = Comment.status == Standing.PUBLISHED
        assert count.published == published
        assert count.published == session.scalar(
            sa.select(sa.func.count()).select_from(Comment).where(standing)
        )
        assert count.against == against
        assert count.against == session.scalar(
            sa.select(sa.func.count(sa.distinct(Comment.author_id)))
            .select_from(Comment)
            .where(standing, Comment.position == Position.AGAINST)
        )
        assert opening.reply_count == replies
        assert opening.useful_count == useful
        assert useful == session.scalar(sa.select(sa.func.count()).select_from(CommentVote))
        session.rollback()
