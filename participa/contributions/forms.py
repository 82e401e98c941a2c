"""The shape of what people type, wherever they write."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField

from participa.contributions.screening import Warned
from participa.core.errors import Invalid
from participa.ui.forms import explain


class ScreenedForm(FlaskForm):
    """A text that is screened before it is published.

    Once warned of what was found, ``ui.screening_warning`` offers a button that sends it all the
    same: its field is ``acknowledged``.
    """

    acknowledged = BooleanField(_l("Lo revisé y quiero enviarlo así"))
    warned = False

    def explain(self, error: Invalid) -> None:
        """Put what a service refused beside the fields that it is about, or on top of the form."""
        self.warned = isinstance(error, Warned)
        explain(self, error)
