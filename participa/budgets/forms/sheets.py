"""What is typed of a sheet, by keyboard alone."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import Optional

from participa.budgets.ballots import BallotKind
from participa.budgets.models import CAUSES, SHEET_REASON_LENGTH, TYPED_CAUSES
from participa.ui.choices import options

HOW = {
    BallotKind.POINTS: _l("El número de cada proyecto, dos puntos y sus puntos: 3:4 7:2."),
    BallotKind.RANKING: _l("Los números en el orden de la hoja, primero el preferido: 7 3 12."),
}
PLAIN = _l("Los números marcados, separados por espacios o comas: 3 7 12.")


class TypingForm(FlaskForm):
    """A sheet, in the order in which one reads it."""

    number = StringField(
        _l("Número de la hoja"),
        render_kw={"required": True, "inputmode": "numeric", "autocomplete": "off"},
    )
    check = StringField(
        _l("Letras"),
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "maxlength": 8},
    )
    papeleta = StringField(_l("Proyectos"), render_kw={"autocomplete": "off"})
    cause = SelectField(
        _l("No se cuenta porque…"),
        validators=[Optional()],
        validate_choice=False,
        choices=options(
            [("", _l("Se cuenta")), *[(each.value, CAUSES[each]) for each in TYPED_CAUSES]]
        ),
    )
    reason = StringField(
        _l("En sus palabras"),
        description=_l("Solo si el motivo no basta. Se publica con el acta: sin nombres."),
        render_kw={"maxlength": SHEET_REASON_LENGTH, "autocomplete": "off"},
    )
