"""What staff and promoters type at and about polling points."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from participa.accounts.models.rolls import REASON_LENGTH
from participa.accounts.verification.documents import type_label
from participa.budgets.forms.pots import place_field
from participa.budgets.models import ADDRESS_LENGTH, POINT_NAME_LENGTH
from participa.organizations.queries import OrganizationView
from participa.ui.choices import options

REQUIRED = {"required": True}
NUMERIC = {"required": True, "inputmode": "numeric", "autocomplete": "off"}


class PointForm(FlaskForm):
    """A point; its place is added by :func:`point_form`."""

    name = StringField(
        _l("Nombre"),
        description=_l("Como lo llama la gente, por ejemplo «Escuela La Loma»."),
        render_kw={**REQUIRED, "maxlength": POINT_NAME_LENGTH[1]},
    )
    address = StringField(
        _l("Dirección o señas"),
        description=_l("Se muestra en público, para que la gente llegue."),
        render_kw={"maxlength": ADDRESS_LENGTH},
    )


def point_form(organization: OrganizationView, row: Any = None) -> PointForm:
    """Return the form of a point, filled from its row."""
    fields: dict[str, Any] = {}
    if organization.territories:
        fields["territory_id"] = place_field(
            _l("Territorio"), _l("Ninguno en particular"), organization
        )
    form: PointForm = type("PlacedPointForm", (PointForm,), fields)(obj=row)
    return form


class ChargeForm(FlaskForm):
    """How much somebody in charge of a point may do in an hour."""

    per_hour = StringField(
        _l("Votos por hora"),
        description=_l(
            "Votos con ayuda y hojas entregadas. Si pasa de ahí se le avisa a usted; al doble, no "
            "puede seguir hasta que pase la hora."
        ),
        render_kw=NUMERIC,
    )


class MakeForm(FlaskForm):
    """How many sheets to print."""

    number = StringField(_l("Cuántas hojas nuevas"), render_kw=NUMERIC)


class AgainForm(FlaskForm):
    """Which sheets to print once more, and why."""

    first = StringField(_l("De la hoja número"), render_kw=NUMERIC)
    last = StringField(_l("A la hoja número"), render_kw=NUMERIC)
    reason = StringField(
        _l("Motivo"),
        description=_l("Queda en el registro de lo que pasó."),
        render_kw={**REQUIRED, "maxlength": REASON_LENGTH},
    )


class ActForm(FlaskForm):
    """The act of a point."""

    signed = StringField(
        _l("Firmas en la lista"),
        description=_l("Cuéntelas a mano, sin las que se tacharon."),
        render_kw=NUMERIC,
    )
    remarks = TextAreaField(
        _l("Observaciones"),
        description=_l("Hacen falta si los números no coinciden. Se publican con el acta."),
        render_kw={"maxlength": REASON_LENGTH},
    )


class ReasonForm(FlaskForm):
    """Why an act is opened again."""

    reason = TextAreaField(
        _l("Motivo"),
        description=_l("Queda en el registro de lo que pasó."),
        render_kw={**REQUIRED, "maxlength": REASON_LENGTH},
    )


class DocumentForm(FlaskForm):
    """Somebody's document, to find them on the roll. The number is never shown again."""

    document_type = SelectField(_l("Tipo de documento"), validate_choice=False)
    document_number = StringField(
        _l("Número de documento"),
        description=_l("Mírelo en el documento. No se guarda."),
        render_kw={**NUMERIC, "inputmode": "text"},
    )
    birth_date = StringField(
        _l("Fecha de nacimiento"),
        description=_l("Mírela en el documento, por ejemplo 1990-05-31 o 31/05/1990."),
        render_kw={"required": True, "autocomplete": "off"},
    )
    guardian = BooleanField(
        _l("Tiene menos de 18 años, vino con quien le cuida y esa persona lo permite")
    )


class UndoForm(FlaskForm):
    """A sheet that came back unused, and whose it was."""

    document_type = SelectField(_l("Tipo de documento"), validate_choice=False)
    document_number = StringField(
        _l("Número de documento"),
        description=_l("De la persona a la que se le entregó la hoja. No se guarda."),
        render_kw={**NUMERIC, "inputmode": "text"},
    )
    number = StringField(_l("Número de la hoja devuelta"), render_kw=NUMERIC)
    check = StringField(
        _l("Letras de la hoja"), render_kw={**REQUIRED, "autocomplete": "off", "maxlength": 8}
    )
    reason = StringField(_l("Qué pasó"), render_kw={**REQUIRED, "maxlength": REASON_LENGTH})


def offer_types(form: Any, kinds: Sequence[str]) -> None:
    """Let people choose among the types of document that the roll has."""
    form.document_type.choices = options([(kind, type_label(kind)) for kind in kinds])
