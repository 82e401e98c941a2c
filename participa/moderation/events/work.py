"""The work of moderators, and what they and the administrators are told of it."""

from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How
from participa.core.i18n import Localized


@dataclass(frozen=True)
class CaseOpened(Fact):
    """A case was opened, or opened again: by a flag, a check or a moderator."""

    NAME = "moderation.opened"
    LABEL = _l("Caso de moderación abierto")
    SENTENCE = _l("Se abrió un caso de moderación")
    QUOTES = ()

    by: str
    """The move that opened it."""
    ground: Localized = Localized()


@dataclass(frozen=True)
class ItemFlagged(Fact):
    """Somebody flagged an item whose case was open already."""

    NAME = "moderation.flagged"
    LABEL = _l("Aporte reportado")
    SENTENCE = _l("Un aporte recibió otro reporte")
    QUOTES = ()

    ground: Localized


@dataclass(frozen=True)
class CaseClaimed(Fact):
    """A moderator took a case."""

    NAME = "moderation.claimed"
    LABEL = _l("Caso tomado")
    SENTENCE = _l("%(actor)s tomó un caso de moderación")
    QUOTES = ()


@dataclass(frozen=True)
class CaseReleased(Fact):
    """A moderator gave a case back to the queue."""

    NAME = "moderation.released"
    LABEL = _l("Caso devuelto")
    SENTENCE = _l("%(actor)s devolvió un caso de moderación a la fila")
    QUOTES = ()


@dataclass(frozen=True)
class CaseNoted(Fact):
    """A moderator wrote an internal note."""

    NAME = "moderation.noted"
    LABEL = _l("Nota interna en un caso")
    SENTENCE = _l("%(actor)s anotó algo en un caso de moderación")
    QUOTES = ()


@dataclass(frozen=True)
class UrgentReviewed(Fact):
    """A second person looked at an urgent removal and agreed."""

    NAME = "moderation.urgent_reviewed"
    LABEL = _l("Retiro urgente revisado")
    SENTENCE = _l("%(actor)s revisó un retiro urgente y lo confirmó")
    QUOTES = ()


@dataclass(frozen=True)
class CorrectionSent(Fact):
    """The author corrected what had been removed, and sent it again."""

    NAME = "moderation.correction_sent"
    LABEL = _l("Corrección enviada")
    SENTENCE = _l("Llegó la corrección de un aporte retirado")
    QUOTES = ()


@dataclass(frozen=True)
class RemovalAppealed(Fact):
    """The author appealed a removal."""

    NAME = "moderation.appealed"
    LABEL = _l("Apelación recibida")
    SENTENCE = _l("Llegó una apelación")
    QUOTES = ()


@dataclass(frozen=True)
class GroundSaved(Fact):
    """A ground was added or changed: its public wording, its reply, its severity."""

    NAME = "moderation.ground_saved"
    LABEL = _l("Motivo de moderación cambiado")
    SENTENCE = _l("%(actor)s cambió el motivo de moderación «%(name)s»")
    QUOTES = ()

    name: Localized


@dataclass(frozen=True)
class TermsSaved(Fact):
    """The time limits that moderation promises were changed."""

    NAME = "moderation.terms_saved"
    LABEL = _l("Plazos de moderación cambiados")
    SENTENCE = _l("%(actor)s cambió los plazos de la moderación: %(fields)s")
    QUOTES = ()

    fields: str


@dataclass(frozen=True)
class CaseHandedOver(Fact):
    """A moderator passed a case on: to somebody, or back to the queue."""

    NAME = "moderation.handed_over"
    LABEL = _l("Caso de moderación pasado a usted")
    SENTENCE = _l("%(actor)s pasó un caso de moderación a otra persona del equipo")
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.case", "process", "case_id")

    conflict: bool
    process: str
    """Slug of the process: where the page is."""
    case_id: int
    person_id: list[int] = field(default_factory=list)
    """Who should take it: somebody named, or the administrators where nobody else is left."""


@dataclass(frozen=True)
class WorkSummarized(Fact):
    """What waits in a process's queue this morning, for one moderator."""

    NAME = "moderation.summary"
    LABEL = _l("Resumen de la moderación")
    SENTENCE = _l(
        "Moderación hoy: %(waiting)s por decidir, %(new)s de ayer a hoy, %(overdue)s con el plazo "
        "vencido, %(mine)s en sus manos"
    )
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.DAILY
    QUOTES = ()
    PAGE = ("moderation.queue", "process")

    process: str
    """Slug of the process: where the page is."""
    waiting: int
    new: int
    overdue: int
    mine: int
    person_id: int


@dataclass(frozen=True)
class ReversalsUnusual(Fact):
    """The removals of one moderator, or for one ground, are reverted clearly more than others."""

    NAME = "moderation.reversals_unusual"
    LABEL = _l("Reversiones fuera de lo común")
    SENTENCE = _l(
        "Se revirtieron %(reverted)s de %(removed)s retiros de una misma persona o por un mismo "
        "motivo, más que en los demás: conviene mirarlo"
    )
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("moderation.reversals",)

    about: str
    """``moderator`` or ``ground``."""
    about_id: int
    removed: int
    reverted: int
    person_id: list[int] = field(default_factory=list)
