"""Going through every page that somebody can reach, by its links, as a person would."""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from playwright.sync_api import Error, Page, Response
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from tests.browser import axe

NOT_WALKED = {
    "accounts.choose_language": "would change the language of the rest of the walk",
}

NOT_SPOILED = {
    "admin.board": "a wrong day to look at is told on the board itself, which loses nothing",
}

NOT_GIVEN_BACK = {
    ("budgets.desk", "document_number"): "a neighbour's, on the screen of somebody else",
    ("budgets.undo_handing", "document_number"): "as there",
}
"""What was typed and is not shown again on purpose, by page."""

WRONG = "Un texto que se lee al rev\u202e\u00e9s"
"""What no text of any kind accepts: an invisible character that turns the reading around."""

# Also those of drawings, whose href is no text.
LINKS = """() => [...document.querySelectorAll('a[href]')].map((link) =>
  new URL(link.getAttribute("href"), document.baseURI).href)"""

WRITTEN_LINKS = re.compile(r'<a\s[^>]*?href="([^"]*)"')

# Forms that people type in: those are the forms that can be filled in wrongly.
TYPED = """(() => [...document.querySelectorAll("main form")].filter((form) =>
  form.method === "post" && [...form.elements].some((field) => field.tagName === "TEXTAREA" ||
    (field.tagName === "INPUT" && !/^(hidden|checkbox|radio|file|submit)$/.test(field.type)))))()"""

SPOIL = f"""([index, wrong]) => {{
  const form = {TYPED}[index];
  for (const field of form.elements) {{
    if (field.type === "password") field.value = "mala";
    else if (field.tagName === "TEXTAREA") field.value = wrong;
    else if (field.tagName === "INPUT"
        && !/^(hidden|checkbox|radio|file|submit)$/.test(field.type)) {{
      // As in a browser that does not know dates: anything can be typed.
      field.type = "text";
      field.value = wrong;
    }}
  }}
  // Past the browser's own checks and past the page's script: the server must say what is wrong.
  const button = form.querySelector("button:not([type=button])");
  if (button?.name) form.append(Object.assign(
    document.createElement("input"), {{type: "hidden", name: button.name, value: button.value}}));
  if (button?.hasAttribute("formaction")) form.action = button.formAction;
  HTMLFormElement.prototype.submit.call(form);
}}"""

ANSWERED = """(wrong) => ({
  focused: document.activeElement?.hasAttribute("data-error-summary") ?? false,
  beside: document.querySelectorAll("main .field-error, main .error-summary li").length,
  lost: [...document.querySelectorAll("main [aria-invalid=true]")].filter((field) =>
    /^(text|textarea|email|search|tel|url)$/.test(field.type) && field.value !== wrong
  ).map((field) => field.name),
})"""


class Tour:
    """A walk through the site as one person; :attr:`problems` is what was found on the way.

    Follows links until each endpoint was seen ``most`` times (or as ``more`` says). With ``drawn``,
    only these endpoints are looked at: others are asked for, and their links read.
    """

    def __init__(
        self,
        page: Page,
        app: Flask,
        *,
        most: int,
        more: Mapping[str, int],
        drawn: AbstractSet[str] | None = None,
    ) -> None:
        self.page = page
        self.drawn = app.view_functions.keys() if drawn is None else drawn
        self.problems: list[str] = []
        self.seen: Counter[str] = Counter()
        self.spoiled: Counter[str] = Counter()
        self._limits = Counter({**dict.fromkeys(app.view_functions, most), **more})
        self._map = app.url_map.bind("127.0.0.1")
        self._shown: set[str] = set()

    def endpoint(self, address: str) -> str:
        """Return the endpoint of an address of the site, or nothing for one that is not a page."""
        try:
            return str(self._map.match(urlsplit(address).path, method="GET")[0])
        except (HTTPException, RequestRedirect):
            return ""

    def walk(self, start: Iterable[str]) -> None:
        """Visit the pages, and from them all that they link to."""
        for address in self._on_the_way(start):
            if self.endpoint(address) not in self.drawn:
                self._glance(address)
            elif self._visit(address):
                self._follow(self.page.evaluate(LINKS))
                self._spoil_forms(address)

    def glance(self, start: Iterable[str]) -> None:
        """Go the same way without looking: pages are asked for and their links read, not drawn."""
        for address in self._on_the_way(start):
            self._glance(address)

    def _glance(self, address: str) -> None:
        answer = self.page.request.get(address)
        if not answer.ok or "text/html" not in answer.headers.get("content-type", ""):
            return
        if self._is_new(address, urlsplit(answer.url).path):
            self._follow(
                urljoin(answer.url, unescape(link)) for link in WRITTEN_LINKS.findall(answer.text())
            )

    def _on_the_way(self, start: Iterable[str]) -> Iterator[str]:
        """Give one address after another, those that :meth:`_follow` finds meanwhile too."""
        self._waiting = deque(start)
        self._known = set(self._waiting)
        while self._waiting:
            address = self._waiting.popleft()
            name = self.endpoint(address)
            if not name or name in NOT_WALKED or self.seen[name] >= self._limits[name]:
                continue
            self.seen[name] += 1
            yield address

    def _follow(self, links: Iterable[str]) -> None:
        for link in links:
            parts = urlsplit(link)
            way = parts.path + (f"?{parts.query}" if parts.query else "")
            if f"{parts.scheme}://{parts.netloc}" == self._origin() and way not in self._known:
                self._known.add(way)
                self._waiting.append(way)

    def _is_new(self, address: str, landed: str) -> bool:
        """Note where an address led; return whether that had not been seen."""
        name = self.endpoint(landed)
        if name != self.endpoint(address):
            # Led elsewhere (to sign in, mostly): that page has its own turn.
            self.seen[name] += landed not in self._shown
        if landed in self._shown and "?" not in address:
            return False
        self._shown.add(landed)
        return True

    def _origin(self) -> str:
        parts = urlsplit(self.page.url)
        return f"{parts.scheme}://{parts.netloc}"

    def _visit(self, address: str) -> bool:
        """Open and inspect a page; return whether it is a page that had not been seen."""
        try:
            answer = self.page.goto(address)
        except Error as error:
            if "Download is starting" in str(error):
                return False
            raise
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            return False
        if answer.status >= 500:
            self.problems.append(f"{address}: answered {answer.status}")
            return False
        if answer.status in {401, 403}:
            refusal = f"{answer.status} {self.page.locator('main').inner_text()}"
            if refusal in self._shown and "?" not in address:
                return False
            self._shown.add(refusal)
        elif not self._is_new(address, urlsplit(self.page.url).path):
            return False
        self._inspect(address)
        return answer.status < 400

    def _inspect(self, where: str) -> None:
        self.problems += [f"{where}: {each}" for each in axe.complaints(self.page)]

    def _spoil_forms(self, address: str) -> None:
        name = self.endpoint(self.page.url)
        if self.spoiled[name] or name in NOT_SPOILED:
            return
        for index in range(self.page.evaluate(f"() => {TYPED}.length")):
            if index:
                self.page.goto(address)
            self.spoiled[name] += 1
            where = f"{address} (form {index + 1} filled in wrongly)"
            with self.page.expect_navigation() as navigation:
                self.page.evaluate(SPOIL, [index, WRONG])
            self._judge(where, navigation.value)

    def _judge(self, where: str, answer: Response) -> None:
        if self.endpoint(answer.url) == "accounts.sign_in":
            # What visitors may type is kept on the way to an account.
            self._inspect(where)
            return
        if answer.status != 422:
            self.problems.append(f"{where}: answered {answer.status}, not 422")
            return
        state: dict[str, Any] = self.page.evaluate(ANSWERED, WRONG)
        if not state["focused"]:
            self.problems.append(f"{where}: the summary of errors has no focus")
        if not state["beside"]:
            self.problems.append(f"{where}: says no error")
        page = self.endpoint(answer.url)
        lost = [name for name in state["lost"] if (page, name) not in NOT_GIVEN_BACK]
        if lost:
            self.problems.append(f"{where}: lost what was typed in {lost}")
        self._inspect(where)
