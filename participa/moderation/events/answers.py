"""What those who flagged are told: what became of it."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact


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
