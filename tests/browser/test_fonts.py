"""Pages are looked at in letters of more than one width, and never in those of one machine."""

import pytest

from tests.browser import fonts

pytestmark = pytest.mark.browser

WIDTHS = """(styles) => {
  for (const [name, value] of Object.entries(styles))
    document.documentElement.style.setProperty(name, value);
  const text = Object.assign(document.createElement("span"), { textContent: "Padrón del año 2026" });
  document.querySelector("main").append(text);
  const found = Object.keys(styles).map((name) => {
    text.style.fontFamily = `var(${name})`;
    return text.getBoundingClientRect().width;
  });
  text.remove();
  return found;
}"""


def test_pages_are_looked_at_in_two_families(open_browser):
    if fonts.missing():
        pytest.skip(f"pages were looked at in one family: install {' '.join(fonts.missing())}")
    page = open_browser()
    page.goto("/")
    bare, other = (page.evaluate(WIDTHS, styles) for styles in fonts.styles().values())
    assert len(set(bare)) == len(set(other)) == len(fonts.STYLES)
    assert bare[0] > other[0] * 1.05
