"""The inbox, what is followed, preferences, and the link that stops mails."""

import datetime as dt
import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from participa.accounts.models import Consent
from participa.core.events import How
from participa.core.facts import FactRow, Ref
from participa.core.i18n import Localized
from participa.core.mail import Mail
from participa.core.policy import Role
from participa.notifications import queries, stop_links
from participa.notifications.models import Follow, Notification, Preference
from participa.processes import definition, services
from participa.processes import queries as processes
from tests import factories
from tests.notifications.conftest import ThingAnswered, ThingPublished

THING = Ref("thing", 1)


@pytest.fixture
def person(things):
    return things.person(follows=[THING])


@pytest.fixture
def browser(client, session, person):
    return factories.sign_in(client, session, person)


def test_visitors_are_asked_to_sign_in(client):
    for path in ("/avisos", "/avisos/preferencias", "/avisos/siguiendo"):
        answer = client.get(path)
        assert answer.status_code in {303, 401}


def test_an_empty_inbox_says_what_to_do(browser):
    answer = browser.get("/avisos")
    assert answer.status_code == 200
    assert "No tiene avisos" in answer.text


def test_the_inbox_tells_what_happened_and_reading_marks_it(browser, things, session, work):
    things.happen(ThingPublished("x"), by=things.person(name="Ana Ruiz"))
    work()
    page = browser.get("/avisos").text
    assert "Ana Ruiz publicó «Parque La Loma»" in page
    assert "1 sin leer" in page
    (row,) = session.scalars(sa.select(Notification)).all()
    answer = browser.post(f"/avisos/{row.id}/leido", data={"ver": "1"})
    assert (answer.status_code, answer.location) == (303, "/cosas/1")
    page = browser.get("/avisos").text
    assert "sin leer" not in page.lower().replace("no hay sin leer", "")


def test_marking_all_leaves_what_arrived_meanwhile(browser, things, session, work):
    things.happen(ThingPublished("x"))
    work()
    newest = session.scalar(sa.select(sa.func.max(Notification.id)))
    things.happen(ThingPublished("x"))
    work()
    assert browser.post("/avisos/leidos", data={"hasta": newest}).status_code == 303
    session.expire_all()
    unread = sa.select(Notification.id).where(Notification.read_at.is_(None))
    assert session.scalars(unread).all() == [newest + 1]
    assert browser.post("/avisos/leidos", data={"hasta": "todo"}).status_code == 400


def test_who_reads_english_is_told_of_staff_in_english(app, client, session, things, work):
    title = Localized({"es": "Ideas para el barrio", "en": "Ideas for the neighbourhood"})
    process = factories.make_process(session, title=title)
    rosa = things.person(follows=[Ref("process", process.id)], locale="en")
    staff = things.person(name="Beatriz", roles=[Role.ORGANIZATION_ADMIN])
    actor = factories.actor_of(session, staff)
    before = definition.of_row(processes.row(session, process.id), things.organization)
    named = Localized({"es": "Valoración", "en": "Assessment"})
    moved = replace(before.phases[0], title=named, end=before.phases[0].end + dt.timedelta(days=9))
    with app.app_context():
        services.edit(session, actor, process.id, replace(before, phases=(moved,)))
        later = replace(moved, end=moved.end + dt.timedelta(days=3))
        services.edit(session, actor, process.id, replace(before, phases=(later,)))
        services.override_phase(
            session, actor, process.id, moved.key, opens=False, until=None, reason="Rain"
        )
    session.commit()
    work()
    page = factories.sign_in(client, session, rosa).get("/avisos").text
    assert "Ideas for the neighbourhood" in page
    assert "The phase “Assessment” was closed outside its dates: Rain" in page
    assert "Phase “Assessment”: ends on" in page
    for spanish in ("«", "Fase", "termina", "Valoración", "Ideas para", "cambios"):
        assert spanish not in page


def test_a_removed_text_shows_no_old_title(browser, things, work):
    things.happen(ThingPublished("Palabras retiradas"))
    work()
    things.titles.clear()
    page = browser.get("/avisos").text
    assert "Palabras" not in page
    assert "texto que ya no se publica" in page


def test_the_inbox_can_be_narrowed_to_a_process(browser, things, session, work):
    first = factories.make_process(session, slug="uno", title="Uno" and {"es": "Uno"})
    second = factories.make_process(session, slug="dos", title={"es": "Dos"})
    things.happen(ThingPublished("x"), process_id=first.id)
    things.happen(ThingPublished("x"), process_id=second.id, thing=1)
    work()
    page = browser.get("/avisos?proceso=dos").text
    assert page.count('class="is-new"') == 1
    assert browser.get("/avisos").text.count('class="is-new"') == 2


def test_nobody_reads_the_notifications_of_others(client, things, session, work, person):
    things.happen(ThingPublished("x"))
    work()
    (row,) = session.scalars(sa.select(Notification)).all()
    factories.sign_in(client, session, things.person())
    assert client.post(f"/avisos/{row.id}/leido").status_code == 404
    assert "Parque" not in client.get("/avisos").text


def test_the_inbox_asks_the_same_whatever_its_size(app, browser, things, session, work):
    def statements():
        seen = []

        def count(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        engine = session.connection().engine
        sa.event.listen(session.connection(), "before_cursor_execute", count)
        try:
            assert browser.get("/avisos").status_code == 200
        finally:
            sa.event.remove(session.connection(), "before_cursor_execute", count)
        assert engine is not None
        return [each for each in seen if "SAVEPOINT" not in each]

    process = factories.make_process(session)
    actors = [things.person() for _ in range(3)]
    things.happen(ThingPublished("x"), by=actors[0], process_id=process.id)
    work()
    browser.get("/avisos")
    few = statements()
    for n in range(59):
        things.happen(ThingPublished("x"), by=actors[n % 3], process_id=process.id, thing=1)
    work()
    many = statements()
    assert len(many) == len(few), "\n\n".join(many)
    assert len(few) <= 14, "\n\n".join(few)


def test_pages_of_the_inbox_follow_one_another(browser, things, work):
    for _ in range(queries.PAGE_SIZE + 3):
        things.happen(ThingPublished("x"))
    work()
    first = browser.get("/avisos").text
    following = re.search(r'href="(/avisos\?desde=[^"]+)"', first).group(1)
    assert browser.get(following).text.count('class="is-new"') == 3


# --- following ----------------------------------------------------------------------------------


def test_following_works_without_script_and_comes_back(client, things, session):
    person = things.person()
    factories.sign_in(client, session, person)
    for _twice in range(2):
        answer = client.post("/seguir/thing/2", data={"volver": "/procesos"})
        assert (answer.status_code, answer.location) == (303, "/procesos")
    assert queries.following(session, person.id, [THING, Ref("thing", 2)]) == {Ref("thing", 2)}
    page = client.get("/avisos/siguiendo").text
    assert "Agua limpia" in page
    answer = client.post("/dejar-de-seguir/thing/2", data={"volver": "//malo.test"})
    assert answer.location == "/avisos/siguiendo"
    assert queries.following(session, person.id, [Ref("thing", 2)]) == set()
    assert "Todavía no sigue nada" in client.get("/avisos/siguiendo").text


def test_following_with_script_swaps_the_button(browser):
    answer = browser.post("/seguir/thing/2", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'action="/dejar-de-seguir/thing/2"' in answer.text


def test_what_does_not_exist_cannot_be_followed(browser, session):
    for path in ("/seguir/thing/9", "/seguir/dragon/1", f"/seguir/thing/{2**40}"):
        assert browser.post(path).status_code == 404


def test_a_process_can_be_followed(browser, session, person):
    process = factories.make_process(session)
    button = browser.get(f"/procesos/{process.slug}").text
    assert f'action="/seguir/process/{process.id}"' in button
    assert browser.post(f"/seguir/process/{process.id}").location == f"/procesos/{process.slug}"
    assert "Siguiendo" in browser.get(f"/procesos/{process.slug}").text


def test_a_process_of_another_organization_cannot_be_followed(browser, session, any_session):
    own = session.info["organization_id"]
    factories.make_organization(any_session, "vecina")
    elsewhere = factories.make_process(any_session, slug="ajeno")
    any_session.info["organization_id"] = own
    assert browser.post(f"/seguir/process/{elsewhere.id}").status_code == 404


def test_removed_things_can_be_left(browser, things, session, person):
    things.titles.clear()
    page = browser.get("/avisos/siguiendo").text
    assert "Un contenido que ya no se publica" in page
    assert browser.post("/dejar-de-seguir/thing/1").status_code == 303
    assert session.scalars(sa.select(Follow)).all() == []


# --- preferences --------------------------------------------------------------------------------


def filled(page):
    """Return the form as a browser would send it."""
    data = {"mail_consent": "y"} if re.search(r"<input[^>]*\bchecked\b", page) else {}
    for name, options in re.findall(
        r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL
    ):
        (data[name],) = re.findall(r'<option selected value="(\w+)"', options) or [""]
    return data


def test_preferences_show_the_defaults_and_keep_what_is_chosen(browser, things, session, person):
    page = browser.get("/avisos/preferencias").text
    data = filled(page)
    assert data["things__published"] == "daily"
    assert data["things__answered"] == "now"
    assert data["mail_consent"] == "y"
    data["things__published"] = "weekly"
    assert browser.post("/avisos/preferencias", data=data).status_code == 303
    assert queries.preferences(session, person.id) == {"things.published": How.WEEKLY}
    assert filled(browser.get("/avisos/preferencias").text)["things__published"] == "weekly"


def test_a_whole_room_is_chosen_at_once_and_what_is_chosen_for_itself_holds(
    browser, things, session, person
):
    path = "/avisos/preferencias"
    data = filled(browser.get(path).text)
    assert data["todo__things"] == ""  # its kinds are told in different ways
    browser.post(path, data=data | {"todo__things": "site"})
    assert set(queries.preferences(session, person.id).values()) == {How.SITE}
    data = filled(browser.get(path).text)
    assert {data[name] for name in data if "things" in name} == {"site"}
    # Sent as it is, nothing moves; and one of them goes its own way, though the room goes another.
    browser.post(path, data=data)
    assert filled(browser.get(path).text) == data
    browser.post(path, data=data | {"things__published": "weekly"})
    mixed = filled(browser.get(path).text)
    assert mixed == data | {"todo__things": "", "things__published": "weekly"}
    browser.post(path, data=mixed | {"todo__things": "off", "things__published": "now"})
    after = filled(browser.get(path).text)
    assert after["things__published"] == "now"
    assert {after[name] for name in data if name.startswith("things__")} == {"now", "off"}
    answer = browser.post(path, data=after | {"todo__things": "dragon"})
    assert answer.status_code == 422
    assert "Elija una de las opciones" in answer.text


def test_what_is_folded_is_open_where_something_is_wrong(browser, things):
    page = browser.get("/avisos/preferencias").text
    assert '<details class="one-by-one" open' not in page
    wrong = filled(page) | {"things__published": "dragon"}
    answer = browser.post("/avisos/preferencias", data=wrong)
    assert answer.text.count('<details class="one-by-one" open') == 1


def test_a_wrong_choice_loses_nothing(browser, things):
    data = filled(browser.get("/avisos/preferencias").text)
    answer = browser.post(
        "/avisos/preferencias",
        data=data | {"things__published": "dragon", "things__answered": "off"},
    )
    assert answer.status_code == 422
    assert "Elija una de las opciones" in answer.text
    assert filled(answer.text)["things__answered"] == "off"


def test_choosing_moves_the_mails_that_wait(browser, things, session, work):
    things.happen(ThingPublished("x"))
    work()
    data = filled(browser.get("/avisos/preferencias").text)
    browser.post("/avisos/preferencias", data=data | {"things__published": "site"})
    session.expire_all()
    assert session.scalars(sa.select(Notification.mail)).all() == [None]


def test_consent_is_taken_back_and_given_again(browser, things, session, person):
    data = filled(browser.get("/avisos/preferencias").text)
    data.pop("mail_consent")
    browser.post("/avisos/preferencias", data=data)
    assert not queries.consents_to_mail(session, person.id)
    browser.post("/avisos/preferencias", data=data | {"mail_consent": "y"})
    assert queries.consents_to_mail(session, person.id)
    consents = session.scalars(sa.select(Consent.granted).order_by(Consent.id)).all()
    assert consents == [True, False, True]


def test_all_mails_stop_and_can_come_back(browser, things, session, person):
    assert browser.post("/avisos/parar").status_code == 303
    data = filled(browser.get("/avisos/preferencias").text)
    assert set(data.values()) == {"site"}  # and no consent
    browser.post("/avisos/preferencias", data=data | {"mail_consent": "y"})
    assert filled(browser.get("/avisos/preferencias").text)["things__published"] == "daily"


# --- the link of each mail ----------------------------------------------------------------------


@pytest.fixture
def letter(things, session, work, person):
    things.happen(ThingAnswered("x", person.id))
    work()
    return session.scalars(sa.select(Mail)).one()


def test_a_mail_program_stops_with_one_click(client, letter, session, person):
    path = letter.stop_url.removeprefix("http://localhost")
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert queries.preferences(session, person.id) == {"things.answered": How.SITE}
    stopped = session.scalars(
        sa.select(FactRow).where(FactRow.name == "notifications.mails_stopped")
    ).one()
    assert stopped.actor_id == person.id


def test_opening_the_link_only_asks(client, letter, session, person):
    path = letter.stop_url.removeprefix("http://localhost")
    page = client.get(path)
    assert "Parar esta clase: Respuesta a una cosa" in page.text
    assert queries.preferences(session, person.id) == {}
    answer = client.post(path, data={"todo": "1"})
    assert answer.status_code == 303
    assert "No le enviaremos más correos de avisos" in client.get(answer.location).text
    assert queries.preferences(session, person.id) == {"*": How.SITE}
    assert not queries.consents_to_mail(session, person.id)


def test_after_stopping_no_mail_comes_and_the_inbox_goes_on(
    client, letter, things, session, work, person
):
    client.post(letter.stop_url.removeprefix("http://localhost"))
    things.happen(ThingAnswered("x", person.id))
    work()
    assert len(session.scalars(sa.select(Mail)).all()) == 1
    assert len(session.scalars(sa.select(Notification)).all()) == 2


def test_stopping_twice_is_stopping_once(client, letter, session, person):
    for _ in range(2):
        client.post(letter.stop_url.removeprefix("http://localhost"), data={"todo": "1"})
    assert len(session.scalars(sa.select(Preference)).all()) == 1


@pytest.mark.parametrize("token", ["x", "WzEsIioiXQ.AAAA", "eyJ", "." * 300])
def test_forged_links_stop_nothing(client, token):
    assert client.get(f"/avisos/parar/{token}").status_code == 404
    assert client.post(f"/avisos/parar/{token}").status_code == 404


def test_a_link_of_another_organization_stops_nothing(app, client, session, any_session, person):
    own = session.info["organization_id"]
    factories.make_organization(any_session, "vecina")
    any_session.info["organization_id"] = own
    token = stop_links.make(app.config["SECRET_KEY"], person.id, "*")
    answer = client.post(f"/avisos/parar/{token}", base_url="http://vecina.test")
    assert answer.status_code == 404
    assert queries.preferences(session, person.id) == {}


def test_the_link_works_from_anywhere_and_the_rest_does_not(client, app, session):
    token = stop_links.make(app.config["SECRET_KEY"], factories.make_person(session).id, "*")
    session.commit()
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    one_click = {"List-Unsubscribe": "One-Click"}
    answer = client.post(f"/avisos/parar/{token}", data=one_click, headers=elsewhere)
    assert answer.status_code == 200
    assert client.post("/avisos/parar", headers=elsewhere).status_code == 403
