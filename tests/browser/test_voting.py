"""Choosing, reviewing and sending a vote in a browser, with and without script."""

import re

import pytest
from playwright.sync_api import expect

from participa.demo.roll import FREE, YOUNG
from tests.browser.axe import complaints
from tests.browser.city import BUDGET
from tests.browser.hands import Hands

pytestmark = pytest.mark.browser


def vote(page, inspect):
    page.goto(f"{BUDGET}/votar")
    inspect(page)
    page.get_by_role("button", name=re.compile("Escoger")).first.click()
    expect(page.get_by_role("link", name="Revisar y enviar")).to_be_visible()
    inspect(page)
    page.get_by_role("link", name="Revisar y enviar").click()
    expect(page).to_have_url(re.compile("/votar/revisar$"))
    inspect(page)
    page.get_by_role("button", name="Enviar mi voto").click()
    expect(page).to_have_url(re.compile("/votar/enviado$"))
    inspect(page)


def verify(page, kind, number):
    """Be refused as somebody who is not on the roll, and claim a line of it."""
    page.goto(f"{BUDGET}/votar")
    expect(page.locator("h1")).to_contain_text("Para votar le falta")
    expect(page.locator("main")).to_contain_text("debe verificar quién es")
    page.get_by_role("link", name="Con su documento").click()
    page.locator("[name=document_type]").select_option(kind)
    page.locator("[name=document_number]").fill(number)
    page.get_by_role("button", name="Verificarme").click()
    expect(page.locator("main")).to_contain_text("usted quedó verificado")


@pytest.mark.parametrize(("who", "script"), [("Rosa", True), ("Carolina", False)])
def test_a_vote_is_chosen_reviewed_and_sent(open_browser, who, script):
    found = []
    page = open_browser(who=who, script=script)
    if who != "Rosa":
        verify(page, *FREE[0])
    vote(page, lambda page: found.extend(complaints(page)) if script else None)
    shown = page.locator("main").inner_text()
    code = re.search(r"\b[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}\b", shown)
    assert code is not None, shown
    page.goto(f"{BUDGET}/recibo")
    page.locator("main input[type=text]").first.fill(code.group())
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text(re.compile("cuenta|está en la urna"))
    assert not found, "\n".join(found)


def test_somebody_of_fifteen_votes_once_their_guardian_allows_it(open_browser):
    found = []
    page = open_browser(who="Ingrid", phone=True)
    verify(page, *YOUNG)
    page.goto(f"{BUDGET}/votar")
    expect(page.locator("main")).to_contain_text("Antes de los 18 años")
    page.goto("/cuenta/verificacion/guardian")
    found += complaints(page)
    page.locator("[name=guardian_name]").fill("Marleny Pabón")
    page.locator("[name=guardian_relation]").select_option("mother")
    page.locator("[name=guardian_email]").fill("marleny@vecindario.participa")
    page.get_by_role("button", name="Pedir el permiso").click()
    expect(page.locator("main")).to_contain_text("falta su respuesta")
    found += complaints(page)
    guardian = open_browser(script=False)
    guardian.goto("/buzon")
    guardian.get_by_role("link", name=re.compile("le pide su permiso")).first.click()
    guardian.locator("a[href*='/permiso/']").first.click()
    guardian.get_by_role("button", name="Doy mi permiso", exact=True).click()
    expect(guardian.locator("main")).to_contain_text("Marque la casilla")
    address = guardian.url
    guardian.locator("[name=name]").fill("Marleny Pabón Ruiz")
    guardian.locator("[name=understood]").check()
    guardian.get_by_role("button", name="Doy mi permiso", exact=True).click()
    expect(guardian.locator("main")).to_contain_text("Usted dio su permiso")
    again = open_browser()
    again.goto(address)
    found += complaints(again)
    page.goto(f"{BUDGET}/votar")
    expect(page.get_by_role("button", name=re.compile("Escoger")).first).to_be_visible()
    assert not found, "\n".join(found)


def test_a_vote_by_keyboard_alone(open_browser):
    page = open_browser(who="Rosa")
    hands = Hands(page)
    page.goto(BUDGET)
    hands.enter(page.locator("main a[href$='/votar']").first)
    expect(page).to_have_url(re.compile("/votar$"))
    before = page.locator("#papeleta input[name=on][value='0']").count()
    hands.enter(page.get_by_role("button", name=re.compile("^Escoger")).first)
    expect(page.locator("#papeleta input[name=on][value='0']")).to_have_count(before + 1)
    # The focus stays on the card's own button, which now takes it out again.
    expect(page.locator("#papeleta button:focus")).to_have_text(re.compile("Quitar"))
    hands.enter(page.get_by_role("link", name="Revisar y enviar"))
    expect(page).to_have_url(re.compile("/votar/revisar$"))
    hands.enter(page.get_by_role("button", name="Enviar mi voto"))
    expect(page).to_have_url(re.compile("/votar/enviado$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("su voto está enviado")


def test_on_a_phone_what_was_chosen_stays_in_sight(open_browser):
    page = open_browser(who="Rosa", phone=True)
    page.goto(f"{BUDGET}/votar")
    cards = page.locator("#papeleta input[name=on]")
    cards.first.wait_for(state="attached")
    page.get_by_role("button", name=re.compile("^(Escoger|Quitar)")).first.click()
    tray = page.locator(".tray")
    expect(tray).to_contain_text("sin enviar")
    page.mouse.wheel(0, 2000)
    expect(tray).to_be_in_viewport(ratio=1)
    small = page.evaluate(
        "() => [...document.querySelectorAll('#papeleta .btn')].map((each) =>"
        " [each.innerText, each.getBoundingClientRect().height]).filter(([, high]) =>"
        " high && high < 43.5)"
    )
    assert small == []
    # A control that takes the focus is never under the tray.
    for button in page.get_by_role("button", name=re.compile("^(Escoger|Quitar)")).all()[:4]:
        button.focus()
        assert button.evaluate(
            "(each) => each.getBoundingClientRect().bottom"
            " <= document.querySelector('.tray').getBoundingClientRect().top + 1"
        )
    found = complaints(page)
    assert not found, "\n".join(found)
    page.get_by_role("link", name="Revisar", exact=True).click()
    expect(page).to_have_url(re.compile("/votar/revisar$"))
