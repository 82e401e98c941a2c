"""What the author is told: what became of what they wrote."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How
from participa.core.i18n import Localized


@dataclass(frozen=True)
class PutUnderReview(Fact):
    """Enough people flagged an item: it stays where it is, with a notice."""

    NAME = "moderation.under_review"
    LABEL = _l("Aporte en revisión")
    SENTENCE = _l("Su aporte sigue publicado y está en revisión: varias personas lo reportaron")
    TELLS = (Audience.AUTHOR,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.own_case", "case_id")

    case_id: int
    author_id: int


@dataclass(frozen=True)
class Kept(Fact):
    """A moderator looked at an item and kept it, or published what waited."""

    NAME = "moderation.kept"
    LABEL = _l("Aporte revisado y mantenido")
    SENTENCE = _l("La moderación revisó su aporte: está publicado")
    TELLS = (Audience.AUTHOR,)
    QUOTES = ()
    PAGE = ("moderation.own_case", "case_id")

    case_id: int
    published: bool = False
    """Whether it waited and is published with this."""
    author_id: int | None = None
    """Left out where the author never knew that somebody looked."""


@dataclass(frozen=True)
class Removed(Fact):
    """A moderator removed an item for a ground."""

    NAME = "moderation.removed"
    LABEL = _l("Aporte retirado")
    SENTENCE = _l(
        "La moderación retiró su aporte. Motivo: %(ground)s. Puede corregirlo, o apelar durante "
        "%(days)s días"
    )
    TELLS = (Audience.AUTHOR,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.own_case", "case_id")

    case_id: int
    ground: Localized
    """Its name."""
    days: int
    author_id: int
    urgent: bool = False


@dataclass(frozen=True)
class Merged(Fact):
    """A duplicate was joined to another. The room of the item tells its author."""

    NAME = "moderation.merged"
    LABEL = _l("Aporte repetido, unido a otro")
    SENTENCE = _l("La moderación unió un aporte repetido a otro")
    QUOTES = ()


@dataclass(frozen=True)
class CorrectionPublished(Fact):
    """The author's correction was read and published."""

    NAME = "moderation.correction_published"
    LABEL = _l("Corrección publicada")
    SENTENCE = _l("La moderación leyó su corrección: su aporte está publicado otra vez")
    TELLS = (Audience.AUTHOR,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.own_case", "case_id")

    case_id: int
    author_id: int


@dataclass(frozen=True)
class DecisionUndone(Fact):
    """Who decided took the decision back within minutes: the case is being studied again."""

    NAME = "moderation.undone"
    LABEL = _l("Decisión de moderación deshecha")
    SENTENCE = _l("La moderación deshizo lo que acababa de decidir sobre su aporte y lo estudia")
    TELLS = (Audience.AUTHOR,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.own_case", "case_id")

    case_id: int
    author_id: int | None = None


@dataclass(frozen=True)
class RemovalUpheld(Fact):
    """Somebody else looked at an appealed removal and confirmed it."""

    NAME = "moderation.upheld"
    LABEL = _l("Apelación respondida: se confirma el retiro")
    SENTENCE = _l("Otra persona revisó su apelación y confirmó el retiro de su aporte")
    TELLS = (Audience.AUTHOR,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.own_case", "case_id")

    case_id: int
    author_id: int


@dataclass(frozen=True)
class RemovalReverted(Fact):
    """Somebody else looked at a removal and undid it."""

    NAME = "moderation.reverted"
    LABEL = _l("Retiro revertido")
    SENTENCE = _l("Otra persona revisó el retiro de su aporte y lo revirtió: está publicado")
    TELLS = (Audience.AUTHOR,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.own_case", "case_id")

    case_id: int
    author_id: int


@dataclass(frozen=True)
class CaseWithdrawn(Fact):
    """The author took the item back: the case is closed without a decision."""

    NAME = "moderation.withdrawn"
    LABEL = _l("Caso cerrado sin decisión")
    SENTENCE = _l("Se cerró un caso de moderación: quien escribió el aporte lo retiró")
    QUOTES = ()
