"""What staff type of a pot or a category."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from participa.budgets.models import NAME_LENGTH, REASON_LENGTH
from participa.core.digits import whole_number
from participa.core.i18n import SUPPORTED_LOCALES
from participa.core.money import typed_money
from participa.organizations.queries import OrganizationView
from participa.ui.choices import options
from participa.ui.forms import by_language


def place_field(label: Any, first: Any, organization: OrganizationView) -> Any:
    """Return a list of the organization's territories."""
    return SelectField(
        label,
        coerce=whole_number,
        validators=[Optional()],
        validate_choice=False,
        choices=options(
            [
                ("", first),
                *[
                    (each.id, "\u2003" * (len(each.path) - 1) + each.name)
                    for each in organization.territories_in_order()
                ],
            ]
        ),
    )


def reason_field() -> Any:
    """Return the reason that a correction of what is firm needs."""
    return TextAreaField(
        _l("Motivo de la corrección"),
        description=_l("Las reglas están en firme: el motivo se publica con la corrección."),
        render_kw={"required": True, "maxlength": REASON_LENGTH},
    )


class PotForm(FlaskForm):
    """A pot; its names and its place are added by :func:`pot_form`."""

    amount = StringField(
        _l("Dinero de la bolsa"),
        description=_l("Como lo escribe siempre, por ejemplo 1.200.000."),
        render_kw={"required": True, "inputmode": "decimal"},
    )
    citywide = BooleanField(
        _l("Es de toda la ciudad"),
        description=_l("Se puede votar en ella además de la bolsa que cada persona escoja."),
    )
    maximum = StringField(
        _l("Máximo de proyectos aquí"),
        description=_l("Solo si en esta bolsa se escoge otra cantidad que en las demás."),
        render_kw={"inputmode": "numeric"},
    )


class CategoryForm(FlaskForm):
    """A category: its name in each language."""


def pot_form(organization: OrganizationView, row: Any = None, *, is_firm: bool = False) -> PotForm:
    """Return the form of a pot, filled from its row."""
    values: dict[str, Any] = {}
    if row is not None:
        values = {
            **by_language("name", row.name, organization.locales),
            "amount": typed_money(row.amount, organization.currency),
            "citywide": row.citywide,
            "territory_id": row.territory_id,
            "maximum": str(row.maximum or ""),
        }
    fields = _name_fields(organization)
    if organization.territories:
        fields["territory_id"] = place_field(
            _l("Territorio"), _l("Ninguno en particular"), organization
        )
    form: PotForm = _with(PotForm, fields, is_firm=is_firm)(data=values)
    return form


def category_form(
    organization: OrganizationView, row: Any = None, *, is_firm: bool = False
) -> CategoryForm:
    """Return the form of a category, filled from its row."""
    values = by_language("name", row.name, organization.locales) if row is not None else {}
    form: CategoryForm = _with(CategoryForm, _name_fields(organization), is_firm=is_firm)(
        data=values
    )
    return form


def _with(kind: type[FlaskForm], fields: dict[str, Any], *, is_firm: bool) -> Any:
    if is_firm:
        fields = {**fields, "reason": reason_field()}
    return type(f"Localized{kind.__name__}", (kind,), fields)


def _name_fields(organization: OrganizationView) -> dict[str, Any]:
    several = len(organization.locales) > 1
    return {
        f"name_{code}": StringField(
            _l("Nombre (%(language)s)", language=SUPPORTED_LOCALES[code])
            if several
            else _l("Nombre"),
            render_kw={"maxlength": NAME_LENGTH[1], "required": code == organization.locale},
        )
        for code in organization.locales
    }
