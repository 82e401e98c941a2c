"""What happens from the closing of a vote on."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How
from participa.core.i18n import Localized


@dataclass(frozen=True)
class VoteClosed(Fact):
    """A vote was closed: nobody casts any more, and no ballot leads to a person."""

    NAME = "budgets.closed"
    LABEL = _l("Votación cerrada")
    SENTENCE = _l("Se cerró la votación «%(title)s» con %(ballots)s votos en la urna")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)
    QUOTES = ()

    title: Localized
    """Of the component."""
    ballots: int


@dataclass(frozen=True)
class CountAsked(Fact):
    """Staff asked to count and publish; the seed of the draw is public and final from then on."""

    NAME = "budgets.count_asked"
    LABEL = _l("Conteo pedido")
    SENTENCE = _l("%(actor)s mandó contar y publicar. Semilla del sorteo: «%(seed)s»")
    PUBLIC = True

    seed: str
    """Empty where no lot is drawn."""


@dataclass(frozen=True)
class OutcomePublished(Fact):
    """The outcome of a vote was published, with the files of its recount."""

    NAME = "budgets.published"
    LABEL = _l("Resultado de una votación")
    SENTENCE = _l("Ya se sabe el resultado de «%(title)s»: se financian %(winners)s proyectos")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("budgets.outcome", "process", "component")

    title: Localized
    """Of the component."""
    winners: int
    process: str
    component: str


@dataclass(frozen=True)
class WinnerLeftOut(Fact):
    """A winner that cannot be built was left out, with a public reason."""

    NAME = "budgets.left_out"
    LABEL = _l("Proyecto ganador que no se puede hacer")
    SENTENCE = _l(
        "«%(title)s» ganó y no se puede hacer. Motivo: %(reason)s. Se contó de nuevo sin ese "
        "proyecto, con la misma regla"
    )
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS, Audience.SUBJECT_FOLLOWERS)
    DEFAULT_MAIL = How.NOW

    title: str
    reason: str
    edition: int


@dataclass(frozen=True)
class WinnerTakenBack(Fact):
    """A project that had been left out is counted again, with a public reason."""

    NAME = "budgets.taken_back"
    LABEL = _l("Proyecto que vuelve a contar")
    SENTENCE = _l(
        "«%(title)s» vuelve a contar. Motivo: %(reason)s. Se contó de nuevo con la misma regla"
    )
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS, Audience.SUBJECT_FOLLOWERS)
    DEFAULT_MAIL = How.NOW

    title: str
    reason: str
    edition: int
