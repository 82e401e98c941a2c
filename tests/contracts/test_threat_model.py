"""The threat model names tests that exist and every file that can be downloaded."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
DOWNLOAD = re.compile(r"\.(csv|json|yaml|xlsx|ods|pb|atom|zip)$|/archivos/<file>$|/mis-datos$")


def test_every_test_that_it_names_exists():
    named = set(re.findall(r"`(tests/[\w/.]+)`", TEXT))
    assert named
    assert sorted(each for each in named if not (ROOT / each).exists()) == []


def test_every_download_has_its_line(app):
    """A new export says in the table who gets it and against whom it must hold."""
    addresses = {
        re.sub(r"<[^<>]*?(\w+)>", r"<\1>", rule.rule)
        for rule in app.url_map.iter_rules()
        if DOWNLOAD.search(rule.rule)
    }
    assert sorted(each for each in addresses if f"`{each}`" not in TEXT) == []
