"""What citizens, authors and the public see of moderation."""

import datetime as dt
import re

import pytest
import time_machine

from participa.comments.services import writing as comments
from participa.comments.services.writing import Draft as CommentDraft
from participa.core import clock
from participa.core.facts import Ref
from participa.core.limits import limiter
from participa.moderation import queries
from participa.moderation.models import CaseState
from participa.moderation.queries import own
from participa.moderation.services import decisions, flags
from participa.processes import queries as processes
from participa.processes.models import Process
from participa.proposals import services as proposals
from participa.proposals.services import Draft
from tests import factories
from tests.moderation import city as cities
from tests.statements import recorded

DAY = dt.timedelta(days=1)


@pytest.fixture
def city(app, session, organization):
    return cities.build(app, session, organization)


def state(city):
    city.session.expire_all()
    return queries.case(city.session, city.case).state


def flag_form(city, ground="insultos", **values):
    return {"ground_id": city.grounds[ground], **values}


# --- flagging -----------------------------------------------------------------------------------


def test_a_neighbour_reports_once_and_then_reads_what_becomes_of_it(city):
    client = city.client(city.neighbours[0])
    assert city.flag_page in client.get(city.page).text
    form = client.get(city.flag_page).text
    for ground in queries.grounds(city.session):
        assert str(ground.name) in form
        assert str(ground.text)[:40] in form
    assert cities.TITLE in form
    assert "Qué pasa después" in form
    sent = client.post(city.flag_page, data=flag_form(city, detail="Nombra a mi papá"))
    assert sent.status_code == 303
    again = client.get(city.flag_page).text
    assert "Gracias por avisar" in again
    assert "Usted ya lo reportó el" in again
    assert "/moderacion" in again
    assert 'name="ground_id"' not in again
    case = queries.case_of(city.session, city.ref)
    assert (case.state, case.flag_count) == (CaseState.OPEN, 1)
    client.post(city.flag_page, data=flag_form(city))
    city.session.expire_all()
    assert queries.case_of(city.session, city.ref).flag_count == 1


@pytest.mark.parametrize("ground", ["", "x", "999999", "9" * 30, "١"])
def test_a_report_without_a_ground_loses_nothing(city, ground):
    client = city.client(city.neighbours[0])
    answer = client.post(city.flag_page, data={"ground_id": ground, "detail": "Mire esto"})
    assert answer.status_code == 422
    assert "Mire esto" in answer.text
    assert 'class="field-error"' in answer.text
    assert queries.case_of(city.session, city.ref) is None


def test_a_detail_that_does_not_fit_is_told_beside_its_field(city):
    client = city.client(city.neighbours[0])
    answer = client.post(city.flag_page, data=flag_form(city, detail="a" * 1001))
    assert answer.status_code == 422
    assert 'id="detail-error"' in answer.text
    assert "a" * 1001 in answer.text


def test_a_visitor_reports_after_signing_in_and_loses_nothing(city):
    client = city.client()
    assert city.flag_page in client.get(city.page).text
    asked = client.get(city.flag_page)
    assert asked.status_code == 303
    assert "/entrar" in asked.headers["Location"]
    typed = flag_form(city, detail="Nombra a mi papá")
    client.post(
        city.flag_page, data=typed, headers={"Referer": f"http://localhost{city.flag_page}"}
    )
    factories.sign_in(client, city.session, city.neighbours[0])
    form = client.get(city.flag_page).text
    assert "Nombra a mi papá" in form
    assert re.search(rf'checked[^>]*value="{city.grounds["insultos"]}"', form)


def test_nobody_reports_what_they_wrote(city):
    client = city.client(city.author)
    assert city.flag_page not in client.get(city.page).text
    assert "Lo escribió usted" in client.get(city.flag_page).text
    answer = client.post(city.flag_page, data=flag_form(city))
    assert answer.status_code == 403
    assert queries.case_of(city.session, city.ref) is None


@pytest.mark.parametrize(
    "path", ["propuesta-999999", "proposal-1", "comment-1", "nada-1", "process-1"]
)
def test_what_is_not_there_cannot_be_reported(city, path):
    client = city.client(city.neighbours[0])
    address = f"/procesos/{city.process.slug}/propuestas/reportar/{path}"
    assert client.get(address).status_code == 404
    assert client.post(address, data=flag_form(city)).status_code == 404


def test_what_was_withdrawn_cannot_be_reported(city):
    author = city.actor(city.author)
    proposals.withdraw(city.session, author, city.process.components[0], city.proposal, "")
    city.session.commit()
    client = city.client(city.neighbours[0])
    assert client.get(city.flag_page).status_code == 404
    assert client.post(city.flag_page, data=flag_form(city)).status_code == 404


def test_reports_have_a_limit_per_account(city, monkeypatch):
    monkeypatch.setattr(limiter, "enabled", True)
    client = city.client(city.neighbours[0])
    codes = {client.post(city.flag_page, data={"ground_id": ""}).status_code for _ in range(31)}
    assert 429 in codes


# --- what everybody sees ------------------------------------------------------------------------


def test_past_the_threshold_it_stays_with_a_notice(city):
    for neighbour in city.neighbours[:2]:
        city.flag(neighbour)
    assert "En revisión" not in city.client().get(city.page).text
    city.flag(city.neighbours[2])
    page = city.client().get(city.page)
    assert page.status_code == 200
    assert "En revisión" in page.text
    assert cities.TITLE in page.text
    assert "Ver el caso" not in page.text
    assert "Ver el caso" in city.client(city.moderator).get(city.page).text


def test_a_tombstone_says_the_rule_and_the_date_and_never_the_words(city):
    city.flag(city.neighbours[0])
    city.remove()
    for person in (None, city.neighbours[1], city.elsewhere):
        page = city.client(person).get(city.page)
        assert page.status_code == 410
        assert "La moderación lo retiró el" in page.text
        assert "Insulto" in page.text
        assert "/moderacion" in page.text
        assert not [word for word in cities.SECRETS if word in page.text]
    own = city.client(city.author).get(city.page)
    assert own.status_code == 200
    assert "Solo usted y la moderación lo ven" in own.text
    assert city.case_page in own.text
    assert cities.TITLE in own.text
    staff = city.client(city.moderator).get(city.page).text
    assert "Ver el caso" in staff


def test_removed_words_are_on_no_page_of_anybody_else(city):
    """Author and moderators of the process aside, nobody finds them on any address."""
    city.flag(city.neighbours[0])
    city.remove(reply="Se retira.")
    city.appeal("Apelo.")
    addresses = [
        city.page,
        city.flag_page,
        city.case_page,
        f"{city.case_page}/corregir",
        f"{city.case_page}/apelar",
        "/cuenta/aportes",
        "/cuenta/reportes",
        "/avisos",
        "/avisos/siguiendo",
        "/moderacion",
        "/moderacion/decisiones.csv",
        "/",
        "/procesos",
        f"/procesos/{city.process.slug}",
        f"/procesos/{city.process.slug}/actividad",
        f"/procesos/{city.process.slug}/propuestas",
        f"/procesos/{city.process.slug}/propuestas?q=mariposas",
        f"/procesos/{city.process.slug}/propuestas?orden=newest",
    ]
    leaked = []
    for person in (None, *city.neighbours[:2], city.elsewhere):
        client = city.client(person)
        for address in addresses:
            text = client.get(address, follow_redirects=True).get_data(as_text=True)
            text = text.replace("q=mariposas", "")
            leaked += [
                f"{person and person.name} {address}: {word}"
                for word in cities.SECRETS
                if word in text
            ]
    assert leaked == []


# --- the author's own pages ---------------------------------------------------------------------


def test_the_author_sees_all_of_it_and_everybody_else_nothing(city):
    city.flag(city.neighbours[0], detail="Un detalle secreto")
    assert city.client(city.author).get(city.case_page).status_code == 404
    city.remove(reply="Nombra a una persona.\nPuede contarlo sin nombrarla.")
    page = city.client(city.author).get(city.case_page).text
    assert cities.TITLE in page
    assert "cascarrabias" in page
    assert "Nombra a una persona." in page
    assert "Una persona lo reportó." in page
    assert "La moderación lo retiró." in page
    assert "Corregir y enviar otra vez" in page
    assert "Apelar" in page
    for hidden in ("Mauro", "Vecino 0", "Un detalle secreto"):
        assert hidden not in page
    for path in ("", "/corregir", "/apelar"):
        for person in (city.neighbours[1], city.elsewhere):
            assert city.client(person).get(city.case_page + path).status_code == 404
        assert "/entrar" in city.client().get(city.case_page + path).headers["Location"]
        assert city.client(city.author).get(f"/moderacion/casos/999999{path}").status_code == 404


def test_the_list_of_own_contributions(city):
    client = city.client(city.author)
    assert "Nada suyo está en moderación" in client.get("/cuenta/aportes").text
    city.flag(city.neighbours[0])
    assert "Nada suyo está en moderación" in client.get("/cuenta/aportes").text
    city.remove()
    text = client.get("/cuenta/aportes").text
    assert cities.TITLE in text
    assert "Retirado" in text
    assert "Insulto" in text
    assert city.case_page in text
    assert cities.TITLE not in city.client(city.neighbours[0]).get("/cuenta/aportes").text


def test_who_reported_reads_what_became_of_it(city):
    client = city.client(city.neighbours[0])
    assert "No ha reportado nada" in client.get("/cuenta/reportes").text
    city.flag(city.neighbours[0])
    text = client.get("/cuenta/reportes").text
    assert cities.TITLE in text
    assert "todavía no ha decidido" in text
    city.remove()
    text = client.get("/cuenta/reportes").text
    assert cities.TITLE not in text
    assert "La moderación lo retiró." in text
    page = client.get(city.flag_page)
    assert page.status_code == 200
    assert cities.TITLE not in page.text
    assert "La moderación lo retiró." in page.text
    city.appeal()
    assert "apeló" in client.get("/cuenta/reportes").text
    city.revert()
    text = client.get("/cuenta/reportes").text
    assert cities.TITLE in text
    assert "lo devolvió a su lugar" in text


def test_correcting_and_sending_again(city):
    city.flag(city.neighbours[0])
    city.remove()
    client = city.client(city.author)
    address = f"{city.case_page}/corregir"
    form = client.get(address).text
    assert f'value="{cities.TITLE}"' in form
    assert "Nombra a una persona." in form
    short = client.post(address, data={"title": "Corto", "body": "También."})
    assert short.status_code == 422
    assert 'value="Corto"' in short.text
    assert "También." in short.text
    assert 'id="body-error"' in short.text
    body = (
        "Que todas las personas puedan pasar al parque, de día y de noche, sin que nadie lo impida."
    )
    warned = client.post(
        address, data={"title": "Paso libre al parque", "body": f"{body} Escriba a yo@ejemplo.test"}
    )
    assert warned.status_code == 422
    assert 'name="acknowledged"' in warned.text
    assert "yo@ejemplo.test" in warned.text
    sent = client.post(address, data={"title": "Paso libre al parque", "body": body})
    assert sent.status_code == 303
    page = client.get(city.case_page).text
    assert "Recibimos su corrección" in page
    assert "Corrección enviada" in page
    assert client.get(address).status_code == 303
    waiting = city.client().get(city.page)
    assert waiting.status_code in {404, 410}
    assert "Paso libre" not in waiting.text
    city.accept()
    assert "Paso libre al parque" in city.client().get(city.page).text
    assert "Su corrección está publicada" in client.get(city.case_page).text


def test_appealing_within_its_time(city):
    city.flag(city.neighbours[0])
    city.remove()
    client = city.client(city.author)
    address = f"{city.case_page}/apelar"
    assert "Puede apelar una vez, hasta el" in client.get(address).text
    assert client.post(address, data={"text": " "}).status_code == 422
    long = client.post(address, data={"text": "a" * 4001})
    assert long.status_code == 422
    assert "a" * 4001 in long.text
    assert client.post(address, data={"text": "No insulta a nadie."}).status_code == 303
    assert state(city) is CaseState.APPEALED
    page = client.get(city.case_page).text
    assert "No insulta a nadie." in page
    assert "Apelación en estudio" in page
    assert 'apelar"' not in page
    assert client.post(address, data={"text": "Otra vez."}).status_code == 303
    assert state(city) is CaseState.APPEALED
    city.revert("Tenía toda la razón.")
    page = client.get(city.case_page).text
    assert "Tenía toda la razón." in page
    assert "Sara" not in page
    assert "Se deshizo el retiro." in page
    assert cities.TITLE in city.client().get(city.page).text


def test_an_appeal_that_was_turned_down_is_answered(city):
    city.flag(city.neighbours[0])
    city.remove()
    city.appeal()
    city.uphold("Sí lo nombra.")
    page = city.client(city.author).get(city.case_page).text
    assert "Sí lo nombra." in page
    assert "Retiro confirmado" in page
    assert "otra persona de la moderación confirmó el retiro" in city.client().get(city.page).text


def test_after_its_time_an_appeal_is_refused_with_the_date_and_the_words_stay(city):
    city.flag(city.neighbours[0])
    city.remove()
    client = city.client(city.author)
    with time_machine.travel(clock.now() + 11 * DAY):
        page = client.get(city.case_page).text
        assert f"{city.case_page}/apelar" not in page
        assert f"{city.case_page}/corregir" in page
        assert "El plazo para apelar pasó" in client.get(f"{city.case_page}/apelar").text
        late = client.post(f"{city.case_page}/apelar", data={"text": "Llegué tarde"})
        assert late.status_code in {403, 422}
        assert "El plazo para apelar" in late.text
        assert "Llegué tarde" in late.text
    assert state(city) is CaseState.REMOVED


def test_a_moderator_of_a_case_and_who_flagged_it_are_led_to_their_own_page(city):
    city.flag(city.neighbours[0])
    city.remove()
    staff = city.client(city.moderator).get(city.case_page)
    assert staff.status_code == 303
    assert staff.headers["Location"].startswith("/gestion/")
    flagger = city.client(city.neighbours[0]).get(city.case_page)
    assert flagger.status_code == 303
    assert flagger.headers["Location"] == city.flag_page


def test_lists_go_on_beyond_one_page(city, monkeypatch):
    monkeypatch.setattr(own, "PAGE_SIZE", 2)
    for number in range(3):
        city.proposal = city.propose(f"Propuesta repetible {number}", cities.BODY + str(number))
        city.flag(city.neighbours[0])
        city.remove()
    author, flagger = city.client(city.author), city.client(city.neighbours[0])
    for client, address in ((author, "/cuenta/aportes"), (flagger, "/cuenta/reportes")):
        first = client.get(address).text
        assert first.count('class="card-title"') == 2
        following = re.search(r'href="(/cuenta/[^"]+desde=[^"]+)"', first).group(1)
        assert client.get(following.replace("&amp;", "&")).text.count('class="card-title"') == 1


# --- waiting for publication --------------------------------------------------------------------


def test_whose_other_was_removed_is_offered_to_stand_apart(city):
    place, draft = city.process.components[0], Draft("Mariposas del parque", cities.BODY)
    neighbour = city.neighbours[3]
    other = city.act(proposals.create, neighbour, city.organization, place, draft, "otra")
    city.flag(city.neighbours[0])
    city.decide(decisions.merge, city.moderator, other, "Dice lo mismo")
    path = f"{city.page}/aparte"

    def offered(person=None):
        return path in city.client(person).get(city.page).text

    assert not offered(city.author)
    assert city.client(city.author).post(path).status_code == 403
    ref, ground = Ref("proposal", other), city.grounds["insultos"]
    city.case = city.act(flags.flag, city.neighbours[1], place, ref, ground, "")
    city.remove()
    assert [offered(each) for each in (city.author, city.moderator, neighbour, None)] == [
        True,
        False,
        False,
        False,
    ]
    assert city.client(neighbour).post(path).status_code == 403
    answer = city.client(city.author).post(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, city.page)
    again = city.client().get(city.page)
    assert (again.status_code, cities.TITLE in again.text) == (200, True)


def test_what_waits_is_told_to_its_author_and_is_on_the_list(city):
    row = city.session.get_one(Process, city.process.id)
    row.phases[0].opens[0].settings = {"review": "all"}
    row.version += 1
    city.session.commit()
    client = city.client(city.author)
    sent = client.post(
        f"/procesos/{city.process.slug}/propuestas/nueva",
        data={
            "title": "Bancas con sombra",
            "body": "Bancas con sombra en el parque, para esperar el bus sin sol.",
        },
    )
    page = client.get(sent.headers["Location"]).text
    assert "Por revisar antes de publicar" in page
    assert "/cuenta/aportes" in page
    assert city.client().get(sent.headers["Location"]).status_code == 404
    mine = client.get("/cuenta/aportes").text
    assert "Bancas con sombra" in mine
    assert "Por revisar" in mine


# --- the number of statements -------------------------------------------------------------------


def counted(client, address):
    with recorded() as statements:
        assert client.get(address).status_code == 200
    return len(statements)


def test_own_lists_take_as_many_statements_for_one_as_for_many(city):
    lists = {"/cuenta/aportes": city.author, "/cuenta/reportes": city.neighbours[0]}
    clients = {address: city.client(person) for address, person in lists.items()}
    city.flag(city.neighbours[0])
    city.remove()
    first = {address: counted(client, address) for address, client in clients.items()}
    for number in range(5):
        city.proposal = city.propose(f"Propuesta repetible {number}", cities.BODY + str(number))
        city.flag(city.neighbours[0])
        city.remove()
    assert {address: counted(client, address) for address, client in clients.items()} == first


def test_tombstones_in_a_list_take_one_statement_together(city):
    phase = city.session.get_one(Process, city.process.id)
    phase.phases[0].opens[0].capabilities = {"create": "open", "comment": "open"}
    phase.version += 1
    city.session.commit()
    place = processes.by_id(city.session, city.process.id).components[0]
    address = f"/procesos/{city.process.slug}/propuestas/comentarios/propuesta-{city.proposal}"

    def comment(number):
        return city.act(
            comments.create,
            city.author,
            place,
            city.ref,
            CommentDraft(f"Este comentario habla de cotorras {number}."),
            f"comentario-{number}",
        )

    def remove(comment_id):
        case = city.act(
            flags.flag,
            city.neighbours[0],
            place,
            Ref("comment", comment_id),
            city.grounds["insultos"],
        )
        city.case = case
        city.remove()

    made = [comment(number) for number in range(6)]
    visitor, author = city.client(), city.client(city.author)
    remove(made[0])
    visitor.get(address)
    one = counted(visitor, address), counted(author, address)
    for comment_id in made[1:5]:
        remove(comment_id)
    assert (counted(visitor, address), counted(author, address)) == one
    page = visitor.get(address).text
    assert page.count("La moderación lo retiró el") == 5
    assert page.count("Motivo: Insultos, amenazas u odio.") == 5
    assert page.count("cotorras") == 1
    assert page.count("Reportar") == 1
    assert "Ver el motivo, corregir o apelar" in author.get(address).text
    flag_page = f"/procesos/{city.process.slug}/propuestas/reportar/comment-{made[5]}"
    assert flag_page in page
    assert (
        "Gracias por avisar"
        in city.client(city.neighbours[1])
        .post(flag_page, data=flag_form(city), follow_redirects=True)
        .text
    )
