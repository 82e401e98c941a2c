"""A real chromium in front of a real server. What goes wrong in the console fails the test."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import fonts
from tests.browser.city import City, built

CHROMIUMS = ("chromium-headless-shell", "chromium")
"""The programs that will do, the one that takes a quarter less of the processor first."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages live for a second: making their scripts faster takes longer than running them.
    "--js-flags=--no-opt --no-maglev --min-semi-space-size=32",
]
PATIENCE_MS = 20_000
"""Of every wait: a machine that builds something else beside is slow, not wrong."""
expect.set_options(timeout=PATIENCE_MS)
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
RESULTS = Path("test-results")

Open = Callable[..., Page]


@pytest.fixture(scope="package")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The demonstration city, one per test worker."""
    _chromium()
    city = City(tmp_path_factory.mktemp("city"), like=built())
    yield city
    city.stop()


def _chromium() -> str:
    given = os.environ.get("PARTICIPA_CHROMIUM")
    wanted = (given,) if given else CHROMIUMS
    found = next(filter(None, map(shutil.which, wanted)), None)
    if found is None:
        pytest.skip(f"no {' or '.join(wanted)}: install one, or set PARTICIPA_CHROMIUM")
    return found


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser per test worker. Ends with this package: its event loop is in nobody's way."""
    path = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=ARGUMENTS, env={**os.environ, **fonts.environment()}
        )
        yield browser
        browser.close()


class Watch:
    """Collects what a page must not do: console errors, crashes, foreign requests, lost files."""

    def __init__(self, context: BrowserContext, host: str) -> None:
        self.problems: list[str] = []
        self._host = host
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: object) -> None:
        # The answer's status is judged by `_response`, which knows a page from a file.
        if message.type != "error" or message.text.startswith("Failed to load resource"):
            return
        self.problems.append(f"console: {message.text}")

    def _request(self, request: object) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https"} and parts.netloc != self._host:
            self.problems.append(f"asked another host: {request.url}")

    def _response(self, response: object) -> None:
        kind = response.request.resource_type
        if response.status >= 500 or (kind != "document" and response.status >= 400):
            self.problems.append(f"{response.status} for the {kind} {response.url}")


@pytest.fixture
def open_browser(chromium: Browser, city: City, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open browsers that share nothing; at the end each must have kept quiet.

    ``open_browser(script=True, dark=False, phone=False, who=None)`` returns a page; ``who`` signs
    in with the demonstration's button of that account ("Rosa", "Beatriz").
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_one(
        *, script: bool = True, dark: bool = False, phone: bool = False, who: str | None = None
    ) -> Page:
        context = chromium.new_context(
            base_url=city.url,
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            viewport=PHONE if phone else DESK,
            has_touch=phone,
            locale="es-CO",
            timezone_id="America/Bogota",
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append((context, Watch(context, urlsplit(city.url).netloc)))
        page = context.new_page()
        if who is not None:
            sign_in(page, who)
        return page

    yield open_one
    problems = [problem for _context, watch in opened for problem in watch.problems]
    if request.node.stash.get(FAILED, False):
        _keep_pictures(request.node.name, [context for context, _watch in opened])
    for context, _watch in opened:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture(autouse=True)
def _no_crash(city: City) -> Iterator[None]:
    before = city.crashes()
    yield
    assert city.crashes() == before, city.crashes().removeprefix(before)


def sign_in(page: Page, who: str) -> None:
    """Sign in with the button of a demonstration account."""
    page.goto("/entrar")
    page.get_by_role("button", name=re.compile(rf"^{who}\b")).click()
    page.wait_for_url("**/")


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """Remember a failure, so that the browser's fixture can keep a picture of it."""
    report = yield
    if call.when == "call" and report.failed:
        item.stash[FAILED] = True
    return report


def _keep_pictures(name: str, contexts: list[BrowserContext]) -> None:
    RESULTS.mkdir(exist_ok=True)
    safe = re.sub(r"[^\w.-]+", "-", name)
    for number, context in enumerate(contexts):
        for page in context.pages:
            page.screenshot(path=RESULTS / f"{safe}-{number}.png", full_page=True)
