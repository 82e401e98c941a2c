"""What administrators type about grounds and terms. The rules are the services'."""

from collections.abc import Mapping
from typing import Any

from babel import Locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField, TextAreaField

from participa.core.digits import whole_number
from participa.moderation.models import Ground, Terms
from participa.ui.choices import options
from participa.ui.forms import by_language, localized_of

NAME, TEXT, REPLY = 120, 2000, 4000
"""Characters of a ground's name, its public wording and its reply."""

TERMS: Mapping[str, tuple[Any, Any, Any]] = {
    "grave_hours": (
        _l("Casos graves"),
        _l("Amenazas, datos personales: en cuántas horas se deciden."),
        _l("horas"),
    ),
    "ordinary_hours": (
        _l("Casos de gravedad media"),
        _l("En cuántas horas se deciden."),
        _l("horas"),
    ),
    "mild_hours": (_l("Casos leves"), _l("En cuántas horas se deciden."), _l("horas")),
    "urgent_review_hours": (
        _l("Segunda mirada de un retiro urgente"),
        _l("En cuántas horas lo revisa otra persona."),
        _l("horas"),
    ),
    "appeal_days": (
        _l("Para apelar"),
        _l("Cuántos días tiene la persona, desde que se le avisa."),
        _l("días"),
    ),
    "appeal_answer_days": (
        _l("Para responder una apelación"),
        _l("En cuántos días la responde otra persona."),
        _l("días"),
    ),
    "review_threshold": (
        _l("Aviso «en revisión»"),
        _l("Cuántas personas distintas deben reportar algo para que lo lleve. Nada se oculta."),
        _l("personas"),
    ),
}
"""Each number that is promised: its name, its sentence, its unit."""


class GroundForm(FlaskForm):
    """A ground; one field per language is added for each of its texts."""

    severity = RadioField(
        _l("Gravedad"),
        choices=options([("3", _l("Grave")), ("2", _l("Media")), ("1", _l("Leve"))]),
        default="2",
        validate_choice=False,
        description=_l("Ordena la fila y fija el plazo."),
    )
    is_urgent = BooleanField(
        _l("Se puede retirar de urgencia"),
        description=_l(
            "Sin esperar, y otra persona lo revisa después. Para amenazas y datos personales."
        ),
    )
    merges = BooleanField(
        _l("Es para repetidos"),
        description=_l("Lo que repite a otro se le une, con sus apoyos. Nunca se retira."),
    )
    is_active = BooleanField(
        _l("Se ofrece al reportar y al decidir"),
        default=True,
        description=_l("Un motivo no se borra: si ya no se usa, deja de ofrecerse."),
    )
    place = StringField(
        _l("Lugar en la lista"),
        description=_l("1 es el primero."),
        render_kw={"inputmode": "numeric"},
    )
    languages: tuple[str, ...] = ()

    def values(self, before: Ground | None) -> dict[str, Any]:
        """Return what was typed, as the service takes it."""
        return {
            **{
                name: localized_of(self, name, getattr(before, name, None))
                for name in ("name", "text", "reply")
            },
            "severity": whole_number(self.severity.data) or 0,
            "is_urgent": bool(self.is_urgent.data),
            "merges": bool(self.merges.data),
            **({"is_active": bool(self.is_active.data)} if "is_active" in self else {}),
            **({"place": whole_number(self.place.data)} if "place" in self else {}),
        }


def ground_form(
    locales: tuple[str, ...], first: str, row: Ground | None, place: int | None
) -> GroundForm:
    """Return the form of a ground with a field per language, the organization's own first."""
    ordered = (first, *(code for code in locales if code != first))
    fields: dict[str, Any] = {"languages": ordered}
    saved: dict[str, Any] = {}
    for code in ordered:
        language = (Locale(code).get_display_name(code) or code).capitalize()
        needed = {"required": True} if code == first else {}
        fields[f"name_{code}"] = StringField(
            _l("Nombre (%(language)s)", language=language), render_kw={"maxlength": NAME, **needed}
        )
        fields[f"text_{code}"] = TextAreaField(
            _l("Qué significa (%(language)s)", language=language),
            description=_l("Lo lee todo el mundo: qué incluye, qué no, y un ejemplo."),
            render_kw={"maxlength": TEXT, **needed},
        )
        fields[f"reply_{code}"] = TextAreaField(
            _l("Texto para quien lo escribió (%(language)s)", language=language),
            description=_l("La moderación lo ajusta a cada caso antes de enviarlo."),
            render_kw={"maxlength": REPLY},
        )
    if row is not None:
        for name in ("name", "text", "reply"):
            saved |= by_language(name, getattr(row, name), ordered)
        saved |= {
            "severity": str(row.severity),
            "is_urgent": row.is_urgent,
            "merges": row.merges,
            "is_active": row.is_active,
            "place": str(place or ""),
        }
    kind: Any = type("LocalizedGroundForm", (GroundForm,), fields)
    form: GroundForm = kind(data=saved)
    if row is None:
        del form.place, form.is_active
    return form


def terms_form(row: Terms) -> FlaskForm:
    """Return the form of the terms, filled from what is promised now."""
    fields: dict[str, Any] = {
        name: StringField(
            label, description=sentence, render_kw={"inputmode": "numeric", "required": True}
        )
        for name, (label, sentence, _unit) in TERMS.items()
    }
    kind: Any = type("TermsForm", (FlaskForm,), fields)
    form: FlaskForm = kind(data={name: str(getattr(row, name)) for name in TERMS})
    return form


def numbers(form: FlaskForm) -> dict[str, int]:
    """Return what was typed in the form of the terms; 0, which nobody promises, for no number."""
    return {name: whole_number(form[name].data) or 0 for name in TERMS}
