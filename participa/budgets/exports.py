"""Rows of projects for open data, and for whoever works with a spreadsheet."""

from typing import Any

from sqlalchemy.orm import Session

from participa.budgets.models import ProjectStatus
from participa.budgets.queries import pots, projects
from participa.budgets.queries.projects import degrees
from participa.budgets.services.project_files import COLUMNS, STATUSES
from participa.core import tables
from participa.core.i18n import SOURCE_LOCALE
from participa.core.money import in_units
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView

_WORDS = {status: word for word, status in STATUSES.items()}


def projects_csv(
    session: Session,
    organization: OrganizationView,
    component: ComponentView,
    *,
    with_drafts: bool = False,
) -> str:
    """Return the projects of a vote as the CSV file that the import reads."""
    bags = {row.id: row.name.text(SOURCE_LOCALE) for row in pots.pots(session, component)}
    kinds = {row.id: row.name.text(SOURCE_LOCALE) for row in pots.categories(session, component)}
    rows = [
        _cells(row, organization, bags, kinds)
        for row in projects.every(session, component, with_texts=True)
        if with_drafts or row.status != ProjectStatus.DRAFT
    ]
    return tables.write(COLUMNS, [[row[name] for name in COLUMNS] for row in rows])


def _cells(
    row: Any, organization: OrganizationView, bags: dict[int, str], kinds: dict[int, str]
) -> dict[str, str]:
    sheet = row.sheet
    territory = organization.territories.get(row.territory_id)
    return {
        "numero": str(row.number),
        "titulo": row.title,
        "resumen": row.summary,
        "descripcion": row.body,
        "bolsa": bags[row.pot_id],
        "categoria": kinds.get(row.category_id, ""),
        "costo": in_units(row.cost, organization.currency) if row.cost else "",
        "estado": _WORDS[ProjectStatus(row.status)],
        "territorio": territory.code if territory is not None else "",
        "latitud": degrees(row.latitude),
        "longitud": degrees(row.longitude),
        "area": sheet.get("area", ""),
        "meses": str(sheet.get("months", "")),
        "beneficiarios": sheet.get("beneficiaries", ""),
        "mantenimiento": in_units(sheet["upkeep"], organization.currency)
        if "upkeep" in sheet
        else "",
        "riesgos": sheet.get("risks", ""),
        "viabilidad": row.feasibility,
    }
