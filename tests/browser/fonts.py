"""The letters that pages are drawn with in tests: those of a bare Debian, whatever a machine holds.

The browser sees DejaVu, which is wide, and nothing else under its name. Liberation, which has the
widths of Arial and Times, is there under another name: no page asks for it, and
``axe.complaints`` looks at each page's width in both.
"""

import os
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

DATA = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path(DATA, "fonts"))
STYLES = ("--sans", "--serif", "--mono")
"""The properties of the style sheet that name families."""


@dataclass(frozen=True)
class Family:
    """A family of letters: its package on Debian, its files, and their names in ``STYLES``."""

    package: str
    files: tuple[str, ...]
    names: tuple[str, str, str]

    @property
    def paths(self) -> list[Path]:
        """Its files on this machine; none where one is missing."""
        found = [next((at for e in FOLDERS for at in e.rglob(file)), None) for file in self.files]
        return [path for path in found if path is not None] if all(found) else []


BARE = Family(
    "fonts-dejavu-core",
    tuple(
        f"DejaVu{kind}{weight}.ttf"
        for kind in ("Sans", "Serif", "SansMono")
        for weight in ("", "-Bold")
    ),
    ("DejaVu Sans", "DejaVu Serif", "DejaVu Sans Mono"),
)
OTHER = Family(
    "fonts-liberation",
    tuple(
        f"Liberation{kind}-{weight}.ttf"
        for kind in ("Sans", "Serif", "Mono")
        for weight in ("Regular", "Bold")
    ),
    ("Liberation Sans", "Liberation Serif", "Liberation Mono"),
)

_RENAMED = """<match target="scan"><test name="family"><string>{0}</string></test>
<edit name="family" mode="assign"><string>{1}</string></edit></match>"""
_CONFIGURATION = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/conf.d</include>
<dir>{folder}</dir><cachedir>{folder}/cache</cachedir>
{renamed}</fontconfig>
"""


def hidden(name: str) -> str:
    """Return what a family of :data:`OTHER` is called, so that no style sheet asks for it."""
    return f"Tests {name}"


@lru_cache
def missing() -> list[str]:
    """Return the packages that are not on this machine."""
    return [each.package for each in (BARE, OTHER) if not each.paths]


@lru_cache
def environment() -> dict[str, str]:
    """Return what tells a browser to see these families alone; nothing where DejaVu is missing."""
    if not BARE.paths:
        return {}
    folder = Path(tempfile.mkdtemp(prefix="fonts-"))
    for path in (*BARE.paths, *OTHER.paths):
        (folder / path.name).symlink_to(path)
    renamed = "\n".join(_RENAMED.format(name, hidden(name)) for name in OTHER.names)
    file = folder / "fonts.conf"
    file.write_text(_CONFIGURATION.format(folder=folder, renamed=renamed), encoding="utf-8")
    return {"FONTCONFIG_FILE": str(file)}


@lru_cache
def styles() -> dict[str, dict[str, str]]:
    """Return what to set in a page to see it in each family that is here, by the family's name."""
    found = {"the letters of the page": dict.fromkeys(STYLES, "")}
    if not missing():
        others = [f'"{hidden(name)}"' for name in OTHER.names]
        found[OTHER.names[0]] = dict(zip(STYLES, others, strict=True))
    return found
