"""What an installation of an earlier revision holds goes on after the upgrade: votes above all.

What is asserted is what people get (a receipt counts, a published file has its bytes), never how it
is stored.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import re

import pyotp
import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner

from participa.accounts.queries import rolls
from participa.accounts.services.rolls import making
from participa.budgets.models import Outcome, PublishedFile, Vote
from participa.budgets.queries import votes
from participa.budgets.services import closing, double_entry, firm, points, publishing
from participa.budgets.services.double_entry import Typing
from participa.cli import main
from participa.core import clock
from participa.core.db import db
from participa.core.mail import Mail
from participa.moderation import queries as moderation
from participa.moderation.services import appeals
from participa.notifications import queries as notifications
from participa.processes import queries as processes
from participa.processes.models import Process
from tests.conftest import new_app
from tests.upgrade.city import KEPT, OldCity, receipt_of, upgraded

pytestmark = pytest.mark.slow

MOMENT = dt.datetime.fromisoformat(KEPT["moment"])
HERE = "/procesos/presupuesto/presupuesto"
COUNTS = "Este voto cuenta"


@pytest.fixture
def at_work():
    with time_machine.travel(MOMENT + dt.timedelta(minutes=10), tick=False) as traveller:
        yield traveller


@pytest.fixture
def city(engine_name, at_work):
    app = new_app(engine_name, like=upgraded(engine_name))
    yield OldCity(app, engine_name)
    with app.app_context():
        db.engine.dispose()


def says(city, receipt, here=HERE):
    return city.browser().post(f"{here}/recibo", data={"receipt": receipt}).text


# --- the vote that was open


def choose(browser, project, on="1"):
    answer = browser.post(f"{HERE}/votar/escoger", data={"papeleta": project, "on": on})
    assert answer.status_code == 303, answer.text


def send(browser):
    page = browser.get(f"{HERE}/votar/revisar").text
    seen = re.search(r'name="visto" value="([^"]*)"', page)[1]
    answer = browser.post(f"{HERE}/votar/revisar", data={"visto": seen})
    assert answer.headers["Location"].endswith("/votar/enviado"), answer.text
    return browser.get(f"{HERE}/votar/enviado").text


def vote_assisted(city, document, project):
    """Register a neighbour's vote at the point; return the receipt."""
    place = f"{HERE}/puntos/{city.open['point']}"
    desk = city.browser("promoter")
    typed = {"document_type": "CC", "document_number": document, "como": "ayuda"}
    answer = desk.post(place, data=typed)
    for step in ("revisar", "enviar"):
        token = re.search(r'name="linea_token" value="([^"]+)"', answer.text)
        assert token, answer.text
        chosen = {f"papeleta-{each}": "1" for each in project}
        data = {"linea_token": token[1], "paso": step} | chosen
        answer = desk.post(f"{place}/voto", data=data)
    return receipt_of(desk.get(f"{place}/constancia").text)


def test_the_open_vote_goes_on_to_its_outcome(city, at_work):
    first, second, third, fourth, fifth = city.open["projects"]
    web, assisted = (city.kept["receipts"][each] for each in ("web", "assisted"))
    for receipt in (web, assisted):
        assert COUNTS in says(city, receipt)

    # Whoever voted replaces their ballot; their receipt stays the same.
    voter = city.browser("claimed")
    for project in (first, fourth):
        choose(voter, project, on="0")
    for project in (second, fifth):
        choose(voter, project)
    assert "<span>" not in re.search(r"constancia.*", send(voter), re.IGNORECASE)[0]
    assert COUNTS in says(city, web)

    # Whoever had not sent what they chose chooses it again, where it is not there any more.
    drafting = city.browser("neighbour")
    assert drafting.get(f"{HERE}/votar").status_code == 200
    choose(drafting, third)
    assert COUNTS in says(city, receipt_of(send(drafting)))

    # The roll still finds people by their documents, and keeps one vote per person.
    assert COUNTS in says(city, vote_assisted(city, "1006", [second, fifth]))
    place = f"{HERE}/puntos/{city.open['point']}"
    typed = {"document_type": "CC", "document_number": "1001", "como": "ayuda"}
    assert city.browser("promoter").post(place, data=typed).status_code == 422

    with city.app.app_context():
        session, component = city.session(), city.component()
        number, check = city.open["sheets"]["waiting"]
        came = double_entry.type_sheet(
            session, city.staff("other"), component, Typing(str(number), check, "2 5")
        )
        assert came.came is double_entry.Came.COUNTED
        session.commit()
        end(session, component, at_work)
        component = city.component()
        points.reconcile(session, city.staff("boss"), component, city.open["point"], "2")
        session.commit()
        closing.close(session, city.staff("boss"), component)
        session.commit()
        publishing.ask(session, city.staff("boss"), component, seed="4821")
        session.commit()
        assert publishing.run(session) == 1

    listed = city.browser().get(f"{HERE}/resultado/archivos/proyectos.csv").data
    rows = list(csv.DictReader(io.StringIO(listed.decode("utf-8-sig"))))
    assert [each["votos"] for each in rows] == ["1", "4", "1", "2", "3"]
    assert {"2", "5"} <= {each["numero"] for each in rows if each["resultado"] == "gana"}
    for receipt in (web, assisted):
        assert city.browser().post(f"{HERE}/recibo", data={"receipt": receipt}).status_code == 200


def end(session, component, at_work):
    """Let the voting phase be over."""
    row = session.get_one(Process, component.process.id)
    after = row.phases[0].end + dt.timedelta(hours=1)
    session.rollback()
    at_work.move_to(after)
    processes.forget()


# --- the votes that were over


def test_published_files_are_what_they_were(city):
    browser = city.browser()
    for slug, closed in city.kept["closed"].items():
        here = f"/procesos/{slug}/presupuesto"
        assert browser.get(f"{here}/resultado").status_code == 200
        for name, digest in closed["files"].items():
            content = browser.get(f"{here}/resultado/archivos/{name}").data
            assert hashlib.sha256(content).hexdigest() == digest, (slug, name)
        rule = json.loads(browser.get(f"{here}/resultado/archivos/regla.json").data)
        assert rule == json.loads(browser.get(f"{here}/regla.json").data)
    for receipt in city.kept["receipts"]["closed"][:2]:
        answer = browser.post(
            "/procesos/anterior-aprobacion/presupuesto/recibo", data={"receipt": receipt}
        )
        assert answer.status_code == 200
        assert receipt not in answer.headers.get("Location", "")


def test_a_published_file_is_counted_to_the_same_winners(city, tmp_path):
    with city.app.app_context():
        files = {
            (row.component_id, row.name): row.content
            for row in city.session().scalars(sa.select(PublishedFile))
        }
    counted = 0
    for (component, name), content in files.items():
        found = re.fullmatch(r"bolsa-(\w+)((?:\.edicion-\d)?)\.pb", name)
        if found is None:
            continue
        pot, edition = found.groups()
        listed = f"proyectos-{pot}{edition}.csv" if edition else "proyectos.csv"
        rows = csv.DictReader(io.StringIO(files[component, listed].decode("utf-8-sig")))
        won = sorted(
            (int(each["orden"]), each["numero"])
            for each in rows
            if each["orden"] and each["bolsa"].lower() == pot
        )
        path = tmp_path / name
        path.write_bytes(content)
        answer = CliRunner().invoke(main, ["tally", str(path)])
        assert answer.exit_code == 0, answer.output
        winners = [line.split("\t")[0] for line in answer.stdout.splitlines() if "\t" in line]
        assert winners == [numero for _place, numero in won], (component, name)
        counted += 1
    assert counted > 10


def test_a_closed_box_is_counted_again_to_the_same_bytes(city):
    with city.app.app_context():
        session = city.session()
        for slug, closed in city.kept["closed"].items():
            component = processes.component(session, closed["component"])
            vote = session.get_one(Vote, component.id)
            assert firm.digest(session, component, votes.state(session, component)) == vote.sha256
            assert vote.sha256 == closed["sha256"]
            for kind in (PublishedFile, Outcome):
                session.execute(sa.delete(kind).where(kind.component_id == component.id))
            vote.published_at = vote.tallied_at = None
            session.commit()
            assert publishing.run(session) == 1
            again = {
                row.name: hashlib.sha256(row.content).hexdigest()
                for row in session.scalars(
                    sa.select(PublishedFile).where(PublishedFile.component_id == component.id)
                )
            }
            first = {name: each for name, each in closed["files"].items() if "edicion" not in name}
            assert again == first, slug


def test_the_frozen_roll_still_has_its_digest(city):
    with city.app.app_context():
        session = city.session()
        roll = rolls.roll_by_key(session, "padron-anterior")
        vote = session.get_one(Vote, city.kept["closed"]["anterior-aprobacion"]["component"])
        assert roll.frozen_at is not None
        assert making.digest(session, roll.id) == roll.digest == vote.roll_digest


# --- people


def test_whoever_was_signed_in_still_is(city):
    for name in ("rosa", "claimed", "neighbour", "author"):
        assert city.browser(name).get("/cuenta").status_code == 200, name
    assert city.browser("administrator").get("/gestion").status_code == 200
    staff = city.browser("boss")
    for path in ("/cierre", "/puntos", "/participacion"):
        assert staff.get(f"/gestion{HERE}{path}").status_code == 200, path


def test_passwords_and_second_steps_still_open_the_door(city):
    password, kept = city.kept["password"], city.kept["second_factor"]
    codes = [pyotp.TOTP(kept["secret"]).at(clock.now()), kept["recovery"][0]]
    for code in codes:
        browser = city.browser()
        answer = browser.post("/entrar", data={"login": kept["email"], "password": password})
        assert answer.location == "/entrar/segundo-paso"
        answer = browser.post("/entrar/segundo-paso", data={"code": code})
        assert answer.status_code == 303, answer.text
        assert browser.get("/cuenta").status_code == 200


def test_somebody_who_had_typed_a_form_signs_in(city):
    browser = city.browser("typed")
    typed = {"login": city.kept["plain"]["email"], "password": city.kept["password"]}
    assert browser.post("/entrar", data=typed).status_code == 303
    assert browser.get("/procesos/ideas/propuestas/nueva").status_code == 200


def test_links_in_mails_still_work(city):
    browser = city.browser()
    confirm = f"/confirmar/{city.kept['links']['confirm']}"
    assert browser.get(confirm).status_code == 200
    typed = {"name": "Ana Nueva", "password": "una clave bien larga"}
    assert browser.post(confirm, data=typed).status_code == 303
    typed = {"login": "nueva@correo.com", "password": "una clave bien larga"}
    assert city.browser().post("/entrar", data=typed).status_code == 303
    reset = f"/clave/nueva/{city.kept['links']['reset']}"
    assert browser.get(reset).status_code == 200
    new = "otra clave bien larga"
    assert browser.post(reset, data={"password": new}).status_code == 303
    typed = {"login": city.kept["plain"]["email"], "password": new}
    assert city.browser().post("/entrar", data=typed).status_code == 303
    for _recipient, address in city.kept["stop"]:
        path = address.removeprefix("http://localhost")
        assert browser.get(path).status_code == 200
        assert browser.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200


def test_what_people_preferred_is_kept_and_what_waited_leaves(city):
    rosa = city.kept["plain"]["id"]
    with city.app.app_context():
        chosen = notifications.preferences(city.session(), rosa)
        assert {name: how.value for name, how in chosen.items()} == {
            "comments.published": "site",
            "proposals.published": "weekly",
        }
        before = notifications.unread(city.session(), rosa)
    city.app.extensions["participa_jobs"].run_due()
    with city.app.app_context():
        session = city.session()
        letter = session.scalars(
            sa.select(Mail).where(Mail.recipient == "espera@ejemplo.test")
        ).one()
        assert letter.sent_at is not None
        assert notifications.unread(session, rosa) == before + 1


# --- moderation


def test_cases_appeals_and_sanctions_go_on(city):
    moderator = city.browser("moderator")
    for case in city.kept["cases"].values():
        assert moderator.get(f"/gestion/procesos/ideas/moderacion/casos/{case}").status_code == 200
    removed = f"/procesos/ideas/propuestas/{city.kept['removed']}"
    title = "Mariposas azulejas"
    assert title not in city.browser().get(removed).text
    with city.app.app_context():
        session, case = city.session(), city.kept["cases"]["appealed"]
        second = city.actor(city.kept["moderators"]["second"])
        revision = moderation.case(session, case).revision
        appeals.revert(session, second, case, revision, "Tenía razón.")
        session.commit()
    assert title in city.browser().get(removed).text
    suspended = city.browser("suspended")
    typed = {"title": "Un parque para todos", "body": "Con árboles y bancas para sentarse."}
    assert suspended.post("/procesos/ideas/propuestas/nueva", data=typed).status_code == 403
    assert city.browser("author").get("/cuenta/moderacion").status_code == 200
