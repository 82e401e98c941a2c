"""Pages that no link leads to: they come after a step, a mail or a mistake."""

import re

import pyotp
import pytest
from playwright.sync_api import expect

from participa.app import create_app
from participa.core.config import Config
from participa.demo.city import DOMAIN, PASSWORD
from participa.notifications import stop_links
from tests.browser.axe import complaints
from tests.browser.city import IDEAS, PROPOSALS, UNLOCKED
from tests.browser.tour import WRONG

pytestmark = pytest.mark.browser

PLACES = "codigo,nombre,nivel,codigo_padre\nla-palma,La Palma,vereda,corregimiento-norte\n"
THEMES = "codigo,nombre_es\nmemoria,Memoria\n"


@pytest.fixture
def inspect():
    """Collect what is wrong with each page on the way, and tell all of it at the end."""
    found = []
    yield lambda page: found.extend(complaints(page))
    assert not found, "\n".join(found)


def press(page, name):
    page.locator("main").get_by_role("button", name=name).first.click()


def follow_mail(page, address, part):
    page.goto(f"/buzon?para={address}")
    page.locator(".inbox a").first.click()
    return page.locator(f".mail-text a[href*='{part}']").get_attribute("href")


def test_an_account_by_mail(open_browser, inspect):
    page = open_browser()
    address = "por-correo@ejemplo.org"
    page.goto("/registro")
    page.get_by_label("Su nombre").fill("Hernando")
    page.get_by_label("Correo electrónico").fill(address)
    page.get_by_label("Participar: publicar").check()
    press(page, "Crear mi cuenta")
    expect(page).to_have_url(re.compile("/registro/revise-su-correo$"))
    inspect(page)
    way = follow_mail(page, address, "/confirmar/")
    inspect(page)
    page.goto(way)
    inspect(page)
    page.get_by_label("Clave").fill("la yegua baja despacio")
    press(page, "Crear mi cuenta y entrar")
    inspect(page)
    assert page.goto(way).status == 410
    inspect(page)

    page.goto("/clave/olvidada")
    page.get_by_label("Correo electrónico").fill(address)
    page.locator("main form button").click()
    inspect(page)
    page.goto(follow_mail(page, address, "/clave/nueva/"))
    inspect(page)
    page.get_by_label("Clave nueva").fill("corta")
    page.locator("main form button").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    inspect(page)


def test_the_second_step(open_browser, inspect):
    page = open_browser(who="Ingrid")
    page.goto("/cuenta/segundo-paso")
    page.get_by_label("Su clave").fill(PASSWORD)
    press(page, "Empezar")
    inspect(page)
    secret = page.locator("#clave").inner_text().replace(" ", "")
    page.get_by_label("Código").fill("000000")
    press(page, "Activar")
    inspect(page)
    page.get_by_label("Código").fill(pyotp.TOTP(secret).now())
    press(page, "Activar")
    inspect(page)
    recovery, spare = page.locator("ul.code li").all_inner_texts()[:2]
    page.goto("/cuenta/segundo-paso")
    inspect(page)

    other = open_browser()
    other.goto("/entrar")
    other.get_by_label("Correo o usuario").fill(f"revisora@{DOMAIN}")
    other.get_by_label("Clave").fill(PASSWORD)
    other.locator("main").get_by_role("button", name="Entrar", exact=True).click()
    inspect(other)
    other.get_by_label("Código").fill("000000")
    other.locator("main form button").first.click()
    inspect(other)
    other.get_by_label("Código").fill(recovery)
    other.locator("main form button").first.click()
    expect(other.locator(".site-header")).to_contain_text("Ingrid")
    # Off again: others of these tests sign in with that account.
    other.goto("/cuenta/segundo-paso")
    form = other.locator("main form", has=other.get_by_role("button", name="Desactivar"))
    form.locator("input[type=password]").fill(PASSWORD)
    form.get_by_label("Código").fill(spare)
    form.get_by_role("button", name="Desactivar").click()
    expect(other.get_by_role("button", name="Empezar")).to_be_visible()
    inspect(other)


def test_another_address(open_browser, inspect):
    page = open_browser(who="Rosa")
    page.goto("/cuenta/correo")
    page.get_by_label("Correo nuevo").fill("otra@ejemplo.org")
    page.get_by_label("Clave").fill(PASSWORD)
    page.locator("main form", has=page.get_by_label("Clave")).get_by_role("button").click()
    inspect(page)
    page.goto(follow_mail(page, "otra@ejemplo.org", "/cuenta/correo/confirmar/"))
    inspect(page)


def test_ones_own_proposal(open_browser, inspect):
    page = open_browser(who="Rosa")
    page.goto(f"{PROPOSALS}/nueva")
    page.get_by_label("Título").fill("Canecas en el parque principal")
    page.get_by_label("¿Qué propone").fill("Para que nadie tenga que guardar la basura.")
    press(page, "Publicar")
    own = page.url
    inspect(page)
    page.get_by_role("link", name="Corregir").click()
    page.get_by_label("Título").fill(WRONG)
    press(page, "Guardar la corrección")
    inspect(page)
    page.goto(f"{own}/retirar")
    inspect(page)
    page.get_by_label("Lo que pedía ya se hizo").check()
    press(page, "Retirar la propuesta")
    assert page.goto(own).status == 410
    inspect(page)


def test_refusals(open_browser, inspect):
    page = open_browser(who="Rosa")
    for address, status in (("/no-existe", 404), ("/gestion", 403), ("/gestion/entidad", 403)):
        assert page.goto(address).status == status
        inspect(page)
    assert page.goto(f"{IDEAS}?desde=%00").status < 500


def test_staff_steps(open_browser, inspect):
    page = open_browser(who="Beatriz")
    page.goto("/gestion/procesos/nuevo?plantilla=vacio")
    page.get_by_label("Título").fill("Un borrador vacío")
    press(page, "Crear el borrador")
    board = page.url
    inspect(page)
    for part in ("publicar", "fases", "componentes", "permisos", "textos?idioma=en", "archivo"):
        page.goto(f"{board}/{part}")
        inspect(page)
    page.goto(f"{board}/fases")
    press(page, "Agregar una fase")
    inspect(page)
    press(page, "Revisar cambios")
    inspect(page)
    page.goto(f"{board}/textos")
    page.get_by_label("Resumen").fill("Una frase.")
    press(page, "Revisar cambios")
    inspect(page)
    page.goto(board)
    press(page, "Ver ese día")
    inspect(page)

    page.goto("/gestion/personas/nueva")
    page.get_by_label("Nombre público").fill("Anselmo de la Vereda")
    page.get_by_role("checkbox").first.check()
    press(page, "Crear la cuenta")
    inspect(page)
    page.goto("/gestion/personas?q=anselmo")
    inspect(page)

    page.goto("/gestion/grupos")
    page.get_by_label("Nombre").fill("Comité de evaluación")
    page.get_by_label("Identificador").fill("comite")
    press(page, "Crear el grupo")
    inspect(page)
    page.get_by_role("link", name="Comité de evaluación").click()
    inspect(page)

    for what, text in (("territorios", PLACES), ("temas", THEMES)):
        page.goto(f"/gestion/{what}/importar")
        page.locator("input[type=file]").set_input_files(
            {"name": f"{what}.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        page.locator("main form button").first.click()
        expect(page).to_have_url(re.compile(f"/gestion/{what}/importar/.+"))
        inspect(page)


def test_a_roll_and_projects_from_files(open_browser, inspect):
    page = open_browser(who="Beatriz")
    page.goto("/gestion/padrones")
    page.get_by_role("link", name="Padrón de la votación").first.click()
    roll = page.url
    page.get_by_label("Tipo de documento").select_option("CC")
    page.locator("input[name=document_number]").fill("90000001")
    press(page, "Buscar")
    expect(page).to_have_url(re.compile(r"/lineas/\d+$"))
    inspect(page)
    for address, text in (
        (f"{roll}/cargar", "tipo_documento,numero_documento\nCC,90000009\n"),
        (f"{UNLOCKED}/importar", "titulo,costo\n,mucho\n"),
    ):
        page.goto(address)
        page.locator("input[type=file]").set_input_files(
            {"name": "lista.csv", "mimeType": "text/csv", "buffer": text.encode()}
        )
        inspect(page)
        page.locator("main form button").first.click()
        page.wait_for_load_state()
        inspect(page)


def test_a_draft_behind_its_link(open_browser, inspect):
    page = open_browser(who="Beatriz")
    page.goto("/gestion/procesos/nuevo?plantilla=bga-ciclo-lab")
    page.get_by_label("Título").fill("Un ciclo por dentro")
    press(page, "Crear el borrador")
    page.goto(f"{page.url}/enlaces")
    press(page, "Crear un enlace")
    inspect(page)
    stranger = open_browser()
    stranger.goto(page.get_by_label("Enlace", exact=True).input_value())
    expect(stranger.locator("main")).to_contain_text("Borrador")
    inspect(stranger)


def test_stopping_a_mail(open_browser, city, inspect):
    page = open_browser()
    token = stop_links.make(city.secret_key(), 1, "*")
    page.goto(f"/avisos/parar/{token}")
    inspect(page)


def test_every_piece_of_the_look(open_browser, city, inspect, tmp_path):
    """The style page has every macro in every state; it only answers in development."""
    app = create_app(
        Config(data_dir=str(tmp_path), database_url="sqlite://", debug=True), testing=True
    )
    with app.test_request_context("/estilo"):
        html = app.view_functions["ui.style_page"]()
    page = open_browser()
    page.route("**/estilo", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("/estilo")
    inspect(page)
