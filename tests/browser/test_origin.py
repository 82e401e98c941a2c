"""A page on a sibling host posts to ours: a real browser says so, and nothing happens."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.city import PROPOSALS, City
from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOST = "ciudad.localhost"
SIBLING = "blog.ciudad.localhost"
"""The same site to a browser: it sends our session's cookie with what the sibling's pages post."""


@pytest.fixture
def sibling() -> Iterator[list[str]]:
    """Serve one page on another port; its body is the list's only item."""
    body = [""]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body[0].encode())

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        body.append(f"http://{SIBLING}:{server.server_port}/")
        yield body
        server.shutdown()
        thread.join()


@pytest.fixture
def administrator(chromium: Browser, city: City) -> Iterator[Page]:
    port = urlsplit(city.url).port
    context = chromium.new_context(base_url=f"http://{HOST}:{port}", locale="es-CO")
    page = context.new_page()
    sign_in(page, "Beatriz")
    yield page
    context.close()


def test_a_sibling_host_makes_nobody_an_administrator(
    administrator: Page, sibling: list[str]
) -> None:
    page = administrator
    page.goto("/gestion/personas?q=Rosa")
    page.locator("main").get_by_role("link", name=re.compile("Rosa")).first.click()
    person = page.url
    roles = page.locator("main").inner_text()
    sibling[0] = (
        f'<form method="post" action="{person}/roles/dar"><input name="role" value='
        '"organization_admin"><input name="confirmado" value="1"></form>'
        "<script>document.forms[0].submit()</script>"
    )
    page.goto(sibling[1])
    expect(page.get_by_role("heading", level=1)).to_have_text("Esto no se envió desde este sitio")
    expect(page.get_by_role("button", name="Enviar otra vez")).to_have_count(0)
    page.goto(person)
    assert page.locator("main").inner_text() == roles


def test_our_own_pages_are_ours_under_any_name(administrator: Page) -> None:
    """The browser compares the host that it is at: nothing is configured for this one."""
    administrator.goto(PROPOSALS)
    administrator.goto("/cuenta")
    administrator.locator("summary", has_text="Beatriz").click()
    administrator.get_by_role("button", name="Salir").click()
    expect(administrator.get_by_role("link", name="Entrar").first).to_be_visible()
