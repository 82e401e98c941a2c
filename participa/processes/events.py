"""What can happen to a process."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact
from participa.core.i18n import Localized


@dataclass(frozen=True)
class ProcessCreated(Fact):
    """A process was made, from a template, a file or empty."""

    NAME = "processes.created"
    LABEL = _l("Proceso creado")
    SENTENCE = _l("%(actor)s creó el proceso «%(title)s»")

    title: Localized
    slug: str
    template: str | None = None


@dataclass(frozen=True)
class ProcessEdited(Fact):
    """Texts, dates, components or settings changed; the difference goes with it."""

    NAME = "processes.edited"
    LABEL = _l("Proceso cambiado")
    SENTENCE = _l("%(actor)s cambió el proceso «%(title)s»: %(summary)s")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)

    title: Localized
    summary: Localized
    changes: Localized
    """The lines of the difference."""


@dataclass(frozen=True)
class ProcessPublished(Fact):
    """People can see the process from now on."""

    NAME = "processes.published"
    LABEL = _l("Proceso publicado")
    SENTENCE = _l("Se publicó el proceso «%(title)s»")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)

    title: Localized


@dataclass(frozen=True)
class ProcessUnpublished(Fact):
    """The process went back to draft."""

    NAME = "processes.unpublished"
    LABEL = _l("Proceso despublicado")
    SENTENCE = _l("%(actor)s despublicó el proceso «%(title)s»: %(reason)s")

    title: Localized
    reason: str


@dataclass(frozen=True)
class ProcessArchived(Fact):
    """The process is over for good: it can be read, nothing in it is open."""

    NAME = "processes.archived"
    LABEL = _l("Proceso archivado")
    SENTENCE = _l("Se archivó el proceso «%(title)s»")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)

    title: Localized


@dataclass(frozen=True)
class PhaseOpened(Fact):
    """Staff opened a phase against its dates."""

    NAME = "processes.phase_opened"
    LABEL = _l("Fase abierta fuera de sus fechas")
    SENTENCE = _l("La fase «%(phase)s» se abrió fuera de sus fechas: %(reason)s")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)

    phase: Localized
    reason: str
    start: str
    until: str | None


@dataclass(frozen=True)
class PhaseClosed(Fact):
    """Staff closed a phase against its dates."""

    NAME = "processes.phase_closed"
    LABEL = _l("Fase cerrada fuera de sus fechas")
    SENTENCE = _l("La fase «%(phase)s» se cerró fuera de sus fechas: %(reason)s")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)

    phase: Localized
    reason: str
    start: str
    until: str | None


@dataclass(frozen=True)
class PreviewLinkMade(Fact):
    """Staff made a link that shows an unpublished process until a moment."""

    NAME = "processes.preview_link_made"
    LABEL = _l("Enlace de vista previa creado")
    SENTENCE = _l("%(actor)s creó un enlace de vista previa hasta %(expires)s")

    expires: str


@dataclass(frozen=True)
class PreviewLinkRevoked(Fact):
    """Staff made a preview link stop working."""

    NAME = "processes.preview_link_revoked"
    LABEL = _l("Enlace de vista previa anulado")
    SENTENCE = _l("%(actor)s anuló un enlace de vista previa que vencía el %(expires)s")

    expires: str


@dataclass(frozen=True)
class ResourcesLinked(Fact):
    """Two resources were tied by a typed link of the thread."""

    NAME = "processes.linked"
    LABEL = _l("Aportes enlazados")
    SENTENCE = _l("%(actor)s enlazó «%(source)s» con «%(target)s»")
    PUBLIC = True
    TELLS = (Audience.SUBJECT_FOLLOWERS,)
    QUOTES = ("source", "target")

    source: str
    target: str
    kind: str
    source_ref: str = ""
    target_ref: str = ""


@dataclass(frozen=True)
class ResourcesUnlinked(Fact):
    """A link of the thread was undone."""

    NAME = "processes.unlinked"
    LABEL = _l("Enlace entre aportes deshecho")
    SENTENCE = _l("%(actor)s deshizo el enlace de «%(source)s» con «%(target)s»")
    PUBLIC = True
    QUOTES = ("source", "target")

    source: str
    target: str
    kind: str
    source_ref: str = ""
    target_ref: str = ""


FACTS = (
    ProcessCreated,
    ProcessEdited,
    ProcessPublished,
    ProcessUnpublished,
    ProcessArchived,
    PhaseOpened,
    PhaseClosed,
    PreviewLinkMade,
    PreviewLinkRevoked,
    ResourcesLinked,
    ResourcesUnlinked,
)
