"""The shape of what staff type about the entity, its territories and its themes."""

import re
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import get_currency_name, list_currencies
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, Length

from participa.admin.opened import Opened
from participa.core import table_files
from participa.core.i18n import SUPPORTED_LOCALES, Localized, current_locale
from participa.core.tables import MOST_ROWS
from participa.organizations.queries import OrganizationView
from participa.organizations.services.entity import (
    CONSENT_LENGTH,
    FOOTER_LENGTH,
    SUMMARY_LENGTH,
    THEMES,
    Entity,
    entity_of,
)
from participa.ui.choices import options
from participa.ui.forms import localized_of

MOST_IN_A_LIST = 400
"""Territories: more would make a list that nobody can use."""


def at_most(length: int) -> list[Any]:
    """Return the validators of a text: they tell the page; it is the service that checks."""
    return [Length(max=length)]


def needed(length: int | None = None) -> list[Any]:
    """Return the validators of what cannot be left empty."""
    return [InputRequired(), *([Length(max=length)] if length else [])]


class EntityForm(FlaskForm):
    version = HiddenField()
    name = StringField(_l("Nombre"), validators=needed(160))
    locales = SelectMultipleField(
        _l("Idiomas que se ofrecen"),
        choices=options(SUPPORTED_LOCALES.items()),
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
        validate_choice=False,
    )
    locale = SelectField(
        _l("Idioma principal"), choices=options(SUPPORTED_LOCALES.items()), validate_choice=False
    )
    country = SelectField(_l("País"), validate_choice=False)
    time_zone = SelectField(
        _l("Zona horaria"),
        description=_l("Las fases abren y cierran a la hora de este lugar."),
        choices=options(
            (zone, zone) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"
        ),
        validate_choice=False,
    )
    clock_times = RadioField(
        _l("Las fechas de las fases, con la zona horaria nueva"),
        choices=options(
            [
                (
                    "keep",
                    _l("Dejar los días y horas que dicen: cambia el momento en que ocurren"),
                ),
                ("move", _l("Dejar el momento en que ocurren: cambian los días y horas")),
            ]
        ),
        validate_choice=False,
    )
    currency = SelectField(_l("Moneda"), validate_choice=False)
    accent = StringField(
        _l("Color de la entidad"),
        description=_l(
            "Se usa en botones y enlaces. Debe leerse bien: contraste de 4,5 a 1 o más."
        ),
        validators=needed(),
        render_kw={"type": "color"},
    )
    theme = SelectField(_l("Estilo"), choices=options(THEMES.items()), validate_choice=False)
    logo = FileField(
        _l("Logo"),
        description=_l("PNG, JPEG, WebP o GIF de hasta 2 MB. Se reduce a 400 por 120 puntos."),
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )
    without_logo = BooleanField(_l("Quitar el logo"))
    address = StringField(_l("Dirección"), validators=at_most(300))
    hours = StringField(_l("Horario de atención"), validators=at_most(200))
    phone = StringField(_l("Teléfono"), validators=at_most(80))
    email = StringField(_l("Correo"), validators=at_most(254), render_kw={"type": "email"})
    reporting_url = StringField(
        _l("Dónde denunciar corrupción"),
        description=_l("Una dirección completa, desde https://. Sale al pie de cada página."),
        validators=at_most(500),
        render_kw={"inputmode": "url"},
    )
    consent_version = StringField(
        _l("Versión del texto"),
        description=_l("Póngale una nueva cada vez que cambie el texto, por ejemplo 2026-2."),
        validators=needed(20),
    )
    staff_second_factor = BooleanField(
        _l("Pedir un segundo paso de seguridad a quienes tienen un rol"),
        description=_l("Además de la contraseña, un código del teléfono."),
    )

    def entity(self, before: OrganizationView) -> Entity:
        """Return what was typed, as the service takes it; texts in languages not asked for stay."""
        plain = (
            *("name", "locale", "country", "time_zone", "currency", "theme", "address", "hours"),
            *("phone", "email", "reporting_url", "consent_version"),
        )
        return Entity(
            **{name: self[name].data or "" for name in plain},
            accent=(self.accent.data or "").strip().lower(),
            locales=tuple(self.locales.data or ()),
            summary=localized_of(self, "summary", before.summary),
            footer=localized_of(self, "footer", before.footer),
            consent_text=localized_of(self, "consent_text", before.consent_text),
            staff_second_factor=bool(self.staff_second_factor.data),
        )


def opened_entity(organization: OrganizationView) -> Opened:
    """Return what the entity's form is filled from, and its version."""
    return Opened(organization.version, as_document(entity_of(organization)))


def as_document(entity: Entity) -> dict[str, Any]:
    """Return an entity's data as plain values, to be compared place by place."""
    values = {each: getattr(entity, each) for each in Entity.__dataclass_fields__}
    return {
        name: dict(value)
        if isinstance(value, Localized)
        else list(value)
        if isinstance(value, tuple)
        else value
        for name, value in values.items()
    }


def entity_form(organization: OrganizationView, shown: Entity | None = None) -> EntityForm:
    """Return the entity's form with one field per language, filled from what is saved.

    ``shown`` is what it shows instead of what was posted, if anything.
    """
    fields: dict[str, Any] = {}
    for code, language in _languages(organization).items():
        fields[f"summary_{code}"] = TextAreaField(
            _l("Resumen (%(language)s)", language=language), validators=at_most(SUMMARY_LENGTH)
        )
        fields[f"footer_{code}"] = TextAreaField(
            _l("Pie de página (%(language)s)", language=language),
            validators=at_most(FOOTER_LENGTH),
        )
        fields[f"consent_text_{code}"] = TextAreaField(
            _l("Texto (%(language)s)", language=language), validators=at_most(CONSENT_LENGTH)
        )
    saved = {
        name: getattr(shown or organization, name)
        for name in Entity.__dataclass_fields__
        if name not in {"summary", "footer", "consent_text"}
    }
    for code in _languages(organization):
        for name in ("summary", "footer", "consent_text"):
            saved[f"{name}_{code}"] = getattr(shown or organization, name).get(code, "")
    kind: Any = type("LocalizedEntityForm", (EntityForm,), fields)
    posted = {} if shown is None else {"formdata": None}
    form: EntityForm = kind(
        data={**saved, "version": opened_entity(organization).token()}, **posted
    )
    reading = Locale(current_locale())
    form.country.choices = options(
        sorted(
            (
                (code, name)
                for code, name in reading.territories.items()
                if re.fullmatch(r"[A-Z]{2}", code)
            ),
            key=lambda pair: pair[1],
        )
    )
    form.currency.choices = options(
        (code, f"{code} · {get_currency_name(code, locale=reading)}")
        for code in sorted(list_currencies())
    )
    return form


def _languages(organization: OrganizationView) -> dict[str, str]:
    return {
        code: SUPPORTED_LOCALES[code] for code in organization.locales if code in SUPPORTED_LOCALES
    }


class TerritoryForm(FlaskForm):
    name = StringField(_l("Nombre"), validators=needed(160))
    code = StringField(
        _l("Código"),
        description=_l("Corto y sin espacios, como 11001 o la-loma. No cambia después."),
        validators=needed(60),
    )
    level = StringField(
        _l("Nivel"),
        description=_l("Qué es: municipio, comuna, corregimiento, barrio, vereda…"),
        validators=needed(40),
        render_kw={"list": "niveles"},
    )


def territory_form(organization: OrganizationView, *, new: bool, **values: Any) -> TerritoryForm:
    """Return a territory's form; few territories are chosen from a list, many by their code."""
    places = organization.territories_in_order()
    if len(places) <= MOST_IN_A_LIST:
        parent: Any = SelectField(
            _l("Está dentro de"),
            choices=options(
                [
                    ("", _l("Nada: es el primer nivel")),
                    *[(each.code, _indented(each)) for each in places],
                ]
            ),
            validate_choice=False,
        )
    else:
        parent = StringField(
            _l("Código de lo que lo contiene"),
            description=_l("Déjelo vacío para el primer nivel."),
            validators=at_most(60),
        )
    kind: Any = type("PlacedTerritoryForm", (TerritoryForm,), {"parent_id": parent})
    form: TerritoryForm = kind(data=values)
    if not new:
        del form.code
    return form


def _indented(territory: Any) -> str:
    indent = "\u2003" * (len(territory.path) - 1)
    return f"{indent}{territory.name} ({territory.level})"


class ThemeForm(FlaskForm):
    code = StringField(
        _l("Código"),
        description=_l("Corto y sin espacios, como agua o vias. No cambia después."),
        validators=needed(60),
    )
    name_es = StringField(_l("Nombre (Español)"), validators=needed(160))
    name_en = StringField(_l("Nombre (English)"), validators=at_most(160))
    name_pt = StringField(_l("Nombre (Português)"), validators=at_most(160))
    place = StringField(
        _l("Lugar en la lista"),
        description=_l("1 es el primero."),
        validators=at_most(6),
        render_kw={"inputmode": "numeric"},
    )


class UploadForm(FlaskForm):
    file = FileField(
        _l("Archivo CSV, XLSX u ODS"),
        description=_l("Hasta 2 MB y %(rows)s filas.", rows=MOST_ROWS),
        validators=needed(),
        render_kw={"accept": table_files.ACCEPT},
    )
    remove_missing = BooleanField(
        _l("Quitar lo que no esté en el archivo"),
        description=_l("Lo que esté en uso no se quita: la revisión lo dirá."),
    )
