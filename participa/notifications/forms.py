"""Shape of the preferences' form: one choice per kind of fact, and one for all kinds of a room."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField
from wtforms.validators import AnyOf

from participa.core.events import Fact, How
from participa.core.registry import Room
from participa.ui.choices import options

HOW_LABELS: dict[How, Any] = {
    How.SITE: _l("Solo en el sitio"),
    How.NOW: _l("Correo al momento"),
    How.DAILY: _l("Correo del día"),
    How.WEEKLY: _l("Correo de la semana"),
    How.OFF: _l("No avisarme"),
}


VARIOUS = _l("Distinto según el aviso")
OTHERS = _l("Otros avisos")
"""What a room without a name is called."""


def field_name(kind: type[Fact]) -> str:
    """Return the form field of a kind of fact."""
    return kind.NAME.replace(".", "__")


def group_name(room: Room) -> str:
    """Return the form field of all that a room tells of."""
    return f"todo__{room.name}"


Told = Sequence[tuple[Room, Sequence[type[Fact]]]]
"""Rooms, with the kinds of fact of each that somebody is told of."""


def preferences_form(told: Told) -> type[FlaskForm]:
    """Return the class of a form with a choice for each kind of fact, and one for each room."""
    fields: dict[str, Any] = {}
    for room, kinds in told:
        label = _l("Todo lo de «%(room)s»", room=room.label or OTHERS)
        fields[group_name(room)] = _choice(label, [("", VARIOUS)])
        fields |= {field_name(kind): _choice(kind.LABEL) for kind in kinds}
    fields["mail_consent"] = BooleanField(
        _l("Autorizo que me escriban por correo sobre lo que sigo")
    )
    return type("PreferencesForm", (FlaskForm,), fields)


def _choice(label: Any, first: Sequence[tuple[str, Any]] = ()) -> Any:
    rows = [*first, *((how.value, name) for how, name in HOW_LABELS.items())]
    allowed = [value for value, _name in rows]
    return SelectField(
        label,
        choices=options(rows),
        validate_choice=False,  # its sentence would not be ours
        validators=[AnyOf(allowed, message=_l("Elija una de las opciones."))],
    )


def shown(told: Told, present: Mapping[str, How]) -> dict[str, str]:
    """Return what the form shows, by field; a room shows a choice where all its kinds share it."""
    found = {}
    for room, kinds in told:
        ways = {present[kind.NAME] for kind in kinds}
        found[group_name(room)] = ways.pop().value if len(ways) == 1 else ""
        found |= {field_name(kind): present[kind.NAME].value for kind in kinds}
    return found


def chosen(form: FlaskForm, told: Told, present: Mapping[str, How]) -> dict[str, How]:
    """Return what was chosen by kind of fact: for itself, else for the whole room, if that changed.

    ``present`` is how the person is told so far.
    """
    before = shown(told, present)
    found = {}
    for room, kinds in told:
        group = form[group_name(room)].data or ""
        for kind in kinds:
            own = form[field_name(kind)].data
            is_moved = group not in {"", before[group_name(room)]}
            found[kind.NAME] = How(group if is_moved and own == present[kind.NAME] else own)
    return found
