"""Shape of the preferences' form: one choice per kind of fact."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.validators import AnyOf

from participa.core.events import Fact, How
from participa.ui.choices import options

HOW_LABELS: dict[How, Any] = {
    How.SITE: _l("Solo en el sitio"),
    How.NOW: _l("Correo al momento"),
    How.DAILY: _l("Correo del día"),
    How.WEEKLY: _l("Correo de la semana"),
    How.OFF: _l("No avisarme"),
}


def field_name(kind: type[Fact]) -> str:
    """Return the form field of a kind of fact."""
    return kind.NAME.replace(".", "__")


def preferences_form(kinds: Sequence[type[Fact]]) -> type[FlaskForm]:
    """Return the class of a form with a choice for each kind of fact."""
    fields: dict[str, Any] = {
        field_name(kind): SelectField(
            kind.LABEL,
            choices=options((how.value, label) for how, label in HOW_LABELS.items()),
            validate_choice=False,  # its sentence would not be ours
            validators=[AnyOf(list(How), message=_l("Elija una de las opciones."))],
        )
        for kind in kinds
    }
    fields["mail_consent"] = BooleanField(
        _l("Autorizo que me escriban por correo sobre lo que sigo")
    )
    return type("PreferencesForm", (FlaskForm,), fields)
