"""What staff may set, phase by phase, wherever people write."""

from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from participa.core.settings import setting


class Review(StrEnum):
    """Whose contributions a moderator reads before they are published."""

    NOBODY = "nobody"
    FLAGGED = "flagged"
    FIRST = "first"
    ALL = "all"


@dataclass(frozen=True)
class ReviewSettings:
    """Inherited by the phase settings of every component in which people write."""

    review: str = setting(
        Review.NOBODY.value,
        label=_l("Revisión antes de publicar"),
        help=_l(
            "Qué aportes lee primero la moderación. Lo demás se publica de inmediato y se revisa "
            "si alguien lo reporta."
        ),
        choices={
            Review.NOBODY.value: _l("Ninguno"),
            Review.FLAGGED.value: _l("Los que señale una revisión automática"),
            Review.FIRST.value: _l("Los primeros de cada persona, y los señalados"),
            Review.ALL.value: _l("Todos"),
        },
    )
