"""The moderators' queue without a mouse: a case found, read, decided and undone, key by key."""

import re

import pytest
from playwright.sync_api import Page, expect

from participa.app import create_app
from participa.core.config import Config
from tests.browser.axe import complaints
from tests.browser.city import IDEAS, PROPOSALS
from tests.browser.tour import Tour

pytestmark = pytest.mark.browser

QUEUE = f"/gestion{IDEAS}/moderacion"
GROUND = "Fuera de tema"


def press(page: Page, key: str) -> None:
    """Press a key as a person does: on a page that has come whole, script and all."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def flag(open_browser, position: int, ground: str = GROUND) -> str:
    """Let Rosa flag a proposal of the list; return its title."""
    page = open_browser(who="Rosa")
    page.goto(f"{PROPOSALS}?orden=most_supported")  # nothing that other tests write
    link = page.locator("article.card h2 a, article.card h3 a").nth(position)
    title = link.inner_text().strip()
    link.click()
    page.get_by_role("link", name=re.compile("^Reportar")).first.click()
    page.get_by_label(ground).check()
    page.get_by_label("¿Quiere agregar algo?").fill("No es de aquí.")
    page.get_by_role("button", name="Enviar el reporte").click()
    expect(page.locator("main")).to_contain_text("reportó")
    return title


def go_to(page: Page, title: str) -> None:
    """Go down the list with "j" until the case's link has the focus."""
    link = page.locator(".inbox h3 a", has_text=title)
    expect(link).to_have_count(1)
    for _ in range(30):
        press(page, "j")
        if link.evaluate("(el) => el === document.activeElement"):
            return
    pytest.fail(f"j never came to {title!r}")


def test_the_list_by_keyboard(open_browser):
    title = flag(open_browser, 0)
    page = open_browser(who="Martha")
    page.goto(QUEUE)
    assert not complaints(page)
    press(page, "?")
    help_ = page.locator("[data-keys-help]")
    expect(help_).to_have_attribute("open", "")
    assert not complaints(page)
    press(page, "Escape")
    expect(help_).not_to_have_attribute("open", "")
    go_to(page, title)
    box = page.get_by_role("checkbox", name=f"Marcar «{title}»")
    press(page, "x")
    expect(box).to_be_checked()
    press(page, "x")
    expect(box).not_to_be_checked()
    press(page, "ArrowUp")  # it came last: what is due later is further down
    press(page, "j")
    press(page, "c")
    page.wait_for_url("**/moderacion/casos/*")
    expect(page.get_by_text("Lo tiene usted")).to_be_visible()
    press(page, "o")
    page.wait_for_url(f"**{PROPOSALS}/*")


def test_a_whole_decision(open_browser):
    title = flag(open_browser, 5)
    page = open_browser(who="Martha")
    page.goto(QUEUE)
    go_to(page, title)
    press(page, "Enter")
    page.wait_for_url("**/moderacion/casos/*")
    assert not complaints(page)
    _remove(page)
    expect(page.get_by_role("status").first).to_contain_text("Retiró lo del caso")
    expect(page.locator("main")).to_contain_text("Retirado por la moderación")
    assert not complaints(page)
    press(page, "z")
    expect(page.locator("main")).to_contain_text("quedó deshecha")
    expect(page.locator("main")).to_contain_text("Lo tiene usted")
    press(page, "m")
    expect(page.locator("#keep-reply")).to_be_focused()
    press(page, "Tab")
    press(page, "Tab")
    press(page, "Enter")
    expect(page.get_by_role("status").first).to_contain_text("Mantuvo lo del caso")


def _remove(page: Page) -> None:
    """Remove what the page is about: the ground, its words, a change of them, the button."""
    press(page, "r")
    ground = page.locator("#retirar").get_by_role("radio", name=re.compile(GROUND))
    expect(ground).to_be_focused()
    expect(ground).to_be_checked()
    reply = page.locator("#remove-reply")
    before = reply.input_value()
    assert before, "the words of the ground are there"
    press(page, "ArrowUp")
    expect(ground).not_to_be_checked()
    expect(reply).not_to_have_value(before)
    press(page, "ArrowDown")
    expect(ground).to_be_checked()
    expect(reply).to_have_value(before)
    press(page, "Tab")
    expect(reply).to_be_focused()
    # In a field, keys are letters and nothing else.
    press(page, "End")
    page.keyboard.type(" murcnjk?")
    expect(reply).to_have_value(re.compile(r"murcnjk\?"))
    assert not complaints(page)
    press(page, "Tab")
    expect(page.locator("#seguir-remove")).to_be_focused()
    press(page, "Space")
    expect(page.locator("#seguir-remove")).not_to_be_checked()
    press(page, "Tab")
    press(page, "Enter")


def test_an_urgent_removal_is_one_key(open_browser):
    title = flag(open_browser, 1, "Datos personales de otra persona")
    page = open_browser(who="Martha")
    page.goto(QUEUE)
    go_to(page, title)
    press(page, "Enter")
    page.wait_for_url("**/moderacion/casos/*")
    press(page, "u")
    expect(page.get_by_role("status").first).to_contain_text("Retiró de urgencia")
    press(page, "z")
    expect(page.locator("main")).to_contain_text("quedó deshecha")


def test_keys_open_the_case_where_it_is_decided_and_can_be_turned_off(open_browser):
    title = flag(open_browser, 2)
    page = open_browser(who="Martha")
    page.goto(QUEUE)
    go_to(page, title)
    press(page, "r")
    page.wait_for_url("**#retirar")
    expect(page.locator("#retirar")).to_have_attribute("open", "")
    page.goto(QUEUE)
    press(page, "?")
    page.get_by_role("checkbox", name="Usar estas teclas").uncheck()
    page.goto(QUEUE)
    press(page, "j")
    press(page, "n")
    expect(page).to_have_url(re.compile(f"{QUEUE}$"))
    assert page.evaluate("() => document.activeElement === document.body")


def test_several_together(open_browser):
    title = flag(open_browser, 3)
    page = open_browser(who="Martha")
    page.goto(QUEUE)
    go_to(page, title)
    press(page, "x")
    page.get_by_label("Decisión").focus()
    press(page, "ArrowDown")
    press(page, "Tab")
    page.keyboard.type(GROUND)
    press(page, "Tab")
    press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Retirar 1 caso")
    assert not complaints(page)
    button = page.get_by_role("button", name="Retirar 1 caso")
    button.focus()
    press(page, "Enter")
    expect(page.get_by_role("status").first).to_contain_text("Retiró 1 caso.")
    press(page, "z")
    expect(page.locator("main")).to_contain_text("Deshizo la decisión de 1 caso.")


def test_without_script_everything_is_there(open_browser):
    title = flag(open_browser, 4)
    page = open_browser(who="Martha", script=False)
    page.goto(QUEUE)
    expect(page.locator("[data-keys-help]")).to_be_hidden()
    page.get_by_role("link", name=title, exact=True).click()
    page.locator("#retirar summary").click()
    page.locator("#retirar").get_by_role("radio", name="Publicidad").check()
    page.locator("#retirar").get_by_role("button", name="Retirar").click()
    expect(page.locator("main")).to_contain_text("Este es el texto de ese motivo")
    page.locator("#seguir-remove").uncheck()
    page.locator("#retirar").get_by_role("button", name="Retirar").click()
    expect(page.locator("main")).to_contain_text("Retirado por la moderación")
    page.get_by_role("button", name="Deshacer", exact=True).click()
    expect(page.locator("main")).to_contain_text("quedó deshecha")


def test_every_wrong_form_of_a_case_says_so(open_browser, tmp_path):
    title = flag(open_browser, 6)
    page = open_browser(who="Martha")
    page.goto(QUEUE)
    address = page.locator(".inbox h3 a", has_text=title).get_attribute("href")
    app = create_app(Config(data_dir=str(tmp_path), demo=True), testing=True)
    tour = Tour(page, app, most=0, more={"moderation.case": 1})
    tour.walk([address])
    assert tour.spoiled["moderation.case"] >= 4
    assert not tour.problems, "\n".join(tour.problems)
