"""What can happen to a case, and what its author and those who flagged are told.

No fact repeats what somebody wrote, and none names a moderator to the author or to those who
flagged. The subject is the item; ``case_id`` leads the author to the page that says the rest.
"""

from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How

# --- the work of moderators: a line of the record, nobody is told -------------------------------


@dataclass(frozen=True)
class CaseOpened(Fact):
    """A case was opened, or opened again: by a flag, a check or a moderator."""

    NAME = "moderation.opened"
    LABEL = _l("Caso de moderación abierto")
    SENTENCE = _l("Se abrió un caso de moderación")
    QUOTES = ()

    by: str
    """The move that opened it."""
    ground: str = ""


@dataclass(frozen=True)
class ItemFlagged(Fact):
    """Somebody flagged an item whose case was open already."""

    NAME = "moderation.flagged"
    LABEL = _l("Aporte reportado")
    SENTENCE = _l("Un aporte recibió otro reporte")
    QUOTES = ()

    ground: str


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

    name: str


@dataclass(frozen=True)
class TermsSaved(Fact):
    """The time limits that moderation promises were changed."""

    NAME = "moderation.terms_saved"
    LABEL = _l("Plazos de moderación cambiados")
    SENTENCE = _l("%(actor)s cambió los plazos de la moderación: %(fields)s")
    QUOTES = ()

    fields: str


# --- what moderators and administrators are told ------------------------------------------------


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


# --- what the author is told --------------------------------------------------------------------


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
    ground: str
    """Its name, in the author's language."""
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


# --- what those who flagged are told ------------------------------------------------------------


@dataclass(frozen=True)
class _FlagAnswered(Fact):
    TELLS = (Audience.PERSON,)
    QUOTES = ()
    PAGE = ("moderation.own_flags",)

    person_id: list[int]


@dataclass(frozen=True)
class FlagDismissed(_FlagAnswered):
    """To those who flagged: it was kept."""

    NAME = "moderation.flag_dismissed"
    LABEL = _l("Respuesta a un reporte suyo: se mantiene")
    SENTENCE = _l("La moderación revisó lo que usted reportó y lo mantuvo publicado")


@dataclass(frozen=True)
class FlagAccepted(_FlagAnswered):
    """To those who flagged: it was removed."""

    NAME = "moderation.flag_accepted"
    LABEL = _l("Respuesta a un reporte suyo: se retiró")
    SENTENCE = _l("La moderación revisó lo que usted reportó y lo retiró. Gracias por avisar")


@dataclass(frozen=True)
class FlagMerged(_FlagAnswered):
    """To those who flagged: it was joined to what it repeats."""

    NAME = "moderation.flag_merged"
    LABEL = _l("Respuesta a un reporte suyo: se unió a otro")
    SENTENCE = _l("La moderación unió lo que usted reportó al aporte que repetía")


@dataclass(frozen=True)
class FlagReopened(_FlagAnswered):
    """To those who flagged: the decision that they were told was taken back."""

    NAME = "moderation.flag_reopened"
    LABEL = _l("Respuesta a un reporte suyo: se estudia otra vez")
    SENTENCE = _l("La moderación deshizo su decisión sobre lo que usted reportó y lo estudia")


@dataclass(frozen=True)
class FlagUpheld(_FlagAnswered):
    """To those who flagged: the removal was appealed and confirmed."""

    NAME = "moderation.flag_upheld"
    LABEL = _l("Respuesta a un reporte suyo: se confirmó el retiro")
    SENTENCE = _l("Apelaron el retiro de lo que usted reportó, y otra persona lo confirmó")


@dataclass(frozen=True)
class FlagReverted(_FlagAnswered):
    """To those who flagged: the removal was undone by a second person."""

    NAME = "moderation.flag_reverted"
    LABEL = _l("Respuesta a un reporte suyo: se revirtió el retiro")
    SENTENCE = _l("Otra persona revisó el retiro de lo que usted reportó: está publicado otra vez")


@dataclass(frozen=True)
class FlagCorrected(_FlagAnswered):
    """To those who flagged: the author corrected it, and it is published."""

    NAME = "moderation.flag_corrected"
    LABEL = _l("Respuesta a un reporte suyo: se corrigió")
    SENTENCE = _l("Quien escribió lo que usted reportó lo corrigió, y está publicado otra vez")


@dataclass(frozen=True)
class FlagSettled(_FlagAnswered):
    """To those who flagged: the author took it back."""

    NAME = "moderation.flag_settled"
    LABEL = _l("Respuesta a un reporte suyo: lo retiró su autor")
    SENTENCE = _l("Quien escribió lo que usted reportó lo retiró")


FACTS = (
    CaseOpened,
    ItemFlagged,
    CaseClaimed,
    CaseReleased,
    CaseNoted,
    UrgentReviewed,
    CorrectionSent,
    RemovalAppealed,
    GroundSaved,
    TermsSaved,
    CaseHandedOver,
    WorkSummarized,
    ReversalsUnusual,
    PutUnderReview,
    Kept,
    Removed,
    Merged,
    CorrectionPublished,
    DecisionUndone,
    RemovalUpheld,
    RemovalReverted,
    CaseWithdrawn,
    FlagDismissed,
    FlagAccepted,
    FlagMerged,
    FlagReopened,
    FlagUpheld,
    FlagReverted,
    FlagCorrected,
    FlagSettled,
)
