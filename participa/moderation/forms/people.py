"""What moderators type about a person: a measure, and the answer to its appeal."""

import datetime as dt
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, RadioField, StringField, TextAreaField

from participa.accounts.models import SanctionKind
from participa.core.digits import whole_number
from participa.ui.choices import options

LONGEST_REASON = 2000
"""Characters: what the columns hold."""

UPHOLD, LIFT = "mantener", "levantar"


class DayField(DateField):
    """A day that says in the reader's language what is wrong with it."""

    def process_formdata(self, valuelist: Any) -> None:
        try:
            super().process_formdata([each for each in valuelist or () if each.strip()])
        except ValueError:
            self.data = None
            message = str(_l("Escriba una fecha completa: día, mes y año."))
            raise ValueError(message) from None


class MeasureForm(FlaskForm):
    """A warning, a limit or a suspension."""

    reason = TextAreaField(
        _l("Qué se le dice a la persona"),
        description=_l(
            "Qué pasó, qué regla no se cumplió y qué se espera. Se le muestra tal cual."
        ),
        render_kw={"maxlength": LONGEST_REASON, "required": True},
    )
    per_day = StringField(
        _l("Aportes por día"), render_kw={"inputmode": "numeric", "required": True}
    )
    last_day = DayField(
        _l("Hasta qué día"), description=_l("El último día en que vale, doce meses a lo sumo.")
    )
    open_ended = BooleanField(
        _l("Sin fecha de fin"), description=_l("Vale hasta que alguien la levante.")
    )

    def prepare(self, kind: SanctionKind, *, may_be_open_ended: bool) -> "MeasureForm":
        """Keep the fields that a kind of measure has."""
        if kind is not SanctionKind.LIMIT:
            del self.per_day
        if kind is SanctionKind.WARNING:
            del self.last_day
        if kind is not SanctionKind.SUSPENSION or not may_be_open_ended:
            del self.open_ended
        return self

    @property
    def day(self) -> dt.date | None:
        """The last day, where one was typed."""
        return self.last_day.data if "last_day" in self else None

    @property
    def number_per_day(self) -> int | None:
        """The contributions a day, where a number was typed."""
        return whole_number(self.per_day.data) if "per_day" in self else None

    @property
    def says_until_when(self) -> bool:
        """Whether the form says when it ends, or that it does not."""
        is_open_ended = "open_ended" in self and bool(self.open_ended.data)
        return "last_day" not in self or self.last_day.data is not None or is_open_ended


class AnswerForm(FlaskForm):
    """The answer to an appeal about a measure."""

    outcome = RadioField(
        _l("Qué se decide"),
        choices=options(
            [(UPHOLD, _l("La medida se mantiene")), (LIFT, _l("La medida se levanta"))]
        ),
        validate_choice=False,
        render_kw={"required": True},
    )
    answer = TextAreaField(
        _l("Qué se le responde"),
        description=_l("Se le muestra tal cual."),
        render_kw={"maxlength": LONGEST_REASON, "required": True},
    )
