"""The style page: every component in every state, with invented data.

It exists only where the app runs in debug or under test, so that a change of
look can be judged, and checked by axe, in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
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
        choices=[("", "Elija una"), ("1", "El Destino"), ("2", "Olarte"), ("3", "Curubital")],
    )
    cost = DecimalField("Costo aproximado")
    topic = RadioField(
        "Tema",
        [InputRequired("Elija un tema.")],
        choices=[("water", "Agua y páramo"), ("roads", "Vías y transporte"), ("arts", "Cultura")],
    )
    helps = SelectMultipleField(
        "¿A quién ayuda?",
        choices=[("n", "Niñas y niños"), ("m", "Personas mayores"), ("c", "Familias campesinas")],
        widget=widgets.ListWidget(prefix_label=False),
        option_widget=widgets.CheckboxInput(),
    )
    photo = FileField("Foto o documento", description="Hasta 5 MB.")
    agree = BooleanField(
        "Acepto que esta propuesta se publique con mi nombre",
        [DataRequired("Marque la casilla para publicar.")],
    )


PHASES: Final = (
    SamplePhase("Escuchar a las veredas", "diagnosis", "Diagnóstico", "15 de enero", "28 de febrero", "past", 0, 0.14),
    SamplePhase("Ideas de los barrios", "ideation", "Ideación", "3 de marzo", "30 de abril", "now", 0.15, 0.34),
    SamplePhase(
        "Prototipos con las juntas", "prototyping", "Prototipado", "1 de abril", "15 de junio", "now", 0.24, 0.49, 1
    ),
    SamplePhase("Piloto en El Destino", "pilot", "Pilotaje", "15 de junio", "30 de agosto", "future", 0.49, 0.74),
    SamplePhase(
        "Votación y cuentas claras", "evaluation", "Evaluación", "1 de septiembre", "15 de noviembre", "future", 0.75, 1
    ),
)
MONTHS: Final = ("ene", "mar", "may", "jul", "sep")


def style_page() -> str:
    """Show every component, or nothing at all in production."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    bad_form = SampleForm(prefix="mal-", meta={"csrf": False})
    bad_form.validate()
    return render_template(
        "ui/estilo.html",
        form=SampleForm(formdata=None, meta={"csrf": False}),
        bad_form=bad_form,
        phases=PHASES,
        past=[
            SamplePhase(p.title, p.kind, p.kind_label, p.start_label, p.end_label, "past", p.x0, p.x1, p.lane)
            for p in PHASES
        ],
        future=[
            SamplePhase(p.title, p.kind, p.kind_label, p.start_label, p.end_label, "future", p.x0, p.x1, p.lane)
            for p in PHASES
        ],
        ticks=[{"x": place / len(MONTHS), "label": label} for place, label in enumerate(MONTHS)],
    )
