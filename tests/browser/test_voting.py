"""Choosing, reviewing and sending a vote in a browser, with and without script."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints
from tests.browser.city import BUDGET

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


@pytest.mark.parametrize(("who", "script"), [("Rosa", True), ("Carolina", False)])
def test_a_vote_is_chosen_reviewed_and_sent(open_browser, who, script):
    found = []
    page = open_browser(who=who, script=script)
    vote(page, lambda page: found.extend(complaints(page)) if script else None)
    shown = page.locator("main").inner_text()
    code = re.search(r"\b[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}\b", shown)
    assert code is not None, shown
    page.goto(f"{BUDGET}/recibo")
    page.locator("main input[type=text]").first.fill(code.group())
    page.locator("main form button").first.click()
    expect(page.locator("main")).to_contain_text(re.compile("cuenta|está en la urna"))
    assert not found, "\n".join(found)
