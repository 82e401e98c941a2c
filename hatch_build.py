"""Build hook: compile the message catalogues and place top-level data in the wheel.

A fresh clone has `.po` files only. Every way of installing (editable, sdist, wheel) passes
through here, so the `.mo` files exist wherever the package is installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Top-level in the checkout, inside the package in the wheel.
DATA = {"translations": "participa/translations", "migrations": "participa/migrations"}


def compile_catalogues(translations: Path) -> int:
    """Compile every `.po` below `translations`; return how many there were.

    Fuzzy entries are left out: a guess by a tool is not a translation.
    """
    count = 0
    for source in sorted(translations.glob("*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name)
        partial = source.with_suffix(".mo.new")
        with partial.open("wb") as stream:
            write_mo(stream, catalogue, use_fuzzy=False)
        # Replaced in one step: a server or a test that reads meanwhile never sees half a file.
        partial.replace(source.with_suffix(".mo"))
        count += 1
    return count


class CatalogueBuildHook(BuildHookInterface[Any]):
    """Compile catalogues, then ship `translations/` and `migrations/` inside the package."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before hatchling collects files.

        `version` is the kind of wheel ("standard" or "editable"). An editable install reads
        both folders from the checkout, so nothing is copied (a copy would go stale).
        """
        root = Path(self.root)
        compile_catalogues(root / "translations")
        if self.target_name != "wheel" or version == "editable":
            return
        for folder, destination in DATA.items():
            if not (root / folder).is_dir():
                message = f"{folder}/ is missing: a wheel without it would not start"
                raise FileNotFoundError(message)
            build_data["force_include"][str(root / folder)] = destination


if __name__ == "__main__":
    # `make translations` compiles with the same code as the build.
    compile_catalogues(Path(__file__).parent / "translations")
