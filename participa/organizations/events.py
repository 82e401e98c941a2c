"""What can happen to the organization, its territories and its themes."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Fact
from participa.core.i18n import Localized


@dataclass(frozen=True)
class OrganizationCreated(Fact):
    """An organization was opened in this installation."""

    NAME = "organizations.created"
    LABEL = _l("Entidad creada")
    SENTENCE = _l("Se creó la entidad «%(name)s»")

    name: str


@dataclass(frozen=True)
class OrganizationEdited(Fact):
    """The organization's own data changed; only the names of the fields are kept."""

    NAME = "organizations.edited"
    LABEL = _l("Datos de la entidad cambiados")
    SENTENCE = _l("%(actor)s cambió los datos de la entidad: %(summary)s")

    summary: Localized
    fields: list[str]


@dataclass(frozen=True)
class PlaceAdded(Fact):
    """A territory was added."""

    NAME = "organizations.territory_added"
    LABEL = _l("Territorio agregado")
    SENTENCE = _l("%(actor)s agregó el territorio «%(name)s»")

    code: str
    name: str


@dataclass(frozen=True)
class PlaceChanged(Fact):
    """A territory got another name, level or place in the tree."""

    NAME = "organizations.territory_changed"
    LABEL = _l("Territorio cambiado")
    SENTENCE = _l("%(actor)s cambió el territorio «%(name)s»: %(summary)s")

    code: str
    name: str
    summary: Localized


@dataclass(frozen=True)
class PlaceRemoved(Fact):
    """A territory that nothing used was removed."""

    NAME = "organizations.territory_removed"
    LABEL = _l("Territorio quitado")
    SENTENCE = _l("%(actor)s quitó el territorio «%(name)s»")

    code: str
    name: str


@dataclass(frozen=True)
class ThemeAdded(Fact):
    """A theme was added."""

    NAME = "organizations.theme_added"
    LABEL = _l("Tema agregado")
    SENTENCE = _l("%(actor)s agregó el tema «%(name)s»")

    code: str
    name: Localized


@dataclass(frozen=True)
class ThemeChanged(Fact):
    """A theme got another name or place in the list."""

    NAME = "organizations.theme_changed"
    LABEL = _l("Tema cambiado")
    SENTENCE = _l("%(actor)s cambió el tema «%(name)s»")

    code: str
    name: Localized


@dataclass(frozen=True)
class ThemeRemoved(Fact):
    """A theme that nothing used was removed."""

    NAME = "organizations.theme_removed"
    LABEL = _l("Tema quitado")
    SENTENCE = _l("%(actor)s quitó el tema «%(name)s»")

    code: str
    name: Localized


@dataclass(frozen=True)
class TerritoriesImported(Fact):
    """A CSV file of territories was applied, whole."""

    NAME = "organizations.territories_imported"
    LABEL = _l("Territorios importados")
    SENTENCE = _l(
        "%(actor)s importó territorios: %(added)s nuevos, %(changed)s cambiados,"
        " %(removed)s quitados"
    )

    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class ThemesImported(Fact):
    """A CSV file of themes was applied, whole."""

    NAME = "organizations.themes_imported"
    LABEL = _l("Temas importados")
    SENTENCE = _l(
        "%(actor)s importó temas: %(added)s nuevos, %(changed)s cambiados, %(removed)s quitados"
    )

    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class MailSentAgain(Fact):
    """Mails that had been given up were queued once more."""

    NAME = "organizations.mail_sent_again"
    LABEL = _l("Correos enviados otra vez")
    SENTENCE = _l("%(actor)s pidió enviar otra vez %(number)s correos que no habían salido")

    number: int


FACTS = (
    OrganizationCreated,
    OrganizationEdited,
    PlaceAdded,
    PlaceChanged,
    PlaceRemoved,
    ThemeAdded,
    ThemeChanged,
    ThemeRemoved,
    TerritoriesImported,
    ThemesImported,
    MailSentAgain,
)
