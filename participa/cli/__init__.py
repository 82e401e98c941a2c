"""The ``participa`` command: every command has help, clear errors and an exit code."""

import sys

import click

from participa.cli.check import check
from participa.cli.database import database
from participa.cli.demo import demo
from participa.cli.docs import docs
from participa.cli.organization import organization
from participa.cli.process import process
from participa.cli.roll import roll
from participa.cli.serve import serve, worker
from participa.cli.spanish import Group
from participa.cli.tally import tally
from participa.cli.territories import territories
from participa.cli.user import user


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="participa")
def main() -> None:
    """Participatory processes that a town can start and a capital can trust.

    Configured by PARTICIPA_* variables; `participa check` says what is wrong with them.
    """
    # What is printed must not depend on the machine's language settings.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


for _command in (
    check,
    database,
    demo,
    docs,
    organization,
    process,
    roll,
    serve,
    tally,
    territories,
    user,
    worker,
):
    main.add_command(_command)
