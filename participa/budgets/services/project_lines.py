"""Lines of a file of projects: what each would add or change. Nothing is written here."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_ngettext as _ln
from sqlalchemy.orm import Session

from participa.budgets.models import SHEET, Project, ProjectStatus
from participa.budgets.queries import pots
from participa.budgets.queries import projects as queries
from participa.budgets.queries.projects import STATUSES as STATUS_LABELS
from participa.budgets.queries.projects import degrees
from participa.budgets.services.project_files import (
    COLUMNS,
    LABELS,
    REQUIRED,
    STATUSES,
    Changed,
    Difference,
    Plan,
)
from participa.budgets.services.projects import Checked, Draft, Places
from participa.core import tables, words
from participa.core.digits import whole_number
from participa.core.errors import Problem
from participa.core.i18n import format_money
from participa.core.money import typed_money
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView

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


LONGEST_SHOWN = 200
"""Characters of a text that a preview shows."""


def plan(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    table: tables.Table,
) -> Plan:
    """Return what a file would do now, with every problem by line and column."""
    reader = _Reader(session, organization, component, table)
    found = Plan(problems=table.problems, ignored=table.ignored, notes=[*table.notes])
    found.pots = reader.pot_names
    for line in table.lines:
        reader.read(line, found)
    if found.recognised:
        found.notes.append(
            _ln(
                "Una línea sin número es de un proyecto que ya está: mismo título y misma bolsa. "
                "No se agrega otra vez.",
                "%(num)s líneas sin número son de proyectos que ya están: mismo título y misma "
                "bolsa. No se agregan otra vez.",
                found.recognised,
            )
        )
    return found


class _Reader:
    """Reads the lines of a file into what they would do."""

    def __init__(
        self,
        session: Session,
        organization: OrganizationView,
        component: ComponentView,
        table: tables.Table,
    ) -> None:
        self.organization = organization
        self.used = table.used
        self.numbers: dict[int, int] = {}
        """The line of each project in the file."""
        self.titles: dict[tuple[str, int], int] = {}
        bags, kinds = pots.pots(session, component), pots.categories(session, component)
        self.pots, self.categories = _names(bags), _names(kinds)
        self.pot_names = {row.id: str(row.name) for row in bags}
        self.category_names = {row.id: str(row.name) for row in kinds}
        self.territories: dict[str, int] = {}
        for each in organization.territories_in_order():
            self.territories.setdefault(words.plain_name(each.name), each.id)
        for each in organization.territories.values():
            self.territories[words.plain_name(each.code)] = each.id
        self.existing: Mapping[int, Project] = queries.numbered(session, component.id)
        self.same: dict[tuple[str, int], list[Project]] = {}
        for row in self.existing.values():
            self.same.setdefault((words.plain(row.title), row.pot_id), []).append(row)
        self.allowed = Places(set(self.pots.values()), set(self.categories.values()))

    def read(self, line: tables.Line, found: Plan) -> None:
        cells, wrong = line.cells, list[tuple[str, Any]]()
        number = self._number(cells["numero"], line.number, wrong)
        row = self.existing.get(number) if number is not None else None
        if row is None and not wrong:
            row = self._same(cells, number, wrong)
            found.recognised += row is not None
        if row is not None and number is None:
            self._once(row.number, line.number, wrong)
        if row is None:
            wrong += [
                (name, _l("El proyecto es nuevo y al archivo le falta esta columna."))
                for name in REQUIRED
                if name not in self.used
            ]
        checked = Checked(self._draft(cells, row, wrong), self.organization, self.allowed)
        named = {column for column, _sentence in wrong}
        wrong += [
            (column, each.message)
            for each in checked.problems
            if (column := _COLUMN_OF.get(each.path, each.path)) not in named
        ]
        if not wrong:
            self._title_once(checked.values, row, line.number, wrong)
        found.problems += [Problem(column, sentence, line.number) for column, sentence in wrong]
        if wrong:
            return
        if row is None:
            found.added.append({**checked.values, "number": number})
            return
        values = self._said(checked.values, row)
        differences = [*self._differences(values, row)]
        if differences:
            found.changed.append(Changed(row, values, differences))
        else:
            found.unchanged += 1

    def _number(self, text: str, line: int, wrong: list[tuple[str, Any]]) -> int | None:
        if not text:
            return None
        number = whole_number(text)
        if not number:
            wrong.append(("numero", _l("Escriba un número entero desde 1.")))
            return None
        self._once(number, line, wrong)
        return number

    def _once(self, number: int, line: int, wrong: list[tuple[str, Any]]) -> None:
        if number in self.numbers:
            wrong.append(
                ("numero", _l("El número ya está en la línea %(line)s.", line=self.numbers[number]))
            )
        self.numbers.setdefault(number, line)

    def _same(
        self, cells: Mapping[str, str], number: int | None, wrong: list[tuple[str, Any]]
    ) -> Project | None:
        """Return the project that a line without a number is of: same title, same pot."""
        pot = self.pots.get(words.plain_name(cells["bolsa"]))
        known = self.same.get((words.plain(cells["titulo"]), pot or 0), [])
        if not known:
            return None
        numbers = ", ".join(str(row.number) for row in known)
        if number is not None:
            sentence = _l(
                "Ya hay un proyecto con ese título en esa bolsa: el %(number)s.", number=numbers
            )
        elif len(known) > 1:
            sentence = _l(
                "Varios proyectos tienen ese título en esa bolsa: diga cuál es (%(numbers)s).",
                numbers=numbers,
            )
        else:
            return known[0]
        wrong.append(("numero", sentence))
        return None

    def _title_once(
        self,
        values: Mapping[str, Any],
        row: Project | None,
        line: int,
        wrong: list[tuple[str, Any]],
    ) -> None:
        """Refuse two new projects with the same title in the same pot."""
        key = (words.plain(values["title"]), values["pot_id"])
        first = self.titles.setdefault(key, line)
        if first != line and row is None:
            sentence = _l(
                "Ese título ya está, en la misma bolsa, en la línea %(line)s.", line=first
            )
            wrong.append(("titulo", sentence))

    def _draft(
        self, cells: Mapping[str, str], row: Project | None, wrong: list[tuple[str, Any]]
    ) -> Draft:
        """Return what a line says; of what the file has no column for, what there is."""
        cells = {**self._present(row), **{name: cells[name] for name in self.used}}
        word = cells["estado"].lower()
        status = STATUSES.get(word) if word else row.status if row else ProjectStatus.FEASIBLE
        if status is None:
            wrong.append(
                ("estado", _l("Escriba uno de estos: %(known)s.", known=", ".join(STATUSES)))
            )
        return Draft(
            title=cells["titulo"],
            summary=cells["resumen"],
            body=cells["descripcion"],
            pot_id=self._known(self.pots, "bolsa", cells, wrong, row.pot_id if row else None),
            category_id=self._known(
                self.categories, "categoria", cells, wrong, row.category_id if row else None
            ),
            cost=cells["costo"],
            status=(status or ProjectStatus.DRAFT).value,
            territory_id=self._known(
                self.territories, "territorio", cells, wrong, row.territory_id if row else None
            ),
            latitude=cells["latitud"],
            longitude=cells["longitud"],
            sheet={name: cells[column] for name, column in _SHEET_COLUMNS.items()},
            feasibility=cells["viabilidad"],
        )

    def _present(self, row: Project | None) -> dict[str, str]:
        """Return the cells of a project as it is."""
        if row is None:
            return dict.fromkeys(COLUMNS, "")
        currency = self.organization.currency
        return dict.fromkeys(COLUMNS, "") | {
            "titulo": row.title,
            "resumen": row.summary,
            "descripcion": row.body,
            "costo": typed_money(row.cost, currency) if row.cost else "",
            "latitud": degrees(row.latitude),
            "longitud": degrees(row.longitude),
            "viabilidad": row.feasibility,
            **{column: str(row.sheet.get(name, "")) for name, column in _SHEET_COLUMNS.items()},
            "mantenimiento": typed_money(row.sheet["upkeep"], currency)
            if "upkeep" in row.sheet
            else "",
        }

    def _known(
        self,
        known: Mapping[str, int],
        column: str,
        cells: Mapping[str, str],
        wrong: list[tuple[str, Any]],
        present: int | None,
    ) -> int | None:
        if column not in self.used:
            return present
        text = cells[column]
        if not text:
            return None
        found = known.get(words.plain_name(text))
        if found is None:
            wrong.append((column, _l("No existe «%(name)s».", name=text)))
        return found

    def _said(self, values: Mapping[str, Any], row: Project) -> dict[str, Any]:
        """Return the values of what the file has columns for; nothing else is written."""
        said = {key: value for key, value in values.items() if _COLUMN_OF.get(key) in self.used}
        absent = [name for name, column in _SHEET_COLUMNS.items() if column not in self.used]
        if len(absent) < len(_SHEET_COLUMNS):
            kept = {name: row.sheet[name] for name in absent if name in row.sheet}
            said["sheet"] = {
                name: value for name, value in values["sheet"].items() if name not in absent
            } | kept
        return said

    def _differences(self, values: Mapping[str, Any], row: Project) -> Iterator[Difference]:
        for key, value in values.items():
            before = getattr(row, key)
            if before == value:
                continue
            if key != "sheet":
                yield Difference(
                    LABELS[_COLUMN_OF[key]], self._shown(key, before), self._shown(key, value)
                )
                continue
            for name, column in _SHEET_COLUMNS.items():
                was, becomes = before.get(name), value.get(name)
                if was != becomes:
                    yield Difference(
                        LABELS[column], self._shown(name, was), self._shown(name, becomes)
                    )

    def _shown(self, key: str, value: Any) -> str:
        if value is None or value == "":
            return ""
        if key == "status":
            return str(STATUS_LABELS[ProjectStatus(value)])
        if key in {"cost", "upkeep"}:
            return format_money(value, self.organization.currency) if value else ""
        if key in {"latitude", "longitude"}:
            return degrees(value)
        names = {"pot_id": self.pot_names, "category_id": self.category_names}.get(key)
        if names is not None:
            return names.get(value, "")
        if key == "territory_id":
            place = self.organization.territories.get(value)
            return place.name if place is not None else ""
        text = str(value)
        return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def _names(rows: Any) -> dict[str, int]:
    """Return the ids of pots or categories by key and by name in every language."""
    found = {words.plain_name(name): row.id for row in rows for name in row.name.values()}
    return found | {words.plain_name(row.key): row.id for row in rows}
