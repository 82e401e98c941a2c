"""The command line, run as an operator runs it."""

import os

import pytest
from click.testing import CliRunner

from participa.cli import main
from participa.organizations import queries as organizations
from participa.processes import queries as processes


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command against an empty installation of its own."""
    for name in list(os.environ):
        if name.startswith("PARTICIPA_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PARTICIPA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PARTICIPA_SECRET_KEY", "k" * 40)

    def call(*words, **options):
        (tmp_path / "data").mkdir(mode=0o700, exist_ok=True)
        # A command is a process of its own: it knows nothing of earlier databases.
        organizations.forget()
        processes.forget()
        return CliRunner().invoke(main, [str(word) for word in words], **options)

    return call
