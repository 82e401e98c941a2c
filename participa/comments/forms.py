"""The shape of what people type in comments."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import Optional

from participa.comments.models import Position
from participa.contributions.forms import ScreenedForm
from participa.processes.snapshot import ComponentView
from participa.ui.choices import options

POSITIONS: Mapping[Position, Any] = {
    Position.FOR: _l("A favor"),
    Position.AGAINST: _l("En contra"),
    Position.NEUTRAL: _l("Neutral"),
}


class CommentForm(ScreenedForm):
    """Write, answer or correct a comment. The rules are the service's; the form only carries."""

    position = RadioField(
        _l("¿Cuál es su posición?"), validators=[Optional()], validate_choice=False
    )
    body = TextAreaField(_l("Su comentario"), render_kw={"required": True})
    submission = HiddenField(default=lambda: str(uuid.uuid4()))

    def prepare(self, component: ComponentView, *, asks_position: bool) -> "CommentForm":
        """Ask for a position where the component does; say how long the text may be."""
        if asks_position and component.settings.comment_positions:
            self.position.choices = options(
                (position.value, label) for position, label in POSITIONS.items()
            )
        else:
            del self.position
        self.body.render_kw = {
            **self.body.render_kw,
            "maxlength": component.settings.comment_length,
        }
        return self

    def chosen_position(self) -> Position | None:
        """Return the position that was picked, if one was and it exists."""
        picked = self.position.data if self.position else None
        return Position(picked) if picked in set(Position) else None


class DeleteForm(ScreenedForm):
    """Delete one's own comment: nothing is asked but that it is meant."""
