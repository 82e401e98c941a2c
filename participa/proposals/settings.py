"""What staff may set for a proposals component."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.comments.settings import CommentSettings
from participa.contributions.settings import ReviewSettings
from participa.core.i18n import Localized
from participa.core.settings import setting


@dataclass(frozen=True)
class OwnSettings:
    """Settings of the proposals themselves."""

    support_limit: int = setting(
        0,
        label=_l("Apoyos por persona"),
        help=_l("Cuántas propuestas puede apoyar cada persona. 0 es sin límite."),
        minimum=0,
        maximum=1000,
    )
    edit_minutes: int = setting(
        60,
        label=_l("Tiempo para corregir"),
        help=_l(
            "Minutos durante los que se puede corregir una propuesta ya publicada, "
            "si nadie la ha apoyado."
        ),
        minimum=0,
        maximum=10080,
        unit=_l("minutos"),
    )
    proposals_per_person: int = setting(
        0,
        label=_l("Propuestas por persona"),
        help=_l("Cuántas propuestas puede tener publicadas cada persona. 0 es sin límite."),
        minimum=0,
        maximum=100,
    )
    body_length: int = setting(
        3000,
        label=_l("Largo del texto"),
        help=_l("Cuántos caracteres puede tener una propuesta, como máximo."),
        minimum=200,
        maximum=20000,
        unit=_l("caracteres"),
    )
    with_territory: bool = setting(
        True,
        label=_l("Pedir el territorio"),
        help=_l("Se pregunta a qué barrio o vereda se refiere la propuesta."),
    )
    with_theme: bool = setting(
        True,
        label=_l("Pedir el tema"),
        help=_l("Se pregunta de qué tema trata la propuesta."),
    )
    order: str = setting(
        "random",
        label=_l("Orden de la lista"),
        help=_l("En qué orden se muestran las propuestas mientras la persona no elija otro."),
        choices={
            "random": _l("Al azar, distinto para cada persona"),
            "newest": _l("Las más nuevas primero"),
            "most_supported": _l("Las más apoyadas primero"),
        },
    )


@dataclass(frozen=True)
class Settings(CommentSettings, OwnSettings):
    """Settings of the whole component: its own, then those of its comments."""


@dataclass(frozen=True)
class PhaseSettings(ReviewSettings):
    """Settings that may differ from phase to phase."""

    instructions: Localized = setting(
        Localized(),  # immutable
        label=_l("Indicaciones"),
        help=_l("Un texto breve que se muestra sobre la lista durante la fase."),
        maximum=1000,
        multiline=True,
    )
