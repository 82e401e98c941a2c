"""A neighbour's vote registered at a point, without script; and what no page shows afterwards."""

import datetime as dt
import re

import pytest
import sqlalchemy as sa
import time_machine

from participa.accounts.models import KeptForm
from participa.accounts.verification import sms
from participa.budgets.models import Ballot, Channel, Mark, Sheet, SheetStatus
from participa.budgets.services import points, sheets
from participa.core import clock
from participa.core.facts import FactRow
from tests import factories
from tests.budgets.polls import BY_ROLL
from tests.budgets.stations import Station
from tests.statements import recorded

HERE = "/procesos/presupuesto/presupuesto"
SECRET = "1001"


@pytest.fixture
def hall(app, session, organization):
    with app.app_context():
        return Station(session, organization, maximum=2)


@pytest.fixture
def desk(client, session, hall):
    """The promoter's browser."""
    return factories.sign_in(client, session, hall.people["promoter"])


@pytest.fixture
def place(hall):
    return f"{HERE}/puntos/{hall.point}"


def look_up(desk, place, number=SECRET, **values):
    data = {"document_type": "CC", "document_number": number, "como": "ayuda", **values}
    return desk.post(place, data=data)


def token(answer):
    return re.search(r'name="linea_token" value="([^"]+)"', answer.text)[1]


def step(desk, place, answer, name, choice=(), **values):
    data = {"linea_token": token(answer), "paso": name, **values}
    return desk.post(f"{place}/voto", data=data | {f"papeleta-{each}": "1" for each in choice})


def vote(desk, place, hall, number=SECRET, **values):
    answer = step(desk, place, look_up(desk, place, number), "revisar", hall.ids[:1])
    return step(desk, place, answer, "enviar", hall.ids[:1], **values)


def count(session, kind):
    return session.scalar(sa.select(sa.func.count()).select_from(kind))


# --- the whole way


def test_a_ballot_from_the_document_to_the_receipt(desk, session, place, hall):
    assert "Número de documento" in desk.get(place).text
    answer = look_up(desk, place)
    assert answer.status_code == 200
    assert answer.text.count('type="checkbox"') == 5
    answer = step(desk, place, answer, "revisar", hall.ids[:1])
    assert "Léale el voto a la persona" in answer.text
    assert count(session, Ballot) == 0
    # One goes back and changes it: nothing is lost.
    answer = step(desk, place, answer, "escoger", hall.ids[:1])
    assert (
        f'id="papeleta-{hall.ids[0]}" type="checkbox" name="papeleta-{hall.ids[0]}" value="1" checked'
        in answer.text
    )
    answer = step(desk, place, answer, "revisar", hall.ids[:2])
    answer = step(desk, place, answer, "enviar", hall.ids[:2])
    assert answer.headers["Location"].endswith(f"/puntos/{hall.point}/constancia")
    page = desk.get(f"{place}/constancia")
    assert page.headers["Cache-Control"] == "no-store"
    receipt = re.search(r"<span>(\w{4}-\w{4}-\w{4})</span>", page.text)[1]
    assert "Este voto cuenta" in desk.post(f"{HERE}/recibo", data={"receipt": receipt}).text
    assert desk.get(f"{place}/constancia").headers["Location"].endswith(place)
    mark, ballot = session.scalars(sa.select(Mark)).one(), session.scalars(sa.select(Ballot)).one()
    assert (mark.channel, ballot.channel) == (Channel.ASSISTED, Channel.ASSISTED)
    assert set(ballot.choice) == {str(each) for each in hall.ids[:2]}


def test_nobody_sees_the_ballot_again(desk, session, app, place, hall):
    vote(desk, place, hall)
    desk.get(f"{place}/constancia")
    boss = factories.sign_in(app.test_client(), session, hall.people["boss"])
    staff = f"/gestion{HERE}"
    for browser, paths in (
        (desk, (HERE, place, f"{HERE}/puntos", f"{place}/deshacer", f"{HERE}/votar", "/cuenta")),
        (boss, (f"{staff}/puntos", f"{staff}/puntos/{hall.point}", f"{staff}/participacion")),
    ):
        for path in paths:
            page = browser.get(path, follow_redirects=True).text
            assert "En su voto" not in page, path
            assert "checked" not in page, path
            assert f'papeleta-{hall.ids[0]}" value' not in page, path
    again = look_up(desk, place)
    assert again.status_code == 422
    assert "ya votó con ayuda, en un punto el" in again.text


def test_the_document_number_is_shown_nowhere_and_kept_nowhere(desk, session, place, hall):
    number = "98765432"
    answers = [
        look_up(desk, place, number),
        look_up(desk, place, SECRET),
        vote(desk, place, hall, "1002"),
        desk.post(f"{place}/deshacer", data={"document_type": "CC", "document_number": number}),
    ]
    for answer in answers:
        for each in (number, 'value="1001"', 'value="1002"'):
            assert each not in answer.text
        assert "document" not in answer.headers.get("Location", "")
    rows = [str(row.data) for row in session.scalars(sa.select(FactRow))]
    assert not [row for row in rows if number in row or "document_number" in row]


def test_after_signing_out_nothing_of_the_ballot_is_kept(desk, session, app, place, hall):
    answer = look_up(desk, place)
    stranger = app.test_client()
    refused = stranger.post(
        f"{place}/voto",
        data={"linea_token": token(answer), "paso": "enviar", f"papeleta-{hall.ids[0]}": "1"},
    )
    assert refused.status_code in {303, 401}
    stranger.post(place, data={"document_type": "CC", "document_number": "98765432"})
    for kept in session.scalars(sa.select(KeptForm)):
        names = {name for name, _value in kept.fields}
        assert not [each for each in names if "papeleta" in each or "document_number" in each]


# --- what is wrong


def test_an_impossible_ballot_stays_marked_and_says_why(desk, session, place, hall):
    answer = step(desk, place, look_up(desk, place), "revisar", hall.ids[:3])
    assert answer.status_code == 422
    assert "Escogió un proyecto de más" in answer.text
    assert answer.text.count("checked") == 3
    answer = step(desk, place, answer, "enviar", hall.ids[:3])
    assert answer.status_code == 422
    answer = step(desk, place, answer, "revisar")
    assert "Todavía no ha escogido" in answer.text
    assert count(session, Mark) == 0


def test_after_half_an_hour_the_document_is_asked_again_and_the_choice_stays(desk, place, hall):
    answer = look_up(desk, place)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=31), tick=False):
        late = step(desk, place, answer, "revisar", hall.ids[:1])
        assert late.status_code == 422
        assert "Escriba otra vez el documento" in late.text
        assert f'name="papeleta-{hall.ids[0]}" value="1"' in late.text
        again = desk.post(
            place,
            data={
                "document_type": "CC",
                "document_number": SECRET,
                "como": "ayuda",
                f"papeleta-{hall.ids[0]}": "1",
            },
        )
        assert again.text.count("checked") == 1


def test_going_on_from_page_to_page_does_not_make_the_half_hour_longer(desk, session, place, hall):
    answer = look_up(desk, place)
    for minutes in (15, 29):
        with time_machine.travel(clock.now() + dt.timedelta(minutes=minutes), tick=False):
            answer = step(desk, place, answer, "revisar", hall.ids[:1])
            assert answer.status_code == 200
    with time_machine.travel(clock.now() + dt.timedelta(minutes=31), tick=False):
        late = step(desk, place, answer, "enviar", hall.ids[:1])
        assert late.status_code == 422
        assert "Escriba otra vez el documento" in late.text
    assert count(session, Mark) == 0


def test_a_mark_of_somebody_else_is_worth_nothing(desk, session, app, place, hall):
    answer = look_up(desk, place)
    for wrong in ("", "x", token(answer)[:-2]):
        made = desk.post(f"{place}/voto", data={"linea_token": wrong, "paso": "enviar"})
        assert made.status_code == 422
        assert desk.post(f"{place}/entregar", data={"linea_token": wrong}).status_code == 422
    with app.app_context():
        points.give(
            session, hall.boss, hall.component, hall.point, hall.people["neighbour"].id, "9"
        )
        session.commit()
    other = factories.sign_in(app.test_client(), session, hall.people["neighbour"])
    assert step(other, place, answer, "enviar", hall.ids[:1]).status_code == 422
    assert count(session, Mark) == 0


@pytest.mark.parametrize("name", ["boss", "neighbour", "typist"])
def test_who_is_not_in_charge_sees_nothing_here(app, session, place, hall, name):
    browser = factories.sign_in(app.test_client(), session, hall.people[name])
    for path in (place, f"{place}/deshacer", f"{place}/constancia"):
        answer = browser.get(path)
        assert answer.status_code == 403
        assert "a cargo del punto" in answer.text
    assert look_up(browser, place).status_code == 403


def test_two_windows_leave_one_ballot(desk, session, place, hall):
    first, second = look_up(desk, place), look_up(desk, place)
    step(desk, place, first, "enviar", hall.ids[:1])
    answer = step(desk, place, second, "enviar", hall.ids[1:2])
    assert answer.status_code == 409
    assert "ya votó" in answer.text
    (ballot,) = session.scalars(sa.select(Ballot)).all()
    assert set(ballot.choice) == {str(hall.ids[0])}


def test_ranks_and_points_and_one_of_each_pot(client, session, app, organization):
    with app.app_context():
        hall = Station(session, organization, ballot="points", points=5)
    browser = factories.sign_in(client, session, hall.people["promoter"])
    place = f"{HERE}/puntos/{hall.point}"
    answer = step(
        browser, place, look_up(browser, place), "revisar", **{f"papeleta-{hall.ids[0]}": "dos"}
    )
    assert answer.status_code == 422
    assert 'value="dos"' in answer.text
    assert "Escriba un número entero" in answer.text
    chosen = {f"papeleta-{hall.ids[0]}": "4", f"papeleta-{hall.ids[1]}": "1"}
    answer = step(browser, place, answer, "revisar", **chosen)
    step(browser, place, answer, "enviar", **chosen)
    assert session.scalars(sa.select(Ballot)).one().choice == {
        str(hall.ids[0]): 4,
        str(hall.ids[1]): 1,
    }


def test_where_one_is_chosen_there_is_also_none(client, session, app, organization):
    with app.app_context():
        hall = Station(session, organization, ballot="choose-1")
    browser = factories.sign_in(client, session, hall.people["promoter"])
    place = f"{HERE}/puntos/{hall.point}"
    answer = look_up(browser, place)
    assert answer.text.count("Ninguno") == 2
    chosen = {f"papeleta-bolsa-{hall.pot}": str(hall.ids[1])}
    answer = step(browser, place, answer, "revisar", **chosen)
    step(browser, place, answer, "enviar", **chosen)
    assert session.scalars(sa.select(Ballot)).one().choice == {str(hall.ids[1]): 1}


# --- who is asked for more


def test_what_the_roll_does_not_say_is_looked_up_in_the_document(
    client, session, app, organization
):
    with app.app_context():
        cast = {"state": "open", "requires": [*BY_ROLL["requires"], {"age": 14}, "guardian"]}
        hall = Station(session, organization, cast=cast)
        today = clock.now().date()
        hall.line("1002").birth_date = today.replace(year=today.year - 15)
        session.commit()
    browser = factories.sign_in(client, session, hall.people["promoter"])
    place = f"{HERE}/puntos/{hall.point}"
    assert "desde los 14 años" in look_up(browser, place).text
    answer = look_up(browser, place, "1002")
    assert answer.status_code == 422
    assert 'id="guardian-error"' in answer.text
    answer = look_up(browser, place, "1002", guardian="y")
    assert answer.status_code == 200
    answer = step(browser, place, answer, "enviar", hall.ids[:1])
    assert answer.status_code == 303


# --- the receipt by telephone


def test_the_receipt_by_telephone_is_not_shown(desk, session, place, hall, monkeypatch):
    sent = []
    monkeypatch.setattr(sms, "_sender", [lambda _s, _o, phone, text: sent.append((phone, text))])
    answer = step(desk, place, look_up(desk, place), "revisar", hall.ids[:1])
    assert "Celular para la constancia" in answer.text
    answer = step(desk, place, answer, "enviar", hall.ids[:1], telefono="12")
    assert answer.status_code == 422
    assert 'id="telefono-error"' in answer.text
    assert 'value="12"' in answer.text
    answer = step(desk, place, answer, "enviar", hall.ids[:1], telefono="300 123 4567")
    page = desk.get(answer.headers["Location"]).text
    assert "va en camino" in page
    assert not re.search(r"<span>\w{4}-\w{4}-\w{4}</span>", page)
    assert sent[0][0] == "+573001234567"


# --- sheets


def test_a_sheet_is_handed_out_and_the_error_undone(desk, session, app, place, hall):
    with app.app_context():
        sheets.make(session, hall.boss, hall.component, hall.point, "2")
        session.commit()
    answer = look_up(desk, place, como="papel")
    assert "Pídale que firme la lista" in answer.text
    assert count(session, Mark) == 0
    answer = desk.post(f"{place}/entregar", data={"linea_token": token(answer)})
    assert "votó en papel" in desk.get(answer.headers["Location"]).text
    assert count(session, Mark) == 1
    sheet = session.scalars(sa.select(Sheet).order_by(Sheet.number)).first()
    typed = {
        "document_type": "CC",
        "document_number": SECRET,
        "number": str(sheet.number),
        "check": "zzz",
        "reason": "Era otra persona",
    }
    answer = desk.post(f"{place}/deshacer", data=typed)
    assert answer.status_code == 422
    assert 'id="check-error"' in answer.text
    assert "Era otra persona" in answer.text
    typed["check"] = sheet.check.lower()
    assert desk.post(f"{place}/deshacer", data={**typed, "confirmado": "1"}).status_code == 303
    session.expire_all()
    assert count(session, Mark) == 0
    assert session.get_one(Sheet, sheet.id).status is SheetStatus.VOID


def test_without_script_undoing_asks_first_and_shows_no_document(desk, session, app, place, hall):
    with app.app_context():
        sheets.make(session, hall.boss, hall.component, hall.point, "2")
        session.commit()
    desk.post(f"{place}/entregar", data={"linea_token": token(look_up(desk, place))})
    sheet = session.scalars(sa.select(Sheet).order_by(Sheet.number)).first()
    typed = {"number": f"{sheet.number} {sheet.check}", "reason": "Era otra <persona>"}
    document = {"document_type": "CC", "document_number": SECRET}
    path = f"{place}/deshacer"
    asked = desk.post(path, data={**typed, **document})
    assert asked.status_code == 200
    assert "¿Anular la hoja y deshacer la entrega?" in asked.text
    assert 'name="confirmado" value="1"' in asked.text
    assert 'value="Era otra &lt;persona&gt;"' in asked.text
    assert SECRET not in asked.text
    session.expire_all()
    assert count(session, Mark) == 1
    assert session.get_one(Sheet, sheet.id).status is SheetStatus.PRINTED
    # Who says no, or comes without the mark of the question, has to say again whose it was.
    lost = desk.post(path, data={**typed, "linea_token": "otra", "confirmado": "1"})
    assert lost.status_code == 422
    assert "Era otra &lt;persona&gt;" in lost.text
    sure = {**typed, "linea_token": token(asked), "confirmado": "1"}
    assert desk.post(path, data=sure).status_code == 303
    session.expire_all()
    assert count(session, Mark) == 0
    assert session.get_one(Sheet, sheet.id).status is SheetStatus.VOID
    again = desk.post(path, data=sure)
    assert again.status_code == 422
    assert "no se le entregó una hoja" in again.text


def test_desk_pages_send_as_many_statements_whatever_the_roll(desk, session, organization, place):
    def counted():
        with recorded() as statements:
            assert look_up(desk, place, "1004").status_code == 200
        return len(statements)

    look_up(desk, place, "1004")
    before = counted()
    with desk.application.app_context():
        factories.make_roll(session, organization, [str(50_000 + n) for n in range(50)], key="otro")
        session.commit()
    assert counted() == before


def test_the_staff_read_of_an_unusual_pace_in_their_notices_and_at_the_point(app, session, hall):
    with app.app_context():
        who = hall.people["promoter"].id
        points.give(session, hall.boss, hall.component, hall.point, who, "1")
        hall.hand("1001")
        hall.hand("1002")
        session.commit()
    app.extensions["participa_jobs"].run_due()
    session.expire_all()
    boss = factories.sign_in(app.test_client(), session, hall.people["boss"])
    page = boss.get("/avisos").text
    assert "pasó de 1 votos en una hora en el punto «Escuela La Loma»" in page
    staff = f"/gestion{HERE}/puntos"
    assert "Ritmo inusual" in boss.get(staff).text
    assert "Pasó su límite el" in boss.get(f"{staff}/{hall.point}").text
    theirs = factories.sign_in(app.test_client(), session, hall.people["promoter"])
    assert "encargó el punto de votación «Escuela La Loma»" in theirs.get("/avisos").text
    answer = look_up(theirs, f"{HERE}/puntos/{hall.point}", "1004")
    assert answer.status_code == 409
    assert "el doble de lo previsto" in answer.text
