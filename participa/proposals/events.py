"""What can happen to a proposal."""

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from participa.core.events import Audience, Fact


@dataclass(frozen=True)
class ProposalPublished(Fact):
    """Somebody published a proposal."""

    NAME = "proposals.published"
    LABEL = _l("Propuesta publicada")
    SENTENCE = _l("%(actor)s propuso «%(title)s»")
    PUBLIC = True
    TELLS = (Audience.PROCESS_FOLLOWERS,)
    FOLLOWS = True

    title: str


@dataclass(frozen=True)
class ProposalSubmitted(Fact):
    """Somebody sent a proposal that a moderator reads before it is published."""

    NAME = "proposals.submitted"
    LABEL = _l("Propuesta enviada a revisión")
    SENTENCE = _l("%(actor)s envió una propuesta, que se revisa antes de publicarla")


@dataclass(frozen=True)
class ProposalMerged(Fact):
    """A proposal was found to be the same as another: it stands aside, its supports move over."""

    NAME = "proposals.merged"
    LABEL = _l("Propuesta unida a otra")
    SENTENCE = _l("Una propuesta repetida se unió a «%(title)s»")
    PUBLIC = True
    TELLS = (Audience.AUTHOR, Audience.SUBJECT_FOLLOWERS)
    PAGE = ("proposals.show", "process", "component", "proposal")

    title: str
    """Of the one that it was joined to, as are the next four."""
    title_ref: str
    process: str
    component: str
    proposal: int
    author_id: int


@dataclass(frozen=True)
class ProposalParted(Fact):
    """What a proposal had been joined to was withdrawn: it stands on its own again."""

    NAME = "proposals.parted"
    LABEL = _l("Propuesta que vuelve a estar aparte")
    SENTENCE = _l("«%(title)s» vuelve a estar aparte, con sus apoyos: retiraron la otra igual")
    PUBLIC = True
    TELLS = (Audience.AUTHOR, Audience.SUBJECT_FOLLOWERS)

    title: str
    author_id: int


@dataclass(frozen=True)
class ProposalEdited(Fact):
    """The author corrected a proposal within the window."""

    NAME = "proposals.edited"
    LABEL = _l("Propuesta corregida")
    SENTENCE = _l("%(actor)s corrigió «%(title)s»")
    PUBLIC = True
    TELLS = (Audience.SUBJECT_FOLLOWERS,)

    title: str


@dataclass(frozen=True)
class ProposalWithdrawn(Fact):
    """The author withdrew a proposal."""

    NAME = "proposals.withdrawn"
    LABEL = _l("Propuesta retirada")
    SENTENCE = _l("%(actor)s retiró una propuesta")
    PUBLIC = True
    TELLS = (Audience.SUBJECT_FOLLOWERS,)


@dataclass(frozen=True)
class ProposalSupported(Fact):
    """Somebody supported a proposal. Who supports what is not public."""

    NAME = "proposals.supported"
    LABEL = _l("Apoyo dado")
    SENTENCE = _l("Una persona apoyó una propuesta")


@dataclass(frozen=True)
class SupportWithdrawn(Fact):
    """Somebody took a support back."""

    NAME = "proposals.support_withdrawn"
    LABEL = _l("Apoyo retirado")
    SENTENCE = _l("Una persona retiró su apoyo")


FACTS = (
    ProposalPublished,
    ProposalSubmitted,
    ProposalMerged,
    ProposalParted,
    ProposalEdited,
    ProposalWithdrawn,
    ProposalSupported,
    SupportWithdrawn,
)
