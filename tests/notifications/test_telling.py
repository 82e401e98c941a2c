"""Who is told of a fact, how, and only once."""

import pytest
import sqlalchemy as sa

from participa.accounts import personal_data
from participa.core import clock
from participa.core.events import Audience, Fact, How, record
from participa.core.facts import FactRow, Ref
from participa.core.mail import Mail
from participa.core.outbox import Delivery
from participa.core.registry import Registry, RegistryError, Room
from participa.notifications import room
from participa.notifications.models import Follow, Notification, Preference
from participa.notifications.personal_data import own_notifications as personal_notifications
from participa.notifications.services import inbox
from participa.processes.models import ProcessStatus
from participa.proposals.events import ProposalPublished
from tests import factories
from tests.notifications.conftest import ThingAnswered, ThingCounted, ThingPublished

THING = Ref("thing", 1)


def told(session, person):
    return session.scalars(sa.select(Notification).where(Notification.person_id == person.id)).all()


def test_followers_of_the_subject_and_of_its_process_are_told_once(things, session, work):
    process = factories.make_process(session)
    both = things.person(follows=[THING, Ref("process", process.id)])
    of_process = things.person(follows=[Ref("process", process.id)])
    of_another = things.person(follows=[Ref("thing", 2)])
    things.happen(ThingPublished("x"), process_id=process.id)
    work()
    assert len(told(session, both)) == len(told(session, of_process)) == 1
    assert told(session, of_another) == []
    assert told(session, both)[0].process_id == process.id


def test_nobody_is_told_of_their_own_act_and_publishing_is_following(things, session, work):
    author = things.person()
    things.happen(ThingPublished("x"), by=author)
    things.happen(ThingPublished("x"), by=author)
    work()
    assert told(session, author) == []
    assert session.scalars(sa.select(Follow.person_id)).all() == [author.id]
    things.happen(ThingPublished("x"), by=things.person())
    work()
    assert len(told(session, author)) == 1


def test_the_author_is_told_of_answers(things, session, work):
    author, other = things.person(), things.person(follows=[THING])
    things.happen(ThingAnswered("x", author.id), by=other)
    things.happen(ThingAnswered("x", author.id), by=author)
    work()
    assert [row.direct for row in told(session, author)] == [True]
    assert told(session, other) == []


def test_handling_a_fact_again_changes_nothing(things, session, work):
    person = things.person(follows=[THING])
    fact_id = things.happen(ThingPublished("x"))
    work()
    inbox_before = [(row.id, row.mail) for row in told(session, person)]
    room.handle(session, session.get_one(FactRow, fact_id))
    session.commit()
    assert [(row.id, row.mail) for row in told(session, person)] == inbox_before
    assert session.scalar(sa.select(sa.func.count(Mail.id))) == 0  # it waits for the digest


def test_facts_that_tell_nobody_are_not_delivered(things, session):
    things.happen(ThingCounted())
    queued = session.scalars(
        sa.select(Delivery.subscriber).where(Delivery.subscriber == "notifications")
    ).all()
    assert queued == []


def test_a_process_that_is_not_published_tells_only_whom_it_concerns(things, session, work):
    process = factories.make_process(session, status=ProcessStatus.DRAFT)
    follower, author = things.person(follows=[THING]), things.person()
    things.happen(ThingPublished("x"), process_id=process.id)
    things.happen(ThingAnswered("x", author.id), process_id=process.id)
    work()
    assert told(session, follower) == []
    assert len(told(session, author)) == 1


def test_deleted_people_are_not_told(things, session, work):
    gone = things.person(follows=[THING], deleted_at=clock.now())
    things.happen(ThingPublished("x"))
    work()
    assert told(session, gone) == []


@pytest.mark.parametrize(
    ("kind", "every", "expected"),
    [
        (None, None, How.DAILY),
        (How.WEEKLY, None, How.WEEKLY),
        (How.SITE, None, None),
        (None, How.SITE, None),
        (How.NOW, How.SITE, "sent"),
        (How.OFF, None, "nothing"),
    ],
)
def test_people_are_told_as_they_chose(things, session, work, kind, every, expected):
    person = things.person(follows=[THING])
    for name, how in (("things.published", kind), ("*", every)):
        if how is not None:
            session.add(Preference(person_id=person.id, fact_name=name, how=how))
    session.commit()
    things.happen(ThingPublished("x"))
    work()
    rows = told(session, person)
    if expected == "nothing":
        assert rows == []
    elif expected == "sent":
        assert rows[0].mail is None
        assert rows[0].mailed_at is not None
    else:
        assert [row.mail for row in rows] == [expected]


def test_without_a_confirmed_address_no_mail_waits(things, session, work):
    person = things.person(follows=[THING], email_confirmed_at=None)
    things.happen(ThingPublished("x"))
    work()
    assert [row.mail for row in told(session, person)] == [None]


def test_another_organization_hears_nothing(things, session, any_session, work):
    person = things.person(follows=[THING])
    factories.make_organization(any_session, "vecina")
    neighbour = factories.make_person(any_session)
    any_session.add(Follow(person_id=neighbour.id, subject_kind="thing", subject_id=1))
    any_session.commit()
    factories.bind_to_organization(session, things.organization.id)
    things.happen(ThingPublished("x"))
    work()
    session.info["organization_id"] = -1
    assert session.scalars(sa.select(Notification.person_id)).all() == [person.id]


def test_an_ended_account_leaves_nothing_behind(things, session, work):
    person = things.person(follows=[THING])
    session.add(Preference(person_id=person.id, fact_name="*", how=How.WEEKLY))
    things.happen(ThingPublished("x"))
    work()
    assert inbox.forget in personal_data.erasers
    section, held = personal_notifications(session, person.id)
    assert section == "avisos"
    assert held["sigue"][0]["clase"] == "thing"
    assert held["preferencias"] == {"*": "weekly"}
    assert [each["hecho"] for each in held["recibidos"]] == ["things.published"]
    inbox.forget(session, person.id)
    session.commit()
    for model in (Follow, Notification, Preference):
        assert session.scalars(sa.select(model)).all() == []


def test_a_fact_that_is_not_public_cannot_tell_followers():
    class Secret(Fact):
        NAME = "secrets.kept"
        LABEL = SENTENCE = ""
        TELLS = (Audience.SUBJECT_FOLLOWERS,)

    with pytest.raises(RegistryError, match="not public"):
        Registry().register(Room(name="secrets", facts=(Secret,)))


def test_whoever_proposes_follows_the_proposal_and_the_process_hears(things, session, work):
    process = factories.make_process(session)
    follower, author = things.person(follows=[Ref("process", process.id)]), things.person()
    fact = {"process_id": process.id, "actor": factories.actor_of(session, author)}
    fact |= {"organization_id": things.organization.id, "subject": Ref("proposal", 7)}
    record(session, ProposalPublished("Parque"), **fact)
    session.commit()
    work()
    assert [row.fact_name for row in told(session, follower)] == ["proposals.published"]
    (followed,) = session.scalars(sa.select(Follow).where(Follow.person_id == author.id))
    assert (followed.subject_kind, followed.subject_id) == ("proposal", 7)
