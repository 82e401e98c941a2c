"""What every side of a case is told, by mail and in the inbox, compared with snapshots.

Write them again with PARTICIPA_TEST_SNAPSHOTS=write, then read the difference before committing.
"""

import datetime as dt
import html
import os
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from participa.core.mail import Mail
from participa.moderation.services import decisions
from participa.notifications import digests
from tests.moderation import city as cities

SNAPSHOTS = Path(__file__).parent / "snapshots"
MORNING = dt.datetime(2026, 3, 4, 15, 5, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def removed(city):
    city.flag(city.neighbours[0])
    city.remove()


def appealed(city):
    removed(city)
    city.appeal()


def under_review(city):
    for neighbour in city.neighbours[:3]:
        city.flag(neighbour)


def kept(city):
    under_review(city)
    city.keep()


def corrected(city):
    removed(city)
    city.resubmit(
        title="Paso libre al parque",
        body="Que todas las personas puedan pasar al parque, de día y de noche.",
    )
    city.accept()


def upheld(city):
    appealed(city)
    city.uphold()


def reverted(city):
    appealed(city)
    city.revert()


def undone(city):
    removed(city)
    city.decide(decisions.undo, city.moderator)


def merged(city):
    into = city.propose("Paso libre", "Que todas las personas puedan pasar al parque, siempre.")
    city.flag(city.neighbours[0], "repetido")
    city.decide(decisions.merge, city.moderator, into, "Decía lo mismo.")


def everybody(city):
    return {
        city.author: "autora",
        city.neighbours[0]: "quien reportó",
        city.neighbours[1]: "quien también reportó",
        city.neighbours[2]: "quien también reportó, 2",
        city.moderator: "moderador",
        city.second: "segunda",
    }


def who(city, mail):
    return next(name for person, name in everybody(city).items() if person.email == mail.recipient)


@pytest.mark.parametrize(
    "story",
    [removed, under_review, kept, corrected, upheld, reverted, undone, merged],
    ids=lambda story: story.__name__,
)
def test_every_side_is_told_and_led_to_where_it_can_act(app, session, organization, story):
    with time_machine.travel(MORNING, tick=False) as traveller:
        city = cities.build(app, session, organization)
        story(city)
        app.extensions["participa_jobs"].run_due()
        traveller.move_to(MORNING + DAY)
        with app.app_context():
            digests.send_digests()
        session.expire_all()
        mails = sorted(
            session.scalars(sa.select(Mail)), key=lambda each: (who(city, each), each.id)
        )
        told = [f"A: {who(city, each)}\nSubject: {each.subject}\n\n{each.text}" for each in mails]
        for each in mails:
            if "Su resumen" not in each.subject:
                person = next(one for one in everybody(city) if one.email == each.recipient)
                assert each.subject in html.unescape(city.client(person).get("/avisos").text)
    for mail in mails:
        for word in (*cities.SECRETS, "Nombra a una persona", "Mauro", "Sara", "Vecino"):
            assert word not in mail.text + mail.html + mail.subject, word
    text = re.sub(r"(/avisos/parar/)[\w.-]+", r"\1TOKEN", "\n\n".join(told))
    text = re.sub(r"/moderacion/casos/\d+", "/moderacion/casos/CASO", text)
    text = re.sub(r"/propuestas/\d+", "/propuestas/NUMERO", text).rstrip() + "\n"
    path = SNAPSHOTS / f"{story.__name__}.es.txt"
    if os.environ.get("PARTICIPA_TEST_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert path.is_file(), f"no {path.name}: write it with PARTICIPA_TEST_SNAPSHOTS=write, read it"
    assert text == path.read_text("utf-8")
