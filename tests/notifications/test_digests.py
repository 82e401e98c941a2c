"""When mails leave, to whom, and that each leaves once."""

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from participa.core import clock
from participa.core.config import Config
from participa.core.db import bind_to_organization
from participa.core.events import How
from participa.core.facts import Ref
from participa.core.mail import Mail
from participa.notifications import digests, mails
from participa.notifications.models import Notification, Preference
from participa.notifications.services import inbox
from tests import factories
from tests.notifications.conftest import ThingAnswered, ThingPublished

BOGOTA = ZoneInfo("America/Bogota")
THING = Ref("thing", 1)


def local(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment of March 2026 in Bogotá; the 2nd, the 9th and the 16th are Mondays."""
    return dt.datetime(2026, 3, day, hour, minute, tzinfo=BOGOTA)


@pytest.fixture
def send(app: Flask, session) -> Callable[[], int]:
    def run() -> int:
        with app.app_context():
            count = digests.send_digests()
        session.expire_all()
        return count

    return run


def letters(session):
    return session.scalars(sa.select(Mail).order_by(Mail.id)).all()


@pytest.mark.parametrize(
    ("now", "daily", "weekly"),
    [
        (local(4, 6, 59), local(3, 7), local(2, 7)),
        (local(4, 7), local(4, 7), local(2, 7)),
        (local(9, 6, 59), local(8, 7), local(2, 7)),
        (local(9, 7), local(9, 7), local(9, 7)),
        (local(9, 23, 59), local(9, 7), local(9, 7)),
    ],
)
def test_digests_leave_at_seven_of_the_organizations_morning(now, daily, weekly):
    assert digests.edges(now, BOGOTA) == {How.DAILY: daily, How.WEEKLY: weekly}


def test_a_digest_leaves_once_and_never_empty(things, session, work, send):
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        things.person(follows=[THING])
        assert send() == 0
        things.happen(ThingPublished("x"))
        things.happen(ThingPublished("x"))
        work()
        traveller.move_to(local(4, 6, 59))
        send()
        assert letters(session) == []
        traveller.move_to(local(4, 7))
        things.happen(ThingPublished("x"))  # after the edge: for tomorrow
        work()
        assert send() == 1
        assert send() == 0
        (letter,) = letters(session)
        assert "2 novedades" in letter.subject
        traveller.move_to(local(5, 7, 10))
        assert send() == 1
        assert len(letters(session)) == 2
        traveller.move_to(local(6, 7, 10))
        assert send() == 0
        assert len(letters(session)) == 2


def test_a_server_that_was_off_at_seven_sends_later(things, session, work, send):
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        things.person(follows=[THING])
        things.happen(ThingPublished("x"))
        work()
        traveller.move_to(local(4, 11, 20))
        assert send() == 1


def test_the_weekly_digest_waits_for_monday(things, session, work, send):
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        person = things.person(follows=[THING])
        session.add(Preference(person_id=person.id, fact_name="*", how=How.WEEKLY))
        session.commit()
        things.happen(ThingPublished("x"))
        work()
        traveller.move_to(local(8, 12))
        assert send() == 0
        traveller.move_to(local(9, 7))
        assert send() == 1
        assert len(letters(session)) == 1


def test_only_those_who_consent_get_mails_of_what_they_follow(things, session, work, send):
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        yes = things.person(follows=[THING])
        things.person(follows=[THING], consents=False)
        changed = things.person(follows=[THING])
        factories.make_consent(session, changed, granted=False)
        other = things.person(follows=[THING])
        factories.make_consent(session, other, "statistics", granted=False)
        session.commit()
        things.happen(ThingPublished("x"))
        work()
        traveller.move_to(local(4, 7))
        send()
        assert [each.recipient for each in letters(session)] == [yes.email, other.email]
        assert session.scalars(sa.select(Notification.mail)).all() == [None] * 4


def test_an_answer_to_what_somebody_wrote_needs_no_consent_and_leaves_at_once(
    things, session, work
):
    author = things.person(consents=False)
    things.happen(ThingAnswered("x", author.id), by=things.person(name="Ana Ruiz"))
    work()
    (letter,) = letters(session)
    assert letter.recipient == author.email
    assert letter.subject == "Ana Ruiz respondió a «Parque La Loma»"
    assert letter.sent_at is not None
    assert letter.stop_url.startswith("http://localhost/avisos/parar/")


def test_what_was_read_on_the_site_is_not_mailed(things, session, work, send):
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        person = things.person(follows=[THING])
        things.happen(ThingPublished("x"))
        work()
        actor = factories.actor_of(session, person)
        inbox.mark_all_read(session, actor, things.organization, 2**40)
        session.commit()
        traveller.move_to(local(4, 7))
        assert send() == 0


def test_a_removed_text_is_not_mailed(things, session, work, send):
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        things.person(follows=[THING])
        things.happen(ThingPublished("Palabras que se retiraron"))
        work()
        things.titles.clear()
        traveller.move_to(local(4, 7))
        send()
        (letter,) = letters(session)
        for part in (letter.subject, letter.text, letter.html):
            assert "Palabras" not in part
            assert "Parque" not in part


def test_many_people_are_written_to_in_batches(things, session, work, send, monkeypatch):
    monkeypatch.setattr(mails, "PEOPLE", 2)
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        for _ in range(5):
            things.person(follows=[THING])
        things.happen(ThingPublished("x"))
        work()
        traveller.move_to(local(4, 7))
        assert send() == 5
        assert len({each.recipient for each in letters(session)}) == 5


def test_a_long_digest_tells_the_last_and_counts_the_rest(things, session, work, send, monkeypatch):
    monkeypatch.setattr(mails, "STORIES", 3)
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        things.person(follows=[THING])
        for _ in range(8):
            things.happen(ThingPublished("x"))
        work()
        traveller.move_to(local(4, 7))
        send()
        (letter,) = letters(session)
        assert letter.subject.endswith("8 novedades")
        assert letter.text.count("- ") == 3 + 1  # and the mark before the foot
        assert "Y 5 más" in letter.text


def test_each_organization_has_its_own_morning(things, session, any_session, send):
    with time_machine.travel(local(3, 15), tick=False):
        bind_to_organization(any_session, None)
        madrid = factories.make_organization(any_session, "madrid", time_zone="Europe/Madrid")
        assert digests.edges(clock.now(), madrid.zone)[How.DAILY] == dt.datetime(
            2026, 3, 3, 7, tzinfo=ZoneInfo("Europe/Madrid")
        )
        assert mails.address_of(madrid, _config("https://participa.test:8443")) == (
            "https://madrid.test:8443"
        )
        assert send() == 0


def _config(base_url):
    return Config(base_url=base_url)


def test_old_notifications_are_forgotten(things, session, work, send):
    with time_machine.travel(local(3, 15), tick=False) as traveller:
        things.person(follows=[THING])
        things.happen(ThingPublished("x"))
        work()
        traveller.shift(inbox.KEPT + dt.timedelta(days=1))
        send()
        assert session.scalars(sa.select(Notification)).all() == []
