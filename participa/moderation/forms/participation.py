"""What citizens type: a flag, a correction, an appeal. The rules are the services'."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField

from participa.contributions.contract import Text
from participa.contributions.forms import ScreenedForm
from participa.core.digits import whole_number
from participa.moderation.models import Ground

LONGEST_DETAIL = 1000
LONGEST_APPEAL = 4000
"""Characters: what the columns hold."""
LONGEST_ID = 18
"""Digits of an id that a database can hold."""


class FlagForm(ScreenedForm):
    """Say which rule something breaks."""

    ground_id = RadioField(
        _l("¿Qué regla incumple?"), validate_choice=False, render_kw={"required": True}
    )
    detail = TextAreaField(
        _l("¿Quiere agregar algo?"),
        description=_l("Solo lo lee la moderación. Puede dejarlo en blanco."),
        render_kw={"maxlength": LONGEST_DETAIL},
    )

    def prepare(self, grounds: Iterable[Ground]) -> "FlagForm":
        """Offer the grounds."""
        self.ground_id.choices = [(str(each.id), str(each.name)) for each in grounds]
        return self

    @property
    def ground(self) -> int | None:
        """The ground chosen, or ``None``."""
        return whole_number(self.ground_id.data)


class AppealForm(ScreenedForm):
    """Ask that somebody else look at a removal."""

    text = TextAreaField(
        _l("¿Por qué no está de acuerdo?"),
        description=_l(
            "Con sus palabras. Lo lee una persona de la moderación distinta de la que decidió."
        ),
        render_kw={"required": True, "maxlength": LONGEST_APPEAL},
    )


def correction_form(texts: Sequence[Text], typed: Any) -> Any:
    """Return the form that corrects a contribution: one field per text that its author typed.

    ``typed`` is what was posted, or ``None`` to begin with the words as they stand.
    """
    fields: dict[str, Any] = {
        each.field: (TextAreaField if each.multiline else StringField)(
            each.label, render_kw={"required": True}
        )
        for each in texts
    }
    kind = type("CorrectionForm", (ScreenedForm,), fields)
    return kind(typed, data={each.field: each.words for each in texts})
