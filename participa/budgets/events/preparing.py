"""What happens to pots, projects and rules before and while people vote."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact
from participa.core.i18n import Localized


@dataclass(frozen=True)
class PotSaved(Fact):
    """Staff added or changed a pot."""

    NAME = "budgets.pot_saved"
    LABEL = _l("Bolsa guardada")
    SENTENCE = _l("%(actor)s guardó la bolsa «%(name)s»")

    name: Localized
    amount: int
    """Minor currency units."""


@dataclass(frozen=True)
class PotRemoved(Fact):
    """Staff removed a pot that had no projects."""

    NAME = "budgets.pot_removed"
    LABEL = _l("Bolsa quitada")
    SENTENCE = _l("%(actor)s quitó la bolsa «%(name)s»")

    name: Localized


@dataclass(frozen=True)
class CategorySaved(Fact):
    """Staff added or changed a category."""

    NAME = "budgets.category_saved"
    LABEL = _l("Categoría guardada")
    SENTENCE = _l("%(actor)s guardó la categoría «%(name)s»")

    name: Localized


@dataclass(frozen=True)
class CategoryRemoved(Fact):
    """Staff removed a category; its projects stay without one."""

    NAME = "budgets.category_removed"
    LABEL = _l("Categoría quitada")
    SENTENCE = _l("%(actor)s quitó la categoría «%(name)s»")

    name: Localized


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
    SENTENCE = _l("Ya no se pueden cambiar la regla, las bolsas ni los proyectos de la votación")
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

    what: Localized
    reason: str
    sha256: str
