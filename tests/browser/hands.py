"""Using a page as somebody without a mouse does: Tab, arrows, Enter, Space, typing."""

import re

from playwright.sync_api import Locator, Page, expect

MOST_STOPS = 400
"""Presses of Tab after which something counts as out of reach."""

NO_MOUSE = """addEventListener("pointerdown", () => console.error("a mouse was used"), true)"""
"""Run in every page with script, where a console error fails the test."""

HERE = "(el) => el === document.activeElement"
RINGED = """(el) => {
  const ringed = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return ringed(getComputedStyle(el)) || ringed(getComputedStyle(el, "::after"))
    || ringed(getComputedStyle(el.parentElement));
}"""


class Hands:
    """The keyboard in front of a page. Nothing here clicks, focuses or fills by itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.add_init_script(NO_MOUSE)

    def press(self, key: str, times: int = 1) -> None:
        """Press a key, on a page that has come whole, script and all."""
        self.page.wait_for_load_state()
        for _turn in range(times):
            self.page.keyboard.press(key)

    def to(self, wanted: Locator, *, back: bool = False) -> None:
        """Go with Tab (or back) to the one thing that is wanted, and see that the focus shows."""
        self.press_until(wanted, "Shift+Tab" if back else "Tab")
        expect(wanted).to_be_in_viewport()
        assert wanted.evaluate(RINGED), f"no ring shows that {wanted} has the focus"

    def press_until(self, wanted: Locator, key: str) -> None:
        """Press a key until the one thing that is wanted has the focus."""
        expect(wanted).to_have_count(1)
        for _stop in range(MOST_STOPS):
            if wanted.evaluate(HERE):
                return
            self.press(key)
        message = f"{key} never came to {wanted}"
        raise AssertionError(message)

    def enter(self, wanted: Locator) -> None:
        """Go to a link or a button and press it."""
        self.to(wanted)
        self.press("Enter")

    def type(self, field: Locator, words: str) -> None:
        """Go to a field and type at the end of what it has."""
        self.to(field)
        self.press("Control+End")
        self.page.keyboard.type(words)

    def choose(self, group: Locator, name: str | re.Pattern[str]) -> None:
        """Go to a group of radios and choose one with the arrows."""
        wanted = group.get_by_role("radio", name=name)
        expect(wanted).to_have_count(1)
        for _stop in range(MOST_STOPS):
            if group.locator(":focus").count():
                break
            self.press("Tab")
        for _option in range(20):
            if wanted.is_checked():
                return
            self.press("ArrowDown")
            if group.get_by_role("radio").count() == 1:
                self.press("Space")
        message = f"the arrows never came to {name!r}"
        raise AssertionError(message)

    def sign_in(self, login: str, password: str) -> None:
        """Sign in by typing both."""
        self.page.goto("/entrar")
        self.type(self.page.get_by_label("Correo o usuario"), login)
        self.press("Tab")
        expect(self.page.get_by_label("Clave", exact=True)).to_be_focused()
        self.page.keyboard.type(password)
        self.press("Enter")
        self.page.wait_for_url("**/")
