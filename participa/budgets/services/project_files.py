"""The file of projects: its columns, and what reading it gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from participa.budgets.models import Project, ProjectStatus
from participa.core import tables
from participa.core.errors import Problem

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
FILE = tables.Columns(
    COLUMNS,
    REQUIRED,
    identifier="numero",
    multiline=frozenset({"descripcion", "riesgos", "viabilidad"}),
    other_names={
        "n": "numero", "no": "numero", "nro": "numero", "num": "numero",
        "nombre": "titulo", "proyecto": "titulo", "nombre_proyecto": "titulo",
        "valor": "costo", "lat": "latitud", "lon": "longitud", "lng": "longitud",
        "long": "longitud",
    },
)  # fmt: skip
STATUSES: Mapping[str, ProjectStatus] = {
    "borrador": ProjectStatus.DRAFT,
    "viable": ProjectStatus.FEASIBLE,
    "no viable": ProjectStatus.INFEASIBLE,
    "retirado": ProjectStatus.WITHDRAWN,
}
"""How a file writes where a project stands; of a new one nothing is ``viable``."""
LABELS: Mapping[str, Any] = {
    "titulo": _l("Título"),
    "resumen": _l("Resumen"),
    "descripcion": _l("Descripción"),
    "bolsa": _l("Bolsa"),
    "categoria": _l("Categoría"),
    "costo": _l("Costo"),
    "estado": _l("Estado"),
    "territorio": _l("Lugar"),
    "latitud": _l("Latitud"),
    "longitud": _l("Longitud"),
    "area": _l("Área responsable"),
    "meses": _l("Meses"),
    "beneficiarios": _l("A quién beneficia"),
    "mantenimiento": _l("Mantenimiento al año"),
    "riesgos": _l("Riesgos"),
    "viabilidad": _l("Concepto de viabilidad"),
}
"""What people call the columns."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes of a project, in words: the value before and after, empty for none."""

    label: Any
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A project that is there, its values to be, and how they differ."""

    project: Project
    values: Mapping[str, Any]
    differences: Sequence[Difference]


@dataclass(slots=True)
class Plan:
    """What a file would do; applied whole or not at all."""

    added: list[dict[str, Any]] = field(default_factory=list)
    """Values of new projects, with their ``number`` (``None``: the next one)."""
    changed: list[Changed] = field(default_factory=list)
    unchanged: int = 0
    recognised: int = 0
    """Lines without a number that are of a project that is there: same title, same pot."""
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    pots: Mapping[int, str] = field(default_factory=dict)
    """Names by id."""

    @property
    def does_nothing(self) -> bool:
        """Whether the file says what already is."""
        return not (self.added or self.changed)
