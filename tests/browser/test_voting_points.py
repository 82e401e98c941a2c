"""Voting at a point in a browser: registered by keyboard, on paper from the printer to the act."""

import re

import pytest
from playwright.sync_api import expect

from participa.demo.city import DOMAIN, PASSWORD
from participa.demo.points import FREE, SCHOOL
from tests.browser.axe import complaints
from tests.browser.city import BUDGET
from tests.browser.hands import Hands

pytestmark = pytest.mark.browser

STAFF = f"/gestion{BUDGET}"
POINT = "Salón de La Esperanza"
POINT_PATH = r"/puntos/\d+$"
CODE = re.compile(r"\b[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}\b")


def test_a_neighbours_vote_is_registered_by_keyboard_alone(open_browser):
    page = open_browser()
    hands = Hands(page)
    found = []
    hands.sign_in(f"promotora@{DOMAIN}", PASSWORD)
    page.goto(f"{BUDGET}/puntos")
    found += complaints(page)
    hands.enter(page.get_by_role("link", name=SCHOOL[0]))
    expect(page.get_by_role("heading", level=1)).to_contain_text(SCHOOL[0])
    found += complaints(page)
    # Nobody has this document: what is wrong is said, and the number is not shown again.
    hands.type(page.get_by_label("Número de documento"), "12345678")
    hands.press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_label("Número de documento")).to_have_value("")
    found += complaints(page)
    hands.type(page.get_by_label("Número de documento"), FREE[0][1])
    hands.enter(page.get_by_role("button", name="Registrar su voto"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Marque lo que")
    found += complaints(page)
    hands.enter(page.get_by_role("button", name="Revisar con la persona"))
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.locator("[data-error-summary]")).to_contain_text("Todavía no ha escogido")
    found += complaints(page)
    hands.to(page.get_by_role("checkbox").first)
    hands.press("Space")
    hands.enter(page.get_by_role("button", name="Revisar con la persona"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Léale el voto")
    found += complaints(page)
    hands.enter(page.get_by_role("button", name="Enviar el voto"))
    expect(page).to_have_url(re.compile("/constancia$"))
    found += complaints(page)
    receipt = CODE.search(page.locator("main").inner_text())
    assert receipt is not None
    hands.enter(page.get_by_role("link", name="Siguiente persona"))
    page.wait_for_url(re.compile(POINT_PATH))
    page.goto(f"{BUDGET}/recibo")
    hands.type(page.get_by_label("Constancia"), receipt.group())
    hands.press("Enter")
    expect(page.locator("main")).to_contain_text("Este voto cuenta")
    assert not found, "\n".join(found)


def test_a_receipt_by_telephone_without_script(open_browser):
    page = open_browser(who="Nubia", script=False)
    page.goto(f"{BUDGET}/puntos")
    page.get_by_role("link", name=SCHOOL[0]).click()
    page.get_by_label("Número de documento").fill(FREE[1][1])
    page.get_by_role("button", name="Registrar su voto").click()
    page.get_by_role("checkbox").nth(1).check()
    page.get_by_role("button", name="Revisar con la persona").click()
    page.get_by_label("Celular para la constancia").fill("300 123 45 67")
    page.get_by_role("button", name="Enviar el voto").click()
    expect(page.locator("main")).to_contain_text("va en camino")
    assert CODE.search(page.locator("main").inner_text()) is None
    # The document that voted does not vote again, and no page says what was voted.
    page.get_by_role("link", name="Siguiente persona").click()
    page.get_by_label("Número de documento").fill(FREE[1][1])
    page.get_by_role("button", name="Entregarle una hoja").click()
    expect(page.locator("main")).to_contain_text("ya votó con ayuda")
    assert page.get_by_role("checkbox", checked=True).count() == 0


def test_paper_from_the_printer_to_the_act(open_browser):
    found = []
    staff = open_browser(who="Carolina")
    point, codes = printed(staff, found)
    put_in_charge(staff, point, "promotora", found)
    hand_out(open_browser(who="Nubia"), FREE[2][1])
    # One types by keyboard alone, the other without script.
    first = open_browser()
    hands = Hands(first)
    hands.sign_in(f"revisora@{DOMAIN}", PASSWORD)
    first.goto(f"{STAFF}/digitar")
    found += complaints(first)
    for (number, check), projects in zip(codes, ("1 2", "3"), strict=True):
        expect(first.get_by_label("Número de la hoja")).to_be_focused()
        first.keyboard.type(number)
        hands.press("Tab")
        first.keyboard.type(check.lower())
        hands.press("Tab")
        first.keyboard.type(projects)
        with first.expect_navigation():
            hands.press("Enter")
        expect(first.locator(".flashes")).to_contain_text("Falta otra persona")
    first.keyboard.type("99999")
    hands.press("Enter")
    expect(first.locator("[data-error-summary]")).to_be_focused()
    found += complaints(first)
    other = open_browser(who="Martha", script=False)
    for (number, check), projects, said in zip(
        codes, ("2, 1", "4"), ("quedó contada", "no coincide"), strict=True
    ):
        type_sheet(other, number, check, projects)
        expect(other.locator(".flashes")).to_contain_text(said)
    # One was handed out and two came: the second counts only once somebody is marked for it.
    type_sheet(staff, *codes[1], "4")
    expect(staff.locator("[data-error-summary]")).to_contain_text("una más que las personas")
    expect(staff.get_by_label("Proyectos")).to_have_value("4")
    found += complaints(staff)
    hand_out(open_browser(who="Nubia"), FREE[3][1])
    staff.get_by_role("button", name="Guardar y seguir").click()
    expect(staff.locator(".flashes")).to_contain_text("quedó contada")
    # Nobody signed the list: the act says so in numbers and asks why.
    staff.goto(f"{point}/acta")
    found += complaints(staff)
    for remarks in ("", "Se perdió la lista con las dos firmas"):
        staff.get_by_label("Firmas en la lista").fill("0")
        staff.get_by_label("Observaciones").fill(remarks)
        staff.get_by_role("button", name="Cerrar el acta").click()
        with staff.expect_navigation():
            staff.get_by_role("button", name="Sí, cerrarla").click()
        if not remarks:
            expect(staff.locator("[data-error-summary]")).to_be_focused()
            expect(staff.locator("main")).to_contain_text("Sobran 2 hojas")
            found += complaints(staff)
    expect(staff.locator("main")).to_contain_text("Acta cerrada el")
    found += complaints(staff)
    assert not found, "\n".join(found)


def printed(staff, found):
    """Make a point with two sheets; return its address, and their numbers and letters."""
    staff.goto(f"{STAFF}/puntos/nuevo")
    staff.get_by_label("Nombre").fill(POINT)
    staff.get_by_role("button", name="Guardar").click()
    staff.wait_for_url(re.compile(POINT_PATH))
    found += complaints(staff)
    point = staff.url
    staff.goto(f"{point}/hojas")
    staff.get_by_label("Cuántas hojas nuevas").fill("2")
    staff.get_by_role("button", name="Hacer las hojas").click()
    found += complaints(staff)
    codes = [each.inner_text().split() for each in staff.locator(".paper-code").all()]
    assert len(codes) == 2
    staff.emulate_media(media="print")
    expect(staff.get_by_role("button", name="Imprimir")).to_be_hidden()
    expect(staff.locator(".site-header")).to_be_hidden()
    staff.emulate_media(media="screen")
    return point, codes


def put_in_charge(staff, point, name, found):
    staff.goto(f"{point}/encargos?q={name}")
    found += complaints(staff)
    staff.get_by_role("button", name="Encargarle el punto").click()
    expect(staff.locator(".flashes")).to_contain_text("Quedó a cargo")


def hand_out(page, document):
    page.goto(f"{BUDGET}/puntos")
    page.get_by_role("link", name=POINT).click()
    page.get_by_label("Número de documento").fill(document)
    page.get_by_role("button", name="Entregarle una hoja").click()
    page.get_by_role("button", name="Entregué la hoja").click()
    expect(page.locator(".flashes")).to_contain_text("la persona votó en papel")


def type_sheet(page, number, check, projects):
    page.goto(f"{STAFF}/digitar")
    page.get_by_label("Número de la hoja").fill(number)
    page.get_by_label("Letras").fill(check)
    page.get_by_label("Proyectos").fill(projects)
    page.get_by_role("button", name="Guardar y seguir").click()


def test_a_sheet_is_handed_out_on_a_phone(open_browser):
    page = open_browser(who="Nubia", phone=True, dark=True)
    page.goto(f"{BUDGET}/puntos")
    page.get_by_role("link", name=SCHOOL[0]).click()
    page.wait_for_url(re.compile(POINT_PATH))
    page.goto(f"{page.url}/deshacer")
    assert not complaints(page)
    page.go_back()
    page.get_by_label("Número de documento").fill(FREE[4][1])
    page.get_by_role("button", name="Entregarle una hoja").click()
    assert not complaints(page)
    page.get_by_role("link", name="Todavía no").click()
    expect(page.get_by_role("button", name="Registrar su voto")).to_be_visible()
