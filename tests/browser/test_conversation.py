"""Talking about a proposal, in a browser with script and in one without."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import complaints
from tests.browser.city import PROPOSALS
from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


def wrong_on(page, *, script):
    """Return what axe finds; it is a script itself."""
    return complaints(page) if script else []


def open_proposal(page):
    page.goto(f"{PROPOSALS}?q=cuaderno")
    page.goto(page.locator("article.card a").first.get_attribute("href"))


@SCRIPT
def test_commenting_correcting_answering_and_deleting(open_browser, script):
    page = open_browser(script=script, who="Rosa", phone=True)
    words = f"Yo presto la camioneta {'con' if script else 'sin'} script."
    open_proposal(page)
    page.get_by_label("A favor").check()
    page.get_by_label("Su comentario").fill(words)
    page.get_by_role("button", name="Comentar", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Su comentario ya está publicado")
    own = page.locator(".comment", has_text=words).first
    expect(own.locator(".badge").first).to_have_text("A favor")
    if script:
        # What was sent is no draft any more.
        assert page.evaluate("() => Object.keys(localStorage)") == []
    found = wrong_on(page, script=script)

    own.get_by_role("link", name="Corregir").click()
    found += wrong_on(page, script=script)
    page.get_by_label("Su comentario").fill(f"{words} Los sábados.")
    page.get_by_role("button", name="Guardar la corrección").click()
    expect(page.locator(".comment").first).to_contain_text("Los sábados.")
    expect(page.locator(".comment").first).to_contain_text("editado")

    page.locator(".comment").first.get_by_role("link", name="Responder").click()
    page.get_by_label("Su respuesta").fill("Y los domingos, si llueve.")
    page.get_by_role("button", name="Publicar la respuesta").click()
    expect(page.locator(".replies .comment")).to_contain_text("Y los domingos, si llueve.")
    found += wrong_on(page, script=script)

    page.locator(".comment").first.get_by_role("link", name="Borrar").first.click()
    found += wrong_on(page, script=script)
    page.get_by_role("button", name="Borrar el comentario").click()
    expect(page.locator(".comment").first).to_contain_text("Comentario borrado")
    expect(page.locator(".comment").first).not_to_contain_text("Los sábados.")
    page.get_by_text("Ver las respuestas").click()
    expect(page.get_by_text("Y los domingos, si llueve.")).to_be_visible()
    found += wrong_on(page, script=script)
    assert not found, "\n".join(found)


@SCRIPT
def test_a_useful_vote(open_browser, script):
    page = open_browser(script=script, who="Rosa")
    open_proposal(page)
    if script:
        page.evaluate("() => { window.stillHere = true; }")
    vote = page.locator(".comment", has_text="El cuaderno de turnos").locator(".vote")
    before = int(vote.locator("b").inner_text())
    vote.get_by_role("button").click()
    expect(vote.get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(vote.locator("b")).to_have_text(str(before + 1))
    if script:
        assert page.evaluate("() => window.stillHere")
        expect(vote.get_by_role("button")).to_be_focused()
    vote.get_by_role("button").click()
    expect(vote.get_by_role("button")).to_have_attribute("aria-pressed", "false")
    expect(vote.locator("b")).to_have_text(str(before))


def test_what_a_visitor_types_is_there_after_signing_in(open_browser):
    page = open_browser()
    open_proposal(page)
    here = page.url
    page.get_by_label("En contra").check()
    page.get_by_label("Su comentario").fill("Lo escribí sin haber entrado.")
    page.get_by_role("button", name="Comentar", exact=True).click()
    expect(page).to_have_url(re.compile("/entrar"))
    page.get_by_role("button", name=re.compile("^Rosa")).click()
    expect(page).to_have_url(re.compile(re.escape(here)))
    expect(page.get_by_label("Su comentario")).to_have_value("Lo escribí sin haber entrado.")
    expect(page.get_by_label("En contra")).to_be_checked()


def test_long_words_do_not_widen_a_phone(open_browser):
    page = open_browser(phone=True)
    sign_in(page, "Rosa")
    open_proposal(page)
    page.get_by_label("Su comentario").fill("a" * 300)
    page.get_by_role("button", name="Comentar", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("publicado")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 360
    page.locator(".comment", has_text="aaaaaaaa").get_by_role("link", name="Borrar").first.click()
    page.get_by_role("button", name="Borrar el comentario").click()
