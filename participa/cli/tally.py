"""``participa tally``: count a vote again from its published file. Needs no database."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import click

from participa.cli.spanish import reason
from participa.tally import (
    Completion,
    File,
    Outcome,
    Parameters,
    Rule,
    Unsuitable,
    Utility,
    WrongFile,
    declared,
    explain,
    named,
    read,
)
from participa.tally import tally as count
from participa.tally.sentences import Money, _l, spanish

BAD_INPUT = 2
LINE = "-"
UNSAID = {None, False}
RULES = f"--rule {'|'.join(each.value for each in Rule)}"


@click.command()
@click.argument("file")
@click.option(
    "--rule",
    type=click.Choice([each.value for each in Rule]),
    help="Instead of the rule that FILE declares.",
)
@click.option(
    "--utility",
    type=click.Choice([each.value for each in Utility]),
    help="Equal shares: worth of a project.",
)
@click.option(
    "--completion",
    type=click.Choice([each.value for each in Completion]),
    help="Equal shares: what is left.",
)
@click.option("--compare", is_flag=True, help="Equal shares: keep greedy where more prefer it.")
@click.option("--threshold", type=click.IntRange(0), help="Votes needed (greedy-threshold).")
@click.option("--keep", metavar="ID,ID", help="Funded beforehand; the rest shares what remains.")
@click.option("--step", type=click.IntRange(1), help="What add1 gives at a time; 1 without it.")
@click.option("--ties", metavar="file|id|cost|lot:SEED", help="Who goes first when tied.")
@click.option("--json", "as_json", is_flag=True, help="Write everything, each round, as JSON.")
@click.option(
    "--explain", "language", type=click.Choice(["es"]), help="Say why, project by project."
)
def tally(file: str, *, as_json: bool, language: str | None, **options: Any) -> None:
    """Count the votes of FILE (.pb; `-` is standard input) and list the winners.

    What is not said is as the file declares. Exit code 2: the file is wrong (line, column, reason)
    or does not suit the rule.
    """
    found = _read(file)
    try:
        outcome = count(found.election, _parameters(found, options))
    except Unsuitable as error:
        _fail(f"{file}: {error.reason}")
    if as_json:
        data = outcome.plain() | {"sha256": found.sha256}
        if found.notes:
            data["notes"] = [{"line": each.line, "text": str(each.text)} for each in found.notes]
        if language:
            data["explanation"] = _explanation(outcome)
        click.echo(json.dumps(data, ensure_ascii=False, indent=2))
        return
    for note in found.notes:
        click.echo(f"{file}:{note.line}: {note.text}", err=True)
    if language:
        _tell(outcome)
    else:
        _list(outcome)
    click.echo(f"sha256 {found.sha256}")


def _read(file: str) -> File:
    try:
        data = sys.stdin.buffer.read() if file == LINE else Path(file).read_bytes()
    except OSError as error:
        _fail(f"{file}: no se puede leer: {reason(error)}")
    try:
        return read(data)
    except WrongFile as error:
        _fail(f"{file}:{error.line}:{error.column}: {error.reason}")


def _parameters(found: File, options: dict[str, Any]) -> Parameters:
    """Return what the file declares, changed by what the command line says."""
    # Not by equality: a threshold of 0 is said.
    said = {name: value for name, value in options.items() if value not in UNSAID}
    if options["threshold"] == 0:
        said["threshold"] = 0
    try:
        base = declared(found.election)
    except Unsuitable as error:
        if "rule" not in said:
            sentence = _l(
                "%(reason)s; diga con cuál se cuenta: %(rules)s", reason=error.reason, rules=RULES
            )
            raise Unsuitable(sentence) from None
        base = Parameters()
    if "rule" in said and said["rule"] != base.rule:
        base = Parameters(threshold=base.threshold, ties=base.ties, keep=base.keep)
    kinds: dict[str, Any] = {
        "rule": Rule, "utility": Utility, "completion": Completion, "keep": named,
    }  # fmt: skip
    changes: dict[str, Any] = {
        name: kinds[name](v) if name in kinds else v for name, v in said.items()
    }
    return replace(base, **changes)


def _list(outcome: Outcome) -> None:
    for each in outcome.winners:
        project = outcome.election.projects[each]
        cost = spanish(Money(outcome.election.money(project.cost)))
        click.echo(f"{project.id}\t{cost}\t{project.name}")


def _tell(outcome: Outcome) -> None:
    told = explain(outcome)
    for sentence in told.summary:
        click.echo(str(sentence))
    for account in told.accounts:
        project = outcome.election.projects[account.project]
        mark = "✓" if account.funded else "✗"
        click.echo(f"\n{mark} {project.id}  {project.name}")
        for sentence in account.sentences:
            click.echo(f"  {sentence}")
    if told.alternatives:
        click.echo("\nCon otras reglas:")
    for other in told.alternatives:
        click.echo(f"  {other.name} {other.sentence}")


def _explanation(outcome: Outcome) -> dict[str, object]:
    told = explain(outcome)
    ids = [project.id for project in outcome.election.projects]
    return {
        "summary": [str(sentence) for sentence in told.summary],
        "projects": [
            {
                "project": ids[account.project],
                "funded": account.funded,
                "sentences": [str(sentence) for sentence in account.sentences],
            }
            for account in told.accounts
        ],
        "other_rules": [
            {
                "rule": str(other.parameters.rule),
                "parameters": dict(other.parameters.plain()),
                "gained": [ids[each] for each in other.gained],
                "lost": [ids[each] for each in other.lost],
                "sentence": f"{other.name} {other.sentence}",
            }
            for other in told.alternatives
        ],
    }


def _fail(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    raise SystemExit(BAD_INPUT)
