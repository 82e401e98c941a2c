"""Changing the organization's own data."""

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import sqlalchemy as sa
from babel import Locale
from babel.numbers import list_currencies
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from participa.core import clock
from participa.core.errors import Conflict, Invalid, Problem
from participa.core.events import record
from participa.core.i18n import SUPPORTED_LOCALES, Localized, in_languages
from participa.core.pictures import Picture
from participa.core.policy import Actor, authorize
from participa.core.sanitize import control_characters, normalize
from participa.core.settings import localized
from participa.organizations import colours, events, logo, policy
from participa.organizations.models import Organization
from participa.organizations.queries import OrganizationView

THEMES: Mapping[str, Any] = {"neutral": _l("Neutro"), "govco": _l("GOV.CO (entidades de Colombia)")}
"""The looks that an organization may choose."""

SUMMARY_LENGTH = 300
FOOTER_LENGTH = 500
CONSENT_LENGTH = 6000
ENOUGH_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: for text of any size."""
PAPER = "#e6e4df"
"""The darkest of the light grounds of the stylesheet: the paper with an accent's own tint on it."""

LABELS: Mapping[str, Any] = {
    "name": _l("nombre"),
    "summary": _l("resumen"),
    "locales": _l("idiomas"),
    "locale": _l("idioma principal"),
    "country": _l("país"),
    "time_zone": _l("zona horaria"),
    "currency": _l("moneda"),
    "accent": _l("color"),
    "theme": _l("estilo"),
    "address": _l("dirección"),
    "hours": _l("horario"),
    "phone": _l("teléfono"),
    "email": _l("correo"),
    "reporting_url": _l("canal de denuncias"),
    "footer": _l("pie de página"),
    "consent_text": _l("texto de consentimiento"),
    "consent_version": _l("versión del consentimiento"),
    "staff_second_factor": _l("segundo paso de seguridad"),
    "logo": _l("logo"),
}


GRACE = dt.timedelta(days=7)
"""How long people with a role have for their second factor once it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """What an organization says of itself; the whole of it is given with every change."""

    name: str
    summary: Localized
    locales: tuple[str, ...]
    locale: str
    country: str
    time_zone: str
    currency: str
    accent: str
    theme: str
    address: str
    hours: str
    phone: str
    email: str
    reporting_url: str
    footer: Localized
    consent_text: Localized
    consent_version: str
    staff_second_factor: bool


def entity_of(organization: OrganizationView) -> Entity:
    """Return an organization's present data, to be changed with ``dataclasses.replace``."""
    return Entity(
        **{each.name: getattr(organization, each.name) for each in dataclasses.fields(Entity)}
    )


def edit(
    session: Session,
    actor: Actor,
    organization: OrganizationView,
    entity: Entity,
    *,
    version: int,
    picture: bytes | None = None,
    without_logo: bool = False,
) -> list[str]:
    """Save the organization's data and return the names of the fields that changed.

    ``version`` is the one that the form was filled from. Raises :class:`Conflict` when somebody
    saved meanwhile, and :class:`Invalid` with every problem, by field.
    """
    picture_read, wrong = _picture(picture)  # takes seconds: before anybody must wait
    row = lock(session, organization)
    authorize(policy.EDIT, actor, organization, at=clock.now())
    if row.version != version:
        raise Conflict(
            _l(
                "Otra persona cambió los datos de la entidad mientras usted escribía."
                " Nada se guardó todavía."
            )
        )
    entity, problems = checked(entity, entity_of(organization))
    problems += wrong
    if problems:
        raise Invalid(problems)
    changed = [
        each.name
        for each in dataclasses.fields(Entity)
        if _plain(getattr(row, each.name)) != _plain(getattr(entity, each.name))
    ]
    for name in changed:
        value = getattr(entity, name)
        setattr(row, name, list(value) if isinstance(value, tuple) else value)
    if picture_read is not None and picture_read.digest != row.logo_digest:
        row.logo, row.logo_digest = picture_read.data, picture_read.digest
        changed.append("logo")
    elif without_logo and picture_read is None and row.logo is not None:
        row.logo, row.logo_digest = None, None
        changed.append("logo")
    if "staff_second_factor" in changed:
        row.staff_second_factor_from = clock.now() + GRACE if row.staff_second_factor else None
    if "time_zone" in changed:
        row.processes_version += 1  # the views of processes that are kept in memory have a zone
    if changed:
        row.version += 1
        summary = in_languages(
            lambda: ", ".join(str(LABELS[name]) for name in changed), organization.locales
        )
        record(
            session,
            events.OrganizationEdited(summary, changed),
            actor=actor,
            organization_id=organization.id,
        )
    return changed


def _picture(data: bytes | None) -> tuple[Picture | None, Sequence[Problem]]:
    try:
        return (logo.read(data) if data is not None else None), ()
    except Invalid as error:
        return None, error.problems


def lock(session: Session, organization: OrganizationView) -> Organization:
    """Return the organization's row, locked until the transaction ends."""
    return session.scalars(
        sa.select(Organization)
        .where(Organization.id == organization.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _plain(value: Any) -> Any:
    if isinstance(value, Localized):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def checked(entity: Entity, before: Entity) -> tuple[Entity, list[Problem]]:
    """Return the data tidied, and every problem found in it."""
    problems: list[Problem] = []
    values: dict[str, Any] = {}
    for name, maximum, required in (
        ("name", 160, True),
        ("address", 300, False),
        ("hours", 200, False),
        ("phone", 80, False),
        ("email", 254, False),
        ("reporting_url", 500, False),
        ("consent_version", 20, True),
    ):
        values[name] = text(problems, name, getattr(entity, name), maximum, required=required)
    for name, maximum in (
        ("summary", SUMMARY_LENGTH),
        ("footer", FOOTER_LENGTH),
        ("consent_text", CONSENT_LENGTH),
    ):
        tidy = {code: normalize(each) for code, each in getattr(entity, name).items()}
        good, problem = localized(tidy, maximum)
        if problem is not None:
            problems.append(Problem(name, _l("Revise este texto: %(problem)s.", problem=problem)))
        values[name] = good if problem is None else getattr(entity, name)
    entity = dataclasses.replace(entity, **values)
    problems += [*_places_problems(entity), *_contact_problems(entity), *_look_problems(entity)]
    if dict(entity.consent_text) != dict(before.consent_text) and (
        entity.consent_version == before.consent_version and before.consent_text
    ):
        problems.append(
            Problem(
                "consent_version",
                _l(
                    "Cambió el texto de consentimiento: póngale una versión nueva"
                    " (ahora es «%(version)s»), para saber quién aceptó cuál.",
                    version=before.consent_version,
                ),
            )
        )
    return entity, problems


def _places_problems(entity: Entity) -> list[Problem]:
    problems = []
    if not entity.locales or set(entity.locales) - set(SUPPORTED_LOCALES):
        problems.append(Problem("locales", _l("Elija al menos un idioma de la lista.")))
    elif entity.locale not in entity.locales:
        problems.append(Problem("locale", _l("El idioma principal debe ser uno de los elegidos.")))
    if entity.country not in Locale("es").territories or not re.fullmatch(
        r"[A-Z]{2}", entity.country
    ):
        problems.append(Problem("country", _l("Elija un país de la lista.")))
    if entity.time_zone not in available_timezones():
        problems.append(Problem("time_zone", _l("Elija una zona horaria de la lista.")))
    if entity.currency not in list_currencies():
        problems.append(Problem("currency", _l("Elija una moneda de la lista.")))
    return problems


def _contact_problems(entity: Entity) -> list[Problem]:
    problems = []
    if entity.email and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", entity.email):
        problems.append(Problem("email", _l("Escriba un correo como participa@entidad.gov.co.")))
    if entity.reporting_url:
        try:
            parts = urlsplit(entity.reporting_url)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            problems.append(
                Problem("reporting_url", _l("Escriba la dirección completa, desde https://."))
            )
    return problems


def _look_problems(entity: Entity) -> list[Problem]:
    problems = []
    if entity.theme not in THEMES:
        problems.append(Problem("theme", _l("Elija un estilo de la lista.")))
    if not re.fullmatch(r"#[0-9a-f]{6}", entity.accent):
        problems.append(
            Problem(
                "accent", _l("Escriba el color como #0b5c53: seis cifras o letras de la a a la f.")
            )
        )
        return problems
    ratio = colours.contrast(entity.accent, PAPER)
    if ratio < ENOUGH_CONTRAST:
        problems.append(
            Problem(
                "accent",
                _l(
                    "Este color no se lee bien sobre el papel: contraste %(ratio)s a 1,"
                    " y hace falta 4,5 a 1. Pruebe %(darker)s, que es el mismo más oscuro.",
                    ratio=f"{ratio:.1f}".replace(".", ","),
                    darker=colours.darkened(entity.accent, PAPER),
                ),
            )
        )
    return problems


def text(
    problems: list[Problem], path: str, value: str, maximum: int, *, required: bool = False
) -> str:
    """Return a line of text tidied; adds what is wrong with it to ``problems``."""
    tidy = normalize(value)
    found = control_characters(tidy)
    if found or "\n" in tidy or "\t" in tidy:
        problems.append(
            Problem(
                path, _l("Hay caracteres invisibles que no se pueden guardar. Escríbalo de nuevo.")
            )
        )
    elif len(tidy) > maximum:
        problems.append(
            Problem(
                path,
                _l(
                    "Tiene %(length)s caracteres; el máximo es %(maximum)s.",
                    length=len(tidy),
                    maximum=maximum,
                ),
            )
        )
    elif required and not tidy:
        problems.append(Problem(path, _l("Este dato hace falta.")))
    return tidy
