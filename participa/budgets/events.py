"""What can happen to a participatory budget.

No fact carries what somebody chose, a document number or a receipt.
"""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact, How


@dataclass(frozen=True)
class PotSaved(Fact):
    """Staff added or changed a pot."""

    NAME = "budgets.pot_saved"
    LABEL = _l("Bolsa guardada")
    SENTENCE = _l("%(actor)s guardó la bolsa «%(name)s»")

    name: str
    amount: int
    """Minor currency units."""


@dataclass(frozen=True)
class PotRemoved(Fact):
    """Staff removed a pot that had no projects."""

    NAME = "budgets.pot_removed"
    LABEL = _l("Bolsa quitada")
    SENTENCE = _l("%(actor)s quitó la bolsa «%(name)s»")

    name: str


@dataclass(frozen=True)
class CategorySaved(Fact):
    """Staff added or changed a category."""

    NAME = "budgets.category_saved"
    LABEL = _l("Categoría guardada")
    SENTENCE = _l("%(actor)s guardó la categoría «%(name)s»")

    name: str


@dataclass(frozen=True)
class CategoryRemoved(Fact):
    """Staff removed a category; its projects stay without one."""

    NAME = "budgets.category_removed"
    LABEL = _l("Categoría quitada")
    SENTENCE = _l("%(actor)s quitó la categoría «%(name)s»")

    name: str


@dataclass(frozen=True)
class ProjectSaved(Fact):
    """Staff added or changed a project."""

    NAME = "budgets.project_saved"
    LABEL = _l("Proyecto guardado")
    SENTENCE = _l("%(actor)s guardó el proyecto «%(title)s»")

    title: str


@dataclass(frozen=True)
class ProjectRemoved(Fact):
    """Staff removed a project before the rules were locked."""

    NAME = "budgets.project_removed"
    LABEL = _l("Proyecto quitado")
    SENTENCE = _l("%(actor)s quitó el proyecto «%(title)s»")
    QUOTES = ()

    title: str


@dataclass(frozen=True)
class ProjectsImported(Fact):
    """Staff imported projects from a file."""

    NAME = "budgets.projects_imported"
    LABEL = _l("Proyectos importados")
    SENTENCE = _l(
        "%(actor)s importó proyectos de un archivo: %(added)s nuevos, %(changed)s cambiados"
    )

    added: int
    changed: int


@dataclass(frozen=True)
class ProjectsTaken(Fact):
    """Staff made projects from proposals of the same process."""

    NAME = "budgets.projects_taken"
    LABEL = _l("Proyectos hechos de propuestas")
    SENTENCE = _l("%(actor)s hizo proyectos de %(number)s propuestas")
    PUBLIC = True

    number: int


@dataclass(frozen=True)
class RulesLocked(Fact):
    """Rules, pots, projects, costs and tie order became firm."""

    NAME = "budgets.locked"
    LABEL = _l("Reglas en firme")
    SENTENCE = _l("Quedaron en firme la regla, las bolsas y los proyectos de la votación")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)

    sha256: str
    """Of the canonical document that ``/regla.json`` gives."""


@dataclass(frozen=True)
class FirmAmended(Fact):
    """Something that was firm was corrected, with a public reason."""

    NAME = "budgets.amended"
    LABEL = _l("Corrección de lo que estaba en firme")
    SENTENCE = _l("%(actor)s corrigió %(what)s, que estaba en firme. Motivo: %(reason)s")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)

    what: str
    reason: str
    sha256: str


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

    title: str
    """Of the component."""
    until: str
    """The last day, in words."""
    process: str
    component: str
    person_id: list[int]


@dataclass(frozen=True)
class VoteClosed(Fact):
    """A vote was closed: nobody casts any more, and no ballot leads to a person."""

    NAME = "budgets.closed"
    LABEL = _l("Votación cerrada")
    SENTENCE = _l("Se cerró la votación «%(title)s» con %(ballots)s votos en la urna")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)
    QUOTES = ()

    title: str
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

    title: str
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


FACTS: tuple[type[Fact], ...] = (
    PotSaved,
    PotRemoved,
    CategorySaved,
    CategoryRemoved,
    ProjectSaved,
    ProjectRemoved,
    ProjectsImported,
    ProjectsTaken,
    RulesLocked,
    FirmAmended,
    BallotCast,
    BallotChanged,
    UnsentReminded,
    VoteClosed,
    CountAsked,
    OutcomePublished,
    WinnerLeftOut,
    WinnerTakenBack,
)
