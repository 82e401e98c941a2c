"""Projects from a file: the whole of it, or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import events
from participa.budgets.models import SHEET, Project, ProjectStatus
from participa.budgets.queries import pots
from participa.budgets.queries import projects as queries
from participa.budgets.services.firm import Change
from participa.budgets.services.projects import Checked, Draft, Places, fill
from participa.core import spreadsheets, tables, words
from participa.core.db import reading
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.policy import Actor
from participa.organizations import queries as organizations
from participa.organizations.queries import OrganizationView
from participa.organizations.services.imports import keep
from participa.processes.snapshot import ComponentView

COLUMNS: Mapping[str, int] = {
    "numero": 9,
    "titulo": 200,
    "resumen": 500,
    "descripcion": 20_000,
    "bolsa": 80,
    "categoria": 80,
    "costo": 40,
    "estado": 20,
    "territorio": 160,
    "latitud": 20,
    "longitud": 20,
    "area": 160,
    "meses": 3,
    "beneficiarios": 300,
    "mantenimiento": 40,
    "riesgos": 1000,
    "viabilidad": 5000,
}
"""Columns of the file with the most characters of each."""
REQUIRED = ("titulo", "bolsa", "costo")
MULTILINE = frozenset({"descripcion", "riesgos", "viabilidad"})
STATUSES: Mapping[str, ProjectStatus] = {
    "borrador": ProjectStatus.DRAFT,
    "viable": ProjectStatus.FEASIBLE,
    "no viable": ProjectStatus.INFEASIBLE,
    "retirado": ProjectStatus.WITHDRAWN,
}
"""How a file writes where a project stands; nothing is ``viable``."""
_SHEET_COLUMNS = dict(
    zip(SHEET, ("area", "meses", "beneficiarios", "mantenimiento", "riesgos"), strict=True)
)
_COLUMN_OF = {
    "title": "titulo",
    "summary": "resumen",
    "body": "descripcion",
    "pot_id": "bolsa",
    "category_id": "categoria",
    "cost": "costo",
    "status": "estado",
    "territory_id": "territorio",
    "latitude": "latitud",
    "longitude": "longitud",
    "feasibility": "viabilidad",
    **{f"sheet_{name}": column for name, column in _SHEET_COLUMNS.items()},
}


@dataclass(slots=True)
class Plan:
    """What a file would do; applied whole or not at all."""

    added: list[dict[str, Any]] = field(default_factory=list)
    """Values of new projects, with their ``number`` (``None``: the next one)."""
    changed: list[tuple[Project, dict[str, Any], list[str]]] = field(default_factory=list)
    """A project, its values to be, and the columns that differ."""
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def does_nothing(self) -> bool:
        """Whether the file says what already is."""
        return not (self.added or self.changed)


def upload(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    data: bytes,
    *,
    name: str = "",
) -> str:
    """Keep a file for its preview and return its code.

    Raises ``Denied``, and ``Invalid`` when nothing of it can be read.
    """
    table = _table(data)
    _change(session, actor, component)
    found = _plan(session, organization, component, table)
    if found.problems and found.does_nothing and not found.unchanged:
        raise Invalid([Problem("file", str(each), each.line) for each in _first(found.problems)])
    return keep(session, actor, organization, kind(component), data, name=name)


def apply(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    code: str,
) -> Plan:
    """Do what a file says, whole.

    Raises ``Denied``, ``Missing``, ``Conflict`` when it would do nothing, and ``Invalid`` with
    every problem when there is one.
    """
    with reading(session):
        data = organizations.upload(session, kind(component), code).body
    table = _table(data)
    change = _change(session, actor, component)
    row = organizations.upload(session, kind(component), code)
    found = _plan(session, organization, component, table)
    if found.problems:
        raise Invalid(found.problems)
    if found.does_nothing:
        raise Conflict(_l("El archivo dice lo que ya hay: no se cambió nada."))
    following = queries.next_number(session, component.id)
    following = max([following, *[each["number"] + 1 for each in found.added if each["number"]]])
    for values in found.added:
        number = values["number"]
        if number is None:
            number, following = following, following + 1
        project = Project(component_id=component.id, number=number)
        fill(project, {key: value for key, value in values.items() if key != "number"})
        session.add(project)
    for project, values, _columns in found.changed:
        fill(project, values)
    session.delete(row)
    session.flush()
    change.record(events.ProjectsImported(len(found.added), len(found.changed)), "")
    return found


def kind(component: ComponentView) -> str:
    """Return under which word the files of a component wait for their confirmation."""
    return f"projects-{component.id}"[:20]


def _change(session: Session, actor: Actor, component: ComponentView) -> Change:
    change = Change(session, actor, component)
    if change.is_firm:
        raise Conflict(_l("Los proyectos ya están en firme: no se importan más."))
    return change


def plan(
    session: Session, organization: OrganizationView, component: ComponentView, data: bytes
) -> Plan:
    """Return what a file would do now, with every problem by line and column."""
    return _plan(session, organization, component, _table(data))


def _plan(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    table: tables.Table,
) -> Plan:
    reader = _Reader(session, organization, component)
    found = Plan(problems=table.problems, ignored=table.ignored)
    seen: dict[int, int] = {}
    for line in table.lines:
        reader.read(line, found, seen)
    return found


def _table(data: bytes) -> tables.Table:
    """Read a file, which may take seconds: before anything is asked of the database to write."""
    if not spreadsheets.is_workbook(data):
        return tables.read_table(data, COLUMNS, REQUIRED, multiline=MULTILINE)
    if len(data) > tables.LARGEST_FILE:
        return tables.Table(problems=[Problem("", _l("El archivo pesa más de 2 MB."))])
    try:
        rows = spreadsheets.rows(data, path="")
        return tables.read_rows(rows, COLUMNS, REQUIRED, multiline=MULTILINE)
    except Invalid as error:
        return tables.Table(problems=list(error.problems))


def _first(problems: list[Problem]) -> list[Problem]:
    return problems[: tables.MOST_PROBLEMS]


class _Reader:
    """Reads the lines of a file into what they would do."""

    def __init__(
        self, session: Session, organization: OrganizationView, component: ComponentView
    ) -> None:
        self.organization = organization
        self.pots = _names(pots.pots(session, component))
        self.categories = _names(pots.categories(session, component))
        self.territories: dict[str, int] = {}
        for each in organization.territories_in_order():
            self.territories.setdefault(words.plain(each.name), each.id)
        for each in organization.territories.values():
            self.territories[words.plain(each.code)] = each.id
        self.existing = queries.numbered(session, component.id)
        self.allowed = Places(set(self.pots.values()), set(self.categories.values()))

    def read(self, line: tables.Line, found: Plan, seen: dict[int, int]) -> None:
        cells, wrong = line.cells, list[tuple[str, Any]]()
        number = self._number(cells["numero"], line.number, seen, wrong)
        checked = Checked(self._draft(cells, wrong), self.organization, self.allowed)
        named = {column for column, _sentence in wrong}
        wrong += [
            (column, each.message)
            for each in checked.problems
            if (column := _COLUMN_OF.get(each.path, each.path)) not in named
        ]
        found.problems += [Problem(column, sentence, line.number) for column, sentence in wrong]
        if wrong:
            return
        row = self.existing.get(number) if number is not None else None
        values = checked.values
        if row is None:
            found.added.append({**values, "number": number})
            return
        # A file says nothing of the picture nor of the language.
        values = {
            key: value for key, value in values.items() if key not in {"image_alt", "language"}
        }
        differing = [
            _COLUMN_OF.get(key, key) for key, value in values.items() if getattr(row, key) != value
        ]
        if differing:
            found.changed.append((row, values, differing))
        else:
            found.unchanged += 1

    def _number(
        self, text: str, line: int, seen: dict[int, int], wrong: list[tuple[str, Any]]
    ) -> int | None:
        if not text:
            return None
        number = whole_number(text)
        if not number:
            wrong.append(("numero", _l("Escriba un número entero desde 1.")))
            return None
        if number in seen:
            wrong.append(
                ("numero", _l("El número ya está en la línea %(line)s.", line=seen[number]))
            )
        seen.setdefault(number, line)
        return number

    def _draft(self, cells: Mapping[str, str], wrong: list[tuple[str, Any]]) -> Draft:
        status = STATUSES.get(cells["estado"].lower() or "viable")
        if status is None:
            wrong.append(
                ("estado", _l("Escriba uno de estos: %(known)s.", known=", ".join(STATUSES)))
            )
        return Draft(
            title=cells["titulo"],
            summary=cells["resumen"],
            body=cells["descripcion"],
            pot_id=self._known(self.pots, "bolsa", cells, wrong),
            category_id=self._known(self.categories, "categoria", cells, wrong),
            cost=cells["costo"],
            status=(status or ProjectStatus.DRAFT).value,
            territory_id=self._known(self.territories, "territorio", cells, wrong),
            latitude=cells["latitud"],
            longitude=cells["longitud"],
            sheet={name: cells[column] for name, column in _SHEET_COLUMNS.items()},
            feasibility=cells["viabilidad"],
        )

    def _known(
        self,
        known: Mapping[str, int],
        column: str,
        cells: Mapping[str, str],
        wrong: list[tuple[str, Any]],
    ) -> int | None:
        text = cells[column]
        if not text:
            return None
        found = known.get(words.plain(text))
        if found is None:
            wrong.append((column, _l("No existe «%(name)s».", name=text)))
        return found


def _names(rows: Any) -> dict[str, int]:
    """Return the ids of pots or categories by key and by name in every language."""
    found = {words.plain(name): row.id for row in rows for name in row.name.values()}
    return found | {words.plain(row.key): row.id for row in rows}
