"""What staff type of a project."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from participa.budgets import models
from participa.budgets.forms.pots import place_field, reason_field
from participa.budgets.models import SHEET, ProjectStatus
from participa.budgets.queries.projects import STATUSES, degrees
from participa.core import pictures, table_files, tables
from participa.core.digits import whole_number
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.money import typed_money
from participa.organizations.queries import OrganizationView
from participa.ui.choices import options

_HINTS = {
    "months": _l("Con cifras, desde que empieza hasta que se entrega."),
    "beneficiaries": _l("Por ejemplo: 400 familias de la vereda."),
    "upkeep": _l("Lo que cuesta mantenerlo cada año, aparte de hacerlo."),
}
_LONG = {"risks"}


class ProjectForm(FlaskForm):
    """A project; its place and its technical sheet are added by :func:`project_form`."""

    title = StringField(
        _l("Título"),
        description=_l("Una frase que cualquier vecina o vecino entienda."),
        render_kw={"required": True, "maxlength": models.TITLE_LENGTH[1]},
    )
    summary = TextAreaField(
        _l("Resumen"),
        description=_l("Dos o tres frases: sale en la lista y en la papeleta."),
        render_kw={"maxlength": models.SUMMARY_LENGTH},
    )
    body = TextAreaField(_l("Descripción"), render_kw={"maxlength": models.BODY_LENGTH})
    pot_id = SelectField(
        _l("Bolsa"), coerce=whole_number, validate_choice=False, render_kw={"required": True}
    )
    category_id = SelectField(
        _l("Categoría"), coerce=whole_number, validators=[Optional()], validate_choice=False
    )
    cost = StringField(
        _l("Costo"),
        description=_l("Como lo escribe siempre, por ejemplo 1.200.000."),
        render_kw={"required": True, "inputmode": "decimal"},
    )
    status = SelectField(
        _l("Estado"),
        choices=options((each.value, label) for each, label in STATUSES.items()),
        validate_choice=False,
        render_kw={"required": True},
    )
    feasibility = TextAreaField(
        _l("Qué dijo la revisión técnica"),
        description=_l("Con palabras para todo el mundo. Si no es viable, por qué."),
        render_kw={"maxlength": models.FEASIBILITY_LENGTH},
    )
    latitude = StringField(
        _l("Latitud"),
        description=_l("En grados, por ejemplo 4,6097."),
        render_kw={"inputmode": "text"},
    )
    longitude = StringField(
        _l("Longitud"),
        description=_l("En grados, por ejemplo -74,0817."),
        render_kw={"inputmode": "text"},
    )
    language = SelectField(_l("Idioma del texto"), validate_choice=False)
    image = FileField(
        _l("Imagen"),
        description=_l("PNG, JPEG, WebP o GIF de hasta 6 MB. Se reduce y se le quita todo dato."),
        render_kw={"accept": pictures.ACCEPT},
    )
    image_alt = StringField(
        _l("Qué se ve en la imagen"),
        description=_l("Para quien no la ve. Hace falta si hay imagen."),
        render_kw={"maxlength": models.ALT_LENGTH},
    )
    without_picture = BooleanField(_l("Quitar la imagen"))


def project_form(
    organization: OrganizationView,
    pots: Sequence[Any],
    categories: Sequence[Any],
    row: Any = None,
    *,
    is_firm: bool = False,
) -> ProjectForm:
    """Return the form of a project, filled from its row."""
    fields: dict[str, Any] = {
        f"sheet_{name}": (TextAreaField if name in _LONG else StringField)(
            label, description=_HINTS.get(name, ""), render_kw={"maxlength": most}
        )
        for name, (label, most) in SHEET.items()
    }
    if organization.territories:
        fields["territory_id"] = place_field(
            _l("Lugar"), _l("Toda la ciudad, o no se sabe"), organization
        )
    if is_firm:
        fields["reason"] = reason_field()
    kind: Any = type("PlacedProjectForm", (ProjectForm,), fields)
    form: ProjectForm = kind(data=_values(organization, row))
    form.pot_id.choices = options([("", _l("Elija una")), *[(each.id, each.name) for each in pots]])
    if categories:
        form.category_id.choices = options(
            [("", _l("Sin categoría")), *[(each.id, each.name) for each in categories]]
        )
    else:
        del form.category_id
    if len(organization.locales) > 1:
        form.language.choices = options(
            (code, SUPPORTED_LOCALES.get(code, code)) for code in organization.locales
        )
    else:
        del form.language
    if row is None or not row.image_version:
        del form.without_picture
    return form


def _values(organization: OrganizationView, row: Any) -> dict[str, Any]:
    if row is None:
        return {"status": ProjectStatus.FEASIBLE.value, "language": organization.locale}
    same = (
        *("title", "summary", "body", "pot_id", "category_id", "territory_id", "language"),
        *("feasibility", "image_alt"),
    )
    sheet = dict(row.sheet)
    if "upkeep" in sheet:
        sheet["upkeep"] = typed_money(sheet["upkeep"], organization.currency)
    return {
        **{name: getattr(row, name) for name in same},
        "status": ProjectStatus(row.status).value,
        "cost": typed_money(row.cost, organization.currency) if row.cost else "",
        "latitude": degrees(row.latitude),
        "longitude": degrees(row.longitude),
        **{f"sheet_{name}": str(sheet.get(name, "")) for name in SHEET},
    }


class FileForm(FlaskForm):
    """A file of projects."""

    file = FileField(
        _l("Archivo CSV, XLSX u ODS"),
        description=_l("Hasta 2 MB y %(rows)s filas.", rows=tables.MOST_ROWS),
        render_kw={
            "required": True,
            "accept": table_files.ACCEPT,
        },
    )


class LockForm(FlaskForm):
    """What is said when a vote becomes firm."""

    seed_source = StringField(
        _l("De dónde saldrá la semilla del sorteo"),
        description=_l(
            "Un número público que nadie conozca antes del cierre. Por ejemplo: el número ganador "
            "de la lotería del día siguiente al cierre. Se escribirá exactamente como se publique, "
            "solo letras y números: diga también con cuántas cifras, o si lleva la serie."
        ),
        render_kw={"required": True, "maxlength": models.SOURCE_LENGTH[1]},
    )
