"""The reference pages say what the code says."""

import os
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_generated_pages_are_current(tmp_path):
    """Drawn by a process of its own: other tests register components of theirs in this one."""
    subprocess.run(
        [
            sys.executable,
            "-c",
            "from participa.cli import main; main()",
            "docs",
            "--folder",
            tmp_path,
        ],
        check=True,
        env={**os.environ, "PARTICIPA_DATA_DIR": str(tmp_path / "data")},
        stdout=subprocess.DEVNULL,
    )
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.md")}
    assert written, "nothing was drawn"
    for name, text in written.items():
        assert (DOCS / name).read_text(encoding="utf-8") == text, "run `make docs` and commit docs/"
