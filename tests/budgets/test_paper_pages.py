"""Paper as the staff do it, without script: points, sheets to print, typing, acts."""

import re

import pytest
import sqlalchemy as sa

from participa.budgets.models import Ballot, Mark, Point, Promoter, Sheet, SheetStatus
from participa.core.facts import FactRow
from tests import factories
from tests.budgets.stations import Station
from tests.statements import recorded

HERE = "/procesos/presupuesto/presupuesto"
STAFF = f"/gestion{HERE}"


@pytest.fixture
def hall(app, session, organization):
    with app.app_context():
        return Station(session, organization, maximum=2)


@pytest.fixture
def browser(app, session, hall):
    """Browsers of people, by what they are."""

    def sign(name):
        return factories.sign_in(app.test_client(), session, hall.people[name])

    return sign


@pytest.fixture
def boss(browser):
    return browser("boss")


def make(boss, hall, number=3, *, app=None, handed=()):
    """Make sheets, and with the app hand some out to the owners of documents."""
    answer = boss.post(f"{STAFF}/puntos/{hall.point}/hojas", data={"number": str(number)})
    assert answer.status_code == 303
    hall.session.expire_all()
    for document in handed:
        with app.app_context():
            hall.hand(document)
            hall.session.commit()
    return hall.session.scalars(sa.select(Sheet).order_by(Sheet.number)).all()


def type_sheet(someone, sheet, projects="", **values):
    data = {"number": sheet.number, "check": sheet.check, "papeleta": projects, **values}
    return someone.post(f"{STAFF}/digitar", data=data)


# --- points


def test_points_from_none_to_one_and_away(app, session, organization, browser, hall, boss):
    session.query(Promoter).delete()
    session.query(Point).delete()
    session.commit()
    assert "Todavía no hay puntos" in boss.get(f"{STAFF}/puntos").text
    answer = boss.post(f"{STAFF}/puntos/nuevo", data={"name": "x", "address": "Calle <b>1</b>"})
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert "Calle &lt;b&gt;1&lt;/b&gt;" in answer.text
    answer = boss.post(
        f"{STAFF}/puntos/nuevo", data={"name": "Salón comunal", "address": "Calle 1"}
    )
    place = answer.headers["Location"]
    assert "Salón comunal" in boss.get(place).text
    assert "Salón comunal" in boss.get(f"{STAFF}/puntos").text
    assert "Calle 1" in app.test_client().get(f"{HERE}/puntos").text
    assert 'value="Salón comunal"' in boss.get(f"{place}/editar").text
    assert "¿Quitar el punto" in boss.post(f"{place}/quitar").text
    assert boss.post(f"{place}/quitar", data={"confirmado": "1"}).status_code == 303
    assert boss.get(place).status_code == 404


def test_somebody_is_put_in_charge_and_told(session, hall, browser, boss):
    place = f"{STAFF}/puntos/{hall.point}/encargos"
    assert "Neighbour" in boss.get(f"{place}?q=neigh").text
    who = hall.people["neighbour"].id
    answer = boss.post(f"{place}?q=neigh", data={"person": who, "per_hour": "cero"})
    assert answer.status_code == 422
    assert 'value="cero"' in answer.text
    assert "Neighbour" in answer.text
    assert boss.post(place, data={"person": who, "per_hour": "15"}).status_code == 303
    theirs = browser("neighbour")
    assert "Mis puntos" in theirs.get(f"{HERE}/puntos").text
    assert theirs.get(f"{HERE}/puntos/{hall.point}").status_code == 200
    assert "¿Terminar el encargo" in boss.post(f"{place}/terminar", data={"person": who}).text
    boss.post(f"{place}/terminar", data={"person": who, "confirmado": "1"})
    assert theirs.get(f"{HERE}/puntos/{hall.point}").status_code == 403
    assert "Mis puntos" not in theirs.get(f"{HERE}/puntos").text
    assert boss.post(place, data={"per_hour": "15"}).status_code == 404


def test_their_account_leads_to_their_points(browser, hall):
    assert f"{HERE}/puntos/{hall.point}" in browser("promoter").get("/cuenta").text


# --- printing


def test_sheets_are_printed_once_and_again_with_a_reason(session, hall, boss):
    place = f"{STAFF}/puntos/{hall.point}/hojas"
    assert "Todavía no hay hojas" in boss.get(place).text
    assert boss.post(place, data={"number": "muchas"}).status_code == 422
    rows = make(boss, hall, 2)
    page = boss.get(f"{place}/imprimir")
    assert page.headers["Cache-Control"] == "no-store"
    assert page.text.count('<article class="paper"') == 2
    for row in rows:
        assert f"{row.number} {row.check}</p>" in page.text
    assert "Proyecto 1" in page.text
    assert "hasta 2" in page.text
    assert "No escriba su nombre" in page.text
    assert "style=" not in page.text
    # A second look is a second print.
    assert boss.get(f"{place}/imprimir").headers["Location"].endswith("/hojas#otra-vez")
    answer = boss.post(f"{place}/otra-vez", data={"first": "1", "last": "2", "reason": ""})
    assert answer.status_code == 422
    assert 'id="reason-error"' in answer.text
    boss.post(
        f"{place}/otra-vez", data={"first": "2", "last": "2", "reason": "Se dañó la impresora"}
    )
    assert boss.get(f"{place}/imprimir").text.count('<article class="paper"') == 1
    names = set(session.scalars(sa.select(FactRow.name)))
    assert {"budgets.sheets_printed", "budgets.sheets_reprinted"} <= names


def test_the_list_to_sign_has_the_lines_asked_for(hall, boss):
    place = f"{STAFF}/puntos/{hall.point}/firmas"
    for asked, lines in (("", 40), ("12", 12), ("9999", 40), ("400", 400), ("-1", 40)):
        page = boss.get(f"{place}?lineas={asked}").text
        assert page.count('<th scope="row" class="num">') == lines, asked


# --- typing


def test_two_people_type_and_neither_sees_the_other(app, session, hall, browser, boss):
    sheet = make(boss, hall, app=app, handed=["1001"])[0]
    first, second = browser("typist"), browser("other")
    answer = type_sheet(first, sheet, "1 2")
    assert answer.status_code == 303
    page = second.get(f"{STAFF}/digitar").text
    assert 'value="1 2"' not in page
    assert "Falta la segunda persona" in page
    answer = type_sheet(second, sheet, "2,1")
    assert "quedó contada" in second.get(answer.headers["Location"]).text
    assert session.query(Ballot).count() == 1
    # The button pressed twice.
    assert type_sheet(second, sheet, "2,1").status_code == 303
    assert session.query(Ballot).count() == 1


def test_what_differs_is_told_with_the_number_only(app, hall, browser, boss):
    sheet = make(boss, hall, app=app, handed=["1001"])[0]
    type_sheet(browser("typist"), sheet, "1")
    other = browser("other")
    page = type_sheet(other, sheet, "2")
    assert "no coincide" in other.get(page.headers["Location"]).text
    page = boss.get(f"{STAFF}/digitar").text
    assert "Digitadas distinto: búsquelas" in page
    assert (
        "quedó contada"
        in boss.post(
            f"{STAFF}/digitar",
            data={"number": sheet.number, "check": sheet.check, "papeleta": "2"},
            follow_redirects=True,
        ).text
    )


def test_an_error_keeps_what_was_typed(hall, browser, boss):
    sheet = make(boss, hall)[0]
    answer = type_sheet(browser("typist"), sheet, "1 <9>")
    assert answer.status_code == 422
    assert 'id="papeleta-error"' in answer.text
    assert 'value="1 &lt;9&gt;"' in answer.text
    assert f'value="{sheet.number}"' in answer.text
    assert "autofocus" not in answer.text


def test_a_sheet_too_many_is_told_beside_its_number_and_nothing_is_lost(
    session, hall, browser, boss
):
    sheet = make(boss, hall)[0]
    type_sheet(browser("typist"), sheet, "1 2")
    other = browser("other")
    answer = type_sheet(other, sheet, "1 2")
    assert answer.status_code == 422
    assert 'id="number-error"' in answer.text
    assert "una más que las personas anotadas" in answer.text
    assert 'value="1 2"' in answer.text
    assert session.query(Ballot).count() == 0
    assert "Sobra: nadie la recibió" in answer.text
    for name in ("other", "typist"):
        assert type_sheet(browser(name), sheet, cause="surplus").status_code == 303
    assert "Sobra: nadie la recibió" in boss.get(f"{STAFF}/puntos/{hall.point}/acta").text


def test_an_impossible_choice_is_asked_about_and_then_left_out(app, session, hall, browser, boss):
    sheet = make(boss, hall, app=app, handed=["1001"])[0]
    for name in ("typist", "other"):
        someone = browser(name)
        answer = type_sheet(someone, sheet, "1 2 3")
        assert answer.status_code == 422
        assert 'name="sure"' in answer.text
        assert type_sheet(someone, sheet, "1 2 3", sure="1").status_code == 303
    session.expire_all()
    assert session.get_one(Sheet, sheet.id).status is SheetStatus.REJECTED
    assert "no es un voto válido" in boss.get(f"{STAFF}/puntos/{hall.point}/acta").text


@pytest.mark.parametrize("name", ["observer", "neighbour", "promoter"])
def test_who_may_not_type_is_told_so(browser, hall, name):
    assert browser(name).get(f"{STAFF}/digitar").status_code == 403


# --- the act


def test_the_act_from_the_count_to_the_reopening(hall, app, browser, boss):
    sheet = make(boss, hall, app=app, handed=["1001"])[0]
    type_sheet(browser("typist"), sheet, cause="blank")
    type_sheet(browser("other"), sheet, cause="blank")
    place = f"{STAFF}/puntos/{hall.point}"
    answer = boss.post(f"{place}/acta", data={"signed": "2"})
    assert answer.status_code == 422
    assert 'id="remarks-error"' in answer.text
    assert "Falta una hoja." in answer.text
    assert "Falta anotar a una persona." in answer.text
    asked = boss.post(f"{place}/acta", data={"signed": "1", "remarks": "Todo en orden."})
    assert asked.status_code == 200
    assert "Firmas en la lista: 1" in asked.text
    assert 'name="remarks" value="Todo en orden."' in asked.text
    assert "Acta cerrada el" not in boss.get(f"{place}/acta").text
    sure = {"signed": "1", "confirmado": "1"}
    assert boss.post(f"{place}/acta", data=sure).status_code == 303
    page = boss.get(f"{place}/acta").text
    assert "Acta cerrada el" in page
    assert "Está en blanco" in page
    assert "Coincide" in page
    assert "Cerrada" in boss.get(f"{STAFF}/puntos").text
    answer = type_sheet(browser("typist"), sheet, "1")
    assert answer.status_code == 422
    assert "ya está cerrada" in answer.text
    assert boss.post(f"{place}/reabrir", data={"reason": ""}).status_code == 422
    assert boss.post(f"{place}/reabrir", data={"reason": "Apareció una hoja"}).status_code == 303
    assert "Por hacer" in boss.get(f"{STAFF}/puntos").text


def test_remarks_that_would_be_refused_are_refused_before_the_question(hall, boss):
    place = f"{STAFF}/puntos/{hall.point}/acta"
    remarks = "Faltó la firma de la cédula 1.020.304.050."
    typed = {"signed": "3", "remarks": remarks}
    for data in (typed, {**typed, "confirmado": "1"}):
        answer = boss.post(place, data=data)
        assert answer.status_code == 422
        assert 'name="confirmado"' not in answer.text
        assert re.search(
            r'id="remarks-error".{0,400}Quite los números largos', answer.text, re.DOTALL
        )
        assert remarks in answer.text
        assert 'value="3"' in answer.text
    fine = boss.post(place, data={**typed, "remarks": "Faltó la firma de tres personas."})
    assert fine.status_code == 200
    assert "¿Cerrar el acta de" in fine.text


# --- statements


def test_pages_send_as_many_statements_with_many_points_and_sheets(
    app, session, organization, hall, boss
):
    make(boss, hall, 2)
    paths = (
        f"{STAFF}/puntos",
        f"{STAFF}/puntos/{hall.point}",
        f"{STAFF}/puntos/{hall.point}/hojas",
        f"{STAFF}/puntos/{hall.point}/acta",
        f"{STAFF}/digitar",
        f"{HERE}/puntos",
    )

    def counted():
        found = []
        for path in paths:
            boss.get(path)
            with recorded() as statements:
                assert boss.get(path).status_code == 200
            found.append((path, len(statements)))
        return found

    before = counted()
    make(boss, hall, 120)
    for number in range(5):
        factories.make_point(session, hall.component, f"Punto {number}")
    session.commit()
    assert counted() == before
    page = boss.get(f"{STAFF}/puntos/{hall.point}/hojas").text
    assert page.count('<th scope="row" class="num">') == 50
    following = re.search(r'href="([^"]+)" rel="next"', page)[1].replace("&amp;", "&")
    page = boss.get(following).text
    assert 'rel="prev"' in page
    assert "51</th>" in page


def test_no_page_of_the_staff_shows_who_voted(app, session, hall, boss):
    with app.app_context():
        hall.hand("1003")
        session.commit()
    assert session.query(Mark).count() == 1
    for path in ("puntos", f"puntos/{hall.point}", f"puntos/{hall.point}/acta", "digitar"):
        page = boss.get(f"{STAFF}/{path}").text
        assert "Claimed" not in page
        assert "roll-" not in page
