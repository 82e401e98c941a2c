"""A mail that waited for the mail server says what may be said when it leaves, not when written."""

import datetime as dt

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.models import Person
from participa.core.facts import Ref
from participa.core.mail import FIRST_DELAY, Mail
from participa.notifications import digests, mails
from participa.notifications.models import Follow
from participa.notifications.services import inbox
from tests import factories
from tests.notifications.conftest import ThingAnswered, ThingPublished
from tests.statements import recorded

START = dt.datetime(2026, 3, 3, 20, tzinfo=dt.UTC)
MORNING = dt.datetime(2026, 3, 4, 12, 5, tzinfo=dt.UTC)
MOST_STATEMENTS = 6
"""That looking at one mail again may take."""
THING, OTHER = Ref("thing", 1), Ref("thing", 2)


class Post:
    """A mail server that can be down."""

    def __init__(self):
        self.is_down = True
        self.sent = []

    def __call__(self, mail):
        if self.is_down:
            raise ConnectionRefusedError
        self.sent.append(mail)

    @property
    def words(self):
        return "\n".join(f"{each.subject}\n{each.text}\n{each.html}" for each in self.sent)


@pytest.fixture
def clock_at():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture
def post(app, monkeypatch):
    found = Post()
    monkeypatch.setattr(app.extensions["participa_jobs"], "sender", found)
    return found


@pytest.fixture
def repaired(post, clock_at, work):
    def repair():
        post.is_down = False
        clock_at.shift(FIRST_DELAY * 2)
        work()

    return repair


def waiting(session):
    session.expire_all()
    return session.scalar(sa.select(sa.func.count(Mail.id)).where(Mail.sent_at.is_(None)))


def test_what_was_removed_meanwhile_is_not_quoted(things, session, work, post, repaired):
    author = things.person()
    things.happen(ThingAnswered("x", author.id), by=things.person(name="Ana Ruiz"))
    work()
    assert waiting(session) == 1
    things.titles.clear()
    repaired()
    (mail,) = post.sent
    assert mail.subject == "Ana Ruiz respondió a «texto que ya no se publica»"
    assert "Parque" not in post.words
    assert session.scalars(sa.select(Mail.text).where(Mail.text.contains("Parque"))).all() == []
    assert waiting(session) == 0


def test_what_was_corrected_meanwhile_is_quoted_as_it_is_now(things, session, work, post, repaired):
    things.happen(ThingAnswered("x", things.person().id))
    work()
    things.titles[1] = "Parque corregido"
    repaired()
    (mail,) = post.sent
    assert "«Parque corregido»" in mail.subject
    assert "La Loma" not in post.words


def test_what_still_stands_leaves_as_it_was_written(things, session, work, post, repaired):
    things.happen(ThingAnswered("x", things.person().id))
    work()
    (before,) = session.scalars(sa.select(Mail.id)).all()
    repaired()
    (mail,) = post.sent
    assert mail.id == before
    assert "«Parque La Loma»" in mail.subject


def test_a_digest_is_made_anew_with_all_the_rest(
    app, things, session, work, post, clock_at, repaired
):
    things.person(follows=[THING, OTHER])
    things.happen(ThingPublished("x"))
    things.happen(ThingPublished("x"), thing=2)
    work()
    clock_at.move_to(MORNING)
    with app.app_context():
        digests.send_digests()
    things.happen(ThingPublished("x"), thing=2)  # of tomorrow's digest
    work()
    del things.titles[1]
    repaired()
    (mail,) = post.sent
    assert mail.subject == "Su resumen del día: 2 novedades"
    assert "«Agua limpia»" in mail.text
    assert "Parque" not in post.words
    with app.app_context():
        digests.send_digests()
    work()
    assert len(post.sent) == 1


def test_what_was_read_on_the_site_meanwhile_is_not_told_again(
    things, session, work, post, repaired
):
    author = things.person()
    things.happen(ThingAnswered("x", author.id))
    work()
    inbox.mark_all_read(session, factories.actor_of(session, author), things.organization, 2**40)
    session.commit()
    things.titles.clear()
    repaired()
    assert post.sent == []
    assert waiting(session) == 0


def test_nobody_writes_to_an_account_that_ended_meanwhile(things, session, work, post, repaired):
    author = things.person()
    things.happen(ThingAnswered("x", author.id))
    work()
    session.execute(
        sa.update(Person)
        .where(Person.id == author.id)
        .values(email=None, email_confirmed_at=None, deleted_at=START)
    )
    session.commit()
    repaired()
    assert post.sent == []
    assert waiting(session) == 0


def test_looking_again_takes_the_same_statements_for_one_story_as_for_thirty(
    app, things, session, work, post, clock_at
):
    counts = []
    for number in (1, 30):
        person = things.person(follows=[THING])
        for _story in range(number):
            things.happen(ThingPublished("x"))
        work()
        clock_at.shift(dt.timedelta(days=1))
        with app.app_context():
            digests.send_digests()
        letter = session.scalars(sa.select(Mail).where(Mail.recipient == person.email)).one()
        assert len(letter.basis["facts"]) == number
        with app.app_context(), recorded() as statements:
            assert mails.holds(session, letter)
        counts.append(len(statements))
        session.execute(sa.delete(Mail))
        session.execute(sa.delete(Follow))
        session.commit()
    assert counts[0] == counts[1] <= MOST_STATEMENTS
