"""Mails as people get them, compared with snapshots.

Write them again with PARTICIPA_TEST_SNAPSHOTS=write, then read the difference before committing.
"""

import datetime as dt
import os
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from participa.core import clock
from participa.core.facts import Ref
from participa.core.i18n import SOURCE_LOCALE, SUPPORTED_LOCALES, Localized, bundled_folder
from participa.core.mail import Mail
from participa.notifications import digests, mails
from participa.processes.events import PhaseOpened, ResourcesLinked
from tests import factories
from tests.notifications.conftest import ThingAnswered, ThingPublished

SNAPSHOTS = Path(__file__).parent / "snapshots"
MORNING = dt.datetime(2026, 3, 4, 12, 5, tzinfo=dt.UTC)

LOCALES = [
    code
    for code in SUPPORTED_LOCALES
    if code == SOURCE_LOCALE
    or (bundled_folder("translations") / code / "LC_MESSAGES" / "messages.po").is_file()
]


def shown(mail):
    """The mail as a text file: what changes from run to run is blotted out."""
    parts = (f"Subject: {mail.subject}", f"Stop: {mail.stop_url}", mail.text, mail.html)
    return re.sub(r"(/avisos/parar/)[\w.-]+", r"\1TOKEN", "\n\n".join(parts)).rstrip() + "\n"


def compare(name, text):
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("PARTICIPA_TEST_SNAPSHOTS") == "write":
        path.write_text(text, "utf-8")
    assert path.is_file(), f"no {path.name}: write it with PARTICIPA_TEST_SNAPSHOTS=write, read it"
    assert text == path.read_text("utf-8")


@pytest.fixture
def process(session):
    def day(month, number):
        return dt.datetime(2026, month, number, 5, tzinfo=dt.UTC)

    return factories.make_process(
        session,
        title=Localized(
            {
                "es": "Presupuesto participativo",
                "en": "Participatory budget",
                "pt": "Orçamento participativo",
            }
        ),
        components=(),
        phases=[{"key": "ideas", "start": day(3, 1), "end": day(5, 1)}],
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_one_fact(things, session, work, process, locale):
    with time_machine.travel(MORNING, tick=False):
        author = things.person(locale=locale)
        things.happen(
            ThingAnswered("x", author.id),
            by=things.person(name="Ana <b>Ruiz</b>"),
            process_id=process.id,
        )
        work()
    compare(f"one-fact.{locale}", shown(session.scalars(sa.select(Mail)).one()))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_digest(app, things, session, work, process, locale, monkeypatch):
    monkeypatch.setattr(mails, "STORIES", 4)
    with time_machine.travel(MORNING - dt.timedelta(days=1), tick=False) as traveller:
        things.person(locale=locale, follows=[Ref("process", process.id), Ref("thing", 2)])
        ana = things.person(name="Ana Ruiz")
        things.titles[3] = "Un título que se retirará"
        for thing in (1, 1, 1, 3):
            things.happen(ThingPublished("x"), by=ana, thing=thing, process_id=process.id)
        things.happen(
            PhaseOpened("Ideas", "llovió mucho en las veredas", "2026-03-01", None),
            process_id=process.id,
        )
        things.happen(ThingPublished("x"), thing=2)
        work()
        del things.titles[3]
        traveller.move_to(MORNING)
        with app.app_context():
            digests.send_digests()
        session.expire_all()
    compare(f"digest.{locale}", shown(session.scalars(sa.select(Mail)).one()))


def test_each_person_reads_in_their_language(things, session, work):
    people = [things.person(locale=locale) for locale in ("es", "pt", "xx")]
    for person in people:
        things.happen(
            ThingAnswered("x", person.id), by=people[0] if person is not people[0] else None
        )
    work()
    written = {
        mail.recipient: re.search(r'<html lang="(\w+)"', mail.html).group(1)
        for mail in session.scalars(sa.select(Mail))
    }
    assert [written[person.email] for person in people] == ["es", "pt", "es"]


def test_a_title_cannot_break_the_mails_headers(things, session, work):
    things.titles[1] = "Uno\r\nBcc: otra@ejemplo.test " + "x" * 300
    person = things.person()
    things.happen(ThingAnswered("x", person.id))
    work()
    subject = session.scalars(sa.select(Mail.subject)).one()
    assert "\n" not in subject
    assert len(subject) <= mails.SUBJECT_LENGTH


def test_a_link_between_two_quotes_only_what_can_still_be_read(
    app, client, things, session, work, process
):
    reader = things.person(follows=[Ref("thing", 2)])
    linked = ResourcesLinked("Parque viejo", "Agua vieja", "answers", "thing:1", "thing:2")
    things.happen(linked, thing=2, process_id=process.id)
    work()
    del things.titles[1]
    with time_machine.travel(clock.now() + dt.timedelta(days=1)):
        with app.app_context():
            digests.send_digests()
        session.expire_all()
    pages = [
        factories.sign_in(client, session, reader).get("/avisos").text,
        client.get(f"/procesos/{process.slug}/actividad").text,
        session.scalars(sa.select(Mail)).one().text,
    ]
    for page in pages:
        assert "enlazó «texto que ya no se publica» con «Agua limpia»" in page
        assert "viej" not in page
