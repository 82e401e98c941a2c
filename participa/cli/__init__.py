"""The ``participa`` command: every command has help, clear errors and an exit code."""

import sys
from collections import UserDict
from importlib import import_module
from typing import Any

import click

from participa.cli.spanish import Group


class Commands(UserDict[str, Any]):
    """Commands by name, given as the module and the name in it.

    Each is loaded when it is asked for: who only counts a vote again waits for no server.
    """

    def __getitem__(self, name: str) -> click.Command:
        module, attribute = super().__getitem__(name)
        command: click.Command = getattr(import_module(f"participa.cli.{module}"), attribute)
        return command


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    commands=Commands(
        backup=("backup", "backup"),
        check=("check", "check"),
        db=("database", "database"),
        demo=("demo", "demo"),
        docs=("docs", "docs"),
        key=("key", "key"),
        mail=("mail", "mail"),
        organization=("organization", "organization"),
        process=("process", "process"),
        restore=("backup", "restore"),
        roll=("roll", "roll"),
        serve=("serve", "serve"),
        tally=("tally", "tally"),
        territories=("territories", "territories"),
        user=("user", "user"),
        worker=("serve", "worker"),
    ),
)
@click.version_option(package_name="participa")
def main() -> None:
    """Participatory processes that a town can start and a capital can trust.

    Configured by PARTICIPA_* variables; `participa check` says what is wrong with them.
    """
    # What is printed must not depend on the machine's language settings.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
