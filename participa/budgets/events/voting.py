"""What happens in a vote. Names nobody and tells no choice."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How
from participa.core.i18n import Localized


@dataclass(frozen=True)
class BallotCast(Fact):
    """Somebody voted. Names nobody and tells no choice: who voted is on the roll, with the day."""

    NAME = "budgets.ballot_cast"
    LABEL = _l("Voto recibido")
    SENTENCE = _l("Entró un voto")


@dataclass(frozen=True)
class BallotChanged(Fact):
    """Somebody changed their ballot before the closing. Names nobody."""

    NAME = "budgets.ballot_changed"
    LABEL = _l("Voto cambiado")
    SENTENCE = _l("Alguien cambió su voto")


@dataclass(frozen=True)
class UnsentReminded(Fact):
    """People who chose projects and did not send their vote are reminded before the closing."""

    NAME = "budgets.unsent_reminded"
    LABEL = _l("Recordatorio de un voto sin enviar")
    SENTENCE = _l(
        "Escogió proyectos en «%(title)s» y todavía no ha enviado su voto: así no cuenta. Puede "
        "enviarlo hasta el %(until)s"
    )
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("budgets.ballot", "process", "component")

    title: Localized
    """Of the component."""
    until: Localized
    """The last day, in words."""
    process: str
    component: str
    person_id: list[int]


@dataclass(frozen=True)
class BackupMade(Fact):
    """The database was copied while the vote was open: the copy holds what the closing erases."""

    NAME = "budgets.backup_made"
    LABEL = _l("Copia de seguridad con la votación abierta")
    SENTENCE = _l("Se hizo la copia de seguridad «%(file)s» con la votación abierta")

    file: str


@dataclass(frozen=True)
class DraftsLost(Fact):
    """An upgrade threw away what people had chosen and not sent, which was not encrypted then."""

    NAME = "budgets.drafts_lost"
    LABEL = _l("Votos sin enviar que se borraron")
    SENTENCE = _l(
        "Al actualizar la plataforma se borró lo que usted había escogido en «%(title)s» sin "
        "enviarlo: desde ahora se guarda cifrado. Vuelva a escoger y envíe su voto. Si ya había "
        "enviado uno, ese sigue contando"
    )
    TELLS = (Audience.PERSON,)
    DEFAULT_MAIL = How.NOW
    QUOTES = ()
    PAGE = ("budgets.ballot", "process", "component")

    title: Localized
    """Of the component."""
    process: str
    component: str
    person_id: list[int]
