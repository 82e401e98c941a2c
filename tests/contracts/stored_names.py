"""Names that installations store, publish or print, and that must go on meaning the same.

Tables and columns are covered by migrations. Everything here is read back from rows, files, links
and browsers that an earlier revision wrote, so that a name may be added and never taken away or
changed. After adding one:

    .venv/bin/python -m tests.contracts.stored_names

adds it to ``stored_names.txt``; it takes nothing out.
"""

import ast
import dataclasses
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

import participa
from participa.accounts.purposes import PURPOSES
from participa.accounts.services import one_time_codes
from participa.accounts.verification import roll_csv
from participa.app import ROOMS, create_app
from participa.budgets import outcome_files, rules
from participa.budgets.ballots import BallotKind, PotScope
from participa.budgets.models import Cause
from participa.budgets.rules import rules_of
from participa.budgets.services import firm, project_files
from participa.contributions.settings import Review
from participa.core.config import Config, options
from participa.core.db import Base
from participa.core.events import How
from participa.core.policy import Role, State
from participa.core.registry import ComponentType
from participa.core.requirements import REQUIREMENT_KINDS, VERIFICATION_METHODS
from participa.core.settings import declared
from participa.moderation.views import decisions as moderation_files
from participa.organizations import csv_import
from participa.organizations.views import LOCALE_COOKIE
from participa.processes.definition import reader
from participa.tally.parameters import Completion, Rule, Utility

FILE = Path(__file__).with_suffix(".txt")
SOURCE = Path(participa.__file__).parent
LABELLED = {"hasher", "encrypt", "decrypt"}
"""Functions of which the first argument is the label of a key."""
IN_JSON: dict[str, type[StrEnum]] = {
    "cause of a sheet": Cause,
    "ballot": BallotKind,
    "pots": PotScope,
    "rule": Rule,
    "utility": Utility,
    "completion": Completion,
    "review": Review,
    "how to be told": How,
    "role": Role,
    "state of a capability": State,
}
"""Enumerations that are stored inside JSON or written into files."""


def names() -> set[str]:
    """Return every name, as a line: what it is, and the name."""
    app = create_app(Config(database_url="sqlite://", secret_key="x" * 40), testing=True)
    return {*of_rooms(), *of_columns(), *of_votes(), *of_files(), *of_source(), *of_app(app)}


def of_rooms() -> Iterator[str]:
    """Return what rooms declare."""
    for room in ROOMS:
        yield f"room {room.name}"
        yield from (f"action {each.name}" for each in room.actions)
        yield from (f"resource {each.name}" for each in room.resources)
        yield from (f"resource in addresses {e.segment}" for e in room.resources if e.segment)
        yield from (f"subscriber {each.name}" for each in room.subscribers)
        for fact in room.facts:
            yield f"fact {fact.NAME}"
            yield from (f"fact {fact.NAME}: {each.name}" for each in dataclasses.fields(fact))
        if isinstance(room, ComponentType):
            yield from of_component(room)


def of_component(room: ComponentType) -> Iterator[str]:
    """Return what a type of component declares."""
    yield f"component {room.segment}"
    yield from (f"capability {room.name}.{each.name}" for each in room.capabilities)
    for kind, cls in (("setting", room.settings), ("phase setting", room.phase_settings)):
        for each in declared(cls):
            name = f"{kind} {room.name}.{each.name}"
            yield name
            yield from (f"{name} = {choice}" for choice in each.spec.choices or ())


def of_columns() -> Iterator[str]:
    """Return the values of columns that hold one of a few words."""
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, sa.Enum):
                yield from (f"value {table.name}.{column.name} = {e}" for e in column.type.enums)
    for label, kind in IN_JSON.items():
        yield from (f"value {label} = {each.value}" for each in kind)
    yield from (f"requirement {each}" for each in REQUIREMENT_KINDS)
    yield from (f"verification {each}" for each in VERIFICATION_METHODS)
    yield from (f"purpose {each}" for each in PURPOSES)
    yield from (f"one-time code {each}" for each in one_time_codes.LIFETIMES)


def of_votes() -> Iterator[str]:
    """Return the keys of the rules that a vote locks."""
    component = next(each for each in ROOMS if each.name == "budgets")
    settings = component.settings()
    yield from (f"rules {each}" for each in rules_of(settings).plain())
    yield from (f"rules {each}" for each in firm.snapshot(settings))
    yield from (f"preset {each}" for each in rules.PRESETS)


def of_files() -> Iterator[str]:
    """Return names and headers of files that people keep, publish or upload."""
    headers = {
        "proyectos.csv of an outcome": outcome_files.PROJECT_COLUMNS,
        "votos.csv": outcome_files.BALLOT_COLUMNS,
        "proyectos.csv": project_files.COLUMNS,
        "decisiones.csv": moderation_files.COLUMNS,
        "padrón": roll_csv.COLUMNS,
        "territorios.csv": csv_import.TERRITORY_COLUMNS,
        "temas.csv": csv_import.THEME_COLUMNS,
        "process file": reader.PROCESS_WORDS,
        "process file, phase": reader.PHASE_WORDS,
        "process file, component": reader.COMPONENT_WORDS,
    }
    for file, columns in headers.items():
        yield from (f"column {file}: {each}" for each in columns)
    yield from (f"word proyectos.csv: {each}" for each in project_files.STATUSES)
    yield from (f"file {each}" for each in (outcome_files.SUMS, outcome_files.RULE))


def of_source() -> Iterator[str]:
    """Return labels of keys, salts, tasks, metrics and names in the browser's storage."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = dict(_constants(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _called(node, texts)
    for path in sorted((SOURCE / "ui/static").glob("*.js")):
        found = re.findall(r'const [A-Z]+ = "(participa:[^"]*)"', path.read_text(encoding="utf-8"))
        yield from (f"browser storage {each}" for each in found)
    python = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    extensions = set(re.findall(r'extensions(?:\.\w+\(|\[)"(participa_\w+)"', python))
    yield from (
        f"metric {each}"
        for each in re.findall(r'"(participa_[a-z_]+)', python)
        if each not in extensions
    )


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        value = getattr(getattr(node, "value", None), "value", None)
        if isinstance(node, ast.Assign) and isinstance(value, str):
            yield from ((each.id, value) for each in node.targets if isinstance(each, ast.Name))


def _called(node: ast.Call, texts: dict[str, str]) -> Iterator[str]:
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    first = _text(node.args[0], texts) if node.args else None
    given = {each.arg: _text(each.value, texts) for each in node.keywords}
    if name in LABELLED and first:
        yield f"label {first}"
    if given.get("salt"):
        yield f"salt {given['salt']}"
    if name == "every" and first:
        yield f"task every_{first}"
    if name == "task" and given.get("name"):
        yield f"task {given['name']}"


def _text(node: ast.expr, texts: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    return texts.get(node.id) if isinstance(node, ast.Name) else None


def of_app(app: Flask) -> Iterator[str]:
    """Return cookies, variables, and the addresses that mails and papers carry."""
    yield f"cookie {app.config['SESSION_COOKIE_NAME']}"
    yield f"cookie {LOCALE_COOKIE}"
    yield from (f"variable {name}" for name, _default, _sentence in options())
    for rule in app.url_map.iter_rules():
        if "<token>" in rule.rule or rule.rule.endswith(("/recibo", "/archivos/<file>")):
            yield f"address {rule.rule}"


def kept() -> set[str]:
    """Return the names that were listed."""
    return set(FILE.read_text(encoding="utf-8").splitlines()) if FILE.exists() else set()


if __name__ == "__main__":
    FILE.write_text("\n".join(sorted(kept() | names())) + "\n", encoding="utf-8")
