"""Projects: add, change, remove."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.budgets import events
from participa.budgets.models import (
    ALT_LENGTH,
    BODY_LENGTH,
    FEASIBILITY_LENGTH,
    SHEET,
    SUMMARY_LENGTH,
    TITLE_LENGTH,
    Project,
    ProjectStatus,
)
from participa.budgets.queries import pots
from participa.budgets.queries import projects as queries
from participa.budgets.services.firm import Change
from participa.budgets.services.tallying import unit_of
from participa.contributions import texts
from participa.core import clock, pictures, words
from participa.core.digits import whole_number
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.facts import Ref
from participa.core.money import read_money
from participa.core.policy import Actor
from participa.core.sanitize import VERSION, markdown_to_html, normalize
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView
from participa.tally.election import WITHDRAWN

LARGEST_IMAGE = 6 * 1024 * 1024
"""Bytes."""
IMAGE_SIZE = (960, 640)
"""Width and height in pixels that a picture is made to fit."""
SWAPPED = 25
"""Degrees by which swapped coordinates must fit the time zone better to be told."""
_COORDINATE = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{1,15})?")


@dataclass(frozen=True, slots=True)
class Draft:
    """A project as staff typed it, in a form or in a file."""

    title: str
    pot_id: int | None
    cost: str = ""
    """Money as people write it; a draft may have none yet."""
    summary: str = ""
    body: str = ""
    status: str = ProjectStatus.FEASIBLE.value
    category_id: int | None = None
    territory_id: int | None = None
    latitude: str = ""
    longitude: str = ""
    language: str = ""
    """Empty: the organization's own."""
    sheet: Mapping[str, str] = field(default_factory=dict)
    feasibility: str = ""
    image_alt: str = ""
    without_picture: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where a project may stand: what its references are checked against."""

    pots: Collection[int]
    categories: Collection[int]


def places(session: Session, component: ComponentView) -> Places:
    """Return the pots and categories of a component."""
    return Places(
        {row.id for row in pots.pots(session, component)},
        {row.id for row in pots.categories(session, component)},
    )


def save(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    component: ComponentView,
    draft: Draft,
    project_id: int | None = None,
    *,
    picture: bytes | None = None,
    reason: str = "",
) -> int:
    """Add or change a project and return its id. Raises ``Denied``, ``Invalid``, ``Missing``."""
    made, wrong = _picture(picture)  # takes seconds: before anybody must wait
    change = Change(session, actor, component, reason)
    row = None
    if project_id is not None:
        row = queries.for_update(session, component.id, project_id)
    found = Checked(draft, organization, places(session, component))
    if change.is_firm and row is not None and row.status is not ProjectStatus.DRAFT:
        _stays(row, found)
    found.problems += wrong
    keeps = row is not None and row.image_version and not draft.without_picture
    if (made is not None or keeps) and not found.values["image_alt"]:
        found.problems.append(
            Problem("image_alt", _l("Diga qué se ve en la imagen, para quien no la ve."))
        )
    change.refuse(found.problems)
    if row is None:
        row = Project(component_id=component.id, number=queries.next_number(session, component.id))
        session.add(row)
    fill(row, found.values)
    if made is not None:
        row.image, row.image_version = made.data, made.digest
    elif draft.without_picture:
        row.image, row.image_version, row.image_alt = None, "", ""
    session.flush()
    change.record(
        events.ProjectSaved(row.title),
        _l("el proyecto %(number)s, «%(title)s»", number=row.number, title=row.title),
        Ref("budget_project", row.id),
    )
    return row.id


def _stays(row: Project, found: "Checked") -> None:
    """Refuse what would take a project out of ballots that name it, or put it among others."""
    if found.values["pot_id"] not in {None, row.pot_id}:
        sentence = _l(
            "Ya está en firme en su bolsa: no se pasa a otra. Retírelo con un motivo y agréguelo "
            "allá como otro proyecto."
        )
        found.problems.append(Problem("pot_id", sentence))
    if found.values["status"] is ProjectStatus.DRAFT:
        sentence = _l("Ya está en firme: no vuelve a ser borrador. Puede retirarlo con un motivo.")
        found.problems.append(Problem("status", sentence))


def remove(session: Session, actor: Actor, component: ComponentView, project_id: int) -> None:
    """Remove a project before it is firm. Raises ``Denied``, ``Conflict``, ``Missing``."""
    change = Change(session, actor, component)
    if change.is_firm:
        raise Conflict(
            _l("El proyecto ya está en firme: no se quita, pero se puede retirar con un motivo.")
        )
    row = queries.for_update(session, component.id, project_id)
    session.delete(row)
    change.record(events.ProjectRemoved(row.title), "")


class Checked:
    """A draft looked at: the values as they are kept, and every problem by field."""

    def __init__(self, draft: Draft, organization: OrganizationView, allowed: Places) -> None:
        self.problems: list[Problem] = []
        self.values: dict[str, Any] = {}
        self._organization = organization
        self._texts(draft)
        status = self._status(draft.status)
        self._places(draft, allowed)
        self._cost(draft.cost, status)
        self._sheet(draft.sheet)
        latitude = self._coordinate("latitude", draft.latitude, 90)
        longitude = self._coordinate("longitude", draft.longitude, 180)
        if bool(draft.latitude.strip()) != bool(draft.longitude.strip()):
            empty = "longitude" if draft.latitude.strip() else "latitude"
            self._problem(empty, _l("Escriba las dos coordenadas o ninguna."))
        if latitude is not None and longitude is not None:
            self._not_swapped(latitude, longitude)
        self.values |= {"latitude": latitude, "longitude": longitude}
        if status is ProjectStatus.INFEASIBLE and not self.values["feasibility"]:
            self._problem(
                "feasibility", _l("Diga por qué no es viable: se muestra con el proyecto.")
            )

    def _problem(self, path: str, sentence: Any) -> None:
        self.problems.append(Problem(path, sentence))

    def _texts(self, draft: Draft) -> None:
        missing = _l("Escriba un título.")
        limits = {
            "title": TITLE_LENGTH,
            "summary": (0, SUMMARY_LENGTH),
            "body": (0, BODY_LENGTH),
            "feasibility": (0, FEASIBILITY_LENGTH),
            "image_alt": (0, ALT_LENGTH),
        }
        for name, (least, most) in limits.items():
            text = normalize(getattr(draft, name))
            if name == "title":
                text = re.sub(r"\s+", " ", text)
            self.problems += texts.problems(name, text, least, most, missing=missing)
            self.values[name] = text
        language = draft.language or self._organization.locale
        if language not in self._organization.locales:
            self._problem("language", _l("Elija un idioma de la lista."))
        self.values["language"] = language

    def _status(self, status: str) -> ProjectStatus:
        if status not in set(ProjectStatus):
            self._problem("status", _l("Elija un estado de la lista."))
            status = ProjectStatus.DRAFT
        self.values["status"] = ProjectStatus(status)
        return ProjectStatus(status)

    def _places(self, draft: Draft, allowed: Places) -> None:
        if draft.pot_id not in allowed.pots:
            self._problem("pot_id", _l("Elija la bolsa del proyecto."))
        if draft.category_id is not None and draft.category_id not in allowed.categories:
            self._problem("category_id", _l("Elija una categoría de la lista."))
        if (
            draft.territory_id is not None
            and draft.territory_id not in self._organization.territories
        ):
            self._problem("territory_id", _l("Elija un lugar de la lista."))
        self.values |= {
            name: getattr(draft, name) for name in ("pot_id", "category_id", "territory_id")
        }

    def _cost(self, text: str, status: ProjectStatus) -> None:
        self.values["cost"] = 0
        if status is ProjectStatus.DRAFT and not text.strip():
            return
        cost, problem = read_money(text, self._organization.currency)
        if problem is None and not cost and status is not ProjectStatus.DRAFT:
            problem = _l("El proyecto debe costar algo.")
        if problem is None and cost and _says_withdrawn(cost, self._organization):
            problem = _l(
                "Escriba otro costo, por ejemplo uno menos: en los archivos con los que "
                "cualquiera cuenta los votos, este quiere decir que el proyecto se retiró."
            )
        if problem is not None:
            self._problem("cost", problem)
        self.values["cost"] = cost or 0

    def _sheet(self, sheet: Mapping[str, str]) -> None:
        kept: dict[str, Any] = {}
        for name, (_label, most) in SHEET.items():
            text = normalize(sheet.get(name, ""))
            path = f"sheet_{name}"
            wrong = texts.problems(path, text, 0, most, missing="")
            self.problems += wrong
            if not text or wrong:
                continue
            if name == "upkeep":
                amount, problem = read_money(text, self._organization.currency)
                if problem is not None:
                    self._problem(path, problem)
                kept[name] = amount
            elif name == "months":
                kept[name] = whole_number(text)
                if kept[name] is None:
                    self._problem(path, _l("Escriba cuántos meses, con cifras."))
            else:
                kept[name] = text
        self.values["sheet"] = kept

    def _coordinate(self, path: str, text: str, most: int) -> float | None:
        bare = text.strip().replace("\u2212", "-")
        if not bare:
            return None
        number = float(bare.replace(",", ".")) if _COORDINATE.fullmatch(bare) else None
        if number is None or abs(number) > most:
            self._problem(
                path,
                _l(
                    "Escriba grados con decimales, de -%(most)s a %(most)s, por ejemplo 4,6097.",
                    most=most,
                ),
            )
            return None
        return number

    def _not_swapped(self, latitude: float, longitude: float) -> None:
        """Refuse coordinates that are far from the city's time zone and near it when swapped."""
        offset = clock.now().astimezone(self._organization.zone).utcoffset()
        meridian = offset.total_seconds() / 240 if offset else 0  # a degree is four minutes
        if meridian and abs(latitude - meridian) + SWAPPED < abs(longitude - meridian):
            self._problem(
                "latitude", _l("Parece que la latitud y la longitud están cambiadas: revíselas.")
            )


def fill(row: Project, values: Mapping[str, Any]) -> None:
    """Put checked values into a row, with its safe HTML and its search words."""
    for name, value in values.items():
        setattr(row, name, value)
    row.body_html = markdown_to_html(row.body)
    row.body_html_version = VERSION
    row.search_text = words.normalize(f"{row.number} {row.title} {row.summary} {row.body}")


def _says_withdrawn(cost: int, organization: OrganizationView) -> bool:
    whole, rest = divmod(cost, unit_of(organization))
    return not rest and whole >= WITHDRAWN and set(str(whole)) == {"9"}


def _picture(data: bytes | None) -> tuple[pictures.Picture | None, Sequence[Problem]]:
    if data is None:
        return None, ()
    try:
        made = pictures.read(data, size=IMAGE_SIZE, largest_file=LARGEST_IMAGE, path="image")
    except Invalid as error:
        return None, error.problems
    return made, ()
