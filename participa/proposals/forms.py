"""The shape of what citizens type."""

import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from participa.contributions.forms import ScreenedForm
from participa.core.digits import whole_number
from participa.core.i18n import SUPPORTED_LOCALES
from participa.organizations.queries import OrganizationView
from participa.processes.snapshot import ComponentView
from participa.ui.choices import options


class ProposalForm(ScreenedForm):
    """Write or correct a proposal. The rules are the service's; the form only carries."""

    title = StringField(
        _l("Título"),
        description=_l("Una frase que cualquier vecina o vecino entienda."),
        render_kw={"required": True, "maxlength": 150},
    )
    body = TextAreaField(
        _l("¿Qué propone y para qué sirve?"),
        description=_l("Cuente el problema, a quiénes les pasa y qué se podría hacer."),
        render_kw={"required": True},
    )
    territory_id = SelectField(
        _l("¿En qué lugar?"), coerce=whole_number, validators=[Optional()], validate_choice=False
    )
    theme_id = SelectField(
        _l("Tema"), coerce=whole_number, validators=[Optional()], validate_choice=False
    )
    language = SelectField(_l("Idioma del texto"), validate_choice=False)
    submission = HiddenField(default=lambda: str(uuid.uuid4()))

    def prepare(self, organization: OrganizationView, component: ComponentView) -> "ProposalForm":
        """Offer the organization's places, themes and languages; drop what is not asked for."""
        settings = component.settings
        if settings.with_territory and organization.territories:
            self.territory_id.choices = options(
                [
                    ("", _l("Toda la ciudad, o no sé")),
                    *[
                        (each.id, territory_label(each))
                        for each in organization.territories_in_order()
                    ],
                ]
            )
        else:
            del self.territory_id
        if settings.with_theme and organization.themes:
            self.theme_id.choices = options(
                [
                    ("", _l("Sin tema")),
                    *[(each.id, each.name) for each in organization.themes.values()],
                ]
            )
        else:
            del self.theme_id
        if len(organization.locales) > 1:
            self.language.choices = options(
                (code, SUPPORTED_LOCALES.get(code, code)) for code in organization.locales
            )
        else:
            del self.language
        self.body.render_kw = {**self.body.render_kw, "maxlength": settings.body_length}
        return self


class WithdrawForm(FlaskForm):
    """Withdraw a proposal, with an optional reason."""

    reason = RadioField(
        _l("¿Por qué la retira?"),
        description=_l("Se muestra en la página de la propuesta."),
        default="",
        validators=[Optional()],
        validate_choice=False,
    )


def territory_label(territory: Any) -> str:
    """Return a place's name, indented by its depth, with the word for its level."""
    indent = "\u2003" * (len(territory.path) - 1)
    return f"{indent}{territory.name} ({territory.level})"
