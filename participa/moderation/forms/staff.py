"""What moderators type about a case. The rules are the services'; the forms only carry."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, TextAreaField

from participa.core.digits import whole_number
from participa.moderation.models import Ground
from participa.ui.choices import options

LONGEST = 4000
"""Characters of a reply or a note: what their columns hold."""


class CaseForm(FlaskForm):
    """What every form about one case says: the case as its reader saw it."""

    revision = HiddenField()
    words = HiddenField()
    """When the words that the reader saw were last changed, as the page wrote it."""

    @property
    def seen(self) -> int:
        """The revision that the reader decides on; -1, which none is, when it is not a number."""
        found = whole_number(self.revision.data)
        return -1 if found is None else found


class DecisionForm(CaseForm):
    """One decision: its ground, where it needs one, and what its author is told."""

    ground_id = RadioField(_l("Motivo"), coerce=whole_number, validate_choice=False)
    reply = TextAreaField(
        _l("Lo que se le dice a quien lo escribió"), render_kw={"maxlength": LONGEST}
    )
    into_id = HiddenField()

    def prepare(self, grounds: Sequence[Ground]) -> "DecisionForm":
        """Offer the grounds; where none is asked for, drop the field."""
        if grounds:
            self.ground_id.choices = [(each.id, str(each.name)) for each in grounds]
        else:
            del self.ground_id
        return self

    def require_reply(self) -> None:
        """Say that the answer cannot be left out."""
        self.reply.render_kw = {**(self.reply.render_kw or {}), "required": True}


class NoteForm(CaseForm):
    """A note that only moderators read."""

    text = TextAreaField(
        _l("Nota interna"),
        description=_l("Solo la lee el equipo de moderación."),
        render_kw={"maxlength": LONGEST, "required": True},
    )


class HandOverForm(CaseForm):
    """Pass a case on: to a colleague, or to whoever has no conflict of interest."""

    to_id = SelectField(_l("¿A quién?"), coerce=whole_number, validate_choice=False)
    conflict = BooleanField(
        _l("Tengo un conflicto de interés"),
        description=_l("Conozco a las personas o el asunto me toca: no volverá a mis manos."),
    )
    text = TextAreaField(_l("¿Por qué lo pasa?"), render_kw={"maxlength": LONGEST})

    def prepare(self, colleagues: Sequence[tuple[int, str]]) -> "HandOverForm":
        """Offer the colleagues, and nobody in particular."""
        self.to_id.choices = options([("", _l("A quien pueda: vuelve a la lista")), *colleagues])
        return self


class BulkForm(CaseForm):
    """One decision about several cases."""

    que = HiddenField()
    ground_id = HiddenField()
    reply = TextAreaField(
        _l("Lo que se le dice a quienes lo escribieron"), render_kw={"maxlength": LONGEST}
    )

    @property
    def ground(self) -> int | None:
        """The ground's id, if one was chosen."""
        return whole_number(self.ground_id.data)
