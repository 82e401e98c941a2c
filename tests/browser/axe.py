"""axe-core inside a page. It enters through the debugger, so the site's strict CSP stays on."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browser import fonts

FILE = Path(__file__).parent.parent / "vendor" / "axe.min.js"
VERSION = "4.14.1"

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

LOOK = """async ({ options, colours }) => {
  const layout = () => [...document.querySelectorAll("*")].map((el) => {
    const box = el.getBoundingClientRect();
    return [el.checkVisibility({ visibilityProperty: true }), box.x, box.y, box.width, box.height];
  }).join(" ");
  const isSame = colours && layout() === axe.layoutInLight;
  const result = await axe.run(document, isSame ? colours : options);
  if (!colours) axe.layoutInLight = layout();
  return result.violations.map((found) =>
    `${found.id} (${found.help}): ` + found.nodes.slice(0, 4).map((node) => [
      node.target.join(" "), node.html.slice(0, 160), node.failureSummary.replace(/\\s+/g, " ")
    ].join(" ")).join(" | "));
}"""
"""Run axe; in the dark, where nothing appears, disappears or moves, only colours are left to judge."""

COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that look at colours. All others look at what there is, where, and how large."""

DESK = {"width": 1280, "height": 800}
NARROWEST = {"width": 320, "height": 640}
"""What 1280 px become at a zoom of 400 % (WCAG 2.2, 1.4.10)."""


OVER = """(styles) => {
  const root = document.documentElement.style;
  for (const [name, value] of Object.entries(styles)) root.setProperty(name, value);
  const over = document.scrollingElement.scrollWidth - innerWidth;
  for (const name of Object.keys(styles)) root.removeProperty(name);
  return over;
}"""
"""How much wider than the screen the page is in some letters."""


@lru_cache
def source() -> str:
    """Return the script."""
    return FILE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Return what axe finds in the page as it stands, in light and in dark.

    Only for browsers with script: without it axe's own timers never fire, and it waits forever.
    """
    # A click returns when the answer begins to arrive: half a page has other faults than the whole.
    page.wait_for_load_state()
    if not page.evaluate("() => !!window.axe"):
        # Sent once: for every page anew it would take longer than to run it.
        page.add_init_script(source())
        page.evaluate(f"() => {{ {source()} }}")
    options: dict[str, Any] = {
        "runOnly": {"type": "tag", "values": TAGS},
        # Of WCAG 2.2, and off in axe unless asked for by name.
        "rules": {"target-size": {"enabled": True}},
        "resultTypes": ["violations"],
    }
    colours = {"runOnly": {"type": "rule", "values": COLOURS}, "resultTypes": ["violations"]}
    page.emulate_media(color_scheme="light")
    found = [f"light: {each}" for each in page.evaluate(LOOK, {"options": options})]
    page.emulate_media(color_scheme="dark")
    in_dark = {"options": options, "colours": colours}
    found += [f"dark: {each}" for each in page.evaluate(LOOK, in_dark)]
    page.emulate_media(color_scheme="light")
    return found


def complaints(page: Page) -> list[str]:
    """Return what axe finds, and whether the page must be scrolled sideways on a narrow screen.

    In the families of :mod:`tests.browser.fonts`: some letters are a tenth wider than others.
    """
    found = violations(page)
    before = page.viewport_size or DESK
    page.set_viewport_size(NARROWEST)
    for letters, styles in fonts.styles().items():
        over = page.evaluate(OVER, styles)
        if over > 0:
            found.append(f"is {over} px too wide at 320 px in {letters}")
    page.set_viewport_size(before)
    return [f"{urlsplit(page.url).path}: {each}" for each in found]
