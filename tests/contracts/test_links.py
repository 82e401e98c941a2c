"""What the written pages point at is there."""

import re
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in chain(ROOT.glob("*.md"), ROOT.glob("docs/**/*.md"), ROOT.glob("examples/**/*.md"))
)
TARGET = re.compile(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = ("https:", "http:", "mailto:", "#")
PICTURES = ROOT / "docs" / "pictures"


def targets(page):
    """Return what a page links to inside the repository, without the part after ``#``."""
    text = (ROOT / page).read_text(encoding="utf-8")
    # What stands between backticks is code: it shows a link, it is none.
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    found = ["".join(each) for each in TARGET.findall(text)]
    return [each.partition("#")[0] for each in found if not each.startswith(ELSEWHERE)]


@pytest.mark.parametrize("page", PAGES)
def test_every_relative_link_and_picture_exists(page):
    folder = (ROOT / page).parent
    assert [each for each in targets(page) if not (folder / each).exists()] == []


def test_every_picture_is_shown_somewhere():
    shown = {((ROOT / page).parent / each).resolve() for page in PAGES for each in targets(page)}
    assert set(PICTURES.iterdir()) - shown == set()
