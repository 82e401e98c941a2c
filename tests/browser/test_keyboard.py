"""All of it without a mouse."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints
from tests.browser.city import IDEAS, PROPOSALS

pytestmark = pytest.mark.browser


def test_the_first_stop_skips_to_the_content(open_browser):
    page = open_browser()
    page.goto(IDEAS)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Ir al contenido")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_menu_of_a_phone(open_browser, key):
    page = open_browser(phone=True, who="Rosa")
    page.goto("/")
    toggle = page.get_by_role("button", name="Menú")
    expect(toggle).to_have_attribute("aria-expanded", "false")
    toggle.focus()
    page.keyboard.press(key)
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".site-nav a").first).to_be_visible()
    assert not complaints(page)
    account = page.locator(".site-header summary", has_text="Rosa")
    account.focus()
    page.keyboard.press(key)
    expect(page.get_by_role("button", name="Salir")).to_be_visible()
    assert not complaints(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Salir")).to_be_hidden()
    expect(account).to_be_focused()


def test_every_stop_can_be_seen(open_browser):
    """Every stop of the Tab key on a list shows a ring, and none is stuck."""
    page = open_browser()
    page.goto(PROPOSALS)
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const el = document.activeElement, style = getComputedStyle(el);
              const after = getComputedStyle(el, "::after");
              const ring = (s) => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
              return [el.outerHTML.slice(0, 120), ring(style) || ring(after)];
            }"""
        )
        seen.append(tuple(stop))
    invisible = [html for html, ring in seen if not ring]
    assert not invisible, "\n".join(invisible)
    assert len(set(seen)) > 30


def test_supporting_keeps_the_place(open_browser):
    page = open_browser(who="Rosa")
    page.goto(PROPOSALS)
    card = page.locator("article.card", has=page.get_by_role("button", name="Apoyar")).nth(1)
    title = card.get_by_role("heading").inner_text()
    # By its number: other journeys may have proposed the same.
    mine = page.locator(f"#{card.locator('.support').get_attribute('id')}")
    mine.get_by_role("button", name="Apoyar").focus()
    page.keyboard.press("Enter")
    back = mine.get_by_role("button", name=re.compile("^Quitar"))
    expect(back).to_be_focused()
    # A screen reader hears which one it is, before and after.
    expect(back).to_have_accessible_name(re.compile(re.escape(title)))
    page.keyboard.press("Space")
    again = mine.get_by_role("button", name=re.compile("^Apoyar"))
    expect(again).to_be_focused()
    expect(again).to_have_accessible_name(re.compile(re.escape(title)))


def test_a_wrong_form_leads_to_its_field(open_browser):
    page = open_browser(who="Rosa")
    page.goto(f"{PROPOSALS}/nueva")
    page.get_by_label("Título").focus()
    page.keyboard.type("Ya")
    page.get_by_label("¿Qué propone").focus()
    page.keyboard.type("No")
    page.get_by_role("button", name="Publicar").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    title = page.get_by_label("Título")
    expect(title).to_be_focused()
    expect(title).to_have_accessible_description(re.compile("corto"))


def test_a_filter_by_keyboard(open_browser):
    page = open_browser()
    page.goto(PROPOSALS)
    page.get_by_role("searchbox", name="Buscar").focus()
    page.keyboard.type("agua")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=agua"))
    expect(page.locator("article.card").first).to_be_visible()
