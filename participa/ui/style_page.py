"""The style page: every component in every state, with invented data.

It exists only where the app runs in debug or under test, so that a change of
look can be judged, and checked by axe, in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from flask import abort, current_app, render_template
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DecimalField,
    EmailField,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import DataRequired, InputRequired, Length


@dataclass(frozen=True, slots=True)
class SamplePhase:
    """What `ui.timeline` asks of a phase."""

    title: str
    kind: str
    kind_label: str
    start_label: str
    end_label: str
    state: str
    x0: float
    x1: float
    lane: int = 0
    url: str = "#fases"


class SampleForm(FlaskForm):
    """One field of each sort."""

    title = StringField(
        "Título de su propuesta",
        [DataRequired("Escriba un título: con unas pocas palabras basta.")],
        description="Diga en una línea qué quiere que pase.",
    )
    body = TextAreaField(
        "Qué propone y por qué",
        [DataRequired("Cuente su propuesta."), Length(max=500, message="Quite algunas frases.")],
        description="Puede pegar un texto.",
    )
    email = EmailField("Correo electrónico")
    place = SelectField(
        "Vereda o barrio",
        [DataRequired("Elija su vereda o barrio.")],
        choices=[
            SelectChoice("", "Elija una"),
            SelectChoice("1", "El Destino"),
            SelectChoice("2", "Olarte"),
            SelectChoice("3", "Curubital"),
        ],
    )
    cost = DecimalField("Costo aproximado")
    topic = RadioField(
        "Tema",
        [InputRequired("Elija un tema.")],
        choices=[
            SelectChoice("water", "Agua y páramo"),
            SelectChoice("roads", "Vías y transporte"),
            SelectChoice("arts", "Cultura"),
        ],
    )
    helps = SelectMultipleField(
        "¿A quién ayuda?",
        choices=[
            SelectChoice("n", "Niñas y niños"),
            SelectChoice("m", "Personas mayores"),
            SelectChoice("c", "Familias campesinas"),
        ],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    photo = FileField("Foto o documento", description="Hasta 5 MB.")
    agree = BooleanField(
        "Acepto que esta propuesta se publique con mi nombre",
        [DataRequired("Marque la casilla para publicar.")],
    )


# title, name of the kind, first and last day, start and end along the axis, lane
_SAMPLES: Final = (
    ("Escuchar a las veredas", "Diagnóstico", "15 de enero", "28 de febrero", 0.0, 0.14, 0),
    ("Ideas de los barrios", "Ideación", "3 de marzo", "30 de abril", 0.15, 0.34, 0),
    ("Prototipos con las juntas", "Prototipado", "1 de abril", "15 de junio", 0.24, 0.49, 1),
    ("Piloto en El Destino", "Pilotaje", "15 de junio", "30 de agosto", 0.49, 0.74, 0),
    ("Votación y cuentas", "Evaluación", "1 de septiembre", "15 de noviembre", 0.75, 1.0, 0),
)
_KINDS: Final = ("diagnosis", "ideation", "prototyping", "pilot", "evaluation")
_STATES: Final = ("past", "now", "now", "future", "future")
PHASES: Final = tuple(
    SamplePhase(title, kind, kind_label, start, end, state, x0, x1, lane)
    for (title, kind_label, start, end, x0, x1, lane), kind, state in zip(
        _SAMPLES, _KINDS, _STATES, strict=True
    )
)
MONTHS: Final = ("ene", "mar", "may", "jul", "sep")


def style_page() -> str:
    """Show every component, or nothing at all in production."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    bad_form = SampleForm(prefix="mal-")
    bad_form.validate()
    return render_template(
        "ui/estilo.html",
        form=SampleForm(formdata=None),
        bad_form=bad_form,
        phases=PHASES,
        past=[replace(phase, state="past") for phase in PHASES],
        future=[replace(phase, state="future") for phase in PHASES],
        ticks=[{"x": place / len(MONTHS), "label": label} for place, label in enumerate(MONTHS)],
    )
