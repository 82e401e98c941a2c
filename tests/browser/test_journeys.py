"""What people come for, from beginning to end, in a browser with script and in one without."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.city import IDEAS, PROPOSALS
from tests.browser.conftest import sign_in

pytestmark = pytest.mark.browser

PASSWORD = "tres gallos cantan temprano"
BODY = (
    "A las dos de la tarde no hay dónde hacerse.\n\nProponemos **dos árboles** y una banca larga."
)
HIDDEN = "\u202e"
"""An invisible character that pasted text may bring: no text may have it."""

BOGOTA = ZoneInfo("America/Bogota")

SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])


def button(page, name):
    return page.get_by_role("button", name=name)


def link(page, name):
    return page.get_by_role("link", name=name)


def heading(page, name):
    return page.get_by_role("heading", level=1, name=name)


# --- a citizen -----------------------------------------------------------------------------------


@SCRIPT
def test_citizen_signs_up_proposes_supports_and_leaves(open_browser, script):
    page = open_browser(script=script, phone=True)
    address = f"vecina-{'con' if script else 'sin'}@correo.com"

    page.goto("/")
    link(page, "Ideas para el espacio público").first.click()
    expect(heading(page, "Ideas para el espacio público")).to_be_visible()
    page.get_by_role("heading", name="Ideas para los retos").get_by_role("link").click()
    expect(page).to_have_url(re.compile(f"{PROPOSALS}$"))
    link(page, "Hacer una propuesta").first.click()

    # To propose, one must sign in; to sign in, one needs an account.
    link(page, "No tengo cuenta").click()
    register(page, address)
    confirm(page, address)

    # The way leads back to what they wanted to do in the first place.
    expect(page).to_have_url(re.compile(f"{PROPOSALS}/nueva$"))
    propose(page, script=script)
    support_another(page, script=script)

    if script:
        supports_left_are_told(page)

    page.goto(IDEAS)
    button(page, "Seguir").click()
    expect(button(page, "Siguiendo")).to_be_visible()
    leave(page, script=script)


def register(page, address):
    page.get_by_label("Su nombre").fill("Yaneth Prueba")
    page.get_by_label("Correo electrónico").fill("yaneth@")
    page.get_by_label("Participar: publicar").check()
    page.locator("form[data-draft=registro]").evaluate("(form) => { form.noValidate = true; }")
    button(page, "Crear mi cuenta").click()
    # An error loses nothing.
    summary = page.locator("[data-error-summary]")
    expect(summary).to_contain_text("correo")
    expect(page.get_by_label("Su nombre")).to_have_value("Yaneth Prueba")
    expect(page.get_by_label("Correo electrónico")).to_have_value("yaneth@")
    expect(page.get_by_label("Participar: publicar")).to_be_checked()
    page.get_by_label("Correo electrónico").fill(address)
    button(page, "Crear mi cuenta").click()
    expect(heading(page, "Revise su correo")).to_be_visible()


def confirm(page, address):
    page.goto(f"/buzon?para={address}")
    page.locator(".inbox a").first.click()
    page.locator(".mail-text a[href*='/confirmar/']").click()
    page.get_by_label("Clave").fill(PASSWORD)
    button(page, "Crear mi cuenta y entrar").click()
    expect(page.get_by_role("status")).to_contain_text("Su correo quedó confirmado")


def propose(page, *, script):
    title = f"Sombra en el paradero de la escuela, {'con' if script else 'sin'} banca"
    page.get_by_label("Título").fill(title)
    page.get_by_label("¿Qué propone").fill(BODY + HIDDEN)
    page.get_by_label("¿En qué lugar?").select_option(index=2)
    place = page.get_by_label("¿En qué lugar?").input_value()
    button(page, "Publicar").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    if script:
        expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_label("Título")).to_have_value(title)
    expect(page.get_by_label("¿En qué lugar?")).to_have_value(place)
    page.get_by_label("¿Qué propone").fill(BODY)
    button(page, "Publicar").click()
    expect(page.get_by_role("status")).to_contain_text("Su propuesta ya está publicada")
    expect(heading(page, title)).to_be_visible()
    expect(page.locator(".prose strong")).to_have_text("dos árboles")
    if script:
        # What was sent is no draft any more.
        assert page.evaluate("() => Object.keys(localStorage)") == []


def support_another(page, *, script):
    page.goto(f"{PROPOSALS}?orden=most_supported")
    card = page.locator("article.card").first
    before = int(card.locator(".support-count").inner_text().split()[0])
    if script:
        page.evaluate("() => { window.stillHere = true; }")
    else:
        # A plain form leads to the proposal's page, which shows what happened.
        card.get_by_role("link").first.click()
        card = page.locator("main")
    card.get_by_role("button", name="Apoyar").click()
    expect(card.get_by_text("Usted apoya")).to_be_visible()
    expect(card.locator(".support-count")).to_have_text(re.compile(rf"^{before + 1}\b"))
    if script:
        expect(card.get_by_role("button", name="Quitar")).to_be_focused()
    card.get_by_role("button", name="Quitar").click()
    expect(card.get_by_role("button", name="Apoyar")).to_be_visible()
    expect(card.locator(".support-count")).to_have_text(re.compile(rf"^{before}\b"))
    if script:
        assert page.evaluate("() => window.stillHere"), "supporting reloaded the page"


def supports_left_are_told(page):
    page.locator("article.card a").first.click()
    box = page.locator(".support")
    expect(box).to_contain_text("Le quedan 10 apoyos")
    button(box, "Apoyar").click()
    expect(box).to_contain_text("Le quedan 9 apoyos")
    button(box, "Quitar").click()
    expect(box).to_contain_text("Le quedan 10 apoyos")


def leave(page, *, script):
    if script:
        link(page, "Menú").or_(button(page, "Menú")).click()
    page.locator(".site-header summary", has_text="Yaneth").click()
    button(page, "Salir").click()
    expect(page.get_by_role("status")).to_contain_text("Salió de su cuenta")
    expect(page.locator(".site-header").get_by_text("Entrar")).to_have_count(1)


@SCRIPT
def test_typed_text_survives_a_session_that_ended_and_a_sign_in(open_browser, script):
    page = open_browser(script=script, who="Rosa")
    page.goto(f"{PROPOSALS}/nueva")
    page.get_by_label("Título").fill("Un puente peatonal en la quebrada")
    page.get_by_label("¿Qué propone").fill("Cuando llueve, la escuela queda al otro lado.")
    # Another window signed out, or a month passed.
    page.context.clear_cookies()
    button(page, "Publicar").click()
    expect(page.locator("main")).to_contain_text("Guardamos lo que escribió")
    button(page, re.compile("^Rosa")).click()
    expect(page.get_by_label("Título")).to_have_value("Un puente peatonal en la quebrada")
    expect(page.get_by_label("¿Qué propone")).to_have_value(
        "Cuando llueve, la escuela queda al otro lado."
    )
    button(page, "Publicar").click()
    expect(heading(page, "Un puente peatonal en la quebrada")).to_be_visible()
    page.goto(f"{PROPOSALS}/nueva")
    expect(page.get_by_label("Título")).to_have_value("")


def test_a_draft_stays_on_the_device_until_it_is_sent(open_browser):
    page = open_browser(who="Rosa")
    page.goto(f"{PROPOSALS}/nueva")
    page.get_by_label("Título").fill("Escrito a medias")
    page.goto("/")
    page.goto(f"{PROPOSALS}/nueva")
    expect(page.get_by_label("Título")).to_have_value("Escrito a medias")
    assert not axe.violations(page)
    page.locator("form[data-draft] button").first.click()
    expect(page.get_by_label("Título")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Título")).to_have_value("")


def test_a_draft_is_not_shown_to_who_sits_down_next(open_browser):
    page = open_browser(who="Rosa")
    page.goto(f"{PROPOSALS}/nueva")
    page.get_by_label("Título").fill("Lo que escribe Rosa")
    for who, words in (("Carolina", ""), ("Rosa", "Lo que escribe Rosa")):
        page.goto("/cuenta")
        page.locator(".site-header summary").last.click()
        page.get_by_role("button", name="Salir").click()
        sign_in(page, who)
        page.goto(f"{PROPOSALS}/nueva")
        expect(page.get_by_label("Título")).to_have_value(words)


# --- staff ---------------------------------------------------------------------------------------


def type_date(field, day):
    """Type a date as people do: the browser's language decides in which order."""
    for order in ("%m%d%Y", "%d%m%Y", "%Y%m%d"):
        field.focus()
        field.press_sequentially(day.strftime(order))
        if field.input_value() == day.isoformat():
            return
    message = f"could not type {day} into the date"
    raise AssertionError(message)


@SCRIPT
def test_staff_build_a_process_from_a_template_and_open_it(open_browser, script):
    page = open_browser(script=script, who="Beatriz")
    title = f"Ideas para la ribera {'con' if script else 'sin'} script"
    today = dt.datetime.now(BOGOTA).date()

    if script:
        page.locator(".site-header summary", has_text="Beatriz").click()
        page.locator(".site-header").get_by_role("link", name="Gestión").click()
    else:
        page.goto("/gestion")
    page.goto("/gestion/procesos")
    link(page, "Crear un proceso").click()
    page.locator("article.card", has=page.get_by_role("heading", level=2)).get_by_role(
        "link"
    ).filter(has_text="aboratorio").first.click()
    page.get_by_label("Título").fill(title)
    type_date(page.get_by_label("Primer día"), today)
    button(page, "Crear el borrador").click()
    expect(heading(page, title)).to_be_visible()
    board = page.url
    public = board.replace("/gestion", "")

    # A text.
    section(page, "Textos")
    page.get_by_label("Resumen").fill("Qué hacer a la orilla del río, entre todos.")
    review_and_save(page, "Resumen")

    # A date, by keyboard alone.
    section(page, "Fases")
    last = page.get_by_label("Último día").first
    end = dt.date.fromisoformat(last.input_value()) - dt.timedelta(days=1)
    type_date(last, end)
    last.press("Enter")
    review_and_save(page, None)
    expect(page.get_by_label("Último día").first).to_have_value(end.isoformat())

    # A capability, in the matrix.
    section(page, "Permisos")
    link(page, re.compile("Cambiar los permisos")).first.click()
    first_phase = page.locator("table.matrix thead th").nth(1).inner_text().split("\n")[0]
    page.get_by_label(
        re.compile(rf"^Proponer, en «{re.escape(first_phase)}»"), exact=False
    ).first.select_option("open")
    if script:
        assert not axe.violations(page)
    review_and_save(page, "Lo que notará la gente")

    # Nobody else sees the draft.
    visitor = open_browser(script=script)
    assert visitor.goto(public).status == 404

    page.goto(board)
    link(page, "Publicar").click()
    expect(page.locator("main")).to_contain_text("Proponer")
    if script:
        assert not axe.violations(page)
    button(page, "Sí, publicar").click()
    expect(page.get_by_role("status")).to_contain_text("publicado")

    assert visitor.goto(public).status == 200
    expect(heading(visitor, title)).to_be_visible()
    expect(visitor.locator("main")).to_contain_text("Qué hacer a la orilla del río")
    visitor.get_by_role("link", name=re.compile("Ideas para los retos")).first.click()
    expect(link(visitor, "Hacer una propuesta").first).to_be_visible()


def section(page, name):
    page.locator(".admin-nav").get_by_role("link", name=name, exact=True).click()


def review_and_save(page, said):
    review = page.get_by_role("button", name="Revisar cambios")
    if review.count():
        review.last.click()
    expect(heading(page, "Revisar cambios")).to_be_visible()
    if said:
        expect(page.locator("main")).to_contain_text(said)
    button(page, "Guardar").click()
    expect(page.get_by_role("status")).to_contain_text("guardados")
