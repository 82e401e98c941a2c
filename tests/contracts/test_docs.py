"""The reference pages say what the code says."""

from pathlib import Path

import pytest

from participa.cli.docs import PAGES

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(app, engine_name, name):
    if engine_name != "sqlite":
        pytest.skip("the declarations do not depend on the database")
    with app.app_context():
        written = PAGES[name]()
    assert (DOCS / name).read_text(encoding="utf-8") == written, "run `make docs` and commit docs/"
